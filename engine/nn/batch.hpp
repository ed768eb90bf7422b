// Some samples as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace scaffold {

/// A tensor for each of the workload's fields, by number, with the samples along its first axis: what the
/// network reads, and what its output is compared with. No fields: no samples are left.
class Batch {
 public:
  Batch() = default;
  Batch(std::initializer_list<at::Tensor> fields) : fields_(fields) {}
  explicit Batch(std::vector<at::Tensor> fields) : fields_(std::move(fields)) {}
  at::Tensor& operator[](std::size_t field) { return fields_.at(field); }
  const at::Tensor& operator[](std::size_t field) const { return fields_.at(field); }
  std::size_t fields() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  std::int64_t size() const { return empty() ? 0 : fields_[0].size(0); }

 private:
  std::vector<at::Tensor> fields_;
};

}  // namespace scaffold
