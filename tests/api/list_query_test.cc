// Which sagas a list is to have, as parameters say it.

#include "engine/inspect/list_query.h"

#include <gtest/gtest.h>

namespace skald::inspect {
namespace {

TEST(ListQueries, AreReadFromParameters) {
  const auto query = list_query({{"workflow", "a/b"},
                                 {"workflow", "a/c"},
                                 {"status", "stuck"},
                                 {"status", "failed"},
                                 {"label", "k=v=w"},
                                 {"since", "1970-01-01T00:00:01Z"},
                                 {"id", "order-"},
                                 {"error", "Declined"},
                                 {"sort", "id"},
                                 {"reverse", "true"},
                                 {"limit", "7"},
                                 {"cursor", "c"},
                                 {"count", "true"}});
  ASSERT_TRUE(query) << query.error().message;
  EXPECT_EQ(query->workflow.size(), 2U);
  EXPECT_TRUE(query->status.has("stuck") && query->status.has("failed"));
  EXPECT_EQ(query->labels, (std::vector<std::pair<std::string, std::string>>{{"k", "v=w"}}));
  EXPECT_EQ(query->since, Time{1000});
  EXPECT_EQ(query->id, "order-");
  EXPECT_EQ(query->error, "Declined");
  EXPECT_EQ(query->order, store::ListOrder::kId);
  EXPECT_TRUE(query->reverse && query->counts);
  EXPECT_EQ(query->limit, 7U);
  EXPECT_EQ(query->cursor, "c");
}

TEST(ListQueries, SayWhatIsWrongWithThem) {
  const auto code = [](const std::multimap<std::string, std::string>& parameters) {
    const auto query = list_query(parameters);
    return query ? "none" : query.error().code;
  };
  EXPECT_EQ(code({{"colour", "red"}}), "unknown-parameter");
  EXPECT_EQ(code({{"label", "k"}}), "bad-label");
  EXPECT_EQ(code({{"since", "yesterday"}}), "bad-time");
  EXPECT_EQ(code({{"limit", "many"}}), "bad-number");
  EXPECT_EQ(code({{"limit", "0"}}), "bad-limit");
  EXPECT_EQ(code({{"limit", "1001"}}), "bad-limit");
  EXPECT_EQ(code({{"sort", "ended"}}), "bad-sort");
  EXPECT_EQ(code({{"status", "stuk"}}), "bad-status");
  EXPECT_EQ(code({{"reverse", "yes"}}), "bad-sort");
  EXPECT_EQ(code({{"error", std::string(257, 'x')}}), "bad-text");
  std::multimap<std::string, std::string> many;
  for (int i = 0; i < 17; ++i) many.emplace("workflow", "w/" + std::to_string(i));
  EXPECT_EQ(code(many), "too-many-filters");
}

}  // namespace
}  // namespace skald::inspect
