// The system's ssh as a child: what it says, and its end. It does not outlive us.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/subprocess.hpp"

namespace scaffold::monitor {

class SshProcess {
 public:
  /// `arguments` after "ssh". It reads from and writes to `stdio`; without one it has nothing to read, and
  /// what it writes is in said(). To be started by a thread that lives as long: the system ends it with that
  /// one.
  explicit SshProcess(const std::vector<std::string>& arguments, FileDescriptor stdio = {});
  SshProcess(const SshProcess&) = delete;
  SshProcess& operator=(const SshProcess&) = delete;

  /// Waits so long for what it says, and takes that.
  void listen(int milliseconds);
  /// Whether it has ended; then all that it said has been taken. Others may hold its streams open for longer:
  /// a master connection that it left behind (ControlPersist).
  bool ended();
  /// Once it has ended.
  bool succeeded() const;
  /// The last 256 KiB.
  const std::string& said() const { return said_; }
  /// Why it failed, in its own words: the last line that names a cause.
  std::string complaint() const;

 private:
  bool take(FileDescriptor& from, std::string& into, std::size_t most);
  int code() const;

  mutable std::optional<Subprocess> child_;  ///< none where there is no ssh
  bool taken_all_ = false;
  FileDescriptor out_, error_;
  std::string said_, complaint_;
};

}  // namespace scaffold::monitor
