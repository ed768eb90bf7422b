#include "parallel/backend.hpp"

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

#define SCAFFOLD_BACKEND(function) BackendInfo function##_backend();
#include "parallel/backends.def"
#undef SCAFFOLD_BACKEND

namespace {

std::vector<BackendInfo>& backends() {
  static std::vector<BackendInfo> table = {
#define SCAFFOLD_BACKEND(function) function##_backend(),
#include "parallel/backends.def"
#undef SCAFFOLD_BACKEND
  };
  return table;
}

}  // namespace

const BackendInfo& backend_for(const at::Device& device) {
  for (const auto& backend : backends())
    if (backend.takes(device)) return backend;
  throw Error(cat("no backend carries tensors of ", device.str(), " between ranks"));
}

void add_backend(BackendInfo backend) {
  auto& all = backends();
  std::erase_if(all, [&](const BackendInfo& each) { return each.name == backend.name; });
  all.insert(all.begin(), std::move(backend));
}

}  // namespace scaffold
