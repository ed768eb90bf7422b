// A connection to a port of another machine through ssh's standard input and output (ssh -W).
//
// Nothing listens on a port for it, here or there, and nothing of it stays: with -L, a master connection that
// the user has open (ControlMaster) would go on listening on each port that it was ever asked for.
#pragma once
#include <string>
#include <thread>
#include <vector>

#include "core/files.hpp"
#include "monitor/ssh_process.hpp"

namespace scaffold::monitor {

class SshTunnel {
 public:
  /// `arguments` after "ssh", with -W.
  explicit SshTunnel(const std::vector<std::string>& arguments);
  /// The connection ends with it.
  ~SshTunnel();
  SshTunnel(const SshTunnel&) = delete;
  SshTunnel& operator=(const SshTunnel&) = delete;

  enum class State { opening, open, failed };
  /// Waits so long for the far end to speak: who listens there greets first (ZMTP, RFC 23).
  State wait(int milliseconds);
  /// Once it has failed: why, in ssh's words.
  std::string complaint() const { return ssh_.complaint(); }
  /// Once it is open: where libzmq connects, once, and only from this process.
  const std::string& endpoint() const { return endpoint_; }

 private:
  void relay();

  FileDescriptor ours_, theirs_, listener_;  ///< the first two are a pair
  SshProcess ssh_;
  std::string endpoint_;
  std::thread thread_;
};

}  // namespace scaffold::monitor
