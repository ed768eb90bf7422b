#include "config/options.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace scaffold::config_detail {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

namespace {

constexpr const char* group_titles[] = {"User-facing", "Problem", "Learning", "Internal",
                                        "Beyond the reference"};
constexpr const char* type_names[] = {"integer", "number", "toggle", "text",
                                      "3 integers"};  // in Value's order

std::string flag_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

/// Keys of every run, whatever it trains.
OptionTable run_options() {
  OptionTable table;
#define SCAFFOLD_OPTION(type, name, fallback, allowed, unit, group, restart, help)                       \
  table.push_back(make_option<Config, type>(#name, &Config::name, fallback, allowed, unit, Group::group, \
                                            Restart::restart, help));
#include "config/options.def"
#undef SCAFFOLD_OPTION
  return table;
}

struct Workloads {
  std::vector<WorkloadKeys> keys;
  std::map<std::string, OptionTable, std::less<>> tables;

  const WorkloadKeys* find(std::string_view name) const {
    for (const auto& of : keys)
      if (of.workload == name) return &of;
    return keys.empty() ? nullptr : &keys.front();
  }
};

Workloads& workloads() {
  static Workloads all;
  return all;
}

// std::from_chars behind parse_int and parse_double reads what follows a '+' with its own sign.
bool has_two_signs(std::string_view word) { return word.size() > 1 && word[0] == '+' && word[1] == '-'; }

bool parse_integer(const std::string& word, Integer& value) {
  return !has_two_signs(word) && parse_int(word, value);
}

bool parse(const Written& written, Value& value) {
  const std::string& word = written.words.front();
  if (auto* integer = std::get_if<Integer>(&value)) return !written.quoted && parse_integer(word, *integer);
  if (auto* toggle = std::get_if<Toggle>(&value)) {
    *toggle = word == "1" || word == "true";
    return !written.quoted && (*toggle || word == "0" || word == "false");
  }
  if (auto* real = std::get_if<Real>(&value)) {
    const bool good = !written.quoted && !has_two_signs(word) && parse_double(word, *real);
    *real += 0.0;  // no negative zero
    return good;
  }
  if (auto* triple = std::get_if<Triple>(&value)) {
    for (std::size_t i = 0; i < triple->size(); ++i)
      if (written.quoted || !parse_integer(written.words[i], (*triple)[i])) return false;
    return true;
  }
  std::get<Text>(value) = word;
  return true;
}

std::string describe_written(const Written& written) {
  if (!written.is_list) return shown(written.words.front()) + (written.quoted ? " (quoted, so text)" : "");
  std::string list;
  for (const auto& word : written.words) list += cat(list.empty() ? "" : ", ", word);
  return "the list " + shown("[" + list + "]");
}

}  // namespace

const OptionTable& option_table(std::string_view workload) {
  const Workloads& all = workloads();
  const WorkloadKeys* const own = all.find(workload);
  if (own) return all.tables.find(own->workload)->second;
  static const OptionTable alone = run_options();
  return alone;
}

const std::function<void(const MergedConfig&)>& workload_rules(std::string_view workload) {
  static const std::function<void(const MergedConfig&)> none;
  const WorkloadKeys* const own = workloads().find(workload);
  return own ? own->validate : none;
}

bool is_recorded(std::string_view workload, const std::string& key) {
  const WorkloadKeys* const own = workloads().find(workload);
  return own && std::find(own->recorded.begin(), own->recorded.end(), key) != own->recorded.end();
}

const Option& find_option(const OptionTable& table, std::string_view key, const std::string& where) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.info.name == key; });
  if (found != table.end()) return *found;
  std::vector<std::string> names, containing;
  for (const auto& option : table) {
    names.push_back(option.info.name);
    if (key.size() >= 4 && option.info.name.find(key) != std::string::npos)
      containing.push_back(option.info.name);
  }
  for (const auto& of : workloads().keys)
    for (const auto& option : of.options)
      if (option.info.name == key)
        throw ConfigError(cat(where, ": ", shown(key), " is a key of workload ", of.workload,
                              "; leave it out, or set workload: ", of.workload));
  // "scale" is nearer to "problem_scale" for people than edit distance knows.
  const std::string near =
      containing.size() == 1 ? containing.front() : nearest(lower(std::string(key)), names);
  throw ConfigError(
      cat(where, ": unknown key ", shown(key),
          near.empty() ? "; 'scaffold config --help' lists all keys" : "; did you mean '" + near + "'?"));
}

void refuse(const Option& option, const std::string& got, const std::string& where) {
  throw ConfigError(cat(where, ": ", option.info.name, ": got ", got, "; allowed: ", option.info.allowed));
}

namespace {

/// The path that was meant, in the place of what was written.
void read_path(const Option& option, const Written& written, const std::string& where, Value& value) {
  auto& path = std::get<Text>(value);
  if (written.paths == Paths::recorded) {
    path = recorded_path(path);
    return;
  }
  if (!is_printable(path)) return;  // is refused as it is
  try {
    path = expand_path(path);
  } catch (const ConfigError& error) {
    throw ConfigError(
        cat(where, ": ", option.info.name, ": got ", describe_written(written), ", but ", error.what()));
  }
}

}  // namespace

