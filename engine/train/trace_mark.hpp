// Names for what traces show (train/trace.hpp). A few nanoseconds where nobody traces.
#pragma once
#include <ATen/record_function.h>

#include <optional>
#include <string_view>

namespace scaffold {

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
