#include "comm/communicator.hpp"

#include <sched.h>

#include <chrono>
#include <cstring>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

struct Done : Request {
  bool done() override { return true; }
};

class SingleProcess : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::unique_ptr<Communicator> split(int, int) override { return single_process(); }
  std::unique_ptr<Communicator> split_by_machine() override { return single_process(); }
  RequestPtr start_sum(void*, std::int64_t, DataType) override { return std::make_unique<Done>(); }
  RequestPtr start_broadcast(void*, std::int64_t, int) override { return std::make_unique<Done>(); }
  RequestPtr start_all_gather(const void* data, std::int64_t bytes, void* into) override {
    if (bytes > 0) std::memcpy(into, data, static_cast<std::size_t>(bytes));
    return std::make_unique<Done>();
  }
  RequestPtr start_send(const void*, std::int64_t, int, int) override { throw CommError(no_peer); }
  RequestPtr start_receive(void*, std::int64_t, int, int) override { throw CommError(no_peer); }

 private:
  static constexpr const char* no_peer = "a job of one rank has nobody to exchange messages with";
};

/// A class of errors that travels between ranks, by its place in the table.
struct ErrorClass {
  bool (*is)(const Error& error);
  void (*raise)(const std::string& message);
};

template <class E>
constexpr ErrorClass error_class() {
  return {[](const Error& error) { return dynamic_cast<const E*>(&error) != nullptr; },
          [](const std::string& message) { throw E(message); }};
}

constexpr ErrorClass error_classes[] = {error_class<ConfigError>(), error_class<DataError>(),
                                        error_class<NumericalError>(), error_class<CommError>(),
                                        error_class<SystemError>()};
constexpr std::size_t any_error = std::size(error_classes);  ///< Error itself, with its own exit code

/// What a rank says about how its part of a phase went: "" or "<class> <number> <message>", the number a
/// signal's or an exit code's.
std::string outcome(const std::function<void()>& body, std::exception_ptr& thrown) {
  try {
    body();
    return "";
  } catch (const Interrupted& stop) {
    thrown = std::current_exception();
    return cat("interrupted ", stop.signal(), " ");
  } catch (const Error& error) {
    thrown = std::current_exception();
    std::size_t which = 0;
    while (which < any_error && !error_classes[which].is(error)) ++which;
    return cat(which, " ", static_cast<int>(error.code()), " ", error.what());
  } catch (const std::exception& error) {
    thrown = std::current_exception();
    return cat(any_error, " ", static_cast<int>(ExitCode::internal), " ", error.what());
  }
}

/// Another rank's outcome, which was none of "", as its error.
[[noreturn]] void rethrow(const std::string& outcome) {
  const auto first = outcome.find(' '), second = outcome.find(' ', first + 1);
  const int number = std::stoi(outcome.substr(first + 1, second - first - 1));
  if (outcome.starts_with("interrupted")) throw Interrupted(number);
  const auto which = static_cast<std::size_t>(std::stoi(outcome.substr(0, first)));
  const std::string message = outcome.substr(second + 1);
  if (which < any_error) error_classes[which].raise(message);
  throw Error(message, static_cast<ExitCode>(number));
}

}  // namespace

std::unique_ptr<Communicator> single_process() { return std::make_unique<SingleProcess>(); }

void never_free(std::unique_ptr<Communicator> comm) {
  static std::mutex mutex;
  static auto& kept = *new std::vector<std::unique_ptr<Communicator>>;
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(comm));
}

void wait(Request& request) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start{};
  for (unsigned polls = 0; !request.done(); ++polls) {
    if (polls < 50) continue;
    if (polls == 50) start = Clock::now();
    if (Clock::now() - start < std::chrono::microseconds(200))
      sched_yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void wait_all(std::span<const RequestPtr> requests) {
  for (const auto& request : requests) wait(*request);
}

void sum(Communicator& comm, std::span<double> values) {
  wait(*comm.start_sum(values.data(), static_cast<std::int64_t>(values.size()), DataType::float64));
}

void sum(Communicator& comm, std::span<std::int64_t> values) {
  wait(*comm.start_sum(values.data(), static_cast<std::int64_t>(values.size()), DataType::int64));
}

void broadcast(Communicator& comm, void* data, std::int64_t bytes, int root) {
  wait(*comm.start_broadcast(data, bytes, root));
}

std::string broadcast(Communicator& comm, std::string text, int root) {
  auto bytes = static_cast<std::int64_t>(text.size());
  broadcast(comm, &bytes, sizeof bytes, root);
  text.resize(static_cast<std::size_t>(bytes));
  broadcast(comm, text.data(), bytes, root);
  return text;
}

std::vector<std::string> all_gather(Communicator& comm, std::string_view text) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  const auto own = static_cast<std::int64_t>(text.size());
  std::vector<std::int64_t> sizes(ranks);
  wait(*comm.start_all_gather(&own, sizeof own, sizes.data()));
  // Padded to the longest: texts are short and of like length.
  std::int64_t longest = 0;
  for (auto size : sizes) longest = std::max(longest, size);
  std::string padded(text), all(ranks * static_cast<std::size_t>(longest), '\0');
  padded.resize(static_cast<std::size_t>(longest));
  wait(*comm.start_all_gather(padded.data(), longest, all.data()));
  std::vector<std::string> texts;
  for (std::size_t r = 0; r < ranks; ++r)
    texts.push_back(all.substr(r * static_cast<std::size_t>(longest), static_cast<std::size_t>(sizes[r])));
  return texts;
}

void barrier(Communicator& comm) {
  std::int64_t nothing = 0;
  sum(comm, std::span(&nothing, 1));
}

void collective_try(Communicator& comm, const std::function<void()>& body) {
  if (comm.size() == 1) return body();
  std::exception_ptr thrown;
  const auto outcomes = all_gather(comm, outcome(body, thrown));
  for (std::size_t r = 0; r < outcomes.size(); ++r) {
    if (outcomes[r].empty()) continue;
    if (static_cast<int>(r) == comm.rank()) std::rethrow_exception(thrown);
    rethrow(outcomes[r]);
  }
}

}  // namespace scaffold
