#include "storage/container.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

namespace {

constexpr std::string_view magic = "SCAFFOLD-HDF5 header ";
constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";
constexpr int header_version = 1;
constexpr std::uint64_t smallest_block = 512, largest_block = std::uint64_t{64} << 20;

[[noreturn]] void bad(const fs::path& path, std::string_view what) {
  throw DataError(cat("'", path.string(), "' ", what));
}
[[noreturn]] void damaged(const fs::path& path, std::string_view detail) {
  bad(path, cat("is damaged: ", detail, "; restore it from a copy or delete it and make it again"));
}

std::uint64_t size_of_file(int fd, const fs::path& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) throw_errno("query", path.string());
  if (!S_ISREG(info.st_mode)) bad(path, "is a device, pipe or the like, not a file; check the path");
  return static_cast<std::uint64_t>(info.st_size);
}

std::string read_prefix(int fd, std::uint64_t size, const fs::path& path) {
  std::string text(size, '\0');
  pread_exact(fd, text.data(), size, 0, path);
  return text;
}

// libhdf5 looks for its signature at 0, 512, 1024, 2048, …
bool looks_like_hdf5(int fd, std::uint64_t file_size, const fs::path& path) {
  std::string bytes(hdf5_signature.size(), '\0');
  for (std::uint64_t at = 0; at + bytes.size() <= file_size; at = at == 0 ? 512 : at * 2) {
    pread_exact(fd, bytes.data(), bytes.size(), at, path);
    if (bytes == hdf5_signature) return true;
  }
  return false;
}

// Reads "word value\n" lines from the front of a text.
class Lines {
 public:
  Lines(std::string_view text, const fs::path& path) : text_(text), path_(path) {}

  std::string_view value(std::string_view word) {
    const auto end = text_.find('\n');
    std::string_view line = text_.substr(0, end);
    if (end == std::string_view::npos || !line.starts_with(word) || line.size() <= word.size() ||
        line[word.size()] != ' ')
      damaged(path_, cat("its header has no line '", word, "'"));
    text_.remove_prefix(end + 1);
    return line.substr(word.size() + 1);
  }
  std::uint64_t number(std::string_view word) { return to_number(value(word), word); }
  std::uint64_t hex(std::string_view word) { return to_hex(value(word), word); }
  std::uint64_t to_number(std::string_view text, std::string_view word) {
    std::uint64_t result = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || stop != text.data() + text.size())
      damaged(path_, cat("header line '", word, "' is not a number"));
    return result;
  }
  std::uint64_t to_hex(std::string_view text, std::string_view word) {
    std::uint64_t result = 0;
    if (!parse_hex16(text, result)) damaged(path_, cat("header line '", word, "' is not a checksum"));
    return result;
  }

 private:
  std::string_view text_;
  const fs::path& path_;
};

bool is_kind(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

void read_ranges(Lines& lines, HeaderInfo& header, const fs::path& path) {
  const std::uint64_t count = lines.number("bulk_ranges");
  if (count > header.user_block / 16) damaged(path, "its header lists more ranges than it has room for");
  std::uint64_t end = header.user_block;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto fields = split(lines.value("bulk"), ' ');
    if (fields.size() != 3) damaged(path, "a bulk range in its header is malformed");
    const BulkRange range{lines.to_number(fields[0], "bulk"), lines.to_number(fields[1], "bulk"),
                          lines.to_hex(fields[2], "bulk")};
    if (range.offset < end || range.bytes > header.file_size || range.offset > header.file_size - range.bytes)
      damaged(path, "a bulk range in its header lies outside the file or overlaps another");
    end = range.offset + range.bytes;
    header.bulk.push_back(range);
  }
}

std::string header_text(const HeaderInfo& header) {
  std::string text = cat(magic, header_version, "\nuser_block ", header.user_block, "\nkind ", header.kind,
                         "\nversion ", header.version, "\nfile_size ", header.file_size, "\nmetadata_xxh3 ",
                         hex16(header.metadata_xxh3), "\nbulk_ranges ", header.bulk.size(), "\n");
  for (const auto& range : header.bulk)
    text += cat("bulk ", range.offset, " ", range.bytes, " ", hex16(range.xxh3), "\n");
  return text + cat("header_xxh3 ", hex16(checksum(text)), "\n");
}

std::uint64_t metadata_checksum(int fd, const HeaderInfo& header, const fs::path& path) {
  Checksum sum;
  std::uint64_t at = header.user_block;
  for (const auto& range : header.bulk) {
    update_from_file(sum, fd, at, range.offset - at, path);
    at = range.offset + range.bytes;
  }
  update_from_file(sum, fd, at, header.file_size - at, path);
  return sum.value();
}

