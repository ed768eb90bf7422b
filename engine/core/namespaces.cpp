#include "core/namespaces.hpp"

#include <sys/stat.h>

#include <fstream>

namespace scaffold {
namespace {

std::uint64_t number_of(const char* link) {
  struct stat info {};
  return ::stat(link, &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
}

Same same(const Namespaces& a, const Namespaces& b, std::uint64_t Namespaces::*number) {
  if (a.boot_id.empty() || b.boot_id.empty()) return Same::unknown;
  if (a.boot_id != b.boot_id) return Same::no;
  if (a.*number == 0 || b.*number == 0) return Same::unknown;
  return a.*number == b.*number ? Same::yes : Same::no;
}

}  // namespace

Namespaces own_namespaces() {
  Namespaces own;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> own.boot_id;
  own.network = number_of("/proc/self/ns/net");
  own.process = number_of("/proc/self/ns/pid");
  return own;
}

Same same_network(const Namespaces& a, const Namespaces& b) { return same(a, b, &Namespaces::network); }
Same same_processes(const Namespaces& a, const Namespaces& b) { return same(a, b, &Namespaces::process); }

}  // namespace scaffold
