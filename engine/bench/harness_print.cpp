// How a report of the benchmarks looks: a table for people, JSON for programs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/harness.hpp"
#include "core/system.hpp"
#include "core/table.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace scaffold::bench {
namespace {

using Row = std::vector<std::string>;

std::string percent(const Spread& share) {
  return share.median > 0 ? fixed(100 * share.median, share.median < 0.1 ? 1 : 0) + " %" : "";
}

std::string rate(double amount, const Spread& seconds, std::string_view unit) {
  return amount > 0 ? cat(human_count(amount / seconds.median), unit) : "";
}

std::string bytes_rate(double bytes, const Spread& seconds) {
  return bytes > 0 ? cat(fixed(1e-9 * bytes / seconds.median, 2), " GB/s") : "";
}

std::string block(const Comparison& c) {
  std::vector<Row> rows{{cat("(", c.rounds, c.rounds == 1 ? " round)" : " rounds)"), "median", "quartiles",
                         c.work.items > 0 ? c.work.item + "/s" : "", c.work.bytes > 0 ? "bandwidth" : "",
                         c.copy.median > 0 ? "of copy" : "", c.work.flops > 0 ? "operations" : "",
                         c.matmul.median > 0 ? "of matmul" : "",
                         c.alternatives.size() > 1 ? "times the first" : ""}};
  for (const Measured& m : c.alternatives) {
    const bool first = &m == &c.alternatives[0];
    rows.push_back({m.name, short_seconds(m.seconds.median),
                    cat(short_seconds(m.seconds.low), " - ", short_seconds(m.seconds.high)),
                    rate(c.work.items, m.seconds, ""), bytes_rate(c.work.bytes, m.seconds),
                    percent(m.of_copy), rate(c.work.flops, m.seconds, "FLOP/s"), percent(m.of_matmul),
                    first ? ""
                          : cat(fixed(m.ratio.median, 2), " (", fixed(m.ratio.low, 2), " - ",
                                fixed(m.ratio.high, 2), ")")});
  }
  std::string text = c.name + "\n" + text_table(rows, {"lr", 2, 2});
  if (c.copy.median > 0)
    text += cat("  copy bandwidth meanwhile: ", fixed(1e-9 * c.copy.median, 1), " GB/s\n");
  if (c.matmul.median > 0)
    text += cat("  matrix-multiply peak meanwhile: ", human_count(c.matmul.median), "FLOP/s\n");
  return text;
}

nlohmann::ordered_json json_of(const Spread& s) {
  return {{"median", s.median}, {"low", s.low}, {"high", s.high}};
}

nlohmann::ordered_json json_of(const Comparison& c) {
  nlohmann::ordered_json json{{"name", c.name}, {"rounds", c.rounds}};
  const auto amount = [&](const char* key, double value) {
    if (value > 0) json[key] = value;
  };
  amount("bytes", c.work.bytes);
  amount("flops", c.work.flops);
  if (c.work.items > 0) json["items"] = {{"count", c.work.items}, {"unit", c.work.item}};
  if (c.copy.median > 0) json["copy_bytes_per_second"] = json_of(c.copy);
  if (c.matmul.median > 0) json["matmul_flops_per_second"] = json_of(c.matmul);
  for (const Measured& m : c.alternatives) {
    nlohmann::ordered_json one{
        {"name", m.name}, {"seconds", json_of(m.seconds)}, {"ratio", json_of(m.ratio)}};
    if (c.work.bytes > 0) one["bytes_per_second"] = c.work.bytes / m.seconds.median;
    if (c.work.flops > 0) one["flops_per_second"] = c.work.flops / m.seconds.median;
    if (c.work.items > 0) one["items_per_second"] = c.work.items / m.seconds.median;
    if (m.of_copy.median > 0) one["share_of_copy"] = json_of(m.of_copy);
    if (m.of_matmul.median > 0) one["share_of_matmul"] = json_of(m.of_matmul);
    json["alternatives"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::string short_seconds(double seconds) {
  const double scales[] = {1, 1e-3, 1e-6, 1e-9};
  const char* units[] = {" s", " ms", " us", " ns"};
  int unit = 0;
  while (unit < 3 && seconds < scales[unit]) ++unit;
  const double value = seconds / scales[unit];
  return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + units[unit];
}

std::string table(const Report& report) {
  std::string text;
  for (const auto& [name, value] : report.facts) text += cat(name, ": ", value, "\n");
  for (const Comparison& comparison : report.comparisons)
    text += (text.empty() ? "" : "\n") + block(comparison);
  return text;
}

std::string json(const Report& report) {
  const MachineDescription machine = describe_machine();
  nlohmann::ordered_json json{
      {"bench", report.part},
      {"machine", {{"host", machine.host}, {"cpu", machine.cpu}, {"cores", machine.cores}}},
      {"threads", report.threads},
      {"facts", nlohmann::ordered_json::object()},
      {"comparisons", nlohmann::ordered_json::array()}};
  for (const auto& [name, value] : report.facts) json["facts"][name] = value;
  for (const Comparison& comparison : report.comparisons) json["comparisons"].push_back(json_of(comparison));
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace scaffold::bench
