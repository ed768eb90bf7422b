// A run that goes on: its connection, and orders to it.
#pragma once
#include <map>
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
  void draw_orders(const ShownRun& run, bool reached);
  void draw_order(const ShownRun& run, monitor::Control what, const char* button, const char* tag,
                  const char* question, const char* yes, const char* yes_tag, const char* no_tag);
  void order(const ShownRun& run, monitor::Control what);

  RunList& runs_;
  Context& context_;
  struct Order;
  void follow_order(const ShownRun& run, const monitor::LiveStatus& status);
  std::map<std::string, std::shared_ptr<Order>> orders_;  ///< the last of each run, by its folder
  std::shared_ptr<Order> last_;
};

}  // namespace scaffold::viewer
