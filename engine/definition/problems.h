#pragma once

// What is wrong with a document, gathered while it is read. Private to this folder.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/definition/document.h"

namespace skald::definition {

inline constexpr std::size_t kMaxProblems = 20;

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // "file:line:column: what"
  std::string at(const DocNode& node, std::string_view what) const { return at(node.line, node.column, what); }
  std::string at(int line, int column, std::string_view what) const;

  void add(const DocNode& node, std::string_view what) { add_line(at(node, what)); }
  void add(std::pair<int, int> position, std::string_view what) { add_line(at(position.first, position.second, what)); }
  // A message that says where it is already.
  void add_line(std::string line);
  void warn(const DocNode& node, std::string_view what) { warnings_.push_back(at(node, what)); }
  void warn(std::pair<int, int> position, std::string_view what) {
    warnings_.push_back(at(position.first, position.second, what));
  }

  bool empty() const { return lines_.empty(); }
  Error error() const;
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  std::string file_;
  std::vector<std::string> lines_;
  std::size_t more_ = 0;
  std::vector<std::string> warnings_;
};

// Reports every key of a mapping that is not known, with the nearest one that is.
void check_keys(const DocNode& mapping, const std::vector<std::string_view>& known, std::string_view where,
                Problems& problems);
// Of the known words, the one that was probably meant; empty: none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);
// The position of a key in its mapping.
std::pair<int, int> key_position(const DocNode& mapping, std::string_view key);

}  // namespace skald::definition
