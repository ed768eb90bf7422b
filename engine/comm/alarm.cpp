#include "comm/alarm.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace scaffold {
namespace {

constexpr auto interval = std::chrono::milliseconds(20);

struct Message {
  bool alarm = false;
  int code = 0;
  char why[1016] = "";
};

}  // namespace

struct Alarm::Word {
  int rank = 0;
  Message message;
  RequestPtr arrival;
};

Alarm::Alarm(std::unique_ptr<Communicator> comm, End end) : comm_(std::move(comm)), end_(std::move(end)) {
  if (comm_->rank() != 0 || comm_->size() == 1) return;
  words_.resize(
      static_cast<std::size_t>(comm_->size() - 1));  // they stay where they are: messages arrive there
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i].rank = static_cast<int>(i) + 1;
    words_[i].arrival = comm_->start_receive(&words_[i].message, sizeof(Message), words_[i].rank, 0);
  }
  thread_ = std::thread([this] { listen(); });
}

Alarm::~Alarm() {
  abandoned_ = true;
  if (thread_.joinable()) thread_.join();
  words_.clear();
  never_free(std::move(comm_));  // unless it was closed, ranks may still have something to say
}

void Alarm::listen() try {
  for (std::size_t missing = words_.size(); missing > 0 && !abandoned_; std::this_thread::sleep_for(interval))
    for (Word& word : words_) {
      if (!word.arrival || !word.arrival->done()) continue;
      word.arrival.reset();
      --missing;
      if (word.message.alarm && !raised_.exchange(true)) end_(word.rank, word.message.code, word.message.why);
    }
} catch (const CommError&) {  // who cannot be heard speaks for himself, after his patience
}

void Alarm::raise(int code, const std::string& why, double patience) {
  const Stopwatch waiting;
  if (comm_->rank() == 0) {
    if (claimed_ || !raised_.exchange(true)) return end_(0, code, why);
  } else {
    Message message{true, code, {}};
    std::memcpy(message.why, why.data(), std::min(why.size(), sizeof message.why - 1));
    const RequestPtr sent = comm_->start_send(&message, sizeof message, 0, 0);
    while (!sent->done() && waiting.seconds() < patience) std::this_thread::sleep_for(interval);
  }
  while (waiting.seconds() < patience) std::this_thread::sleep_for(interval);
}

void Alarm::claim() { claimed_ = !raised_.exchange(true); }

void Alarm::close() {
  if (comm_->rank() != 0) {
    const Message well;
    wait(*comm_->start_send(&well, sizeof well, 0, 0));
  }
  if (thread_.joinable()) thread_.join();
  comm_ = single_process();
}

}  // namespace scaffold
