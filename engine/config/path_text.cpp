// Paths as people write them: variables of the environment, and ~ for a home folder.
#include <pwd.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>

#include "config/options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

constexpr const char* escape_advice = "write the path out, or $$ for a dollar sign";

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool continues_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// The variable's name behind the "$" at `at`, which moves behind it.
std::string_view take_name(std::string_view text, std::size_t& at) {
  const std::size_t dollar = at++;
  const bool braces = at < text.size() && text[at] == '{';
  const std::size_t begin = at += braces;
  if (at < text.size() && begins_name(text[at]))
    while (at < text.size() && continues_name(text[at])) ++at;
  const std::string_view name = text.substr(begin, at - begin);
  if (name.empty() || (braces && (at == text.size() || text[at++] != '}')))
    throw ConfigError(cat("'", config_detail::printable(text.substr(dollar)),
                          "' begins with a '$' and is no variable ($NAME or ${NAME}); ", escape_advice));
  return name;
}

std::string with_variables(std::string_view text) {
  std::string path;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      path += text[at++];
    } else if (text.substr(at, 2) == "$$") {
      path += '$';
      at += 2;
    } else {
      const std::string name(take_name(text, at));
      const char* value = std::getenv(name.c_str());
      // An empty one would make "$SCRATCH/runs" a folder at the root.
      if (!value || !*value)
        throw ConfigError(cat("the environment variable ", name, " is ", value ? "empty" : "not set",
                              "; set it (export ", name, "=…), ", escape_advice));
      path += value;
    }
  }
  return path;
}

/// Of a user, or with an empty name our own; empty where there is none.
std::string home_of(const std::string& user) {
  const char* own = std::getenv("HOME");
  if (user.empty() && own && own[0] == '/') return own;
  passwd entry{}, *found = nullptr;
  std::string text(16384, '\0');
  const int failed = user.empty() ? ::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &found)
                                  : ::getpwnam_r(user.c_str(), &entry, text.data(), text.size(), &found);
  return failed == 0 && found && found->pw_dir ? found->pw_dir : "";
}

}  // namespace

std::string expand_path(std::string_view text) {
  const std::string path = with_variables(text);
  if (path.empty() || path[0] != '~') return path;
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string user = path.substr(1, slash - 1), home = home_of(user);
  if (home.empty())
    throw ConfigError(cat("'", config_detail::printable(path.substr(0, slash)), "' is no home folder here",
                          user.empty() ? " (HOME is not set)" : ": there is no such user",
                          "; write the path out, or ./ before the ~ for a folder of that name"));
  return home + path.substr(slash);
}

std::string literal_path(std::string_view path) {
  std::string text;
  for (const char c : path) text += c == '$' ? std::string("$$") : std::string(1, c);
  return text;
}

std::string config_detail::recorded_path(std::string_view text) {
  std::string path;
  for (std::size_t at = 0; at < text.size(); ++at) {
    path += text[at];
    if (text.substr(at, 2) == "$$") ++at;
  }
  return path;
}

}  // namespace scaffold
