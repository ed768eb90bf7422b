// What the program has to say: above what is open, until it is dismissed.
#pragma once
#include <string>
#include <vector>

#include "ui/context.hpp"

namespace scaffold::viewer {

class Messages {
 public:
  /// Of what went wrong; the latest ones are kept.
  void complain(const std::string& text);
  /// Good news, until the next.
  void notice(std::string text) { notice_ = std::move(text); }
  const std::vector<std::string>& all() const { return all_; }
  /// How often there was something to complain of.
  std::size_t complaints() const { return complaints_; }
  void draw(Context& context);

 private:
  void draw_from(std::size_t first, const Context& context);

  std::vector<std::string> all_;
  std::size_t complaints_ = 0;
  std::string notice_;
  bool unfolded_ = false;
};

}  // namespace scaffold::viewer
