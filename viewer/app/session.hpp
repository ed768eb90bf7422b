// What is open and how it looks, as text: to come back to it, here or elsewhere.
#pragma once
#include "app/application.hpp"

namespace scaffold::viewer {

class Session {
 public:
  explicit Session(Application& application) : application_(application) {}

  /// Everything needed to come back to this; "front" names the same panel.
  nlohmann::json state() const;
  /// Opens what state() held; what is gone becomes a message. `base`: where relative paths begin.
  void restore(const nlohmann::json& session, const fs::path& base);

  static bool is_file(const fs::path& path);
  /// What goes wrong becomes a message.
  void save(fs::path path) const;
  /// Whether all of it was.
  bool open(const fs::path& path);

 private:
  void restore_entry(const nlohmann::json& entry, const fs::path& base);

  Application& application_;
};

/// As it is written to a file.
std::string session_text(const nlohmann::json& session);

}  // namespace scaffold::viewer