// The first line and the user block's size, checked before anything else is believed.
std::uint64_t check_start(int fd, std::uint64_t size, const fs::path& path) {
  if (size == 0) bad(path, "is empty: writing it was cut short; delete it and make it again");
  const std::string start = read_prefix(fd, std::min(size, smallest_block), path);
  if (!start.starts_with(magic)) {
    if (looks_like_hdf5(fd, size, path))
      bad(path,
          "is an HDF5 file, but not one that scaffold wrote (it has no scaffold header); check the path");
    bad(path, "is not a scaffold file (its first bytes are foreign); check the path");
  }
  Lines lines(start, path);
  const auto version = lines.number(magic.substr(0, magic.size() - 1));
  if (version > header_version)
    bad(path, cat("was written by a newer version of scaffold (header format ", version,
                  ", this program reads ", header_version, "); use that version"));
  const auto block = lines.number("user_block");
  if (version < 1 || block < smallest_block || block > largest_block || !std::has_single_bit(block))
    damaged(path, "its header has an impossible version or size");
  if (block > size) bad(path, cat("is truncated: it has ", size, " bytes, fewer than its header alone"));
  return block;
}

HeaderInfo read_open_header(int fd, const fs::path& path) {
  HeaderInfo header;
  const std::uint64_t size = size_of_file(fd, path);
  header.user_block = check_start(fd, size, path);
  const std::string block = read_prefix(fd, header.user_block, path);
  const auto end = block.find("\nheader_xxh3 ");
  if (end == std::string::npos) damaged(path, "its header has no end");
  const std::string_view text = std::string_view(block).substr(0, end + 1);
  if (Lines(std::string_view(block).substr(end + 1), path).hex("header_xxh3") != checksum(text))
    damaged(path, "its header does not match the header's checksum");
  const auto last = block.find('\n', end + 1);
  if (last == std::string::npos || block.find_first_not_of('\0', last + 1) != std::string::npos)
    damaged(path, "something stands behind its header");

  Lines lines(text, path);
  lines.value(magic.substr(0, magic.size() - 1));
  lines.value("user_block");
  header.kind = lines.value("kind");
  const auto version = lines.number("version");
  if (!is_kind(header.kind) || version < 1 || version > 1'000'000)
    damaged(path, "its header names an impossible kind or version");
  header.version = static_cast<int>(version);
  header.file_size = lines.number("file_size");
  if (header.file_size != size)
    bad(path, cat(header.file_size > size ? "is truncated: " : "has bytes that do not belong to it: ", size,
                  " bytes are there, its header says ", header.file_size,
                  "; restore it from a copy or delete it and make it again"));
  header.metadata_xxh3 = lines.hex("metadata_xxh3");
  read_ranges(lines, header, path);
  return header;
}

}  // namespace

HeaderInfo read_header(const fs::path& path) {
  const FileDescriptor fd = open_read(path);
  return read_open_header(fd.get(), path);
}

bool is_container(const fs::path& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string start(magic.size(), '\0');
  return fd && ::pread(fd.get(), start.data(), start.size(), 0) == static_cast<ssize_t>(start.size()) &&
         start == magic;
}

HeaderInfo check_container(const fs::path& path, const std::string& kind, int newest_version) {
  const FileDescriptor fd = open_read(path);
  HeaderInfo header = read_open_header(fd.get(), path);
  if (header.kind != kind)
    bad(path, cat("is a ", header.kind, ", a ", kind, " was expected; check the path"));
  if (header.version > newest_version)
    bad(path, cat("was written by a newer version of scaffold: ", kind, " format ", header.version,
                  ", this program reads up to ", newest_version, "; use that version"));
  if (metadata_checksum(fd.get(), header, path) != header.metadata_xxh3)
    damaged(path, header.bulk.empty() ? "its contents do not match their checksum"
                                      : "its metadata do not match their checksum");
  return header;
}

void verify_bulk(const fs::path& path, const HeaderInfo& header) {
  const FileDescriptor fd = open_read(path);
  for (const auto& range : header.bulk) {
    Checksum sum;
    update_from_file(sum, fd.get(), range.offset, range.bytes, path);
    if (sum.value() != range.xxh3)
      damaged(path,
              cat("the ", range.bytes, " bytes at offset ", range.offset, " do not match their checksum"));
  }
}

std::uint64_t user_block_size(std::uint64_t bulk_ranges) {
  // A line of the list is at most 5 + 20 + 1 + 20 + 1 + 16 + 1 bytes; the other lines together at most 256.
  const std::uint64_t size = std::bit_ceil(std::max(smallest_block, 256 + 64 * bulk_ranges));
  if (size > largest_block)
    throw ConfigError(
        cat("a file of ", bulk_ranges, " blocks is more than the format allows; use fewer shards"));
  return size;
}

void write_header(const fs::path& path, HeaderInfo header) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) throw_errno("open", path.string());
  header.file_size = size_of_file(fd.get(), path);
  std::ranges::sort(header.bulk, {}, &BulkRange::offset);
  header.metadata_xxh3 = metadata_checksum(fd.get(), header, path);
  const std::string text = header_text(header);
  if (text.size() > header.user_block || !is_kind(header.kind))
    throw Error(cat("'", path.string(), "': the header of a ", header.kind, " does not fit its user block"));
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n =
        ::pwrite(fd.get(), rest.data(), rest.size(), static_cast<off_t>(rest.data() - text.data()));
    if (n < 0 && errno != EINTR) throw_errno("write", path.string());
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace scaffold
