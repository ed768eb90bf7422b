#include "monitor/requests.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {
constexpr std::size_t pieces_ahead = 6;
constexpr double seconds_until_asked_again = 10;
constexpr auto piece_size = static_cast<std::uint32_t>(max_piece_bytes);
}  // namespace

void Requests::add(const Request& ask, std::function<void(Fetched)> done) {
  waiting_.push_back({ask, std::move(done)});
}

void Requests::finish(Fetched fetched) {
  auto done = std::move(waiting_.front().done);
  fetched.ask = waiting_.front().ask;
  waiting_.pop_front();
  begun_ = false;
  asked_.clear();
  bytes_.clear();
  done(std::move(fetched));
}

void Requests::flush(double now, const Send& send) {
  if (waiting_.empty()) return;
  const auto ask_for = [&](std::uint32_t offset) {
    Request ask = waiting_.front().ask;
    ask.offset = offset;
    ask.length = piece_size;
    asked_[next_id_] = {offset, now};
    send(next_id_++, ask);
  };
  if (!begun_) {
    begun_ = true;
    total_ = come_ = 0;
    next_offset_ = piece_size;
    ask_for(0);
    return;
  }
  std::vector<std::uint32_t> late;
  for (auto at = asked_.begin(); at != asked_.end();)
    if (now - at->second.second > seconds_until_asked_again) {
      late.push_back(at->second.first);
      at = asked_.erase(at);
    } else {
      ++at;
    }
  for (const auto offset : late) ask_for(offset);
  while (asked_.size() < pieces_ahead && next_offset_ < total_) {
    ask_for(next_offset_);
    next_offset_ += std::min(piece_size, total_ - next_offset_);
  }
}

void Requests::piece(std::uint32_t id, const Chunk& piece) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;  // of an earlier one
  const std::uint32_t offset = found->second.first;
  asked_.erase(found);
  if (total_ == 0) {
    if (piece.total == 0 || piece.total > max_bytes)
      return finish({{}, {}, {}, cat("a volume of ", piece.total, " bytes was announced")});
    total_ = piece.total;
    dims_ = piece.dims;
    bytes_.assign(total_, '\0');
  }
  if (piece.total != total_ || piece.dims != dims_ || piece.offset != offset ||
      piece.bytes.size() != std::min(piece_size, total_ - offset))
    return finish({{}, {}, {}, "the volume changed while it was sent"});
  std::copy(piece.bytes.begin(), piece.bytes.end(), bytes_.begin() + offset);
  come_ += static_cast<std::uint32_t>(piece.bytes.size());
  if (come_ == total_) complete();
}

void Requests::complete() {
  Fetched fetched;
  try {
    fetched.labels = expand(bytes_, voxels(dims_), "the volume that was sent");
    fetched.dims = dims_;
  } catch (const DataError& error) {
    fetched.problem = error.what();
  }
  finish(std::move(fetched));
}

void Requests::none(std::uint32_t id, const std::string& reason) {
  if (asked_.contains(id)) finish({{}, {}, {}, reason});
}

void Requests::fail(const std::string& why) {
  while (!waiting_.empty()) finish({{}, {}, {}, why});
}

}  // namespace scaffold::monitor
