#!/usr/bin/env bash
# Dear ImGui 1.90.1: after the first AddKeyEvent of a context, whatever its key, io.KeysDown[] is read no more.
#
# The notes of 1.87, which replaced io.KeysDown[] by io.AddKeyEvent(): "All features are still functional until
# IMGUI_DISABLE_OBSOLETE_KEYIO is defined". Guess: a program whose backend sends events (as the backends that come with
# ImGui do) and that sets a key of its own in KeysDown[], say to play back a recording, has that key down in the next frame.
# Seen, with asserts off, as in a release build: so it is until the first AddKeyEvent, even one that reports a key up which
# is up already and so changes nothing. From then on what is written to KeysDown[] is ignored, for all keys and for good;
# and a key that was down by KeysDown[] at that moment stays down, whatever the array says, until an event of that very key.
# (Where asserts are on, some catch the mix; this does not run them.) scaffold's viewer therefore sends events from 1.87 on.
# Needs g++, curl, and a Debian after apt-get update, from whose mirror it takes the source package of Debian 13.
# Exit code 0: as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mirror=$(apt-get indextargets --format '$(LABEL) $(SITE)' | awk '$1 == "Debian" && !found++ { print $2 }')
curl -sSfo "$folder/imgui.tar.xz" "$mirror/pool/main/i/imgui/imgui_1.90.1+ds.orig.tar.xz"
echo "ecce377df0f90b292f15dcbd83d438bddc162b2388c881132bde18c787572a1c  $folder/imgui.tar.xz" | sha256sum --check --quiet
tar xf "$folder/imgui.tar.xz" -C "$folder"
cat > "$folder/check.cpp" <<'CPP'
#include <imgui.h>

#include <cstdio>
#include <initializer_list>

bool failed = false;

/// A context without a window.
class Session {
 public:
  /// Key 32 of a legacy backend is the space bar, or goes by its number.
  explicit Session(bool mapped = true) : key_(mapped ? ImGuiKey_Space : static_cast<ImGuiKey>(32)) {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = ImVec2(640, 480);
    io.Fonts->Build();
    if (mapped) io.KeyMap[ImGuiKey_Space] = 32;
  }
  ~Session() { ImGui::DestroyContext(); }

  /// Ten frames with KeysDown[32] set to `legacy`.
  void expect(bool legacy, bool down) const {
    int frames = 0;
    for (int frame = 0; frame < 10; ++frame) {
      ImGuiIO& io = ImGui::GetIO();
      io.DeltaTime = 1 / 60.f;
      io.KeysDown[32] = legacy;
      ImGui::NewFrame();
      frames += ImGui::IsKeyDown(key_);
      ImGui::Render();
    }
    std::printf("  KeysDown[32] = %-5s: key is down in %d of 10 frames\n", legacy ? "true" : "false", frames);
    failed |= frames != (down ? 10 : 0);
  }

 private:
  ImGuiKey key_;
};

void event(ImGuiKey key, bool down) {
  std::printf("  AddKeyEvent(%s, %s)\n", ImGui::GetKeyName(key), down ? "true" : "false");
  ImGui::GetIO().AddKeyEvent(key, down);
}

int main() {
  std::printf("Dear ImGui %s\n", ImGui::GetVersion());
  for (const bool mapped : {true, false}) {
    std::printf("key 32 %s:\n", mapped ? "in KeyMap[] as the space bar" : "by its number");
    const Session session(mapped);
    session.expect(true, true);
    session.expect(false, false);
    event(ImGuiKey_A, false);
    session.expect(true, false);
  }
  std::puts("an event while the space bar is down by KeysDown[]:");
  const Session session;
  session.expect(true, true);
  event(ImGuiKey_A, false);
  session.expect(false, true);
  event(ImGuiKey_Space, false);
  session.expect(false, false);
  session.expect(true, false);
  if (failed) std::puts("not as described");
  return failed ? 1 : 0;
}
CPP
g++ -std=c++17 -DNDEBUG "-I$folder/imgui-1.90.1" "$folder/check.cpp" "$folder"/imgui-1.90.1/imgui{,_draw,_tables,_widgets}.cpp \
    -o "$folder/check"
"$folder/check"
