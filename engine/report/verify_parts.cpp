#include "report/verify_parts.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/digests.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

void Verification::differ(std::string file, std::string key, std::string stated, std::string found) {
  Difference difference{std::move(file), std::move(key), std::move(stated), std::move(found)};
  // Two ways may lead to one finding.
  if (std::find(differences.begin(), differences.end(), difference) == differences.end())
    differences.push_back(std::move(difference));
}

std::string verification_text(const Verification& v) {
  std::string text;
  for (const auto& [what, came] : v.fits) text += cat("  fits         ", what, ": ", came, '\n');
  for (const auto& d : v.differences)
    text += cat("  DIFFERS      ", d.file, ": ", d.key, ": stated ", d.stated, ", found ", d.found, '\n');
  for (const auto& [what, why] : v.not_checked) text += cat("  NOT CHECKED  ", what, ": ", why, '\n');
  return text;
}

namespace report {

std::string show(const Json& value) {
  constexpr std::size_t most = 200;
  std::string text = value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text.size() > most ? text.substr(0, most) + "…" : text;
}

void Copies::add_value(const std::string& file, const std::string& key, const Json& value) {
  by_key_[key].push_back({file, value});
}

void Copies::add(const std::string& file, const Json& json, const std::string& prefix) {
  const std::string dot = prefix.empty() ? "" : prefix + '.';
  if (json.is_object()) {
    for (const auto& [key, part] : json.items()) add(file, part, dot + key);
  } else if (json.is_array()) {
    // Its length too, so that what is longer in one place shows.
    add_value(file, dot + "length", json.size());
    for (std::size_t i = 0; i < json.size(); ++i) add(file, json[i], cat(dot, i + 1));
  } else {
    add_value(file, prefix, json);
  }
}

std::size_t Copies::compare(Verification& into, const std::vector<std::string>& intact) const {
  std::size_t compared = 0;
  for (const auto& [key, found] : by_key_) {
    const auto& copies = found;  // which a lambda may name
    if (copies.size() < 2) continue;
    ++compared;
    const auto votes = [&](const Copy& copy) {
      const auto same = std::count_if(copies.begin(), copies.end(),
                                      [&](const Copy& other) { return other.value == copy.value; });
      const bool sound = std::find(intact.begin(), intact.end(), copy.file) != intact.end();
      return 2 * same + (sound ? 1 : 0);
    };
    const Copy* truth = &copies.front();
    for (const auto& copy : copies)
      if (votes(copy) > votes(*truth)) truth = &copy;
    for (const auto& copy : copies)
      if (copy.value != truth->value)
        into.differ(copy.file, key, show(copy.value), cat(show(truth->value), " (", truth->file, ")"));
  }
  return compared;
}

void Copies::compare_keys(const std::string& file, const std::string& other, Verification& into) const {
  for (const auto& [key, found] : by_key_) {
    const auto& copies = found;
    const auto in = [&](const std::string& name) {
      return std::find_if(copies.begin(), copies.end(), [&](const Copy& copy) { return copy.file == name; });
    };
    if (const auto a = in(file), b = in(other); (a == copies.end()) != (b == copies.end()))
      into.differ(
          a == copies.end() ? file : other, key, "none",
          a == copies.end() ? cat(show(b->value), " (", other, ")") : cat(show(a->value), " (", file, ")"));
  }
}

namespace {

/// Where a text file differs: its lines, as far as the digests tell them apart.
void differ_in_lines(const FileDigest& stated, const FileDigest& found, Verification& into) {
  constexpr std::size_t max_named = 20;
  std::size_t named = 0;
  for (std::size_t i = 0; i < std::max(stated.parts.size(), found.parts.size()) && named < max_named; ++i) {
    const bool had = i < stated.parts.size(), has = i < found.parts.size();
    if (had && has && stated.parts[i] == found.parts[i]) continue;
    const auto first = i * stated.lines_each + 1;
    const std::string lines = stated.lines_each == 1
                                  ? cat("line ", first)
                                  : cat("lines ", first, " to ", first + stated.lines_each - 1);
    into.differ(stated.file, lines, had ? "xxh3 " + hex16(stated.parts[i]) : "none",
                has ? "xxh3 " + hex16(found.parts[i]) : "none");
    ++named;
  }
}

void verify_digest(const fs::path& folder, const FileDigest& stated, std::vector<std::string>& intact,
                   Verification& into) {
  std::error_code error;
  if (!fs::exists(folder / stated.file, error)) {
    const bool checkpoint = fs::path(stated.file).extension() == ".h5";
    if (checkpoint)
      into.not_checked.emplace_back(stated.file, "it is not there any more");
    else
      into.differ(stated.file, "bytes", cat(stated.bytes), "no such file");
    return;
  }
  const FileDigest found = digest_of(folder, stated.file);
  if (found.bytes == stated.bytes && found.xxh3 == stated.xxh3) {
    intact.push_back(stated.file);
    return;
  }
  if (found.bytes != stated.bytes) into.differ(stated.file, "bytes", cat(stated.bytes), cat(found.bytes));
  into.differ(stated.file, "xxh3", hex16(stated.xxh3), hex16(found.xxh3));
  if (stated.lines_each == found.lines_each && stated.lines_each > 0) differ_in_lines(stated, found, into);
}

}  // namespace

std::vector<std::string> verify_digests(const fs::path& folder, const std::vector<std::string>& required,
                                        Verification& into) {
  std::vector<std::string> intact;
  if (std::error_code error; !fs::exists(folder / digests_file, error)) {
    into.not_checked.emplace_back(
        "digests",
        cat("there is no ", digests_file, ": an older version wrote this, or it did not end by itself"));
    return intact;
  }
  std::vector<FileDigest> all;
  try {
    all = read_digests(folder);
  } catch (const DataError& error) {
    into.differ(digests_file, "contents", "sound", error.what());
    return intact;
  }
  for (const auto& stated : all) {
    try {
      verify_digest(folder, stated, intact, into);
    } catch (const DataError& error) {
      into.differ(stated.file, "contents", cat("xxh3 ", hex16(stated.xxh3)), error.what());
    }
  }
  for (const auto& file : required)
    if (std::none_of(all.begin(), all.end(), [&](const FileDigest& d) { return d.file == file; }))
      into.differ(digests_file, cat("files.", file), "none", "it must have a digest");
  if (intact.size() == all.size()) into.fits.emplace_back("digests", cat(all.size(), " files, every byte"));
  return intact;
}

}  // namespace report
}  // namespace scaffold
