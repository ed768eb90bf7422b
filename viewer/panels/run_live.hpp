// A run that goes on: its connection, and orders to it.
#pragma once
#include <memory>
#include <string>

#include "panels/run_list.hpp"

namespace scaffold::viewer {

class LiveControl {
 public:
  LiveControl(RunList& runs, Context& context);

  /// Below the run's name.
  void draw(std::size_t number);
  /// What the last order came to.
  std::string said() const;

 private:
  void draw_attach(std::size_t number);
  void draw_orders(const ShownRun& run);
  void order(const ShownRun& run, monitor::Control what);

  RunList& runs_;
  Context& context_;
  struct Words;
  std::shared_ptr<Words> words_;  ///< told by the threads that hear the answers
};

}  // namespace scaffold::viewer
