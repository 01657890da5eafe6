// How long people wait for what they look at, with much in the store.

#include "tests/bench/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <random>

#include "tests/bench/bench.h"
#include "tests/bench/checkout_stack.h"
#include "tests/bench/fill.h"
#include "tests/bench/measures.h"
#include "tests/bench/requests.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLooks = 200;
constexpr int kLongLooks = 5;      // of what goes through a large part of the store
constexpr int kLooksAtLong = 50;   // of a saga with a long history
constexpr int kBacklog = 199'000;  // tasks that nobody serves: a thousand below the limit
constexpr int kLoad = 50'000;
constexpr int kInFlight = 256;
constexpr std::uint64_t kNeedle = 50;  // of so many sagas, the last has an error that no other has
constexpr std::uint64_t kLong = 42;    // the number of the saga with 48,000 events

constexpr const char* kWaiting =
    "document: { dsl: '1.0.3', namespace: bench, name: waiting, version: '1.0.0' }\n"
    "do:\n  - pause: { wait: { days: 300 } }\n";
constexpr const char* kOrder =
    "document: { dsl: '1.0.3', namespace: bench, name: order, version: '1.0.0' }\n"
    "do:\n"
    "  - s1: { call: bench.step, with: { data: '${ $input.data }' }, effect: none }\n"
    "  - s2: { call: bench.step, with: { data: '${ $input.data }' }, compensate: { call: bench.undo } }\n"
    "  - s3: { call: bench.step, with: { data: '${ $input.data }' }, compensate: { call: bench.undo } }\n"
    "  - s4: { call: bench.charge, with: { data: '${ $input.data }' }, effect: none }\n"
    "  - s5: { call: bench.step, with: { data: '${ $input.data }' }, effect: none }\n";

constexpr const char* kLongHistory =
    "document: { dsl: '1.0.3', namespace: bench, name: long, version: '1.0.0' }\n"
    "do:\n"
    "  - all:\n"
    "      for: { each: item, in: '${ [range(8000)] }' }\n"
    "      do:\n"
    "        - a: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n"
    "        - b: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n"
    "        - c: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n"
    "  - pause: { wait: { days: 300 } }\n";
constexpr const char* kUnserved =
    "document: { dsl: '1.0.3', namespace: bench, name: unserved, version: '1.0.0' }\n"
    "do:\n  - s1: { call: bench.nobody, effect: none }\n";

