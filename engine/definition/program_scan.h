#pragma once

// Walks over the code of a jq program: what stands in strings and comments is passed over, what stands in a string's
// interpolation `\( )` is not, nor are its parentheses. Private to this folder.

#include <string>
#include <string_view>
#include <vector>

namespace skald::definition {

class ProgramScan {
 public:
  explicit ProgramScan(std::string_view program) : program_(program) {}

  // Goes to the next character of code. False: there is none.
  bool next();
  std::size_t at() const { return at_; }
  char character() const { return program_[at_]; }
  // Goes on behind this place, which stands in code.
  void skip_to(std::size_t at) { next_ = at; }

  // At the end: whether a string has none.
  bool in_string() const { return in_string_; }

 private:
  void string_character();

  std::string_view program_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool in_string_ = false;
  std::vector<int> interpolations_;  // how many parentheses are open in each around this place
};

// What is not closed or not opened in a program; empty: nothing. A program in which all is closed can stand between
// parentheses of ours.
std::string find_unclosed(std::string_view program);

}  // namespace skald::definition
