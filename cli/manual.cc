#include "cli/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/topics.h"
#include "cli/tree.h"

namespace skald::cli {
namespace {

constexpr const char* kDate = "2026-11-26";  // of this version: a page says of when it is

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// `code` in bold.
std::string with_code(const std::string& text) {
  std::string out;
  bool code = false;
  for (std::size_t at = 0; at <= text.size(); code = !code) {
    const std::size_t end = std::min(text.find('`', at), text.size());
    const std::string part = roff(text.substr(at, end - at));
    out += code && end < text.size() ? "\\fB" + part + "\\fR" : part;
    at = end + 1;
  }
  return out;
}

std::string option_text(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : names_of(option))
    names += (names.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  const std::string value = value_text(option);
  if (!value.empty()) names += " \\fI" + roff(value) + "\\fR";
  std::string what = with_code(option.get_description());
  if (!option.get_envname().empty()) what += roff(" (or " + option.get_envname() + ")");
  return fmt::format(".TP\n{}\n{}\n", names, what);
}

std::string command_text(const CLI::App& command) {
  std::string places;
  for (const CLI::Option* option : positionals_of(command)) {
    const std::string name = roff(option->get_name(true) + (repeats(*option) ? "..." : ""));
    places += option->get_required() ? fmt::format(" \\fI{}\\fR", name) : fmt::format(" [\\fI{}\\fR]", name);
  }
  std::string text =
      fmt::format(".SS skald {}{}\n{}.\n", roff(command.get_name()), places, with_code(command.get_description()));
  for (const CLI::Option* option : positionals_of(command)) {
    text += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(option->get_name(true)), with_code(option->get_description()));
  }
  for (const CLI::Option* option : options_of(command)) {
    if (!option->check_lname("help")) text += option_text(*option);
  }
  return text;
}

// What is indented by four stays as it is; the rest is filled.
std::string topic_roff(const Topic& topic) {
  std::string text = fmt::format(".SS {}: {}\n", roff(topic.name), roff(topic.title));
  std::string paragraph;
  const auto fill = [&] {
    if (!paragraph.empty()) text += with_code(paragraph);
    paragraph.clear();
  };
  std::istringstream lines(topic.text);
  bool literal = false;
  bool empty = false;
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      empty = true;
      continue;
    }
    const bool code = line.rfind("    ", 0) == 0;
    if (code != literal) {
      fill();
      text += code ? std::string(begun ? ".PP\n" : "") + ".RS 4\n.EX\n" : ".EE\n.RE\n";
      literal = code;
      if (!code) text += ".PP\n";
    } else if (empty) {
      fill();
      text += code ? "\n" : ".PP\n";
    }
    empty = false;
    begun = true;
    // An item of a list begins a line of its own.
    if (line.rfind("- ", 0) == 0) paragraph += paragraph.empty() ? "" : "\n.br\n";
    code ? void(text += roff(line.substr(4)) + "\n") : void(paragraph += line + "\n");
  }
  fill();
  return text + (literal ? ".EE\n.RE\n" : "");
}

}  // namespace

std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (text[i] == '.' || text[i] == '\'')) out += "\\&";
    if (text[i] == '\\') {
      out += "\\e";
    } else if (text[i] == '-') {
      out += "\\-";
    } else if (text[i] == '\'') {
      out += "\\(aq";
    } else if (text[i] == '`') {
      out += "\\(ga";
    } else if (text[i] == '^') {
      out += "\\(ha";
    } else if (text[i] == '~') {
      out += "\\(ti";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string manual(const CLI::App& app) {
  std::string text = fmt::format(
      ".TH SKALD 1 {} \"{}\" \"User Commands\"\n.SH NAME\nskald \\- {}\n.SH SYNOPSIS\n\\fBskald\\fR "
      "[\\fIOPTIONS\\fR] "
      "\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n{}\n",
      kDate, roff(app.version()), roff("durable workflows that end well"),
      with_code("Skald drives a business process step by step across services and makes sure that it ends well: every "
                "step stands in a persistent log before it is acted on, and after any crash it resumes what was "
                "interrupted, or undoes it in reverse order. `skald dev --store` starts all that is needed to try it. "
                "The topics below are also what `skald help TOPIC` tells."));
  text += ".SH OPTIONS\nEvery command takes these.\n";
  for (const CLI::Option* option : options_of(app)) text += option_text(*option);
  for (const Group& group : groups_of(app)) {
    text += fmt::format(".SH {}\n", roff(upper(group.name)));
    for (const CLI::App* command : group.commands) text += command_text(*command);
  }
  text += ".SH TOPICS\n";
  for (const Topic& topic : topics()) text += topic_roff(topic);
  text += ".SH SEE ALSO\n" + with_code("The README and docs/ of the source tree; `jq`(1), `nats-server`(8).") + "\n";
  return text;
}

}  // namespace skald::cli
