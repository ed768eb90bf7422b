// Reads yaml-cpp's events rather than its tree: events keep keys given twice, carry lines, and let nesting be
// refused as soon as it opens, so hostile depth, aliases and document streams never build anything.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "config/options.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

namespace scaffold::config_detail {

namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20;

// What the reference's own run leaves in its config.yaml beside the keys (config_utils.py: AUX_KEYS, and the
// derived ones of KNOWN_KEYS), and workloads' own like it. They are no settings, neither there nor here.
constexpr std::array run_keys = {"dist",
                                 "scale",
                                 "dc_total_shards",
                                 "command",
                                 "config",
                                 "verbose",
                                 "restart",
                                 "run_dir",
                                 "run_iter",
                                 "benchmark_run_dir",
                                 "scheduler_metadata",
                                 "machine_name",
                                 "datagen_batch_size"};
constexpr std::size_t deepest_skipped = 16;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_run_key(std::string_view workload, const std::string& key) {
  return std::find(run_keys.begin(), run_keys.end(), key) != run_keys.end() || is_recorded(workload, key);
}

/// Today's name of a key that older versions of the reference call otherwise.
std::string todays_name(const std::string& key) { return key == "batch_size" ? "local_batch_size" : key; }

class Reader : public YAML::EventHandler {
 public:
  Reader(MergedConfig& merged, std::string_view workload, const std::string& text, const std::string& name,
         Paths paths)
      : merged_(merged),
        workload_(workload),
        table_(option_table(workload)),
        text_(text),
        name_(name),
        paths_(paths) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "a second YAML document begins here; put all keys into one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (place_ == Place::skipped) return skip_leaf();
    refuse_anchor(mark, anchor);
    if (place_ == Place::root) return;  // an empty document
    if (place_ == Place::key) fail(mark, "a key is missing before ':'");
    if (place_ == Place::value) refuse(*option_, "no value", where(line_));
    written_.words.emplace_back();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (place_ == Place::skipped) return skip_leaf();
    fail(mark, "aliases (*name) are not supported; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (place_ == Place::skipped) {
      check_scale(value);
      return skip_leaf();
    }
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    const bool quoted = tag == "!";
    if (quoted) refuse_unterminated(mark);
    switch (place_) {
      case Place::root:
        fail(mark, "expected lines of the form 'key: value', got " + shown(value));
      case Place::key:
        begin_key(mark, value);
        break;
      case Place::value:
        written_ = {{value}, false, quoted};
        finish_value();
        break;
      case Place::list:
        written_.words.push_back(value);
        written_.quoted = written_.quoted || quoted;
        break;
      case Place::skipped:
        break;
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (place_ == Place::skipped) return open_skipped(mark);
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (place_ == Place::root) fail(mark, "expected lines of the form 'key: value', got a list");
    if (place_ == Place::key) fail(mark, "a key must be a name, got a list");
    if (place_ == Place::list) refuse(*option_, "a list within a list", where(line_));
    written_ = {{}, true, false};
    place_ = Place::list;
  }
  void OnSequenceEnd() override { place_ == Place::skipped ? close_skipped() : finish_value(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (place_ == Place::skipped) return open_skipped(mark);
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (place_ == Place::key) fail(mark, "a key must be a name, got a map");
    // yaml-cpp takes the end of the text within a list for a pair.
    if (place_ == Place::list)
      refuse(*option_, "a map within a list, or a list without its ']'", where(line_));
    if (place_ != Place::root) refuse(*option_, "a map (keys are not nested)", where(line_));
    place_ = Place::key;
  }
  void OnMapEnd() override {
    if (place_ == Place::skipped) return close_skipped();
    place_ = Place::root;
  }

  /// One line for what a run of the reference left behind.
  void tell_notes() const {
    std::string text;
    for (const auto& key : skipped_) text += cat(text.empty() ? "" : ", ", key);
    if (!text.empty()) text = "keys of a run of the reference, ignored: " + text;
    for (const auto& note : renamed_) text += cat(text.empty() ? "" : "; ", note);
    if (!text.empty()) log::info(cat(name_, ": ", text));
  }

 private:
  enum class Place { root, key, value, list, skipped };

  // Within a key's value that is ignored, however it is built.
  void open_skipped(const YAML::Mark& mark) {
    if (++depth_ > deepest_skipped) fail(mark, cat(skipping_, " is nested deeper than ", deepest_skipped));
  }
  void close_skipped() {
    if (--depth_ == 0) place_ = Place::key;
  }
  void skip_leaf() {
    if (depth_ == 0) place_ = Place::key;
  }
  // The reference writes `scale: 1` and reads no other; who writes another means problem_scale.
  void check_scale(const std::string& value) const {
    if (depth_ == 0 && skipping_ == "scale" && value != "1") find_option(table_, "scale", where(line_));
  }

  std::string where(int line) const { return describe({Origin::Kind::file, name_, line}); }
  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    throw ConfigError(cat(where(mark.line + 1), ": ", what));
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) fail(mark, "anchors (&name) are not supported; write the value out");
  }
  // "?" is a plain scalar, "!" a quoted or block one, "" a collection without a tag.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark, "tags (!type) are not supported, got " + shown(tag));
  }
  // yaml-cpp takes the end of the text for the missing quote, and every line before it for the value.
  void refuse_unterminated(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(mark.pos);
    if (mark.pos < 0 || start >= text_.size()) return;
    const char quote = text_[start];
    if (quote != '"' && quote != '\'') return;  // a block scalar
    for (std::size_t i = start + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\')
        ++i;
      else if (text_[i] == quote)
        return;
    }
    fail(mark, cat("the quote ", quote, " that opens here is never closed"));
  }

  void begin_key(const YAML::Mark& mark, const std::string& given) {
    line_ = mark.line + 1;
    if (is_run_key(workload_, given)) {
      skipping_ = given;
      if (std::find(skipped_.begin(), skipped_.end(), given) == skipped_.end()) skipped_.push_back(given);
      place_ = Place::skipped;
      return;
    }
    const std::string key = todays_name(given);
    if (key != given) renamed_.push_back(cat(given, " is read as ", key));
    if (key == "<<") fail(mark, "merge keys (<<) are not supported; use a second -c FILE");
    option_ = &find_option(table_, key, where(line_));
    const auto [first, is_new] = lines_.try_emplace(key, line_);
    if (!is_new) fail(mark, cat(key, " is given twice, first in line ", first->second, "; keep one"));
    place_ = Place::value;
  }
  void finish_value() {
    written_.paths = paths_;
    set_option(merged_.values, *option_, written_, where(line_));
    merged_.origins[option_->info.name] = {Origin::Kind::file, name_, line_};
    place_ = Place::key;
  }

  MergedConfig& merged_;
  std::string_view workload_;
  const OptionTable& table_;
  const std::string& text_;
  const std::string& name_;
  Paths paths_;
  Place place_ = Place::root;
  int documents_ = 0, line_ = 0;
  const Option* option_ = nullptr;
  Written written_;
  std::map<std::string, int> lines_;            ///< keys seen in this text
  std::vector<std::string> skipped_, renamed_;  ///< told at the end, each once
  std::string skipping_;                        ///< the key whose value is skipped
  std::size_t depth_ = 0;                       ///< of lists and maps within a skipped value
};

