#include "app/window.hpp"

#include <vtk_glew.h>
// GLFW after GLEW.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cfloat>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ui/keys.hpp"
#include "ui/theme.hpp"

namespace scaffold::viewer {
namespace {

std::string& last_complaint() {
  static std::string text;
  return text;
}

/// The window's own keys and mouse give way to these.
void pretend(const Input& input) {
  ImGuiIO& io = ImGui::GetIO();
  io.DeltaTime = 1.f / 60;
  const ImVec2 mouse = input.x < 0 ? ImVec2{-FLT_MAX, -FLT_MAX} : ImVec2{input.x, input.y};
#if IMGUI_VERSION_NUM < 18700
  io.MousePos = mouse;
  for (std::size_t button = 0; button < input.down.size(); ++button)
    io.MouseDown[button] = input.down[button];
  io.MouseWheel = input.wheel;
  io.KeyCtrl = input.ctrl;
  io.KeyShift = input.shift;
#else
  io.ClearEventsQueue();
  io.ConfigInputTrickleEventQueue = false;  // all of it in this frame
  io.AddMousePosEvent(mouse.x, mouse.y);
  for (std::size_t button = 0; button < input.down.size(); ++button)
    io.AddMouseButtonEvent(static_cast<int>(button), input.down[button]);
  io.AddMouseWheelEvent(0, input.wheel);
  io.AddKeyEvent(ImGuiMod_Ctrl, input.ctrl);
  io.AddKeyEvent(ImGuiMod_Shift, input.shift);
#endif
  hold_keys(input.keys);
  io.AddInputCharactersUTF8(input.text.c_str());
}

/// What this frame, which has begun, takes as the user's doing.
Input taken() {
  const ImGuiIO& io = ImGui::GetIO();
  Input input;
  if (io.MousePos.x > -1e6f) {
    input.x = std::max(io.MousePos.x, 0.f);
    input.y = std::max(io.MousePos.y, 0.f);
  }
  for (std::size_t button = 0; button < input.down.size(); ++button)
    input.down[button] = io.MouseDown[button];
  input.wheel = io.MouseWheel;
  input.keys = keys_down();
  input.ctrl = io.KeyCtrl;
  input.shift = io.KeyShift;
  for (const ImWchar c : io.InputQueueCharacters)
    if (c < 128) input.text += static_cast<char>(c);
  return input;
}

}  // namespace

Window::Window(const std::string& title, int width, int height, bool visible) {
  glfwSetErrorCallback([](int, const char* text) { last_complaint() = text; });
  if (!glfwInit())
    throw SystemError(cat("the window system does not answer: ", last_complaint(),
                          visible ? "; set DISPLAY, or draw without a screen: --render OUT.png"
                                  : "; set DISPLAY to a server that runs, or unset it"));
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_VISIBLE, visible);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, visible);
  window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (!window_) {
    glfwTerminate();
    throw SystemError(cat(
        "this display has no OpenGL 3.2 (", last_complaint(), "); ",
        visible ? "update its driver, or set LIBGL_ALWAYS_SOFTWARE=1, or draw without it: --render OUT.png"
                : "install Mesa's software renderer (Debian: libgl1-mesa-dri), or set "
                  "LIBGL_ALWAYS_SOFTWARE=1"));
  }
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(visible ? 1 : 0);
  glfwSetWindowUserPointer(window_, this);
#if IMGUI_VERSION_NUM < 18700
  // Before ImGui's own, which calls it.
  glfwSetKeyCallback(window_, [](GLFWwindow* handle, int key, int, int action, int modifiers) {
    auto& self = *static_cast<Window*>(glfwGetWindowUserPointer(handle));
    if (action == GLFW_PRESS && key >= 0 && self.presses_.size() < 64)
      self.presses_.push_back({key, modifiers});
  });
