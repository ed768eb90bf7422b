#include <sys/stat.h>

#include <algorithm>
#include <cctype>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "mutate.hpp"
#include "report/campaign.hpp"
#include "report/verify.hpp"
#include "sample_folder.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

Verification verify(const fs::path& run_dir) {
  Verification v;
  verify_records(run_dir, run_dir / "checkpoints", v);
  return v;
}

bool names(const Verification& v, const std::string& file) {
  return std::any_of(v.differences.begin(), v.differences.end(),
                     [&](const Difference& d) { return d.file == file; });
}

const Difference* find(const Verification& v, const std::string& file, const std::string& key) {
  const auto at = std::find_if(v.differences.begin(), v.differences.end(),
                               [&](const Difference& d) { return d.file == file && d.key == key; });
  return at == v.differences.end() ? nullptr : &*at;
}

/// Where each number of the text has its last digit; names of files and keys have digits too, which count.
std::vector<std::size_t> last_digits(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(text[i])) &&
        (i + 1 == text.size() || !std::isdigit(static_cast<unsigned char>(text[i + 1]))))
      places.push_back(i);
  return places;
}

/// Where each number begins (its fraction and exponent are numbers of their own here).
std::vector<std::size_t> first_digits(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(text[i])) &&
        (i == 0 || !std::isdigit(static_cast<unsigned char>(text[i - 1]))))
      places.push_back(i);
  return places;
}

std::string with_other_digit(std::string text, std::size_t at) {
  text[at] = text[at] == '9' ? '0' : static_cast<char>(text[at] + 1);
  return text;
}

/// Replaces the first `from`, which must be there.
void edit(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read_text(file);
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  text.replace(at, from.size(), to);
  sample::overwrite(file, text);
}

struct Folder {
  Folder() {
    const RunRecord r = sample::converged_run(run_dir);
    sample::write_run(run_dir, r);
    record = r;
  }
  TemporaryFolder root;
  fs::path run_dir = root / "run";
  RunRecord record;
};

}  // namespace

TEST_CASE("a run's records as they were written fit each other") {
  const Folder f;
  const Verification v = verify(f.run_dir);
  INFO(verification_text(v));
  CHECK(v.verified());
  CHECK(v.fits.size() >= 4);
}

TEST_CASE("a value of another type is a difference, not an accident") {
  for (const char* value : {"5", "null", "[]", "{\"converged\": 1}"}) {
    const Folder other;
    fs::remove(other.run_dir / "digests.json");
    edit(other.run_dir / "report.json", "\"status\": \"converged\"", cat("\"status\": ", value));
    const Verification v = verify(other.run_dir);
    CHECK(find(v, "report.json", "status"));
  }
}

TEST_CASE("a pipe in a log's place is not waited for") {
  const Folder f;
  fs::remove(f.run_dir / "events.jsonl");
  REQUIRE(::mkfifo((f.run_dir / "events.jsonl").c_str(), 0600) == 0);
  CHECK(names(verify(f.run_dir), "events.jsonl"));
}

TEST_CASE(
    "every number of report.json, events.jsonl and train_stats.csv that is changed is noticed, in its file") {
  const Folder f;
  for (const char* name : {"report.json", "events.jsonl", "train_stats.csv", "config.yaml", "digests.json"}) {
    const std::string whole = read_text(f.run_dir / name);
    const auto places = last_digits(whole);
    // Of the longer ones some in a quick test, beginning anywhere; all with SCAFFOLD_FUZZ_FACTOR=8.
    const bool table = std::string(name) == "train_stats.csv";
    const std::size_t each = table ? 1 : static_cast<std::size_t>(std::max(8 / fuzz_factor(), 1));
    for (std::size_t i = std::random_device()() % each; i < places.size(); i += each) {
      const std::size_t at = places[i];
      sample::overwrite(f.run_dir / name, with_other_digit(whole, at));
      const Verification v = verify(f.run_dir);
      INFO(name << " at byte " << at << ": " << whole.substr(at > 40 ? at - 40 : 0, 60));
      REQUIRE(names(v, name));
    }
    sample::overwrite(f.run_dir / name, whole);
  }
  CHECK(verify(f.run_dir).verified());
}

