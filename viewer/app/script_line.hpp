// A line of a script: words, of which the first says what is to be done.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace scaffold::viewer {

/// What does not fit is ConfigError.
class ScriptLine {
 public:
  /// '#' begins a comment.
  explicit ScriptLine(const std::string& text);

  bool empty() const { return words_.empty(); }
  std::size_t size() const { return words_.size(); }
  const std::string& what() const { return words_[0]; }
  const std::string& operator[](std::size_t i) const { return words_[i]; }
  /// At least `n` more words.
  void need(std::size_t n) const;
  /// The words from number `from` on, as they stood; as a JSON value.
  std::string rest(std::size_t from) const;
  nlohmann::json json(std::size_t from) const;
  /// Word `i` as a number: one that has to be there, and one that may be missing.
  double number(std::size_t i) const;
  double number(std::size_t i, double otherwise) const;
  /// Whole, 0 or more.
  std::int64_t count(std::size_t i, std::int64_t otherwise) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace scaffold::viewer
