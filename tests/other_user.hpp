// Tests in which two users meet.
#pragma once
#include <grp.h>
#include <unistd.h>

/// In a child process: from now on another user, where this one is root; any other stays who it is. Whether
/// it changed.
inline bool become_another_user() {
  constexpr unsigned nobody = 65534;
  return geteuid() == 0 && setgroups(0, nullptr) == 0 && setresgid(nobody, nobody, nobody) == 0 &&
         setresuid(nobody, nobody, nobody) == 0;
}