/// The value of `workload` among the keys of the first map.
class WorkloadReader : public YAML::EventHandler {
 public:
  std::string found;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { leaf(""); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { leaf(""); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string& value) override {
    leaf(value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark);
  }
  void OnMapEnd() override { close(); }

 private:
  void leaf(const std::string& text) {
    if (depth_ != 1) return;
    if (!is_key_ && key_ == "workload") found = text;
    if (is_key_) key_ = text;
    is_key_ = !is_key_;
  }
  void open(const YAML::Mark& mark) {
    if (++depth_ > deepest_skipped) throw YAML::Exception(mark, "nested too deeply");
  }
  void close() {
    if (--depth_ == 1) is_key_ = true;
  }

  std::size_t depth_ = 0;
  bool is_key_ = true;
  std::string key_;
};

// Anything but UTF-8 text stops here, before yaml-cpp guesses at encodings.
void check_plain_text(std::string_view text, const std::string& name) {
  int number = 0;
  for (std::string& line : split(text, '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::replace(line.begin(), line.end(), '\t', ' ');
    if (!is_printable(line))
      throw ConfigError(
          cat(name, ":", number, ": not a text file in UTF-8: control characters or broken encoding"));
  }
}

}  // namespace

void apply_yaml(MergedConfig& merged, std::string_view workload, std::string_view text,
                const std::string& name, Paths paths) {
  if (text.size() > max_bytes)
    throw ConfigError(cat(name, ": larger than ", human_bytes(max_bytes), ", so not a configuration file"));
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  check_plain_text(text, name);
  const std::string owned(text);
  Reader reader(merged, workload, owned, name, paths);
  try {
    std::istringstream stream(owned);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(reader)) {
    }
    reader.tell_notes();
  } catch (const YAML::Exception& error) {
    throw ConfigError(cat(name, ":", error.mark.line + 1, ": not valid YAML: ", printable(error.msg)));
  }
}

}  // namespace scaffold::config_detail

std::string scaffold::named_workload(std::string_view text) {
  using namespace config_detail;
  if (text.size() > max_bytes || text.find("workload") == text.npos) return "";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  WorkloadReader reader;
  try {
    check_plain_text(text, "");
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(reader);
  } catch (const YAML::Exception&) {  // is told when the text is applied
  } catch (const ConfigError&) {
  }
  return is_printable(reader.found) ? reader.found : "";
}
