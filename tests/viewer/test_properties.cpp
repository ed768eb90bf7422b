// What a panel declares once: its state, the way back, and the keys that it knows.
#include <rapidcheck.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "panels/property.hpp"

using namespace scaffold;
using namespace scaffold::viewer;
using nlohmann::json;

namespace {

constexpr const char* shape_names[] = {"cube", "point", "surface"};

/// Something with a property of each sort.
struct Subject {
  enum class Shape { cube, point, surface };
  bool on = false;
  std::int64_t volume = 0;
  std::string name;
  std::array<int, 3> shards{1, 1, 1};
  std::vector<double> opacity;
  std::optional<int> cell;
  Shape shape = Shape::cube;
  std::optional<int> hidden;  ///< is left out of the state where it is not
  int axis = 0, clamped = 0, ordered = 0;
  auto operator<=>(const Subject&) const = default;

  Properties properties() {
    Properties all, plane;
    all.value("on", on);
    all.value("volume", volume);
    all.value("name", name);
    all.value("shards", shards);
    all.value("opacity", opacity);
    all.value("cell", cell);
    all.choice("shape", shape_names, shape);
    all.add<int>(
        "hidden", [this] { return hidden; }, [this](int value) { hidden = value; });
    plane.value("axis", axis);
    all.group("plane", "a clip plane", plane);
    Properties more;
    more.value("clamped", clamped);
    more.then([this] { clamped = std::min(clamped, 100); });
    all.include(more);
    all.order<int>("ordered", [this](int value) { ordered = value; });
    return all;
  }
};

Subject any_subject() {
  Subject any;
  any.on = *rc::gen::arbitrary<bool>();
  any.volume = *rc::gen::arbitrary<std::int64_t>();
  any.name = *rc::gen::string<std::string>();
  for (char& c : any.name) c = static_cast<char>(c & 0x7f);  // JSON holds UTF-8 alone
  any.shards = *rc::gen::arbitrary<std::array<int, 3>>();
  any.opacity = *rc::gen::arbitrary<std::vector<double>>();
  if (*rc::gen::arbitrary<bool>()) any.cell = *rc::gen::arbitrary<int>();
  any.shape = static_cast<Subject::Shape>(*rc::gen::inRange(0, 3));
  if (*rc::gen::arbitrary<bool>()) any.hidden = *rc::gen::arbitrary<int>();
  any.axis = *rc::gen::arbitrary<int>();
  any.clamped = *rc::gen::inRange(-1000, 101);
  return any;
}

std::string error_of(const auto& act) {
  try {
    act();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "nothing";
}

std::string error_of_restoring(const json& state) {
  Subject subject;
  return error_of([&] { subject.properties().restore(state); });
}

}  // namespace

TEST_CASE("whatever a panel holds comes back from its state, also as text") {
  CHECK(rc::check([] {
    Subject subject = any_subject(), again;
    const json state = json::parse(subject.properties().state().dump());
    RC_ASSERT(state.contains("hidden") == subject.hidden.has_value());
    RC_ASSERT(!state.contains("ordered"));
    again.properties().restore(state);
    RC_ASSERT(again == subject);
    again.properties().check(state, "a thing");
  }));
}

TEST_CASE("what is not given stays; what follows is called each time, in its place") {
  Subject subject;
  subject.volume = 7;
  subject.cell = 2;
  subject.clamped = 500;
  subject.properties().restore({{"name", "x"}, {"ordered", 3}, {"of another version", 1}});
  CHECK(subject.volume == 7);
  CHECK(subject.cell == 2);
  CHECK(subject.name == "x");
  CHECK(subject.ordered == 3);
  CHECK(subject.clamped == 100);
  subject.properties().restore({{"cell", nullptr}});
  CHECK(!subject.cell);

  std::string calls;
  Properties all;
  all.order<int>("b", [&](int) { calls += "b"; });
  all.then([&] { calls += "-"; });
  all.order<int>("a", [&](int) { calls += "a"; });
  all.restore({{"a", 1}, {"b", 2}});
  all.restore(json::object());
  CHECK(calls == "b-a-");
}

TEST_CASE("a key that means nothing is told with the nearest, or with all there are") {
  Subject subject;
  const auto error = [&](const json& typed) {
    return error_of([&] { subject.properties().check(typed, "a thing"); });
  };
  CHECK(error({{"volum", 1}}) == "a thing has no 'volum'; did you mean 'volume'?");
  CHECK(
      error({{"xyzzyxyzzy", 1}}) ==
      "a thing has no 'xyzzyxyzzy'; it has cell, clamped, hidden, name, on, opacity, ordered, plane, shape, "
      "shards, volume");
  CHECK(error({{"plane", {{"axes", 1}}}}) == "a clip plane has no 'axes'; did you mean 'axis'?");
  CHECK(error({{"", 1}}).starts_with("a thing has no ''"));
  CHECK(error({{"ordered", 1}, {"hidden", 2}}) == "nothing");
}

TEST_CASE("a value that does not fit is told with its key, and a number is not cut") {
  CHECK(error_of_restoring({{"volume", "three"}}) == "'volume' is a whole number, not \"three\"");
  CHECK(error_of_restoring({{"volume", 1.5}}) == "'volume' is a whole number, not 1.5");
  CHECK(error_of_restoring({{"volume", 1e40}}) == "'volume' is a whole number, not 1e+40");
  CHECK(error_of_restoring({{"volume", 3.0}}) == "nothing");
  CHECK(error_of_restoring({{"shards", {1, 2}}}) == "'shards' is a list of 3 whole numbers, not [1,2]");
  CHECK(error_of_restoring({{"shards", {1, 2.5, 3}}}) ==
        "'shards' is a list of 3 whole numbers, not [1,2.5,3]");
  CHECK(error_of_restoring({{"cell", 2.5}}) == "'cell' is a whole number, not 2.5");
  CHECK(error_of_restoring({{"on", nullptr}}) == "'on' is true or false, not null");
  CHECK(error_of_restoring({{"shape", "ball"}}) == "'shape' is one of cube, point, surface, not ball");
  CHECK(error_of_restoring({{"shape", 1}}) == "'shape' is a text, not 1");
  CHECK(error_of_restoring({{"plane", {{"axis", "x"}}}}) == "'axis' is a whole number, not \"x\"");
}
