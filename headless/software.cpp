#include "job/software.hpp"

#include "core/text.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

std::string version_text() {
  std::string text;
  for (const auto& [name, value] : software())
    text += cat(name, std::string(10 - name.size(), ' '), value, "\n");
  text.pop_back();
  return text;
}

}  // namespace scaffold
