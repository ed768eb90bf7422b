#include "core/error.hpp"

#include <cerrno>
#include <cstring>

namespace scaffold {

void throw_errno(std::string_view what, std::string_view path) {
  const int code = errno;
  std::string message =
      "cannot " + std::string(what) + " '" + std::string(path) + "': " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT) message += "; free some space or choose another folder";
  if (code == EACCES || code == EPERM || code == EROFS) message += "; choose a folder you can write to";
  throw SystemError(message);
}

}  // namespace scaffold
