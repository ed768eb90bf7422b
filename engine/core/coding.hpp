// Numbers as bytes of a file or message: little-endian, whatever the machine's own order.
#pragma once
#include <bit>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace scaffold {

template <class T>
requires std::is_integral_v<T>
void append_little_endian(std::string& to, T value) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof value; ++i) to.push_back(static_cast<char>(bits >> (8 * i)));
}

/// Of the first sizeof(T) bytes, which must be there.
template <class T>
requires std::is_integral_v<T> T little_endian(std::string_view bytes) {
  std::make_unsigned_t<T> value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<decltype(value)>(
        value | static_cast<decltype(value)>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  return static_cast<T>(value);
}

/// Takes the first sizeof(T) bytes, which must be there, off `bytes`.
template <class T>
T take_little_endian(std::string_view& bytes) {
  const T value = little_endian<T>(bytes);
  bytes.remove_prefix(sizeof value);
  return value;
}

}  // namespace scaffold
