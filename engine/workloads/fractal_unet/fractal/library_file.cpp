#include "fractal_unet/fractal/library_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* format_name = "scaffold fractal library";
constexpr std::uint64_t max_record_bytes = std::uint64_t{32} << 20;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) throw SystemError(cat("cannot list folder '", folder.string(), "': ", error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

[[noreturn]] void damaged(const fs::path& file, const std::string& why) {
  throw DataError(cat("'", file.string(), "' ", why,
                      "; remove it and run scaffold generate_fractals, which makes it again from the seed"));
}

const Json& member(const Json& object, const char* key, const fs::path& file) {
  const auto found = object.find(key);
  if (found == object.end()) damaged(file, cat("lacks the key '", key, "'"));
  return *found;
}
std::uint64_t count(const Json& object, const char* key, const fs::path& file) {
  const Json& value = member(object, key, file);
  if (!value.is_number_unsigned()) damaged(file, cat("holds something else than a count under '", key, "'"));
  return value.get<std::uint64_t>();
}
double number(const Json& object, const char* key, const fs::path& file) {
  const Json& value = member(object, key, file);
  if (!value.is_number()) damaged(file, cat("holds something else than a number under '", key, "'"));
  return value.get<double>();
}
const Json& object_at(const Json& object, const char* key, const fs::path& file) {
  const Json& value = member(object, key, file);
  if (!value.is_object()) damaged(file, cat("holds something else than an object under '", key, "'"));
  return value;
}

/// Nesting is cut at depth 4, so that hostile files cost no memory.
Json parse(const std::string& text, const fs::path& file) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 4; };
  Json json = Json::parse(text, shallow, false);
  if (json.is_discarded() || !json.is_object()) damaged(file, "is not a JSON object");
  return json;
}

LibraryStatistics statistics_of(const Json& json, const fs::path& file) {
  const Json& s = object_at(json, "statistics", file);
  const Json& r = object_at(s, "rejected", file);
  return {count(s, "tried", file),      count(s, "accepted", file), count(r, "runaway", file),
          count(r, "not_finite", file), count(r, "flat", file),     count(r, "low_variance", file)};
}

std::vector<std::uint64_t> attempts_of(const Json& json, const fs::path& file) {
  const Json& list = member(json, "attempts", file);
  if (!list.is_array() || list.size() > max_categories) damaged(file, "holds no list of attempts");
  std::vector<std::uint64_t> attempts;
  for (const Json& item : list) {
    if (!item.is_number_unsigned()) damaged(file, "holds something else than a number among its attempts");
    attempts.push_back(item.get<std::uint64_t>());
    if (attempts.size() > 1 && attempts.back() <= attempts[attempts.size() - 2])
      damaged(file, "lists attempts out of order");
  }
  return attempts;
}

/// The parts are compared one at a time, since a hostile file may make their sum overflow.
bool consistent(const LibraryRecord& record) {
  const LibraryStatistics& s = record.statistics;
  std::uint64_t left = s.tried;
  for (const std::uint64_t part : {s.accepted, s.runaway, s.not_finite, s.flat, s.low_variance}) {
    if (part > left) return false;
    left -= part;
  }
  return left == 0 && s.accepted == record.attempts.size() &&
         (record.attempts.empty() || record.attempts.back() < s.tried);
}

LibraryRecord record_from(const Json& json, const fs::path& file) {
  if (member(json, "format", file) != format_name)
    throw DataError(cat("'", file.string(), "' was not written by scaffold; choose another fract_base_dir"));
  const std::uint64_t version = count(json, "version", file);
  if (version > library_version)
    throw DataError(cat("'", file.string(), "' has version ", version, ", this program reads up to ",
                        library_version, "; use a newer scaffold or another fract_base_dir"));
  if (version == 0) damaged(file, "has version 0, which does not exist");
  LibraryRecord record;
  const Json& generator = member(json, "generator", file);
  if (generator.is_string()) record.generator = generator.get<std::string>();
  record.variance_threshold = number(json, "variance_threshold", file);
  record.normalize = number(json, "normalize", file);
  record.seed = count(json, "seed", file);
  record.points = count(json, "points", file);
  record.statistics = statistics_of(json, file);
  record.attempts = attempts_of(json, file);
  if (!consistent(record)) damaged(file, "contradicts itself: its counts do not add up");
  return record;
}

}  // namespace

fs::path category_file(const fs::path& folder, int category) {
  return folder / (padded(category, 6) + ".csv");
}
fs::path record_file(const fs::path& folder) { return folder / "library.json"; }