TEST_CASE("every byte of every record that is changed is noticed, in its file") {
  const Folder f;
  fs::create_directories(f.run_dir / "checkpoints");
  sample::overwrite(f.run_dir / "checkpoints" / "final.h5", std::string(100, '\0') + "network");
  write_digests(f.run_dir, run_records(f.run_dir, f.run_dir / "checkpoints"));
  for (const std::string name : {"checkpoints/final.h5", "train_stats.csv", "report.json"}) {
    const std::string whole = read_text(f.run_dir / name);
    const std::size_t each =
        std::max<std::size_t>(whole.size() / static_cast<std::size_t>(fuzz_rounds(100)), 1);
    for (std::size_t at = std::random_device()() % each; at < whole.size(); at += each) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      sample::overwrite(f.run_dir / name, changed);
      INFO(name << " at byte " << at);
      REQUIRE(names(verify(f.run_dir), name));
    }
    sample::overwrite(f.run_dir / name, whole);
  }
}

TEST_CASE("what is added to a record or cut off is noticed, in its file") {
  const Folder f;
  for (const std::string name : {"events.jsonl", "train_stats.csv", "report.json"}) {
    const std::string whole = read_text(f.run_dir / name);
    for (const std::string& changed :
         {whole + "\n", whole + whole.substr(0, 20), whole.substr(0, whole.size() - 1),
          whole.substr(0, whole.size() / 2), std::string()}) {
      sample::overwrite(f.run_dir / name, changed);
      INFO(name << " of " << changed.size() << " bytes");
      REQUIRE(names(verify(f.run_dir), name));
    }
    sample::overwrite(f.run_dir / name, whole);
  }
}

TEST_CASE("without digests too, a number of the report or table is found out by what is written down twice") {
  const Folder f;
  fs::remove(f.run_dir / "digests.json");
  const std::string report = read_text(f.run_dir / "report.json");
  const auto places = first_digits(report);
  const auto each = static_cast<std::size_t>(std::max(4 / fuzz_factor(), 1));
  for (std::size_t i = std::random_device()() % each; i < places.size(); i += each) {
    const std::size_t at = places[i];
    sample::overwrite(f.run_dir / "report.json", with_other_digit(report, at));
    const Verification v = verify(f.run_dir);
    INFO("at byte " << at << ": " << report.substr(at > 40 ? at - 40 : 0, 60));
    REQUIRE_FALSE(v.differences.empty());
  }
  sample::overwrite(f.run_dir / "report.json", report);
  const std::string table = read_text(f.run_dir / "train_stats.csv");
  for (const std::size_t at : first_digits(table)) {
    sample::overwrite(f.run_dir / "train_stats.csv", with_other_digit(table, at));
    INFO("at byte " << at);
    REQUIRE(names(verify(f.run_dir), "train_stats.csv"));
  }
}

