#include "workers/sidecar/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>

#include "engine/base/ids.h"

namespace skald::workers {
namespace {

// Reads a mapping key by key; what is wrong is gathered, so that all of it can be told at once.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void wrong(const YAML::Node& node, const std::string& what) {
    const YAML::Mark mark = node.Mark();
    if (!problems_.empty()) problems_ += "\n";
    problems_ += fmt::format("{}:{}:{}: {}", file_, mark.line + 1, mark.column + 1, what);
  }
  const std::string& problems() const { return problems_; }

  using Field = std::function<void(const YAML::Node&)>;
  void mapping(const YAML::Node& node, const std::string& what, const std::map<std::string, Field>& fields) {
    if (!node.IsMap()) return wrong(node, what + " must be a mapping");
    for (const auto& entry : node) {
      const auto field = fields.find(entry.first.Scalar());
      if (field != fields.end()) {
        field->second(entry.second);
        continue;
      }
      std::string known;
      for (const auto& [name, ignored] : fields) known += (known.empty() ? "" : ", ") + name;
      wrong(entry.first, fmt::format("unknown key '{}' in {}; known: {}", entry.first.Scalar(), what, known));
    }
  }
  // Calls `each` with every key and value.
  void entries(const YAML::Node& node, const std::string& what,
               const std::function<void(const YAML::Node&, const YAML::Node&)>& each) {
    if (!node.IsMap()) return wrong(node, what + " must be a mapping");
    for (const auto& entry : node) each(entry.first, entry.second);
  }

  void text(const YAML::Node& node, std::string& out) {
    if (!node.IsScalar()) return wrong(node, "expected text");
    out = node.Scalar();
  }
  template <typename Number>
  void number(const YAML::Node& node, Number& out, Number least, Number most) {
    const std::string scalar = node.IsScalar() ? node.Scalar() : "";
    Number value{};
    const auto [end, error] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
    if (error != std::errc() || end != scalar.data() + scalar.size() || value < least || value > most) {
      return wrong(node, fmt::format("expected a whole number from {} to {}", least, most));
    }
    out = value;
  }
  void duration(const YAML::Node& node, Millis& out) {
    const std::string scalar = node.IsScalar() ? node.Scalar() : "";
    double value = 0;
    const auto [end, error] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
    const std::string unit(end, scalar.data() + scalar.size());
    const std::map<std::string, double> units = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
    const auto factor = units.find(unit);
    if (error != std::errc() || factor == units.end() || !(value > 0 && value <= 1'000'000)) {
      return wrong(node, "expected a duration such as 500ms, 2s, 1.5m or 1h");
    }
    out = Millis(static_cast<std::int64_t>(value * factor->second));
  }

 private:
  std::string file_;
  std::string problems_;
};

// A body's template: YAML as JSON, with YAML 1.2's plain scalars.
Value to_value(const YAML::Node& node) {
  if (node.IsSequence()) {
    Value items = Value::array();
    for (const YAML::Node& item : node) items.push_back(to_value(item));
    return items;
  }
  if (node.IsMap()) {
    Value object = Value::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = to_value(entry.second);
    return object;
  }
  if (!node.IsScalar()) return nullptr;
  if (node.Tag() == "!") return node.Scalar();  // quoted
  const Value plain = Value::parse(node.Scalar(), nullptr, false);
  return plain.is_discarded() || plain.is_string() ? Value(node.Scalar()) : plain;
}

std::optional<wire::Outcome> outcome_of(const std::string& text) {
  for (const auto outcome :
       {wire::Outcome::kCompleted, wire::Outcome::kRejected, wire::Outcome::kFailed, wire::Outcome::kUnknown}) {
    if (wire::to_string(outcome) == text) return outcome;
  }
  return std::nullopt;
}