std::vector<int> category_numbers(const fs::path& folder) {
  std::vector<int> numbers;
  for (const std::string& name : names_in(folder))
    if (name.size() == 10 && name.ends_with(".csv") && all_digits(std::string_view(name).substr(0, 6)))
      numbers.push_back(std::stoi(name));
  return numbers;
}

std::vector<fs::path> leftovers(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& name : names_in(folder)) {
    if (!name.starts_with('.') || !name.ends_with(".tmp")) continue;
    const bool category = name.size() > 12 && all_digits(std::string_view(name).substr(1, 6)) &&
                          std::string_view(name).substr(7).starts_with(".csv.");
    if (category || name.starts_with(".library.json.") || name.starts_with(".probe."))
      files.push_back(folder / name);
  }
  return files;
}

std::string missing_categories(const std::vector<int>& present, int n) {
  std::string shown;
  int missing = 0;
  auto at = present.begin();
  for (int k = 0; k < n; ++k) {
    if (at != present.end() && *at == k) {
      ++at;
      continue;
    }
    if (++missing <= 5) shown += cat(missing == 1 ? "" : ", ", k);
  }
  return missing > 5 ? cat(shown, " and ", missing - 5, " more") : shown;
}

Ifs read_category(const fs::path& file) {
  return ifs_from_csv(read_regular_text(file, max_category_bytes), file.string());
}

std::optional<LibraryRecord> read_record(const fs::path& folder) {
  const fs::path file = record_file(folder);
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) return std::nullopt;
  const std::string text = read_regular_text(file, max_record_bytes);
  try {
    return record_from(parse(text, file), file);
  } catch (const nlohmann::json::exception&) {
    damaged(file, "is not what scaffold writes");
  }
}

void write_record(const fs::path& folder, const LibrarySpec& spec, const LibraryRecord& record) {
  const LibraryStatistics& s = record.statistics;
  Json json;
  json["format"] = format_name;
  json["version"] = library_version;
  json["generator"] = "scaffold " SCAFFOLD_VERSION;
  json["variance_threshold"] = spec.variance_threshold;
  json["seed"] = spec.seed;
  json["points"] = spec.points;
  json["normalize"] = spec.normalize;
  json["statistics"] = {{"tried", s.tried},
                        {"accepted", s.accepted},
                        {"rejected",
                         {{"runaway", s.runaway},
                          {"not_finite", s.not_finite},
                          {"flat", s.flat},
                          {"low_variance", s.low_variance}}}};
  json["attempts"] = record.attempts;
  write_atomic(record_file(folder), json.dump(2) + "\n");
}

void check_record(const LibraryRecord& record, const LibrarySpec& spec) {
  const auto differ = [&](const char* key, const auto& theirs, const auto& ours) {
    throw DataError(cat("'", record_file(spec.folder()).string(), "' was made with ", key, " ", theirs,
                        ", not ", ours,
                        "; use that value or another fract_base_dir, or start over with "
                        "scaffold generate_fractals --force"));
  };
  if (record.variance_threshold != spec.variance_threshold)
    differ("variance_threshold", shortest(record.variance_threshold), shortest(spec.variance_threshold));
  if (record.seed != spec.seed) differ("seed", record.seed, spec.seed);
  if (record.points != spec.points) differ("points", record.points, spec.points);
  if (record.normalize != spec.normalize)
    differ("normalize", shortest(record.normalize), shortest(spec.normalize));
}

void check_category(const Ifs& ifs, const LibrarySpec& spec, std::uint64_t attempt, const fs::path& file) {
  if (ifs == candidate_ifs(spec.seed, attempt)) return;
  throw DataError(cat("'", file.string(), "' holds another fractal than seed ", spec.seed,
                      " gives at attempt ", attempt,
                      ": it was edited, damaged or made by another program. Remove or move it and run "
                      "scaffold generate_fractals, which makes it again, or start over with --force"));
}

std::string python_decimal(double value) {
  std::array<char, 64> buffer;
  const auto scientific =
      std::string(buffer.data(),
                  std::to_chars(buffer.data(), buffer.data() + 64, value, std::chars_format::scientific).ptr);
  const auto e = scientific.find('e');
  if (e == scientific.npos) return scientific;
  const int exponent = std::stoi(scientific.substr(e + 1));
  if (exponent < -4 || exponent >= 16) return scientific;
  const std::string text(
      buffer.data(), std::to_chars(buffer.data(), buffer.data() + 64, value, std::chars_format::fixed).ptr);
  return text.find('.') == text.npos ? text + ".0" : text;
}

}  // namespace scaffold
