// The `scaffold` program: parses, runs one command, and turns every error into one message and an exit code.
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "headless/commands.hpp"
#include "headless/torch_commands.hpp"

using namespace scaffold;
namespace fs = std::filesystem;

namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 data (library, dataset, checkpoint, "
    "run\n"
    "folder), 4 target not reached within `epochs`, 5 numerical failure, 128 + signal interrupted (129, "
    "130, 138, 143).\n"
    "Start here: ";

/// Words that no option takes; an option that looks like a key gets the key's nearest name.
std::string unknown_words(int argc, char** argv, std::string message) {
  std::vector<std::string> keys;
  for (const auto& workload : workload_names())
    for (const auto& option : options(workload)) keys.push_back(option.name);
  for (int i = 1; i < argc; ++i) {
    std::string key = argv[i];
    if (key.rfind("--", 0) != 0 || message.find(key) == std::string::npos) continue;
    key = key.substr(2, key.find('=') - 2);
    if (key.empty()) continue;
    std::replace(key.begin(), key.end(), '-', '_');
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      std::replace(key.begin(), key.end(), '_', '-');
      message += cat("; the option is written --", key);
      continue;
    }
    const std::string near = nearest(key, keys);
    message += cat("; ", key, " is no key here", near.empty() ? "" : ", did you mean " + near + "?");
  }
  return message + " (scaffold COMMAND --help lists them)";
}

/// The command, or the command of a command, that the words have reached.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

/// What stands in a command's place, "" for nothing: with the nearest command, and all where none is near.
std::string unknown_command(const CLI::App& above, const std::string& word) {
  std::vector<std::string> names;
  std::string all, near = word;
  for (const CLI::App* command : above.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
    all += cat(all.empty() ? "" : ", ", names.back());
  }
  if (std::error_code error; above.get_parent() && std::filesystem::exists(word, error))
    return cat("scaffold ", above.get_name(), " takes what to do before the path: scaffold ",
               above.get_name(), " ", names.front(), " ", word,
               names.size() > 1 ? cat(" (there are: ", all, ")") : "");
  std::transform(near.begin(), near.end(), near.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string alike = nearest(near, names);
  const std::string after = above.get_parent() ? cat(" of scaffold ", above.get_name()) : "";
  if (word.empty()) return cat("a command", after, " is missing; there are: ", all);
  if (word[0] == '-') return cat("a command", after, " is missing before '", word, "'; there are: ", all);
  return cat("there is no command '", word, "'", after, "; ",
             alike.empty()
                 ? cat("the nearest is '", nearest(near, names, near.size() + all.size()), "', of ", all)
                 : cat("did you mean '", alike, "'?"));
}

int run(int argc, char** argv) {
  CLI::App app(program_help, "scaffold");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text, "Versions of this program and of what it is built on");
  app.footer(std::string(exit_codes) + where_to_start);
  Action action;
  for (const auto add : commands()) add(app, action);
  // Before parsing: what a word after it lacks would hide that the command is none.
  const auto is_first_word = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && argv[1][0] != '\0' && app.get_subcommands(is_first_word).empty())
    throw ConfigError(unknown_command(app, argv[1]));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    throw ConfigError(unknown_words(argc, argv, error.what()));
  } catch (const CLI::ParseError& error) {
    const CLI::App& reached = innermost(app);
    const auto words = reached.remaining();
    if (dynamic_cast<const CLI::RequiredError*>(&error) && reached.get_require_subcommand_min() > 0)
      throw ConfigError(unknown_command(reached, words.empty() ? "" : words.front()));
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  return action();
}

/// Threads of GNU OpenMP that wait for work keep a core busy for milliseconds by default, which where cores
/// are shared with other processes, or with the threads of the backward pass, costs the others a multiple
/// (docs/performance.md). Long enough here for the gaps within a step. OpenMP reads it when it is loaded.
void wait_briefly() {
  if (!std::getenv("OMP_WAIT_POLICY")) ::setenv("GOMP_SPINCOUNT", "10000", 0);
}

/// The same command line in the program that has LibTorch: <here>/../libexec/scaffold-torch. Returns only on
/// failure.
int start_with_torch(char** argv) {
  signals::check();  // what this program has taken the other would never see
  wait_briefly();
  const fs::path program =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "libexec" / "scaffold-torch";
  ::execv(program.c_str(), argv);
  throw SystemError(cat("cannot start '", program.string(), "': ", std::strerror(errno),
                        "; bin, lib and libexec of the build belong together"));
}

/// A file that we open must never take the number of a stream that was closed: messages would be written into
/// it.
void keep_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

/// Results that cannot be written are an error; a reader that has seen enough (head) is none.
int flushed(int code) {
  std::cout.flush();
  if (std::cout.good() || code != 0) return code;
  // Which error it was is forgotten when an earlier write failed: ask the pipe itself.
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & POLLERR)) return code;
  throw SystemError("cannot write to standard output: is its disk full?");
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  signals::install();
  register_program_workloads();
  // Tensors of a step are freed and allocated again at the same sizes: keep their pages instead of returning
  // them to the system at each free. 32 MiB is the most that glibc takes for the first; setting only the
  // second would freeze the first at 128 KiB.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  try {
    try {
      return flushed(run(argc, argv));
    } catch (const NeedsTorch&) {
      return start_with_torch(argv);
    }
  } catch (...) {
    const auto [message, code] = describe_error(std::current_exception());
    log::error(message);
    return code;
  }
}