void read_service(Reader& in, const YAML::Node& node, ServiceConfig& service) {
  in.mapping(
      node, "a service",
      {{"url",
        [&](const YAML::Node& value) {
          in.text(value, service.url);
          if (service.url.rfind("http://", 0) != 0) in.wrong(value, "expected an address as http://host:port");
        }},
       {"concurrency", [&](const YAML::Node& value) { in.number<std::size_t>(value, service.concurrency, 1, 1'000); }},
       {"breaker", [&](const YAML::Node& value) {
          in.mapping(value, "a breaker",
                     {{"failures",
                       [&](const YAML::Node& count) {
                         in.number<std::uint32_t>(count, service.breaker_failures, 1, 1'000'000);
                       }},
                      {"open_for", [&](const YAML::Node& time) { in.duration(time, service.breaker_open_for); }}});
        }}});
  if (service.url.empty() && node.IsMap()) in.wrong(node, "a service needs its 'url'");
}

void read_statuses(Reader& in, const YAML::Node& node, TaskConfig& task) {
  in.entries(node, "'statuses'", [&](const YAML::Node& key, const YAML::Node& value) {
    int status = 0;
    in.number(key, status, 100, 599);
    const auto outcome = outcome_of(value.IsScalar() ? value.Scalar() : "");
    if (!outcome) return in.wrong(value, "expected completed, rejected, failed or unknown");
    task.statuses[status] = *outcome;
  });
}

void read_errors(Reader& in, const YAML::Node& node, TaskConfig& task) {
  in.entries(node, "'errors'", [&](const YAML::Node& key, const YAML::Node& value) {
    int status = 0;
    in.number(key, status, 100, 599);
    ErrorConfig& error = task.errors[status];
    in.mapping(value, "an error",
               {{"type", [&](const YAML::Node& text) { in.text(text, error.type); }},
                {"title", [&](const YAML::Node& text) { in.text(text, error.title); }}});
  });
}

void read_task(Reader& in, const YAML::Node& node, TaskConfig& task) {
  in.mapping(node, "a task",
             {{"service", [&](const YAML::Node& value) { in.text(value, task.service); }},
              {"method",
               [&](const YAML::Node& value) {
                 in.text(value, task.method);
                 for (const char* known : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
                   if (task.method == known) return;
                 }
                 in.wrong(value, "expected GET, POST, PUT, PATCH or DELETE");
               }},
              {"path",
               [&](const YAML::Node& value) {
                 in.text(value, task.path);
                 if (task.path.empty() || task.path[0] != '/') in.wrong(value, "a path begins with '/'");
               }},
              {"body", [&](const YAML::Node& value) { task.body = to_value(value); }},
              {"headers",
               [&](const YAML::Node& value) {
                 in.entries(value, "'headers'", [&](const YAML::Node& key, const YAML::Node& text) {
                   in.text(text, task.headers[key.Scalar()]);
                 });
               }},
              {"timeout", [&](const YAML::Node& value) { in.duration(value, task.timeout); }},
              {"concurrency",
               [&](const YAML::Node& value) {
                 std::size_t concurrency = 1;
                 in.number<std::size_t>(value, concurrency, 1, 1'000);
                 task.concurrency = concurrency;
               }},
              {"statuses", [&](const YAML::Node& value) { read_statuses(in, value, task); }},
              {"errors", [&](const YAML::Node& value) { read_errors(in, value, task); }}});
}

void read_config(Reader& in, const YAML::Node& root, SidecarConfig& config) {
  in.mapping(
      root, "the configuration",
      {{"nats",
        [&](const YAML::Node& node) {
          in.mapping(node, "'nats'", {{"url", [&](const YAML::Node& value) { in.text(value, config.nats_url); }}});
        }},
       {"services",
        [&](const YAML::Node& node) {
          in.entries(node, "'services'", [&](const YAML::Node& name, const YAML::Node& service) {
            read_service(in, service, config.services[name.Scalar()]);
          });
        }},
       {"tasks", [&](const YAML::Node& node) {
          in.entries(node, "'tasks'", [&](const YAML::Node& type, const YAML::Node& task) {
            if (const auto good = parse_task_type(type.Scalar()); !good) in.wrong(type, good.error().message);
            read_task(in, task, config.tasks[type.Scalar()]);
          });
        }}});
  const YAML::Node tasks = root.IsMap() ? root["tasks"] : YAML::Node();
  for (const auto& [type, task] : config.tasks) {
    if (config.services.count(task.service) > 0) continue;
    in.wrong(tasks[type], task.service.empty() ? fmt::format("the task {} needs a 'service'", type)
                                               : fmt::format("there is no service '{}'", task.service));
  }
  if (config.tasks.empty() && root.IsMap()) in.wrong(root, "there are no tasks to serve");
}

}  // namespace

Result<SidecarConfig> parse_config(const std::string& text, const std::string& file) {
  SidecarConfig config;
  Reader in(file);
  try {
    read_config(in, YAML::Load(text), config);
  } catch (const YAML::Exception& error) {
    return fail(ErrorKind::kInvalid, "bad-config",
                fmt::format("{}:{}:{}: {}", file, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
  if (!in.problems().empty()) return fail(ErrorKind::kInvalid, "bad-config", in.problems());
  return config;
}

Result<SidecarConfig> load_config(const std::string& file) {
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::kInvalid, "no-file", fmt::format("cannot read {}", file));
  std::ostringstream text;
  text << in.rdbuf();
  return parse_config(text.str(), file);
}

}  // namespace skald::workers
