// Which machine, network and process numbers a process means by "127.0.0.1" and by a process number.
//
// A host name does not tell: containers have names of their own and may share the machine's network, machines
// may have the same name. Linux has numbers for it (namespaces(7)).
#pragma once
#include <cstdint>
#include <string>

namespace scaffold {

struct Namespaces {
  std::string boot_id;        ///< of this start of the machine's kernel; empty: not known
  std::uint64_t network = 0;  ///< whose loopback is meant; 0: not known
  std::uint64_t process = 0;  ///< whose process numbers are meant; 0: not known
};

/// Of this process.
Namespaces own_namespaces();

enum class Same { no, yes, unknown };
/// Whether a loopback address is the same place for both.
Same same_network(const Namespaces& a, const Namespaces& b);
/// Whether a process number is the same process for both.
Same same_processes(const Namespaces& a, const Namespaces& b);

}  // namespace scaffold
