// What verifications of runs and campaigns share. Not part of the room's interface.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "report/verify.hpp"
#include "run/json.hpp"

namespace scaffold::report {

/// One place that holds a value.
struct Copy {
  std::string file;
  Json value;
};

/// Values by key ("dataset.hash", "epochs_table.3.val_rmse"), each with all places that hold it.
class Copies {
 public:
  /// Every number, text, toggle and null below `json`, under its path; the path is below `prefix` if any.
  void add(const std::string& file, const Json& json, const std::string& prefix = "");
  void add_value(const std::string& file, const std::string& key, const Json& value);
  /// The places of each key that differ from what most places hold; where as many hold another value, from
  /// what a file with a digest that fits holds, and else from the first. How many values were compared.
  std::size_t compare(Verification& into, const std::vector<std::string>& intact) const;
  /// Keys that one of two files has and the other one lacks, where both have to have the same ones.
  void compare_keys(const std::string& file, const std::string& other, Verification& into) const;

 private:
  std::map<std::string, std::vector<Copy>> by_key_;
};

/// The folder's files against its digests.json; names of those that fit. `required`: files that must be
/// there.
std::vector<std::string> verify_digests(const std::filesystem::path& folder,
                                        const std::vector<std::string>& required, Verification& into);
/// As people read it: a text without quotes, a number with all its digits.
std::string show(const Json& value);

}  // namespace scaffold::report
