#pragma once

// What `skald help TOPIC` tells: short texts, one file each under cli/topics, compiled in.

#include <string>
#include <vector>

#include "cli/output.h"

namespace skald::cli {

struct Topic {
  std::string name;   // "compensation"
  std::string title;  // "how a saga undoes what it did"
  std::string text;   // paragraphs, and commands indented by four; `code` in backticks
};

// In the order in which a newcomer reads them.
const std::vector<Topic>& topics();
// Null: there is none of this name.
const Topic* topic_named(const std::string& name);
// As a terminal shows it: with colour, `code` stands out without its backticks.
std::string topic_text(const Topic& topic, const Style& style);

}  // namespace skald::cli
