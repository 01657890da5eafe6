#include "cli/complete.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/arrange.h"
#include "cli/client.h"
#include "cli/commands/operate.h"
#include "cli/output.h"
#include "cli/topics.h"
#include "cli/tree.h"
#include "engine/inspect/list_query.h"

namespace skald::cli {
namespace {

constexpr std::size_t kNewest = 200;   // sagas that are offered, of each status
constexpr std::size_t kMostPages = 5;  // of a list whose pages end for want of time

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

// What stands before the word that is to be completed.
struct Line {
  const CLI::App* command;
  std::vector<std::string> places;  // what stands by its place, as ids and files
  std::set<const CLI::Option*> given;
  const CLI::Option* waiting = nullptr;  // the option whose value comes next
  bool only_places = false;              // behind "--"
  Asked asked;
};

void note_value(Line& line, const CLI::Option& option, const std::string& value) {
  if (option.check_lname("server")) line.asked.server = value;
  if (option.check_lname("token")) line.asked.token = value;
}

// "--name=value", "-nvalue": where the value begins; npos: there is none in the word.
std::size_t value_at(const std::string& word) {
  if (!begins(word, "--")) return word.size() > 2 ? 2 : std::string::npos;
  const std::size_t equals = word.find('=');
  return equals == std::string::npos ? equals : equals + 1;
}

std::string name_in(const std::string& word) {
  return begins(word, "--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

Line read(const CLI::App& app, const std::vector<std::string>& words) {
  Line line{&app, {}, {}, nullptr, false, {}};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (line.waiting != nullptr) {
      note_value(line, *line.waiting, word);
      line.waiting = nullptr;
    } else if (!line.only_places && word == "--") {
      line.only_places = true;
    } else if (!line.only_places && word.size() > 1 && word[0] == '-') {
      const CLI::Option* option = option_named(*line.command, name_in(word));
      if (option == nullptr) continue;
      line.given.insert(option);
      if (!takes_value(*option)) continue;
      if (const std::size_t at = value_at(word); at != std::string::npos) {
        note_value(line, *option, word.substr(at));
      } else {
        line.waiting = option;
      }
    } else if (line.command == &app) {
      const CLI::App* command = command_named(app, word);
      if (command == nullptr) continue;
      line.command = command;
    } else {
      line.places.push_back(word);
    }
  }
  return line;
}

class Completing {
 public:
  Completing(const CLI::App& app, const Line& line, std::string word, const Ask& ask)
      : app_(app), line_(line), word_(std::move(word)), ask_(ask) {}

  Candidates run() {
    if (line_.waiting != nullptr) {
      values(*line_.waiting, 0);
    } else if (!line_.only_places && begins(word_, "-") && word_ != "-") {
      option();
    } else if (line_.command == &app_) {
      for (const CLI::App* command : commands_of(app_)) offer(command->get_name(), command->get_description());
    } else {
      place();
      if (word_.empty() && positionals_of(*line_.command).empty()) option_names();
    }
    return std::move(found_);
  }

 private:
  void offer(const std::string& word, const std::string& what = "") {
    if (begins(word, word_)) found_.words.push_back({word, what});
  }
  void offer_unlisted(const std::string& value) {
    if (listed_.count(value) == 0) offer(before_ + value);
  }

  void option() {
    const std::size_t at = value_at(word_);
    const CLI::Option* option = at == std::string::npos ? nullptr : option_named(*line_.command, name_in(word_));
    if (option != nullptr && takes_value(*option)) return values(*option, at);
    option_names();
  }

  void option_names() {
    for (const CLI::App* app = line_.command; app != nullptr; app = app->get_parent()) {
      for (const CLI::Option* option : options_of(*app)) {
        if (line_.given.count(option) > 0 && !repeats(*option)) continue;
        if (app != line_.command && !takes_value(*option)) continue;  // --help and --version of the whole
        for (const std::string& name : names_of(*option)) {
          if (begins(name, "--")) offer(name, option->get_description());
        }
      }
    }
  }

  // The argument that stands at this place; the last one may repeat.
  void place() {
    const auto places = positionals_of(*line_.command);
    if (places.empty()) return;
    const CLI::Option& last = *places.back();
    if (line_.places.size() < places.size()) return values(*places[line_.places.size()], 0);
    if (repeats(last)) values(last, 0);
  }

  // `at`: where in the word the value begins. Of a list, its last value is completed.
  void values(const CLI::Option& option, std::size_t at) {
    if (const char comma = option.get_delimiter(); comma != 0) at = behind_listed(at, comma);
    before_ = word_.substr(0, at);
    for (const std::string& choice : choices_of(option)) offer(before_ + choice);
    const std::string type = kind_of(option);
    if (type == kind::kFile) files(Candidates::Files::kFiles, before_);
    if (type == kind::kFolder) files(Candidates::Files::kFolders, before_);
    if (type == kind::kJson && begins(word_.substr(at), "@")) files(Candidates::Files::kFiles, before_ + "@");
    if (type == kind::kStatus) {
      for (const std::string& status : inspect::saga_statuses()) offer_unlisted(status);
    }
    if (type == kind::kTopic) topics_and_commands();
    if (type == kind::kWorkflow) workflows(word_.find('@', at) != std::string::npos && option.get_positional());
    if (type == kind::kSaga) sagas();
    if (type == kind::kStep) steps();
  }

  std::size_t behind_listed(std::size_t at, char comma) {
    for (std::size_t end = word_.find(comma, at); end != std::string::npos; end = word_.find(comma, at)) {
      listed_.insert(word_.substr(at, end - at));
      at = end + 1;
    }
    return at;
  }

  void files(Candidates::Files which, const std::string& before) {
    found_.files = which;
    found_.before = before;
  }

  void topics_and_commands() {
    for (const Topic& topic : topics()) offer(before_ + topic.name, topic.title);
    for (const CLI::App* command : commands_of(app_)) {
      if (topic_named(command->get_name()) == nullptr) offer(before_ + command->get_name(), command->get_description());
    }
  }

  void workflows(bool versions) {
    std::set<std::string> names;
    const auto answer = ask_(line_.asked, "/v1/workflows");
    if (!answer) return;
    for (const Value& item : (*answer)["items"]) {
      const std::string name = item.value("workflow", "");
      names.insert(versions ? name + "@" + item.value("version", "") : name);
    }
    for (const std::string& name : names) offer_unlisted(name);
  }

  // The newest of those that begin as the word does; for a verb, of those that it acts on.
  void sagas() {
    std::vector<std::string> statuses = statuses_for(line_.command->get_name());
    if (statuses.empty()) statuses.emplace_back();
    const std::string begun = word_.substr(before_.size());
    for (const std::string& status : statuses) {
      const std::string query =
          (status.empty() ? "" : "&status=" + status) + (begun.empty() ? "" : "&id=" + escaped(begun));
      if (!sagas_of(fmt::format("/v1/sagas?limit={}{}", kNewest, query), begun)) return;
    }
  }

  // False: nobody answers.
  bool sagas_of(const std::string& path, const std::string& begun) {
    std::size_t offered = 0;
    std::string cursor;
    for (std::size_t pages = 0; pages < kMostPages && offered < kNewest; ++pages) {
      const auto page = ask_(line_.asked, path + cursor);
      if (!page) return false;
      for (const Value& saga : (*page)["items"]) offered += offer_saga(saga, begun) ? 1 : 0;
      const Value next = page->value("next_cursor", Value());
      if (!next.is_string()) break;
      cursor = "&cursor=" + next.get<std::string>();
    }
    return true;
  }

  // By what was begun: its id, or its run.
  bool offer_saga(const Value& saga, const std::string& begun) {
    std::string name = saga.value("id", "");
    if (!begins(name, begun)) name = saga.value("run", "");
    if (std::find(line_.places.begin(), line_.places.end(), name) != line_.places.end()) return false;
    offer(before_ + name, saga.value("status", "") + " " + saga.value("workflow", ""));
    return true;
  }

  // Those that the named saga waits for.
  void steps() {
    if (line_.places.empty()) return;
    const auto saga = ask_(line_.asked, "/v1/sagas/" + escaped(line_.places.front()));
    if (!saga) return;
    for (const Value& step : saga->value("pending", Value::array())) {
      offer(before_ + step.value("step", ""), step.value("task", ""));
    }
  }

  const CLI::App& app_;
  const Line& line_;
  const std::string word_;
  const Ask& ask_;
  std::string before_;
  std::set<std::string> listed_;  // of a list of values, those before the last
  Candidates found_;
};

// What would end a field or a line of our answer has no place in it.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

}  // namespace

Candidates complete(const CLI::App& app, const std::vector<std::string>& words, const Ask& ask) {
  const Line line = read(app, words);
  return Completing(app, line, words.empty() ? "" : words.back(), ask).run();
}

std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> words(1);
  bool open = false;  // a word has begun, even if it is empty as in ''
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (open) words.emplace_back();
      open = false;
      continue;
    }
    open = true;
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < line.size();
    if (escapes) {
      words.back() += line[++i];
    } else if (quote == c) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::string candidates_text(const Candidates& candidates) {
  std::string text;
  for (const Candidate& each : candidates.words) {
    text += fmt::format("word\t{}\t{}\n", one_line(each.word), one_line(each.what));
  }
  if (candidates.files == Candidates::Files::kFiles) text += fmt::format("files\t{}\n", one_line(candidates.before));
  if (candidates.files == Candidates::Files::kFolders)
    text += fmt::format("folders\t{}\n", one_line(candidates.before));
  return text;
}

}  // namespace skald::cli