void set_option(Config& config, const Option& option, const Written& written, const std::string& where) {
  Value value = option.fallback;
  const bool wants_list = std::holds_alternative<Triple>(value);
  const bool shape = wants_list ? written.is_list && written.words.size() == 3 : !written.is_list;
  const bool parsed = shape && parse(written, value);
  if (parsed && option.allowed.is_path) read_path(option, written, where, value);
  if (!parsed || !option.allowed.admit(value))
    refuse(option,
           describe_written(written) + (written.is_list && !wants_list ? " (one run has one setting)" : ""),
           where);
  option.set(config, std::move(value));
}

namespace {

// Decimals people write, where they are as exact: 0.0001 rather than 1e-04.
std::string real_text(Real value) {
  std::string text = shortest(value);
  const auto exponent = text.find('e');
  if (exponent == text.npos) return text;
  for (int digits = 0; digits <= 12; ++digits) {
    double back = 0;
    if (parse_double(fixed(value, digits), back) && back == value) return fixed(value, digits);
  }
  return text;
}

std::string text_as_yaml(const Text& text) {
  const auto plain_char = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '/' || c == '.'; };
  const auto inner_char = [&](unsigned char c) { return plain_char(c) || c == '-'; };
  const bool plain = !text.empty() && plain_char(text[0]) &&
                     std::all_of(text.begin(), text.end(), inner_char) && lower(text) != "null" &&
                     text != "..." && text != "---";
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string to_yaml_scalar(const Value& value) {
  if (const auto* integer = std::get_if<Integer>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<Real>(&value)) return real_text(*real);
  if (const auto* toggle = std::get_if<Toggle>(&value)) return *toggle ? "1" : "0";
  if (const auto* t = std::get_if<Triple>(&value))
    return cat("[", (*t)[0], ", ", (*t)[1], ", ", (*t)[2], "]");
  return text_as_yaml(std::get<Text>(value));
}

std::string to_yaml_scalar(const Option& option, const Config& config) {
  const Value value = option.get(config);
  return to_yaml_scalar(option.allowed.is_path ? Value(literal_path(std::get<Text>(value))) : value);
}

std::string shown(std::string_view text) {
  std::string out = printable(text);
  const bool cut = out.size() > 60;
  if (cut) out.resize(60);
  while (!is_printable(out)) out.pop_back();  // never half a character
  return cat("'", out, cut ? "…'" : "'");
}

std::string printable(std::string_view text) {
  std::string out(text);
  if (is_printable(out)) return out;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  return out;
}

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto [code, length] = utf8::character(text, i);
    if (length == 0 || !utf8::is_plain(code)) return false;
    i += length;
  }
  return true;
}

}  // namespace scaffold::config_detail

namespace scaffold {

using namespace config_detail;

Option declare::describe_option(const char* name, Value fallback, Allowed allowed, const char* unit,
                                Group group, Restart restart, const char* help) {
  Option option;
  option.info = {name,         flag_of(name), type_names[fallback.index()],          to_yaml_scalar(fallback),
                 allowed.text, unit,          group_titles[static_cast<int>(group)], help};
  option.group = group;
  option.may_change_on_restart = restart == Restart::free;
  option.fallback = std::move(fallback);
  option.allowed = std::move(allowed);
  return option;
}

Allowed declare::a_workload() {
  const auto names = workload_names();
  if (names.empty()) return {"name of a workload", [](Value&) { return true; }};
  return one_of(names);
}

namespace {

std::vector<std::string>& optimizer_names() {
  static std::vector<std::string> names = {
#define SCAFFOLD_OPTIMIZER(function, name) name,
#include "config/optimizers.def"
#undef SCAFFOLD_OPTIMIZER
  };
  return names;
}

void make_tables() {
  Workloads& all = workloads();
  all.tables.clear();
  for (const auto& of : all.keys) {
    OptionTable table = run_options();
    table.insert(table.end(), of.options.begin(), of.options.end());
    std::stable_sort(table.begin(), table.end(),
                     [](const auto& a, const auto& b) { return a.group < b.group; });
    all.tables.emplace(of.workload, std::move(table));
  }
}

}  // namespace

Allowed declare::an_optimizer() { return one_of(optimizer_names()); }

void declare::add_optimizer_name(const std::string& name) {
  auto& names = optimizer_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(name);
  make_tables();
}

void declare::add_workload_keys(WorkloadKeys keys) {
  auto& all = workloads().keys;
  std::erase_if(all, [&](const WorkloadKeys& of) { return of.workload == keys.workload; });
  all.push_back(std::move(keys));
  make_tables();
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& of : workloads().keys) names.push_back(of.workload);
  return names;
}

std::vector<OptionInfo> options(std::string_view workload) {
  std::vector<OptionInfo> all;
  for (const auto& option : option_table(workload)) all.push_back(option.info);
  return all;
}

std::string markdown_table(std::string_view workload) {
  std::string text, group;
  for (const auto& option : options(workload)) {
    if (option.group != group)
      text += cat(group.empty() ? "" : "\n", "**", option.group,
                  "**\n\n| key | option | default | allowed | unit | meaning |\n|---|---|---|---|---|---|\n");
    group = option.group;
    text += cat("| `", option.name, "` | `", option.flag, "` | `", option.default_value, "` | ",
                option.allowed, " | ", option.unit, " | ", option.help, " |\n");
  }
  return text;
}

}  // namespace scaffold
