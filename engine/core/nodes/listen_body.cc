#include "engine/core/nodes/listen_body.h"

#include <fmt/format.h>

namespace skald::core {
namespace {

constexpr std::size_t kMaxFilters = 100;
constexpr const char* kExpected = "expected listen: { to: { one: { with: { type: order.paid } } } }, or any, or all";

class Reading {
 public:
  Reading(definition::TaskReader& reader, ListenBody& body) : reader_(reader), body_(body) {}

  Status listen(const definition::DocNode& node) {
    const auto* to = node.is_mapping() ? node.find("to") : nullptr;
    if (to == nullptr || !to->is_mapping()) return reader_.error(node, kExpected);
    reader_.only_keys(node, {"to", "read"}, "'listen'");
    if (const auto* read = node.find("read")) {
      const std::string how = read->is_string() ? read->scalar.get<std::string>() : "";
      if (how != "data" && how != "raw" && how != "envelope") {
        reader_.report(*read, "'read' is one of: data, envelope, raw");
      }
      body_.envelope = how == "envelope";
    }
    SKALD_TRY(strategy(*to, false));
    if (body_.filters.size() > kMaxFilters) {
      return reader_.error(*to, fmt::format("a listen has at most {} filters", kMaxFilters));
    }
    return {};
  }

 private:
  Status strategy(const definition::DocNode& to, bool stops) {
    const auto *one = to.find("one"), *any = to.find("any"), *all = to.find("all");
    reader_.only_keys(to, {"one", "any", "all", "until"}, stops ? "'until'" : "'to'");
    if ((one != nullptr) + (any != nullptr) + (all != nullptr) != 1) {
      return reader_.error(to, "exactly one of: one, any, all");
    }
    if (stops && all != nullptr) return reader_.error(*all, "'until' is met by one event: one, or any");
    body_.all = body_.all || all != nullptr;
    if (one != nullptr) {
      SKALD_TRY(filter(*one, stops));
    } else {
      SKALD_TRY(any != nullptr ? filters(*any, "any", stops) : filters(*all, "all", stops));
    }
    const auto* until = to.find("until");
    if (until == nullptr) return {};
    if (stops || any == nullptr) return reader_.error(*until, "'until' stands beside 'any'");
    body_.goes_on = true;
    if (until->is_mapping()) return strategy(*until, true);
    body_.until = reader_.expression(*until, {});
    return {};
  }

  Status filters(const definition::DocNode& list, std::string_view name, bool stops) {
    if (!list.is_sequence() || list.items.empty()) {
      return reader_.error(
          list, fmt::format("'{}' is a list of at least one filter: [{{ with: {{ type: order.paid }} }}]", name));
    }
    for (const auto& item : list.items) SKALD_TRY(filter(item, stops));
    return {};
  }

  Status filter(const definition::DocNode& node, bool stops) {
    const auto* with = node.is_mapping() ? node.find("with") : nullptr;
    if (with == nullptr || !with->is_mapping()) {
      return reader_.error(node, "a filter is a mapping: { with: { type: order.paid } }");
    }
    reader_.only_keys(node, {"with", "correlate"}, "a filter");
    const auto* type = with->find("type");
    const std::string name = type != nullptr && type->is_string() ? type->scalar.get<std::string>() : "";
    if (name.empty() || name.find("${") != std::string::npos) {
      return reader_.error(*with, "a filter names a 'type', without an expression: events are found by it");
    }
    if (name.size() > kMaxIndexed) {
      return reader_.error(*type, fmt::format("a type has at most {} bytes", kMaxIndexed));
    }
    Filter filter;
    filter.type = name;
    filter.stops = stops;
    for (const auto& [key, value] : with->entries) {
      if (key != "type") filter.with.emplace_back(key, reader_.document(value));
    }
    if (const auto* correlate = node.find("correlate")) SKALD_TRY(correlations(*correlate, filter));
    body_.filters.push_back(std::move(filter));
    return {};
  }

  Status correlations(const definition::DocNode& node, Filter& filter) {
    if (!node.is_mapping()) return reader_.error(node, "expected correlate: { order: { from: ${ .data.order } } }");
    for (const auto& [name, what] : node.entries) {
      const auto* from = what.is_mapping() ? what.find("from") : nullptr;
      if (from == nullptr) return reader_.error(what, "a correlation needs 'from': an expression over the event");
      reader_.only_keys(what, {"from", "expect"}, "a correlation");
      Correlation correlation{name, reader_.expression(*from, {}), std::nullopt};
      if (const auto* expect = what.find("expect")) correlation.expect = reader_.document(*expect);
      filter.correlations.push_back(std::move(correlation));
    }
    return {};
  }

  definition::TaskReader& reader_;
  ListenBody& body_;
};

}  // namespace

Result<std::unique_ptr<ListenBody>> read_listen(definition::TaskReader& reader) {
  if (const auto* each = reader.node().find("foreach")) {
    return reader.error(*each,
                        "'foreach' of a listen is not supported by this version of Skald; its output is a "
                        "list: go over that with 'for'");
  }
  auto body = std::make_unique<ListenBody>();
  SKALD_TRY(Reading(reader, *body).listen(*reader.node().find("listen")));
  return body;
}

}  // namespace skald::core
