#include "monitor/protocol.hpp"

#include <rapidcheck.h>
#include <random>

#include "catch.hpp"
#include "fuzz.hpp"

using namespace scaffold;
using namespace scaffold::monitor;

namespace {

std::vector<Message> samples() {
  Hello hello;
  for (std::size_t i = 0; i < hello.token.size(); ++i) hello.token[i] = static_cast<std::uint8_t>(7 * i);
  hello.log_id = 0xfedcba9876543210;
  hello.log_offset = 12345678901;
  hello.program = "scaffold-viewer";
  Volumes volumes;
  volumes.kept = {{1, 2, {64, 32, 16}, 1, 3, 0.5}, {2, 9, {1, 1, 1}, 0, 1, 1}};
  return {{1, 7, hello},
          {1, 7, Welcome{3, 4, true, false, "run", "program", "a: 1\n"}},
          {2, 0, Refused{1, 3, "no"}},
          {1, 0, Log{99, std::string("a\0b\n", 4)}},
          {1, 0, Ack{1}},
          {1, 0, Ping{}},
          {1, 0, Pong{}},
          {1, 0, Bye{}},
          {1, 0, volumes},
          {1, 8, Request{1, 2, Part::error, 1, 2, 3, 4, 5}},
          {1, 8, Chunk{{4, 5, 6}, 10, 2, "abcd"}},
          {1, 8, NotFound{"gone"}},
          {1, 8, Choose{3}},
          {1, 8, Command{Control::stop_after_epoch}},
          {1, 8, Done{true, "yes"}}};
}

}  // namespace

TEST_CASE("every message survives the way there, byte for byte") {
  const auto all = samples();
  REQUIRE(all.size() == std::variant_size_v<Body>);
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].body.index() == i);
    const std::string frame = encode(all[i]);
    const auto back = decode(frame);
    REQUIRE(back);
    CHECK(back->version == all[i].version);
    CHECK(back->id == all[i].id);
    CHECK(back->body.index() == i);
    CHECK(encode(*back) == frame);
  }
  const auto volumes = decode(encode(all[8]));
  CHECK(std::get<Volumes>(volumes->body).kept == std::get<Volumes>(all[8].body).kept);
  const auto ask = decode(encode(all[9]));
  CHECK(std::get<Request>(ask->body) == std::get<Request>(all[9].body));
}

TEST_CASE("a frame begins as docs/protocol.md says") {
  const std::string frame = encode({1, 0x01020304, Ack{0x1122334455667788}});
  const std::string wanted(
      "SCFM\x01\x00\x04\x00\x04\x03\x02\x01\x08\x00\x00\x00\x00\x00\x00\x00"
      "\x88\x77\x66\x55\x44\x33\x22\x11",
      28);
  CHECK(frame == wanted);
}

TEST_CASE("a truncated frame is no message") {
  for (const Message& message : samples()) {
    const std::string frame = encode(message);
    for (std::size_t n = 0; n < frame.size(); ++n)
      REQUIRE_FALSE(decode(std::string_view(frame).substr(0, n)));
  }
}

TEST_CASE("a later version may add to a body's end") {
  std::string frame = encode({2, 0, Ack{5}});
  frame += "new field";
  frame[12] = static_cast<char>(frame.size() - header_bytes);
  const auto message = decode(frame);
  REQUIRE(message);
  CHECK(std::get<Ack>(message->body).offset == 5);
}

TEST_CASE("damaged and random frames are messages within their limits, or none") {
  std::mt19937 random(20261121);
  const auto all = samples();
  const auto check = [](const std::string& frame) {
    std::string why;
    const auto message = decode(frame, &why);
    if (!message) {
      REQUIRE_FALSE(why.empty());
      return;
    }
    if (const auto* volumes = std::get_if<Volumes>(&message->body))
      REQUIRE(volumes->kept.size() <= max_listed);
    if (const auto* ask = std::get_if<Request>(&message->body)) REQUIRE(ask->length <= max_piece_bytes);
    if (const auto* piece = std::get_if<Chunk>(&message->body)) {
      REQUIRE(piece->offset + piece->bytes.size() <= piece->total);
    }
    REQUIRE(encode(*message).size() <= frame.size());
  };
  for (int round = 0; round < fuzz_rounds(20000); ++round) {
    std::string frame = encode(all[random() % all.size()]);
    for (unsigned n = random() % 4; n-- > 0;) frame[random() % frame.size()] = static_cast<char>(random());
    if (random() % 8 == 0) frame.resize(random() % (frame.size() + 1));
    if (random() % 8 == 0) frame.append(random() % 64, static_cast<char>(random()));
    check(frame);
  }
  for (int round = 0; round < fuzz_rounds(2000); ++round) {
    std::string frame(random() % 256, '\0');
    for (char& byte : frame) byte = static_cast<char>(random());
    check(frame);
  }
  check(std::string(max_message_bytes + 1, 'S'));
}

TEST_CASE("versions one apart can talk, others cannot, and the text names both") {
  rc::check([](std::uint16_t theirs, std::uint16_t ours) {
    RC_ASSERT(can_talk(theirs, ours) == (std::abs(int{theirs} - int{ours}) <= 1));
    const std::string text = version_text(theirs, ours);
    RC_ASSERT(text.find(std::to_string(theirs)) != text.npos);
    RC_ASSERT(text.find(std::to_string(ours)) != text.npos);
  });
}
