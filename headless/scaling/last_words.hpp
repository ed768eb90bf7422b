// Why a program that another one started has failed, from what it said.
#pragma once
#include <filesystem>
#include <string>

namespace scaffold {

/// One sentence from a log, for people who do not want to open it: our program's last error; else, where the
/// log ends with notices of Open MPI (paragraphs between lines of dashes), how the first of these begins,
/// with what to do where we know it; else the last line.
std::string last_words(const std::filesystem::path& log);

}  // namespace scaffold
