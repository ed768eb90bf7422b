// Mutated configuration texts: ConfigError may come out, nothing else; what is accepted must survive being
// written. SCAFFOLD_FUZZ_FACTOR lengthens it (then with a fresh seed, which a failure prints).
#include <chrono>
#include <cstdlib>
#include <random>

#include "../config/support.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"

using namespace scaffold;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t n) { return n == 0 ? 0 : random() % n; }

std::string piece(Random& random) {
  static const std::vector<std::string> pieces = {"epochs: 5\n",
                                                  "seed",
                                                  ": ",
                                                  "\n",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  ",",
                                                  "- ",
                                                  "? ",
                                                  "&a ",
                                                  "*a",
                                                  "<<: ",
                                                  "!!int ",
                                                  "---\n",
                                                  "...",
                                                  "~",
                                                  "'",
                                                  "\"",
                                                  "|\n",
                                                  ">\n",
                                                  "#",
                                                  "\t",
                                                  "\r\n",
                                                  "\r",
                                                  "%YAML 9.9\n",
                                                  "\\x00",
                                                  "1e999",
                                                  "-1",
                                                  "nan",
                                                  "0x",
                                                  "true",
                                                  "no",
                                                  "é",
                                                  "\xff",
                                                  "\xef\xbb\xbf",
                                                  "\\",
                                                  "  ",
                                                  "@",
                                                  "`",
                                                  "dc_num_shards: [1, 1, 1]\n",
                                                  "job_name: \"a\\\"b\"\n"};
  if (below(random, 8) == 0) return std::string(1, static_cast<char>(random()));
  return pieces[below(random, pieces.size())];
}

void mutate(std::string& text, Random& random) {
  const std::size_t at = below(random, text.size() + 1);
  const std::size_t length = std::min(below(random, 40), text.size() - at);
  switch (below(random, 6)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, text.substr(below(random, text.size() + 1), length));
      break;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 3:
      text.resize(at);
      break;
    default:
      text.insert(at, piece(random));
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) out += c >= 0x20 && c < 0x7f ? std::string(1, c) : cat("<", int{c}, ">");
  return out;
}

}  // namespace

TEST_CASE("mutated configurations end in a configuration or a ConfigError") {
  const bool longer = fuzz_factor() > 1;
  const double seconds = 1.5 * fuzz_factor();
  const std::uint64_t seed = longer ? std::random_device{}() : 1;
  const MergedConfig plain = config_test::merge({""});
  const std::string whole = read_text(fs::path(SCAFFOLD_SOURCE_DIR) / "configs/benchmark_default.yml");
  const std::vector<std::string> starts = {whole,
                                           to_yaml(plain),
                                           "epochs: 5\nseed: 7\n",
                                           "dc_num_shards:\n  - 1\n  - 2\n  - 1\n",
                                           "{epochs: 5, \"job_name\": 'x', torch_amp: true}\n",
                                           "job_name: |\n  block\ntarget_dice: 0.5\n"};
  Random random(seed);
  std::size_t accepted = 0, refused = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    std::string text = starts[below(random, starts.size())];
    for (std::size_t n = 1 + below(random, 6); n > 0; --n) mutate(text, random);
    INFO("seed " << seed << ", text: " << escaped(text));
    try {
      MergedConfig merged = plain;
      merged.values = config_from_yaml_text(text, "fuzz");
      ++accepted;
      if (!(config_from_yaml_text(to_yaml(merged), "again") == merged.values))
        FAIL("does not survive to_yaml");
    } catch (const ConfigError&) {
      ++refused;
    } catch (const std::exception& error) {
      FAIL("foreign exception: " << error.what());
    }
  }
  // Both ways must have been taken for this to have tested anything.
  CHECK(accepted > 0);
  CHECK(refused > 0);
  WARN(accepted << " texts accepted, " << refused << " refused");
}
