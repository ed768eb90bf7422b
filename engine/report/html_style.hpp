// The page's style sheet. Not part of the room's interface.
#pragma once
#include <string_view>

namespace scaffold::report {
extern const std::string_view html_style;
}  // namespace scaffold::report
