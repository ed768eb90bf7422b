// Death at any moment, two at once, full disks and damaged files.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "data/staging.hpp"
#include "fractal_unet/dataset/labels.hpp"
#include "fuzz.hpp"
#include "other_user.hpp"
#include "send_signal.hpp"
#include "small.hpp"
#include "storage/checksum.hpp"
#include "storage/container.hpp"
#include "storage/vtkhdf.hpp"

using namespace scaffold;
using namespace scaffold::testing;
using Catch::Contains;

namespace {

pid_t in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  int status = 99;
  try {
    status = body();
  } catch (...) {
  }
  _exit(status);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

// Files that generation has made so far, anywhere below the folder. Entries vanish while it counts.
int progress_of(const fs::path& folder) {
  int files = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    ++files;
  return files;
}

int entries(const fs::path& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

struct Limits {
  explicit Limits(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    const rlimit small{bytes, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~Limits() {
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  rlimit old{};
};

}  // namespace

TEST_CASE("killed at any moment and started again, the dataset is complete and the same") {
  const auto library = small_library(3);
  const TemporaryFolder reference;
  DatasetSpec spec = small_spec(reference.path());
  const auto expected = contents(ensure_dataset(spec, library, 2).folder);
  std::mt19937 random(3);
  int killed = 0;
  // The moments: as many files as that have appeared, then a random number of further looks.
  for (int moment = 1; moment <= 16; ++moment) {
    const TemporaryFolder folder;
    spec.dataset_dir = folder.path();
    const pid_t child = in_child([&] { return ensure_dataset(spec, library, 2), 0; });
    while (!has_ended(child) && progress_of(folder.path()) < moment) {
    }
    for (unsigned looks = random() % 8; looks > 0; --looks) progress_of(folder.path());
    kill(child, SIGKILL);
    const int status = wait_for(child);
    killed += WIFSIGNALED(status);
    const auto info = ensure_dataset(spec, library, 2);
    CHECK(contents(info.folder) == expected);
    std::string left;
    for (const auto& entry : fs::directory_iterator(folder.path()))
      left += entry.path().filename().string() + " ";
    INFO("moment " << moment << ", process " << child << ", here: " << left);
    CHECK(entries(folder.path()) == 2);  // the dataset and its lock: what the dead one left is gone
  }
  CHECK(killed > 8);
}

TEST_CASE("killed while replacing a dataset, what is there is complete") {
  const auto library = small_library(3);
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const auto expected = contents(ensure_dataset(spec, library, 2).folder);
  for (int moment = 12; moment <= 26; moment += 2) {
    const pid_t child = in_child([&] { return ensure_dataset(spec, library, 2, true), 0; });
    while (!has_ended(child) && progress_of(folder.path()) < moment) {
    }
    kill(child, SIGKILL);
    wait_for(child);
    CHECK(contents(DatasetReader(folder / hash(spec, library.categories)).info().folder) == expected);
  }
}

TEST_CASE("a signal stops generation and leaves nothing behind") {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  const pid_t child = in_child([&] {
    signals::install();
    send_signal(SIGTERM);
    try {
      ensure_dataset(spec, small_library(3), 2);
    } catch (const Interrupted& interrupted) {
      return interrupted.signal() == SIGTERM ? 7 : 8;
    }
    return 9;
  });
  CHECK(WEXITSTATUS(wait_for(child)) == 7);
  CHECK(entries(folder.path()) <= 1);
}

TEST_CASE("two generators at once make one dataset") {
  const auto library = small_library(3);
  for (int round = 0; round < 5; ++round) {
    const TemporaryFolder folder;
    const DatasetSpec spec = small_spec(folder.path());
    const auto generated = [&] { return ensure_dataset(spec, library, 1).generation_seconds > 0 ? 1 : 0; };
    const pid_t a = in_child(generated), b = in_child(generated);
    const int made = WEXITSTATUS(wait_for(a)) + WEXITSTATUS(wait_for(b));
    CHECK(made == 1);  // one generated, the other reused
    CHECK(DatasetReader(folder / hash(spec, library.categories)).verify(1).empty());
    CHECK(entries(folder.path()) == 2);
  }
}

TEST_CASE("a generator waits for the lock and says so") {
  const auto library = small_library(3);
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const std::string name = hash(spec, library.categories);
  // The child begins only once the lock is taken, and was forked before, so that it does not share it.
  int go[2], pipe_ends[2];
  REQUIRE((pipe(go) == 0 && pipe(pipe_ends) == 0));
  const pid_t child = in_child([&] {
    char byte = 0;
    dup2(pipe_ends[1], STDERR_FILENO);
    if (read(go[0], &byte, 1) != 1) return 9;
    return ensure_dataset(spec, library, 1).generation_seconds > 0 ? 1 : 0;
  });
  close(pipe_ends[1]);
  auto lock = FileLock::try_acquire(lock_path(folder.path(), name));
  REQUIRE(lock);
  REQUIRE(write(go[1], "g", 1) == 1);
  std::string said;
  char letter = 0;
  while (said.find("waiting for it") == std::string::npos && read(pipe_ends[0], &letter, 1) == 1)
    said += letter;
  CHECK_THAT(said, Contains("Another process is generating this dataset"));
  CHECK(entries(folder.path()) == 1);  // the lock alone: it has not begun
  lock.reset();
  CHECK(WEXITSTATUS(wait_for(child)) == 1);
  for (const int end : {go[0], go[1], pipe_ends[0]}) close(end);
}

TEST_CASE("leftovers go when their owner is dead or silent for a day, and stay otherwise") {
  const TemporaryFolder folder;
  const std::string hash_a = "00000000000000aa", hash_b = "00000000000000bb";
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const pid_t dead = in_child([] { return 0; });
  wait_for(dead);
  const auto now = fs::file_time_type::clock::now();
  const auto staging = [&](const std::string& name, int hours_old) {
    fs::create_directories(folder / name / "volumes");
    spill(folder / name / ".heartbeat", "");
    fs::last_write_time(folder / name / ".heartbeat", now - std::chrono::hours(hours_old));
    return name;
  };
  const auto dead_here = staging(cat(".staging-", hash_a, "-", host, "-", dead), 0);
  const auto dead_replaced = staging(cat(".staging-", hash_a, "-", host, "-", dead, ".old"), 0);
  const auto dead_locked = staging(cat(".staging-", hash_b, "-", host, "-", dead), 0);
  const auto alive_here = staging(cat(".staging-", hash_a, "-", host, "-", getpid()), 0);
  const auto elsewhere = staging(cat(".staging-", hash_a, "-other-host-", dead), 23);
  const auto silent = staging(cat(".staging-", hash_a, "-other-host-1"), 25);
  const auto foreign = staging(".staging-what-is-this", 0);
  fs::create_directories(folder / "unrelated");
  const auto lock = FileLock::try_acquire(lock_path(folder.path(), hash_b));

  CHECK(reclaim_leftovers(folder.path(), hash_a, now) == 3);
  CHECK_FALSE(fs::exists(folder / dead_here));
  CHECK_FALSE(fs::exists(folder / dead_replaced));
  CHECK_FALSE(fs::exists(folder / silent));
  for (const auto& kept : {dead_locked, alive_here, elsewhere, foreign, std::string("unrelated")})
    CHECK(fs::exists(folder / kept));
}

TEST_CASE("a silent generator that still holds its lock is left alone") {
  const TemporaryFolder folder;
  const std::string held = "00000000000000aa", other = "00000000000000bb";
  const auto now = fs::file_time_type::clock::now();
  const fs::path suspended = folder / cat(".staging-", other, "-other-host-1");
  fs::create_directories(suspended / "volumes");
  spill(suspended / ".heartbeat", "");
  fs::last_write_time(suspended / ".heartbeat", now - std::chrono::hours(25));
  {
    const auto lock = FileLock::try_acquire(lock_path(folder.path(), other));
    CHECK(reclaim_leftovers(folder.path(), held, now) == 0);
  }
  CHECK(reclaim_leftovers(folder.path(), held, now) == 1);
}

TEST_CASE("what another user left in a shared folder stops nobody, and is named") {
  const auto library = small_library(3);
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  fs::permissions(folder.path(), fs::perms::all | fs::perms::sticky_bit);
  const std::string name = hash(spec, library.categories);
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const pid_t dead = in_child([] { return 0; });
  wait_for(dead);
  FileLock::try_acquire(lock_path(folder.path(), name));
  fs::permissions(lock_path(folder.path(), name), fs::perms{0444});
  const fs::path leftover = folder / cat(".staging-", name, "-", host, "-", dead);
  fs::create_directories(leftover / "volumes");
  int said[2];
  REQUIRE(pipe(said) == 0);
  const bool two_users = geteuid() == 0;
  const pid_t child = in_child([&] {
    dup2(said[1], STDERR_FILENO);
    become_another_user();
    return ensure_dataset(spec, library, 1).generation_seconds > 0 ? 1 : 0;
  });
  close(said[1]);
  std::string text;
  for (char letter = 0; read(said[0], &letter, 1) == 1;) text += letter;
  close(said[0]);
  CHECK(WEXITSTATUS(wait_for(child)) == 1);
  CHECK(DatasetReader(folder / name).verify(1).empty());
  CHECK(fs::exists(leftover) == two_users);
  CHECK_THAT(text, Contains(leftover.string()));
  if (two_users) CHECK_THAT(text, Contains("generation of root") && Contains("cannot be removed"));

  // Another user's dataset cannot be replaced either, which is known before the work.
  fs::rename(folder / name, folder / "made");
  ensure_dataset(spec, library, 1);
  const pid_t replacing = in_child([&] {
    become_another_user();
    try {
      return ensure_dataset(spec, library, 1, true).generation_seconds > 0 ? 1 : 0;
    } catch (const SystemError& error) {
      return std::string(error.what()).find("sticky") != std::string::npos ? 2 : 3;
    }
  });
  CHECK(WEXITSTATUS(wait_for(replacing)) == (two_users ? 2 : 1));
}

TEST_CASE("a folder that cannot be written is known before the work") {
  const TemporaryFolder folder;
  spill(folder / "file", "in the way");
  for (const fs::path& dir : {folder / "file", folder / "file" / "below", fs::path("/proc/nowhere")}) {
    CHECK_THROWS_AS(ensure_dataset(small_spec(dir), small_library(3), 1), SystemError);
    CHECK_THROWS_WITH(ensure_dataset(small_spec(dir), small_library(3), 1), Contains(dir.string()));
  }
}

TEST_CASE("what cannot fit is refused before the work with the amount it needs") {
  const TemporaryFolder folder;
  DatasetSpec spec = small_spec(folder.path());
  spec.problem_scale = 13;  // 64 TB
  CHECK_THROWS_WITH(ensure_dataset(spec, small_library(3), 1), Contains("needs") && Contains("iB"));
  CHECK(entries(folder.path()) <= 1);
  spec.problem_scale = 4;
  CHECK_THROWS_WITH(ensure_dataset(spec, small_library(2), 1), Contains("2 categories were loaded"));
}

TEST_CASE("a disk that fills up is a SystemError and leaves nothing") {
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const auto library = small_library(3);
  for (const rlim_t bytes : {500, 3000, 30'000}) {
    bool refused = false;
    {
      const Limits limits(bytes);
      try {
        ensure_dataset(spec, library, 2);
      } catch (const SystemError&) {
        refused = true;
      }
    }
    CHECK(refused);
    CHECK(entries(folder.path()) == 1);  // the lock
  }
  CHECK(DatasetReader(ensure_dataset(spec, library, 2).folder).verify(1).empty());
}

TEST_CASE("a damaged or foreign dataset is an error with advice, never overwritten unasked") {
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const auto library = small_library(3);
  const auto info = ensure_dataset(spec, library, 2);
  const auto refused = [&](const char* why) {
    CHECK_THROWS_AS(ensure_dataset(spec, library, 2), DataError);
    CHECK_THROWS_WITH(ensure_dataset(spec, library, 2), Contains(why) && Contains("--datagen-from-scratch"));
  };
  fs::resize_file(info.folder / "volumes/000002.h5", 100);
  refused("000002.h5");
  CHECK(fs::file_size(info.folder / "volumes/000002.h5") == 100);
  fs::remove(info.folder / "volumes/000002.h5");
  refused("000002.h5");
  const std::string index = slurp(info.folder / "index.json");
  spill(info.folder / "index.json", index.substr(0, 1000));
  refused("damaged");
  fs::remove(info.folder / "index.json");
  refused("no index.json");
  fs::remove_all(info.folder);
  spill(info.folder, "a file");
  refused("not a folder");
  CHECK(ensure_dataset(spec, library, 2, true).generation_seconds > 0);
  CHECK(DatasetReader(info.folder).verify(2).empty());
  CHECK_THROWS_WITH(DatasetReader(folder / "none"), Contains("generate_dataset"));
}

TEST_CASE("any flipped bit or cut in a volume is found by whoever reads it") {
  const TemporaryFolder folder;
  const auto library = small_library(3);
  const int tries = fuzz_rounds(150);
  std::mt19937 random(5);
  for (const char* format : {"dense", "compact"}) {
    DatasetSpec spec = small_spec(folder.path());
    spec.format = format;
    const auto info = ensure_dataset(spec, library, 2);
    const DatasetReader reader(info.folder);
    const auto file = info.folder / "volumes/000000.h5";
    const std::string good = slurp(file);
    const auto used = good.find('\0');  // the rest of the user block is padding
    const auto user_block = read_header(file).user_block;
    std::vector<float> image(3 * 16 * 16 * 16);
    std::vector<std::uint8_t> mask(16 * 16 * 16);
    const auto& entry = reader.index().volumes[0];
    for (int i = 0; i < tries; ++i) {
      std::string bad = good;
      std::size_t at = random() % good.size();
      if (at >= used && at < user_block) at = random() % used;
      if (i % 4 == 0)
        bad.resize(at);
      else
        bad[at] ^= static_cast<char>(1 << random() % 8);
      spill(file, bad);
      const auto inside = [&](std::uint64_t offset, std::uint64_t bytes) {
        return at >= offset && at < offset + bytes;
      };
      const bool in_block =
          inside(entry.mask_offset[0], 4096) || (!spec.compact() && inside(entry.image_offset[0], 12 * 4096));
      if (i % 4 == 0) CHECK_THROWS_AS(DatasetReader(info.folder), DataError);
      if (in_block) CHECK_THROWS_AS(reader.read_block(0, 0, image.data(), mask.data()), DataError);
      const auto problems = reader.verify(1);
      REQUIRE(problems.size() == 1);
      CHECK_THAT(problems[0], Contains("000000.h5"));
    }
    spill(file, good);
    CHECK(reader.verify(1).empty());
  }
}

TEST_CASE("a mask with classes that do not exist is refused even under a fitting checksum") {
  const TemporaryFolder folder;
  const DatasetSpec spec = small_spec(folder.path());
  const auto info = ensure_dataset(spec, small_library(3), 2);
  DatasetIndex index = DatasetReader(info.folder).index();
  const auto file = info.folder / index.volumes[0].file;
  std::string bytes = slurp(file);
  const auto offset = index.volumes[0].mask_offset[0];
  bytes[offset + 9] = 4;  // classes are 0 … 3
  spill(file, bytes);
  index.volumes[0].mask_xxh3[0] = checksum(bytes.data() + offset, 4096);
  spill(info.folder / "index.json", to_json(index));
  std::vector<std::uint8_t> mask(4096);
  CHECK_THROWS_WITH(DatasetReader(info.folder).read_block(0, 0, nullptr, mask.data()), Contains("class 4"));
  CHECK(DatasetReader(info.folder).verify(1).size() == 1);
}

TEST_CASE("what other programs see a dataset through is verified too, where it is") {
  const TemporaryFolder folder;
  const auto info = ensure_dataset(small_spec(folder.path()), small_library(3), 2);
  const DatasetReader reader(info.folder);
  REQUIRE(reader.verify(1).empty());
  const auto volume = [&](std::size_t n) { return info.folder / reader.index().volumes[n].file; };
  LabelVolume labels = described_labels(info.folder, reader.index(), 0);
  labels.file = volume(1);
  write_vtkhdf(info.folder / "other.vtkhdf", labels);
  const std::string xdmf = slurp(info.folder / "dataset.xdmf"), view = slurp(info.folder / "dataset.vtkhdf");
  std::string another_volume = xdmf;
  another_volume.replace(another_volume.find("000000.h5"), 9, "000001.h5");
  const std::vector<std::pair<const char*, std::string>> damages = {
      {"dataset.xdmf", another_volume},
      {"dataset.xdmf", xdmf.substr(0, xdmf.size() / 2)},
      {"dataset.xdmf", ""},
      {"dataset.vtkhdf", slurp(info.folder / "other.vtkhdf")},
      {"dataset.vtkhdf", view.substr(0, view.size() - 20)},
      {"dataset.vtkhdf", "x"}};
  for (const auto& [file, bytes] : damages) {
    const std::string good = slurp(info.folder / file);
    spill(info.folder / file, bytes);
    const auto problems = reader.verify(1);
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains(file));
    spill(info.folder / file, good);
  }
  CHECK(reader.verify(1).empty());
  fs::remove(info.folder / "dataset.xdmf");
  fs::remove(info.folder / "dataset.vtkhdf");
  CHECK(reader.verify(1).empty());
}
