#pragma once

// What people read: tables, colours on a terminal, relative times.

#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::cli {

enum class Format { kText, kJson, kJsonl, kIds };

class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}
  bool plain() const { return !colour_; }
  std::string bold(const std::string& text) const { return wrap("1", text); }
  std::string dim(const std::string& text) const { return wrap("2", text); }
  // Green where it went well, red where it did not, yellow where somebody has to look.
  std::string status(const std::string& status, const std::string& text) const;

 private:
  std::string wrap(const char* code, const std::string& text) const;
  bool colour_;
};

// Columns aligned by their widest cell; the first row is the head. `status_column`: coloured by its word; -1: none.
std::string table(const std::vector<std::vector<std::string>>& rows, const Style& style, int status_column = -1);

// "2m 3s ago"
std::string ago(const std::string& time, Time now);
// One line of JSON, cut where it is long.
std::string brief(const Value& value, std::size_t most = 100);

std::string saga_text(const Value& saga, const Style& style, Time now);
std::string sagas_text(const Value& items, const Style& style, Time now);
// "/do/3/create (checkout.cancel)"
std::string planned_undo_text(const Value& undo);
// What an order to undo would do to this saga, in order, a line each, indented.
std::string rehearsal_text(const Value& saga);
// Why a saga is where it is, for people; of what `explain` answers.
std::string explanation_text(const Value& explanation, const Style& style);
// One event as a line; `start`: of the saga, times are shown from it. `payloads`: with the beginning of its error,
// output or input.
std::string event_text(const Value& event, Time start, const Style& style, bool payloads = true);

}  // namespace skald::cli
