// Name and version of everything that a result depends on.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace scaffold {

std::vector<std::pair<std::string, std::string>> software();

}  // namespace scaffold
