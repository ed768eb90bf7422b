#include "app/script_line.hpp"

#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {

ScriptLine::ScriptLine(const std::string& text) {
  std::string word;
  for (const char c : text.substr(0, text.find('#')) + " ") {
    if (c != ' ' && c != '\t' && c != '\r')
      word += c;
    else if (!word.empty())
      words_.push_back(std::exchange(word, {}));
  }
}

void ScriptLine::need(std::size_t n) const {
  if (words_.size() < n + 1)
    throw ConfigError(cat("'", words_[0], "' needs ", n, n == 1 ? " more word" : " more words"));
}

std::string ScriptLine::rest(std::size_t from) const {
  std::string text;
  for (std::size_t i = from; i < words_.size(); ++i) text += (i > from ? " " : "") + words_[i];
  return text;
}

nlohmann::json ScriptLine::json(std::size_t from) const {
  const std::string text = rest(from);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(cat("'", text, "' is no JSON value"));
  }
}

double ScriptLine::number(std::size_t i) const {
  need(i);
  return number(i, 0);
}

double ScriptLine::number(std::size_t i, double otherwise) const {
  if (i >= words_.size()) return otherwise;
  double value = 0;
  if (!parse_double(words_[i], value)) throw ConfigError(cat("'", words_[i], "' is no number"));
  return value;
}

std::int64_t ScriptLine::count(std::size_t i, std::int64_t otherwise) const {
  if (i >= words_.size()) return otherwise;
  std::int64_t value = 0;
  if (!parse_int(words_[i], value) || value < 0) throw ConfigError(cat("'", words_[i], "' is no count"));
  return value;
}

}  // namespace scaffold::viewer
