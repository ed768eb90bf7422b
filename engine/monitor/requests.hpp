// Volumes on their way: which bytes were asked for, which have come.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "monitor/protocol.hpp"
#include "monitor/subscriber.hpp"

namespace scaffold::monitor {

class Requests {
 public:
  using Send = std::function<void(std::uint32_t id, const Request& ask)>;

  void add(const Request& ask, std::function<void(Fetched)> done);
  /// Asks for what is due: one volume at a time, a few pieces ahead; again for what did not come.
  void flush(double now, const Send& send);
  void piece(std::uint32_t id, const Chunk& piece);
  void none(std::uint32_t id, const std::string& reason);
  /// The connection is lost.
  void fail(const std::string& why);
  bool idle() const { return waiting_.empty(); }

  static constexpr std::size_t max_bytes = std::size_t{1} << 30;

 private:
  struct Waiting {
    Request ask;
    std::function<void(Fetched)> done;
  };
  void finish(Fetched fetched);
  void complete();

  std::deque<Waiting> waiting_;  ///< the first is under way
  // Of that one:
  bool begun_ = false;
  std::uint32_t next_id_ = 1;
  std::map<std::uint32_t, std::pair<std::uint32_t, double>> asked_;  ///< id → offset and time
  std::uint32_t total_ = 0, next_offset_ = 0, come_ = 0;
  Dims dims_{};
  std::string bytes_;
};

}  // namespace scaffold::monitor
