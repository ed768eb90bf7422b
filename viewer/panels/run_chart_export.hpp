// A chart as a file: its picture, the engine's SVG, or its points.
#pragma once
#include <array>
#include <string>

#include "panels/run_chart_grid.hpp"

namespace scaffold::viewer {

class ChartExport {
 public:
  ChartExport(ChartGrid& charts, Context& context) : charts_(charts), context_(context) {}

  /// Asks in the next frame. `run`: begins the name of the file.
  void begin(std::size_t chart, const std::string& run);
  /// Once a frame.
  void draw();
  /// What was saved last.
  const std::string& notice() const { return notice_; }

 private:
  enum class Format { png, svg, csv };
  void suggest_name();
  void look_for_file();
  void draw_format();
  bool draw_name();
  bool write();
  void write(const fs::path& path);

  ChartGrid& charts_;
  Context& context_;
  std::size_t chart_ = 0;
  std::string run_;
  Format format_ = Format::png;
  std::array<char, 1024> name_{};
  bool own_name_ = false;  ///< typed: another format keeps it
  bool exists_ = false, open_ = false;
  int width_ = 1600, height_ = 900;
  std::string problem_, notice_;
};

}  // namespace scaffold::viewer
