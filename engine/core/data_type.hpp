// Types of the numbers in files, samples and tensors.
#pragma once
#include <cstddef>

namespace scaffold {

enum class DataType { float32, float64, uint8, int32, int64, bfloat16 };
/// Bytes of a number.
std::size_t size_of(DataType type);
/// "float32"
const char* name(DataType type);

}  // namespace scaffold
