// Names for what traces show (job/trace.hpp). A few nanoseconds where nobody traces.
#pragma once
#include <ATen/record_function.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scaffold {

/// Something that happened beside the training thread, in nanoseconds since 1970 (c10::getTime).
struct TracedInterval {
  std::string name;
  std::int64_t begin = 0, end = 0, bytes = 0;
};

/// From its construction, or the last next(), to the following one or its destruction.
class TraceMark {
 public:
  explicit TraceMark(std::string_view name) { next(name); }
  void next(std::string_view name) {
    record_.reset();
    record_.emplace(at::RecordScope::USER_SCOPE);
    if (record_->isActive()) record_->before(name);
  }

 private:
  std::optional<at::RecordFunction> record_;
};

}  // namespace scaffold
