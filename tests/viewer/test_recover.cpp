// A panel that throws in the middle of its drawing: ImGui, which aborts at what is begun and not ended, goes
// on as if it had not been drawn.
#include <imgui.h>
#include <imgui_internal.h>
#include <stdexcept>

#include "catch.hpp"
#include "headless_imgui.hpp"
#include "ui/recover.hpp"

using namespace scaffold::viewer;

namespace {

/// A frame of a window with tabs in which `draw` throws.
template <class Draw>
void frame(const Draw& draw) {
  ImGui::NewFrame();
  ImGui::Begin("around");
  REQUIRE(ImGui::BeginTabBar("tabs"));
  ImGui::PushID("panel");
  REQUIRE(ImGui::BeginTabItem("one"));
  const UiMark mark;
  const auto* window = ImGui::GetCurrentWindow();
  const ImGuiID id = ImGui::GetID("same");
  REQUIRE_THROWS_AS(draw(), std::runtime_error);
  mark.unwind();
  CHECK(ImGui::GetCurrentWindow() == window);
  CHECK(ImGui::GetID("same") == id);
  ImGui::TextUnformatted("goes on");
  ImGui::EndTabItem();
  ImGui::PopID();
  ImGui::EndTabBar();
  ImGui::End();
  ImGui::Render();
}

[[noreturn]] void fail() { throw std::runtime_error("fails"); }

}  // namespace

TEST_CASE("what is begun when a panel throws is ended") {
  const HeadlessImGui imgui;
  for (int round = 0; round < 3; ++round) {
    frame([] { fail(); });
    frame([] {
      ImGui::BeginChild("a");
      ImGui::BeginChild("b");
      ImGui::BeginGroup();
      ImGui::PushID(1);
      ImGui::PushStyleColor(ImGuiCol_Text, 0u);
      ImGui::BeginDisabled(true);
      fail();
    });
    frame([] {
      ImGui::PushID(1);
      ImGui::BeginGroup();
      ImGui::PushStyleVar(ImGuiStyleVar_Alpha, 0.5f);
      ImGui::PushTextWrapPos(10);
      ImGui::PushItemWidth(10);
      ImGui::Indent();
      ImGui::PushClipRect({0, 0}, {10, 10}, true);
      fail();
    });
    frame([] {
      ImGui::SetNextItemOpen(true);
      ImGui::TreeNode("tree");
      ImGui::BeginTabBar("inner");
      if (ImGui::BeginTabItem("inner one")) ImGui::PushID(3);
      fail();
    });
    frame([] {
      ImGui::BeginTable("still", 2);
      ImGui::TableNextColumn();
      ImGui::BeginChild("in a cell", {50, 50});
      fail();
    });
    frame([] {
      ImGui::BeginChild("a");
      ImGui::BeginTable("scrolls", 2, ImGuiTableFlags_ScrollY, {0, 100});
      ImGui::TableNextColumn();
      ImGui::PushID(4);
      ImGui::BeginTooltip();
      fail();
    });
    frame([] {
      ImGui::BeginDisabled();
      ImGui::BeginTooltip();  // which newer versions draw as if enabled
      ImGui::BeginDisabled();
      ImGui::PushID(5);
      fail();
    });
    frame([] {
      ImGui::OpenPopup("popup");
      if (ImGui::BeginPopup("popup")) ImGui::BeginDisabled();
      fail();
    });
  }
}
