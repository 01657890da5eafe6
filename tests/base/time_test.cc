#include "engine/base/time.h"

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(TimeFormat, RoundTripsInUtcWithMilliseconds) {
  const Time time{1764000000123};
  EXPECT_EQ(format_time(time), "2025-11-24T16:00:00.123Z");
  EXPECT_EQ(parse_time(format_time(time)).value(), time);
  EXPECT_EQ(parse_time("2025-11-24T18:00:00.123+02:00").value(), time);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z").value(), Time{0});
  EXPECT_EQ(parse_time("1970-01-01 00:00:00.0459999-00:30").value(), Time{30 * 60'000 + 45});
}

TEST(TimeFormat, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "yesterday", "2025-13-01T00:00:00Z", "2025-01-01", "2025-01-01T00:00:00", "2025-01-01T00:00:00+2",
        "2025-01-01T00:00:nanZ", "2025-01-01T00:00:0x1Z", "2025-01-01T00:00:1e1Z", "2025-01-01T-1:00:00Z",
        "2025- 1-01T00:00:00Z", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00Zz"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(TimeFormat, DurationsForPeople) {
  EXPECT_EQ(format_duration(Millis(45)), "45ms");
  EXPECT_EQ(format_duration(Millis(2500)), "2.5s");
  EXPECT_EQ(format_duration(Millis(80'000)), "1m 20s");
  EXPECT_EQ(format_duration(Millis(11'100'000)), "3h 5m");
}

TEST(TimeFormat, DurationsAreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_duration("500ms").value(), Millis(500));
  EXPECT_EQ(parse_duration("1.5h").value(), Millis(5'400'000));
  EXPECT_EQ(parse_duration("30d").value(), Millis(2'592'000'000));
  EXPECT_EQ(parse_duration("2d 4h").value(), Millis(187'200'000));
  EXPECT_EQ(parse_duration(format_duration(Millis(11'100'000))).value(), Millis(11'100'000));
  for (const char* bad :
       {"", " ", "30", "d", "-1d", "nan d", "nand", "infd", "1w", "1d4h", "1d  4h", "1d ", "200000d", "0x1d", "1e9d"}) {
    EXPECT_EQ(parse_duration(bad).has_value(), false) << bad;
  }
}

}  // namespace
}  // namespace skald
