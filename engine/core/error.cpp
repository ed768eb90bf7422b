#include "core/error.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>

#include "core/text.hpp"

namespace scaffold {

void throw_errno(std::string_view what, std::string_view path) {
  const int code = errno;
  std::string message =
      "cannot " + std::string(what) + " '" + std::string(path) + "': " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT) message += "; free some space or choose another folder";
  if (code == EFBIG) message += "; raise the limit on the size of files (ulimit -f)";
  if (code == EACCES || code == EPERM || code == EROFS) message += "; choose a folder you can write to";
  throw SystemError(message);
}

std::pair<std::string, int> describe_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return {e.what(), static_cast<int>(e.code())};
  } catch (const Interrupted& stop) {
    return {cat("interrupted by signal ", stop.signal()), 128 + stop.signal()};
  } catch (const std::bad_alloc&) {
    return {"out of memory; use a smaller problem or fewer threads", 1};
  } catch (const std::filesystem::filesystem_error& e) {
    // "filesystem error: cannot …: reason [path]": what failed and where, in the library's words.
    return {cat("cannot use '", e.path1().string(), "': ", e.code().message(),
                "; check the path and its permissions"),
            1};
  } catch (const std::exception& e) {
    // Torch's own errors carry a stack trace behind the first line.
    const std::string what = split(std::string(e.what()).substr(0, 2000), '\n').front();
    for (const char* sign : {"can't allocate memory", "out of memory"})
      if (what.find(sign) != what.npos)
        return {cat("out of memory (", what, "); use more shards, a smaller local_batch_size or ",
                    "activation_checkpointing: 1"),
                1};
    return {cat("unexpected error: ", what), 1};
  }
}

}  // namespace scaffold
