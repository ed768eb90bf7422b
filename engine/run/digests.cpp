#include "run/digests.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/json.hpp"
#include "storage/checksum.hpp"

namespace scaffold {
namespace {

constexpr int digests_version = 1;
constexpr std::uint64_t max_parts = 1024;  ///< of a file, whatever its length
// As in a dataset's index: the file begins with the checksum of what follows.
constexpr std::string_view opening = "{\"checksum\": \"", closing = "\",\n";

bool has_lines(const std::string& file) {
  const std::string kind = fs::path(file).extension();
  return kind == ".csv" || kind == ".json" || kind == ".jsonl" || kind == ".yaml";
}

/// Reads a file in pieces.
template <class Use>
std::uint64_t for_each_piece(const fs::path& path, Use&& use) {
  const FileDescriptor file = open_read(path);
  struct stat info {};
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
    throw DataError(cat("'", path.string(), "' is not a regular file"));
  std::vector<char> buffer(std::size_t{1} << 20);
  std::uint64_t at = 0;
  for (;;) {
    const ssize_t n = ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw DataError(cat("cannot read '", path.string(), "'"));
    if (n == 0) return at;
    use(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    at += static_cast<std::uint64_t>(n);
  }
}

/// A digest of each `each` lines, the last ones too where they end without a line feed.
std::vector<std::uint64_t> digests_of_lines(const fs::path& path, std::uint64_t each) {
  std::vector<std::uint64_t> parts;
  Checksum sum;
  std::uint64_t lines = 0;
  bool begun = false;
  const auto close = [&] {
    parts.push_back(sum.value());
    sum = Checksum();
    lines = 0;
    begun = false;
  };
  for_each_piece(path, [&](std::string_view piece) {
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      const std::string_view line = piece.substr(0, end == piece.npos ? piece.size() : end + 1);
      sum.update(line.data(), line.size());
      begun = true;
      if (end != piece.npos && ++lines == each) close();
      piece.remove_prefix(line.size());
    }
  });
  if (begun) close();
  return parts;
}

FileDigest digest(const fs::path& folder, const std::string& file, std::uint64_t lines_each) {
  FileDigest d;
  d.file = file;
  d.lines_each = lines_each;
  Checksum sum;
  d.bytes =
      for_each_piece(folder / file, [&](std::string_view piece) { sum.update(piece.data(), piece.size()); });
  d.xxh3 = sum.value();
  if (lines_each > 0) d.parts = digests_of_lines(folder / file, lines_each);
  return d;
}

std::uint64_t hex(const Json& value, const std::string& where) {
  std::uint64_t sum = 0;
  if (!value.is_string() || !parse_hex16(value.get<std::string>(), sum))
    throw DataError(cat(where, ": a digest is not 16 hexadecimal digits"));
  return sum;
}

std::vector<FileDigest> parse(const std::string& text, const std::string& where) {
  const Json json = parse_object(text, where);
  try {
    if (json.at("format") != "scaffold-digests") throw DataError(cat(where, ": format is another"));
    if (const auto version = json.at("digests_version").get<std::int64_t>(); version > digests_version)
      throw DataError(cat(where, " has digests_version ", version, ", this program reads up to ",
                          digests_version, "; use a newer one"));
    std::vector<FileDigest> all;
    for (const auto& [file, entry] : json.at("files").items()) {
      FileDigest d;
      d.file = file;
      d.bytes = entry.at("bytes").get<std::uint64_t>();
      d.xxh3 = hex(entry.at("xxh3"), where);
      if (entry.contains("parts")) {
        d.lines_each = entry.at("lines_each").get<std::uint64_t>();
        for (const auto& part : entry.at("parts")) d.parts.push_back(hex(part, where));
      }
      all.push_back(std::move(d));
    }
    return all;
  } catch (const Json::exception&) {
    throw DataError(cat(where, ": a key is missing or of another type"));
  }
}

}  // namespace

FileDigest digest_of(const fs::path& folder, const std::string& file) {
  if (!has_lines(file)) return digest(folder, file, 0);
  std::uint64_t lines = 0;
  for_each_piece(folder / file, [&](std::string_view piece) {
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  });
  return digest(folder, file, std::max<std::uint64_t>((lines + max_parts - 1) / max_parts, 1));
}

void write_digests(const fs::path& folder, const std::vector<std::string>& files) {
  Ordered entries = Ordered::object();
  for (const auto& file : files) {
    if (!fs::exists(folder / file)) continue;
    const FileDigest d = digest_of(folder, file);
    Ordered entry{{"bytes", d.bytes}, {"xxh3", hex16(d.xxh3)}};
    if (d.lines_each > 0) {
      Ordered parts = Ordered::array();
      for (const auto part : d.parts) parts.push_back(hex16(part));
      entry.update({{"lines_each", d.lines_each}, {"parts", std::move(parts)}});
    }
    entries[file] = std::move(entry);
  }
  const Ordered json{
      {"format", "scaffold-digests"}, {"digests_version", digests_version}, {"files", std::move(entries)}};
  std::string rest = dump(json, 1) + '\n';
  rest.erase(0, rest.find('\n') + 1);  // its brace is in `opening`
  write_atomic(folder / digests_file, cat(opening, hex16(checksum(rest)), closing, rest));
}

std::vector<FileDigest> read_digests(const fs::path& folder) {
  const fs::path path = folder / digests_file;
  const std::string where = cat("'", path.string(), "'");
  const std::string text = read_regular_text(path);
  const std::size_t start = opening.size() + 16 + closing.size();
  std::uint64_t stated = 0;
  if (text.size() < start || !text.starts_with(opening) ||
      std::string_view(text).substr(opening.size() + 16, closing.size()) != closing ||
      !parse_hex16(std::string_view(text).substr(opening.size(), 16), stated))
    throw DataError(cat(where, " does not begin with its checksum"));
  if (const auto found = checksum(std::string_view(text).substr(start)); found != stated)
    throw DataError(
        cat(where, " was altered: its checksum states ", hex16(stated), ", found ", hex16(found)));
  return parse(text, where);
}

std::vector<std::string> run_records(const fs::path& run_dir, const fs::path& checkpoints) {
  std::vector<std::string> files{"config.yaml",  "overrides.yaml", "train_stats.csv",
                                 "events.jsonl", "report.json",    "report.html"};
  const auto add_folder = [&](const fs::path& folder, const char* kind) {
    const std::string relative = folder.lexically_relative(run_dir).generic_string();
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().extension() == kind && entry->path().filename().string().front() != '.')
        files.push_back(cat(relative, '/', entry->path().filename().string()));
  };
  add_folder(run_dir / "figures", ".svg");
  add_folder(checkpoints, ".h5");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace scaffold
