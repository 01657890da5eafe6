// The child of a JqProcess: compiles and runs jq programs, one after another, until its parent has gone.

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/definition/jq_messages.h"
#include "engine/definition/jq_process.h"
#include "engine/definition/jq_protocol.h"
#include "engine/definition/jq_value.h"
#include "engine/definition/program_scan.h"

namespace skald::definition {
namespace {

constexpr std::size_t kMaxPrograms = 256;  // compiled ones that are kept

struct EndJq {
  void operator()(jq_state* state) const { jq_teardown(&state); }
};
using Jq = std::unique_ptr<jq_state, EndJq>;

// Collects jq's messages. It calls back while compiling and running.
void collect(void* into, jv message) {
  const jv text = jq_format_error(message);
  if (jv_get_kind(text) == JV_KIND_STRING)
    static_cast<std::vector<std::string>*>(into)->emplace_back(jv_string_value(text));
  jv_free(text);
}

Value refusal(const char* code, const std::string& message) { return {{"code", code}, {"message", message}}; }

// A program whose brackets are all closed, with its variables bound from the input {v: {name: value}, d: dot}. It
// stands on lines of its own: a comment ends there, and jq's messages tell of it alone.
std::string wrap(const std::string& program, const Value& names) {
  std::string wrapped = ". as $__in | ";
  for (const auto& name : names) {
    const auto text = name.get<std::string>();
    wrapped += "$__in.v[\"" + text + "\"] as $" + text + " | ";
  }
  return wrapped + "$__in.d | (\n" + program + "\n)";
}

// The same with null for every variable: to see whether it compiles.
std::string bind_nulls(const std::string& program, const Value& names) {
  std::string bound;
  for (const auto& name : names) bound += "null as $" + name.get<std::string>() + " | ";
  return bound + "\n" + program + "\n";
}

class Server {
 public:
  Value answer(const Value& request) {
    if (request.at("op") == "check") return check(request.at("programs"));
    const auto program = request.at("program").get<std::string>();
    const Value& names = request.at("names");
    std::string problem;
    jq_state* jq = compiled(program, names, problem);
    if (jq == nullptr) return refusal("bad-expression", problem);
    Value variables = Value::object();
    for (std::size_t i = 0; i < names.size(); ++i) variables[names[i].get<std::string>()] = request.at("values")[i];
    return evaluate(jq, Value{{"d", request.at("dot")}, {"v", variables}});
  }

 private:
  struct Program {
    Jq jq;
    std::list<std::string>::iterator used;
  };

  static bool compiles(jq_state* jq, const std::string& text, std::vector<std::string>& messages) {
    jq_set_error_cb(jq, collect, &messages);
    const bool ok = jq_compile(jq, text.c_str()) != 0;
    jq_set_error_cb(jq, nullptr, nullptr);
    return ok;
  }

  // All in one program: that costs little more than one does.
  static Value check(const Value& programs) {
    std::string all = ".";
    for (const auto& each : programs) {
      const auto program = each.at("program").get<std::string>();
      if (const std::string unclosed = find_unclosed(program); !unclosed.empty())
        return refusal("bad-expression", unclosed);
      all += ", (" + bind_nulls("(\n" + program + "\n)", each.at("names")) + ")";
    }
    const Jq jq(jq_init());
    std::vector<std::string> messages;
    if (jq && compiles(jq.get(), all, messages)) return {{"value", nullptr}};
    if (programs.size() > 1) return refusal("bad-expression", "not all of them are valid jq");
    const Value& first = programs.at(0);
    return refusal("bad-expression", problem_of(first.at("program").get<std::string>(), first.at("names")));
  }

  // What is wrong with a program that does not compile, told by jq as if it stood alone.
  static std::string problem_of(const std::string& program, const Value& names) {
    JqNames known{names.get<std::vector<std::string>>(), {}};
    std::vector<std::string> messages;
    const Jq jq(jq_init());
    if (jq && compiles(jq.get(), bind_nulls(program, names), messages)) return "not valid jq: it gives nothing";
    const Jq builtins(jq_init());
    std::vector<std::string> ignored;
    if (builtins && compiles(builtins.get(), "builtins", ignored)) {
      jq_start(builtins.get(), jv_null(), 0);
      const Value all = from_jv(jq_next(builtins.get()));
      if (all.is_array()) known.functions = all.get<std::vector<std::string>>();
    }
    return explain_jq(messages, program, known);
  }

  jq_state* compiled(const std::string& program, const Value& names, std::string& problem) {
    const std::string key = names.dump() + program;
    if (const auto at = programs_.find(key); at != programs_.end()) {
      order_.splice(order_.begin(), order_, at->second.used);
      return at->second.jq.get();
    }
    problem = find_unclosed(program);
    if (!problem.empty()) return nullptr;
    Jq whole(jq_init());
    std::vector<std::string> messages;
    if (!whole || !compiles(whole.get(), wrap(program, names), messages)) {
      problem = problem_of(program, names);
      return nullptr;
    }
    if (programs_.size() >= kMaxPrograms) {
      programs_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    return programs_.emplace(key, Program{std::move(whole), order_.begin()}).first->second.jq.get();
  }

  static Value evaluate(jq_state* jq, const Value& input) {
    jq_start(jq, to_jv(input), 0);
    const jv first = jq_next(jq);
    if (jv_is_valid(first) == 0) return failed(first);
    Value value = from_jv(first);
    const jv second = jq_next(jq);
    if (jv_is_valid(second) != 0) {
      jv_free(second);
      return refusal("expression-output", "the expression gives more than one result; collect them with [ ... ]");
    }
    if (jv_invalid_has_msg(jv_copy(second)) != 0) return failed(second);
    jv_free(second);
    return {{"value", std::move(value)}};
  }

  static Value failed(jv invalid) {
    if (jv_invalid_has_msg(jv_copy(invalid)) == 0) {
      jv_free(invalid);
      return refusal("expression-output", "the expression gives no result");
    }
    const Value message = from_jv(jv_invalid_get_msg(invalid));
    return refusal("expression-failed", message.is_string() ? message.get<std::string>() : to_json(message));
  }

  std::list<std::string> order_;  // the last used first
  std::unordered_map<std::string, Program> programs_;
};

pid_t parent = 0;

// A runaway program never reads its socket: a timer's signal sees that the parent has gone.
void end_if_orphaned(int) {
  if (::getppid() != parent) ::_exit(0);
}

void end_with_parent() {
  parent = ::getppid();
  struct sigaction action {};
  action.sa_handler = end_if_orphaned;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval every_second{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_REAL, &every_second, nullptr);
}

// The argument behind the hidden one. Sanitizers need more address space than any limit would leave them.
void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  std::ifstream command_line("/proc/self/cmdline");
  std::string word;
  for (int i = 0; i < 3; ++i) std::getline(command_line, word, '\0');
  const rlim_t bytes = std::strtoull(word.c_str(), nullptr, 10);
  if (bytes == 0) return;
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_DATA, &limit);
#endif
}

}  // namespace

int serve_expressions() {
  limit_memory();
  end_with_parent();
  Server server;
  while (const auto request = receive_frame(kChildSocket, std::nullopt, nullptr)) {
    Value answer;
    try {
      answer = server.answer(*request);
    } catch (const std::exception& error) {
      answer = refusal("expression-failed", error.what());
    }
    if (!send_frame(kChildSocket, answer)) break;
  }
  return 0;
}

}  // namespace skald::definition
