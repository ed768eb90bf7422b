// The font of the window and of what is drawn within it.
#pragma once
#include <string>

namespace scaffold::viewer {

/// File of DejaVu Sans, Noto Sans or Liberation Sans; empty where there is none of them.
std::string readable_font();

}  // namespace scaffold::viewer