Course course_of(std::uint64_t number) {
  Course course;
  course.document = number == kLong ? 2 : 0;
  course.labels = {{"shop", "one"},
                   {"city", fmt::format("c{}", number * 7 % 10)},
                   {"customer", fmt::format("{}", number * 7919 % 10'000)}};
  const std::uint64_t kind = number % 100;
  if (kind < 5) {
    course.rejected = "bench.charge";
    course.detail = number / 100 == kNeedle ? "the needle" : fmt::format("card {} was declined", number % 13);
  }
  if (kind == 4) course.failing = "bench.undo";
  if (kind > 4 && kind < 8) course.document = 1;
  return course;
}

std::string id_of(std::uint64_t number) {
  constexpr std::array kNames{"order", "waiting", "long"};
  return filled_id(kNames.at(course_of(number).document), number);
}

std::string unserved_id(int number) { return fmt::format("unserved-{}", number); }

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Views {
 public:
  Views(const std::string& url, std::uint64_t sagas) : http_(url), sagas_(sagas) {}

  // Each of the paths in turn, every one timed.
  Status look(const std::string& name, int times, const std::function<std::string(int)>& path) {
    std::vector<double> took;
    std::size_t items = 0;
    for (int i = 0; i < times; ++i) {
      SKALD_ASSIGN(const Value answer, get(path(i), took));
      items += answer.contains("items") ? answer["items"].size() : 0;
    }
    return note(name, std::move(took), items);
  }

  // Along the cursors of a query, every page timed; at most so many.
  Status walk(const std::string& name, const std::string& query, int most) {
    std::vector<double> took;
    std::size_t items = 0;
    std::string cursor;
    for (int i = 0; i < most; ++i) {
      SKALD_ASSIGN(const Value page, get("/v1/sagas?" + query + cursor, took));
      items += page["items"].size();
      if (page["next_cursor"].is_null()) break;
      cursor = "&cursor=" + page["next_cursor"].get<std::string>();
    }
    return note(name, std::move(took), items);
  }

  Status of_sagas() {
    std::mt19937_64 random(1);
    for (const char* view : {"", "/history", "/explain", "/trace", "/state"}) {
      const auto path = [&](int) { return fmt::format("/v1/sagas/{}{}", id_of(random() % sagas_), view); };
      const auto first = http_.get(path(0));
      if (*view != 0 && first && (first->status == 404 || first->status == 501)) continue;  // of another version
      SKALD_TRY(look(*view == 0 ? "show" : std::string(view).substr(1), 10 * kLooks, path));
    }
    return {};
  }

  Status of_a_long_history() {
    for (const char* view : {"", "/explain", "/trace", "/state", "/state?at=24000", "/history"}) {
      const int times = std::string_view(view) == "/history" ? kLongLooks : kLooksAtLong;
      SKALD_TRY(look(std::string("long ") + (*view == 0 ? "show" : view + 1), times,
                     [view](int) { return "/v1/sagas/" + id_of(kLong) + view; }));
    }
    return {};
  }

  // Of sagas whose task nobody serves, behind so many others.
  Status of_the_backlog() {
    for (const char* view : {"", "/explain"}) {
      SKALD_TRY(look(std::string("backlog ") + (*view == 0 ? "show" : view + 1), kLooks,
                     [view](int i) { return fmt::format("/v1/sagas/{}{}", unserved_id(i * 7919 % kBacklog), view); }));
    }
    return look("backlog workers", kLooks, [](int) { return "/v1/workers"; });
  }

  Status lists() {
    const auto fixed = [](std::string query) { return [query](int) { return "/v1/sagas?" + query; }; };
    SKALD_TRY(look("list first page", kLooks, fixed("limit=50")));
    SKALD_TRY(look("list first page of 1000", kLooks, fixed("limit=1000")));
    SKALD_TRY(walk("list of 1000, page by page", "limit=1000", kLooks));
    SKALD_TRY(look("list oldest first", kLooks, fixed("limit=50&reverse=true")));
    SKALD_TRY(look("list by id", kLooks, fixed("limit=50&sort=id")));
    SKALD_TRY(look("list by beginning of id", kLooks, [this](int i) {
      return "/v1/sagas?id=" + id_of(static_cast<std::uint64_t>(i * 37)).substr(0, 12);
    }));
    SKALD_TRY(open_lists());
    SKALD_TRY(look("list completed", kLooks, fixed("status=completed&limit=50")));
    SKALD_TRY(look("list of three statuses", kLooks, fixed("status=stuck&status=compensated&status=failed&limit=50")));
    SKALD_TRY(look("list of a workflow and a status", kLooks, fixed("workflow=bench/order&status=stuck&limit=50")));
    SKALD_TRY(look("list of a label", kLooks, [](int i) { return fmt::format("/v1/sagas?label=customer%3D{}", i); }));
    SKALD_TRY(look("list of two labels and a status", kLooks,
                   fixed("label=shop%3Done&label=city%3Dc7&status=compensated&limit=50")));
    SKALD_TRY(look("list of labels that exclude each other", kLooks, fixed("label=city%3Dc3&label=city%3Dc4")));
    SKALD_TRY(walk("list of an error, page by page", "error=card%207%20was&limit=50", kLooks));
    SKALD_TRY(walk("list of an error that one saga has, page by page", "error=needle", 1'000));
    SKALD_TRY(walk("list of that error and a status, page by page", "error=needle&status=compensated", 1'000));
    return counts();
  }

  // What comes and goes leaves its traces in these parts of the index.
  Status open_lists() {
    for (const char* status : {"running", "stuck"}) {
      SKALD_TRY(look(fmt::format("list {}", status), kLooks,
                     [status](int) { return fmt::format("/v1/sagas?status={}&limit=50", status); }));
    }
    SKALD_TRY(walk("list running of a label that none has, page by page", "status=running&label=shop%3Dtwo", kLooks));
    SKALD_TRY(walk("list running, page by page", "status=running&limit=500", kLooks));
    return {};
  }

  Value& views() { return views_; }

 private:
  Status counts() {
    const auto of = [](std::string query) { return [query](int) { return "/v1/sagas?count=true" + query; }; };
    SKALD_TRY(look("count of statuses", kLooks, of("&status=stuck&status=running")));
    SKALD_TRY(look("count of a label of a hundred", kLooks, of("&label=customer%3D7")));
    SKALD_TRY(look("count of a label of all", kLongLooks, of("&label=shop%3Done")));
    SKALD_TRY(look("count of a workflow", kLongLooks, of("&workflow=bench/order")));
    return look("count of an error", kLongLooks, of("&error=needle"));
  }

  Result<Value> get(const std::string& path, std::vector<double>& took) {
    const auto start = Clock::now();
    const auto answer = http_.get(path);
    took.push_back(ms_since(start));
    if (answer && answer->status == 200) return parse_json(answer->body);
    return fail(ErrorKind::kInternal, "not-answered", fmt::format("{}: {}", path, answer ? answer->body : "no answer"));
  }

  Status note(const std::string& name, std::vector<double> took, std::size_t items) {
    std::sort(took.begin(), took.end());
    views_[name] = {{"looks", took.size()},
                    {"p50_ms", percentile(took, 0.5)},
                    {"p99_ms", percentile(took, 0.99)},
                    {"most_ms", took.back()},
                    {"items", items}};
    return {};
  }

  Requests http_;
  const std::uint64_t sagas_;
  Value views_ = Value::object();
};

}  // namespace

Result<Value> measure_views(int sagas, const std::string& folder) {
  Value all = {{"sagas", sagas}};
  CheckoutStack stack(folder);
  const std::string engine = folder + "/engine";
  const auto start = Clock::now();
  if (!std::filesystem::exists(engine)) {
    SKALD_TRY(
        fill_store(engine, {kOrder, kWaiting, kLongHistory, kUnserved}, static_cast<std::uint64_t>(sagas), course_of));
  }
  all["filled_seconds"] = ms_since(start) / 1'000;
  all["disk_mb"] = folder_bytes(engine) / (1 << 20);
  SKALD_TRY(stack.start());
  all["resident_mb"] = resident_mb(stack.server.pid());
  Views views(stack.url(), static_cast<std::uint64_t>(sagas));
  SKALD_TRY(views.of_sagas());
  SKALD_TRY(views.of_a_long_history());
  SKALD_TRY(views.lists());
  all["views"] = views.views();
  all["resident_behind_mb"] = resident_mb(stack.server.pid());
  all["load_sagas_per_second"] = kLoad / stack.run("five", kLoad, kInFlight, "completed");
  views.views() = Value::object();
  SKALD_TRY(views.open_lists());
  all["behind_load"] = views.views();
  all["resident_behind_load_mb"] = resident_mb(stack.server.pid());
  all["backlog"] = stack.submit(kBacklog, [](int i) {
    return Value{{"workflow", "bench/unserved"}, {"id", unserved_id(i)}, {"input", Value::object()}};
  });
  views.views() = Value::object();
  SKALD_TRY(views.of_the_backlog());
  all["behind_backlog"] = views.views();
  all["resident_behind_backlog_mb"] = resident_mb(stack.server.pid());
  return all;
}

}  // namespace skald::bench