#endif
  glfwSetDropCallback(window_, [](GLFWwindow* handle, int count, const char** paths) {
    auto& self = *static_cast<Window*>(glfwGetWindowUserPointer(handle));
    self.dropped_.insert(self.dropped_.end(), paths, paths + count);
  });
  glewExperimental = true;
  glewInit();  // VTK does so as well, but only once there is something for it to draw
  if (!visible) {
    glGenRenderbuffers(1, &color_);
    glBindRenderbuffer(GL_RENDERBUFFER, color_);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
    glGenFramebuffers(1, &framebuffer_);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, color_);
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
  }
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // no file of its own in whatever folder one stands
  float same = 1;
  if (visible) glfwGetWindowContentScale(window_, &scale_, &same);
  load_font(scale_);
  ImGui_ImplGlfw_InitForOpenGL(window_, true);
  ImGui_ImplOpenGL3_Init("#version 150");
}

Window::~Window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
  glfwTerminate();
}

bool Window::closing() const { return glfwWindowShouldClose(window_); }
void Window::wait(double seconds) {
#if IMGUI_VERSION_NUM >= 18700
  // ImGui keeps a part of what was typed and clicked at once for the frames that follow.
  if (!ImGui::GetCurrentContext()->InputEventsQueue.empty()) seconds = 0;
#endif
  seconds > 0 ? glfwWaitEventsTimeout(seconds) : glfwPollEvents();
}

void Window::frame(const std::function<void()>& draw, const Input* input) {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
#if IMGUI_VERSION_NUM < 18700
  const bool ctrl = ImGui::GetIO().KeyCtrl, shift = ImGui::GetIO().KeyShift;
  const std::vector<int> recalled = recall_presses();
#else
  ImGui::GetIO().ConfigInputTrickleEventQueue = true;
#endif
  if (input) pretend(*input);
  ImGui::NewFrame();
  input_ = taken();
#if IMGUI_VERSION_NUM < 18700
  for (const int key : recalled) ImGui::GetIO().KeysDown[key] = false;  // released by the next frame
#endif
  draw();
  ImGui::Render();
  paint();
  glfwSwapBuffers(window_);
#if IMGUI_VERSION_NUM < 18700
  if (recalled.empty()) return;
  ImGui::GetIO().KeyCtrl = ctrl;
  ImGui::GetIO().KeyShift = shift;
#endif
}

#if IMGUI_VERSION_NUM < 18700
std::vector<int> Window::recall_presses() {
  ImGuiIO& io = ImGui::GetIO();
  std::vector<int> recalled;
  for (const auto& [key, modifiers] : std::exchange(presses_, {})) {
    if (key >= IM_ARRAYSIZE(io.KeysDown) || io.KeysDown[key]) continue;
    io.KeysDown[key] = true;
    io.KeyCtrl |= (modifiers & GLFW_MOD_CONTROL) != 0;
    io.KeyShift |= (modifiers & GLFW_MOD_SHIFT) != 0;
    recalled.push_back(key);
  }
  return recalled;
}
#endif

void Window::paint() const {
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glViewport(0, 0, width, height);
  glClearColor(0.1f, 0.1f, 0.11f, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

Image Window::picture() const {
  Image image;
  glfwGetFramebufferSize(window_, &image.width, &image.height);
  const auto row = static_cast<std::size_t>(image.width) * 3, rows = static_cast<std::size_t>(image.height);
  std::vector<std::uint8_t> pixels(row * rows);
  // What was swapped to the front cannot be read everywhere, and the back is anything then: drawn once more.
  if (!framebuffer_ && ImGui::GetDrawData()) paint();
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glReadBuffer(framebuffer_ ? GL_COLOR_ATTACHMENT0 : GL_BACK);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, image.width, image.height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
  image.rgb.resize(pixels.size());
  for (std::size_t y = 0; y < rows; ++y)
    std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>((rows - 1 - y) * row), row,
                image.rgb.begin() + static_cast<std::ptrdiff_t>(y * row));
  return image;
}

void Window::wake() { glfwPostEmptyEvent(); }

std::pair<int, int> Window::size() const {
  int width = 0, height = 0;
  glfwGetWindowSize(window_, &width, &height);
  return {width, height};
}

std::vector<std::string> Window::dropped() { return std::exchange(dropped_, {}); }

}  // namespace scaffold::viewer