TEST_CASE("a difference is told with file, key, stated and found") {
  Folder f;
  SECTION("the figure of merit") {
    const std::string fom = shortest(f.record.epochs[0].epoch_duration + f.record.epochs[1].epoch_duration);
    edit(f.run_dir / "report.json", "\"fom_seconds\": " + fom, "\"fom_seconds\": 1.5");
    const Verification v = verify(f.run_dir);
    const Difference* d = find(v, "report.json", "fom_seconds");
    REQUIRE(d);
    CHECK(d->stated == "1.5");
    CHECK(d->found.starts_with(fom));
  }
  SECTION("what only the report and its copy in the log have") {
    edit(f.run_dir / "report.json", "\"warmup_seconds\": 9.4", "\"warmup_seconds\": 9.5");
    const Verification v = verify(f.run_dir);
    const Difference* d = find(v, "report.json", "warmup_seconds");
    REQUIRE(d);
    CHECK(*d == Difference{"report.json", "warmup_seconds", "9.5", "9.4 (events.jsonl)"});
  }
  SECTION("an epoch in the log") {
    const std::string dice = shortest(f.record.epochs[1].metric("train_dice"));
    edit(f.run_dir / "events.jsonl", "\"train_dice\":" + dice, "\"train_dice\":0.125");
    const Difference* d = nullptr;
    const Verification v = verify(f.run_dir);
    d = find(v, "events.jsonl", "epochs_table.2.train_dice");
    REQUIRE(d);
    CHECK(d->stated == "0.125");
    CHECK(d->found.starts_with(dice));
  }
  SECTION("a cell of the table") {
    edit(f.run_dir / "train_stats.csv", ",168,336", ",168,337");
    const Verification v = verify(f.run_dir);
    const Difference* d = find(v, "train_stats.csv", "epochs_table.2.total_optimizer_steps");
    REQUIRE(d);
    CHECK(d->stated == "337");
    CHECK(d->found.starts_with("336"));
  }
  SECTION("what the log alone has: the line") {
    edit(f.run_dir / "events.jsonl", "\"batches\":4", "\"batches\":5");
    const Verification v = verify(f.run_dir);
    CHECK(find(v, "events.jsonl", "line 2"));
  }
  SECTION("a run that says it converged and did not") {
    f.record.target = 0.9;
    fs::remove_all(f.run_dir);
    fs::create_directories(f.run_dir);
    const MergedConfig merged = [&] {
      write_atomic(f.run_dir / "given.yml", "target_dice: 0.9\n");
      return merge_config({f.run_dir / "given.yml"}, {});
    }();
    write_atomic(f.run_dir / "config.yaml", to_yaml(merged));
    f.record.config = entries(merged);
    sample::write_run(f.run_dir, f.record);
    CHECK(find(verify(f.run_dir), "report.json", "status"));
  }
}

TEST_CASE("what has no digests, or no checkpoint any more, is not verified, and not called different") {
  Folder f;
  SECTION("no digests") {
    fs::remove(f.run_dir / "digests.json");
    const Verification v = verify(f.run_dir);
    CHECK(v.differences.empty());
    CHECK(v.not_checked.size() == 1);
    CHECK_FALSE(v.verified());
  }
  SECTION("no checkpoint") {
    fs::create_directories(f.run_dir / "checkpoints");
    sample::overwrite(f.run_dir / "checkpoints" / "final.h5", "network");
    write_digests(f.run_dir, run_records(f.run_dir, f.run_dir / "checkpoints"));
    fs::remove(f.run_dir / "checkpoints" / "final.h5");
    const Verification v = verify(f.run_dir);
    CHECK(v.differences.empty());
    REQUIRE(v.not_checked.size() == 1);
    CHECK(v.not_checked[0].first == "checkpoints/final.h5");
  }
  SECTION("no record at all") {
    fs::remove(f.run_dir / "train_stats.csv");
    CHECK(names(verify(f.run_dir), "train_stats.csv"));
    fs::remove(f.run_dir / "report.json");
    Verification v;
    CHECK_THROWS_AS(verify_records(f.run_dir, f.run_dir / "checkpoints", v), DataError);
  }
}

TEST_CASE("epochs that a restart has made void count no more") {
  TemporaryFolder root;
  const fs::path run_dir = root / "run";
  RunRecord r = sample::converged_run(run_dir);
  {
    EventLog log(run_dir / "events.jsonl");
    log.run_start(r);
    EpochRecord lost = sample::epoch(1);
    lost.epoch_duration = 999;
    log.epoch(lost);
    log.restart(0, "last.h5");
  }
  r.restarts = 1;
  sample::write_run(run_dir, r);
  const Verification v = verify(run_dir);
  INFO(verification_text(v));
  CHECK(v.verified());
}

TEST_CASE("damaged records are told of, whatever they hold") {
  const Folder f;
  std::mt19937_64 random(7);
  for (const std::string name :
       {"report.json", "events.jsonl", "train_stats.csv", "config.yaml", "digests.json"}) {
    const std::string whole = read_text(f.run_dir / name);
    for (int round = 0; round < fuzz_rounds(20); ++round) {
      const std::string changed = sample::mutate(whole, random);
      if (changed == whole) continue;
      sample::overwrite(f.run_dir / name, changed);
      Verification v;
      try {
        verify_records(f.run_dir, f.run_dir / "checkpoints", v);
        REQUIRE_FALSE(v.verified());
      } catch (const Error&) {  // in words, with an exit code
      }
    }
    sample::overwrite(f.run_dir / name, whole);
  }
}
