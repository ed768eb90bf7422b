// What a ZeroMQ socket tells of its connections (zmq_socket_monitor): two frames an event, of which the first
// has its number (u16) and value (i32).
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <zmq.hpp>

namespace scaffold::monitor {

/// Must be gone before its socket is. libzmq's threads wait for ever to hand an event over to a reader that
/// has been closed, so the socket is silenced first.
class SocketEvents {
 public:
  /// Listens to these `events`; `name` is unique in the context. zmq::error_t when it cannot.
  SocketEvents(zmq::context_t& context, zmq::socket_t& socket, const std::string& name, int events)
      : socket_(socket), reader_(context, zmq::socket_type::pair) {
    const std::string endpoint = "inproc://" + name;
    if (zmq_socket_monitor(socket_.handle(), endpoint.c_str(), events) != 0) throw zmq::error_t();
    reader_.set(zmq::sockopt::rcvhwm, 0);  // nor may a full queue hold them up
    reader_.connect(endpoint);
  }
  ~SocketEvents() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }
  SocketEvents(const SocketEvents&) = delete;
  SocketEvents& operator=(const SocketEvents&) = delete;

  zmq::pollitem_t poll_item() { return {reader_.handle(), 0, ZMQ_POLLIN, 0}; }

  /// Calls use(number, value) for each event that has come.
  template <class Use>
  void take(const Use& use) {
    zmq::message_t event, address;
    while (reader_.recv(event, zmq::recv_flags::dontwait)) {
      if (!reader_.recv(address, zmq::recv_flags::dontwait) || event.size() != 6) continue;
      std::uint16_t number = 0;
      std::int32_t value = 0;
      std::memcpy(&number, event.data(), sizeof number);
      std::memcpy(&value, event.data<char>() + sizeof number, sizeof value);
      use(number, value);
    }
  }

 private:
  zmq::socket_t& socket_;
  zmq::socket_t reader_;
};

}  // namespace scaffold::monitor
