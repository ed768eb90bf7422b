#include "run/run_folder.hpp"

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "run/artifact.hpp"

namespace scaffold {
namespace {

constexpr const char* config_file = "config.yaml";

FileLock lock_folder(const fs::path& path) {
  auto lock = FileLock::try_acquire(path / ".lock");
  if (!lock)
    throw DataError(cat("another process is running in '", path.string(), "'; wait for it or stop it first"));
  return std::move(*lock);
}

fs::path make_unique_folder(const fs::path& base, const std::string& name) {
  for (int n = 0; n < 10000; ++n) {
    const fs::path path = base / (n == 0 ? name : cat(name, "-", n));
    std::error_code error;
    if (fs::create_directory(path, error)) return path;
    if (error) throw SystemError(cat("cannot create run folder '", path.string(), "': ", error.message()));
  }
  throw SystemError(cat("'", base.string(), "' holds too many runs named '", name, "'"));
}

/// Everything that a new run's folder begins with.
void fill(const fs::path& path, const MergedConfig& config, const std::string& program) {
  constexpr std::size_t longest_name =
      100;  // a file system's limit is 255 bytes, and temporaries have longer names
  for (std::size_t i = 0; i < config.texts.size(); ++i) {
    std::string name = config.files[i].filename().string();
    if (name.size() > longest_name) name = name.substr(name.size() - longest_name);
    write_atomic(path / cat("given_", i + 1, "_", name), config.texts[i]);
  }
  write_atomic(path / "overrides.yaml", overrides_yaml(config));
  write_continuation(path / "restart.sh",
                     "Continues this run from its last checkpoint; more options may follow.", program,
                     "benchmark --restart --run-dir");
  // Last: its presence says that the folder is complete.
  write_atomic(path / config_file, to_yaml(config));
}

}  // namespace

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void write_continuation(const fs::path& script, const std::string& says, const std::string& program,
                        const std::string& command) {
  write_atomic(script, cat("#!/bin/sh\n# ", says, "\n",
                           "folder=$(CDPATH= cd -- \"$(dirname -- \"$0\")\" && pwd -P) || exit 1\n",
                           // As the command line reads a path (expand_path): $$ for a dollar sign.
                           "folder=$(printf '%s\\n' \"$folder\" | sed 's/[$]/$$/g') || exit 1\n", "cd ",
                           shell_quoted(fs::current_path().string()), " || exit 1\n", "exec ",
                           shell_quoted(program), " ", command, " \"$folder\" \"$@\"\n"));
  fs::permissions(script, fs::perms::owner_exec | fs::perms::group_exec, fs::perm_options::add);
}

RunFolder RunFolder::create(const MergedConfig& config, const std::string& program) {
  const fs::path base = config.values.base_run_dir;
  ensure_writable_folder(base);
  const fs::path path =
      fs::absolute(make_unique_folder(base, config.values.job_name + "_" + timestamp_name()));
  try {
    FileLock lock = lock_folder(path);
    fill(path, config, program);
    return RunFolder(path, std::move(lock));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
    throw;
  }
}

RunFolder RunFolder::look(const fs::path& path) {
  if (!is_run_folder(path)) throw DataError(why_no_run(path));
  return RunFolder(fs::absolute(path), std::nullopt);
}

RunFolder RunFolder::open(const fs::path& path) {
  RunFolder run = look(path);
  run.lock_ = lock_folder(run.path_);
  remove_temporaries(run.path_);  // of a session that was killed while it wrote
  return run;
}

Config RunFolder::config() const {
  const fs::path file = path_ / config_file;
  try {
    return config_from_yaml_text(read_text(file), file.string());
  } catch (const ConfigError& error) {
    throw DataError(cat("the run's recorded configuration is damaged: ", error.what()));
  }
}

fs::path RunFolder::checkpoints(const std::string& checkpoint_dir) const {
  const fs::path given = fs::path(checkpoint_dir).lexically_normal();
  const bool outside = given.is_absolute() || (!given.empty() && *given.begin() == "..");
  // A folder that runs may share gets one folder a run.
  return outside ? path_ / given / path_.filename() : path_ / given;
}

}  // namespace scaffold
