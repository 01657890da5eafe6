// An export that was changed: whatever was done to it is told, and where.

#include "tests/inspect/export_fixture.h"

namespace skald::testing {
namespace {

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;    // behind its newline
  std::string id;         // of an event's saga
  std::uint64_t seq = 0;  // 0: it is no event
};

class ChangedExport : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string id;
    for (std::size_t at = 0; at < text_.size();) {
      Line line{at, text_.find('\n', at) + 1, "", 0};
      const Value parsed = Value::parse(text_.substr(at, line.end - at));
      if (parsed.value("kind", "") == "saga") id = parsed["id"];
      if (!parsed.contains("kind")) {
        line.id = id;
        line.seq = parsed["seq"];
      }
      lines_.push_back(line);
      at = line.end;
    }
  }
  // Changes bytes, each by itself, and looks at what is told: every one, or every fifth.
  void change_each(std::size_t step, const std::function<char(std::size_t at, char c)>& flip) {
    for (std::size_t number = 0; number < lines_.size(); ++number) {
      const Line& line = lines_[number];
      for (std::size_t at = line.begin; at < line.end; at += step) {
        const char was = text_[at];
        text_[at] = flip(at, was);
        const Told told = check(text_);
        const std::string where = fmt::format("byte {} of line {}: {:?} -> {:?}\n{}", at - line.begin, number + 1,
                                              std::string(1, was), std::string(1, text_[at]), told.text());
        text_[at] = was;
        if (line.seq > 0) {
          ASSERT_TRUE(told.names(line.id, line.seq)) << where;
        } else {
          ASSERT_TRUE(told.names_line(number + 1)) << where;
        }
        // Where an end of line is gone, the line behind it is as well.
        const std::size_t most = was == '\n' || line.seq == 0 ? 3 : 2;
        ASSERT_LE(told.damage.size(), most) << where;
      }
    }
  }
  std::vector<std::string> texts() const { return lines_of(text_); }
  // The index of the event's line.
  std::size_t line_of(const std::string& id, std::uint64_t seq) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].id == id && lines_[i].seq == seq) return i;
    }
    throw std::runtime_error("no such line");
  }

  std::string text_ = export_of_few();
  std::vector<Line> lines_;
};

TEST_F(ChangedExport, IsMadeOfSomeSagas) {
  EXPECT_EQ(check(text_).text(), "");
  EXPECT_GT(text_.size(), 10'000U);
}

TEST_F(ChangedExport, AnyFlippedByteIsNamed) {
  change_each(1, [](std::size_t, char c) { return static_cast<char>(c ^ 1); });
}

TEST_F(ChangedExport, AnyFlippedBitIsNamed) {
  change_each(5, [](std::size_t at, char c) { return static_cast<char>(c ^ 1 << at % 8); });
}

TEST_F(ChangedExport, AnEndOfLineThatIsPutInOrTakenOutIsNamed) {
  change_each(5, [](std::size_t, char c) { return c == '\n' ? ' ' : '\n'; });
  for (const Line& line : lines_) {
    std::string changed = text_;
    changed.erase(line.end - 1, 1);
    const Told told = check(changed);
    ASSERT_TRUE(line.seq > 0 ? told.names(line.id, line.seq) : !told.damage.empty()) << told.text();
  }
}

TEST_F(ChangedExport, AnEventThatIsTakenOutIsNamed) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto texts = this->texts();
    texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(i));
    const Told told = check(joined(texts));
    EXPECT_FALSE(told.damage.empty()) << i;
    EXPECT_TRUE(lines_[i].seq == 0 || told.names(lines_[i].id, lines_[i].seq)) << told.text();
  }
}

TEST_F(ChangedExport, AnEventThatStandsTwiceIsNamed) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto texts = this->texts();
    texts.insert(texts.begin() + static_cast<std::ptrdiff_t>(i), texts[i]);
    const Told told = check(joined(texts));
    EXPECT_FALSE(told.damage.empty()) << i;
    EXPECT_TRUE(lines_[i].seq == 0 || told.names(lines_[i].id, lines_[i].seq)) << told.text();
  }
}

TEST_F(ChangedExport, EventsThatChangedPlacesAreNamed) {
  for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
    auto texts = this->texts();
    std::swap(texts[i], texts[i + 1]);
    const Told told = check(joined(texts));
    EXPECT_FALSE(told.damage.empty()) << i;
    EXPECT_TRUE(lines_[i].seq == 0 || told.names(lines_[i].id, lines_[i].seq)) << told.text();
  }
}

TEST_F(ChangedExport, AnEventOfAnotherSagaInItsPlaceIsNamed) {
  auto texts = this->texts();
  const std::size_t here = line_of("sag-01", 4);
  texts[here] = texts[line_of("sag-03", 4)];
  const Told told = check(joined(texts));
  EXPECT_TRUE(told.names("sag-01", 4)) << told.text();
  EXPECT_EQ(told.damage.size(), 2U) << "the next continues neither it nor its hash\n" << told.text();
}

TEST_F(ChangedExport, ASagaThatIsTakenOutIsMissedInTheLastLine) {
  auto texts = this->texts();
  const std::size_t begin = line_of("sag-03", 1) - 1;
  std::size_t end = begin;
  while (texts[end].rfind(R"({"events":)", 0) != 0) ++end;
  texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(begin), texts.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  EXPECT_EQ(check(joined(texts)).text(), fmt::format("line {}: 4 sagas are counted, and 3 stand here\n", texts.size()));
}

TEST_F(ChangedExport, IsTheEarlierOneWhereItIsCutOff) {
  for (std::size_t size = 0; size < text_.size(); size += 61) {
    const Told told = check(std::string_view(text_).substr(0, size));
    ASSERT_FALSE(told.damage.empty()) << "cut at " << size;
    ASSERT_LE(told.damage.size(), 2U) << told.text();
  }
}

TEST_F(ChangedExport, EveryDamagedSagaIsTold) {
  auto texts = this->texts();
  for (const char* id : {"sag-01", "sag-02", "sag-04"}) {
    std::string& line = texts[line_of(id, 3)];
    line[line.find("\"at\":\"20") + 8] = '3';
  }
  const Told told = check(joined(texts));
  EXPECT_EQ(told.damage.size(), 3U) << told.text();
  for (const char* id : {"sag-01", "sag-02", "sag-04"}) EXPECT_TRUE(told.names(id, 3)) << told.text();
}

TEST_F(ChangedExport, OnlyTheSagasThatAreAskedForAreTold) {
  std::string changed = text_;
  for (const char* id : {"sag-01", "sag-03"}) changed[lines_[line_of(id, 2)].begin + 9] = 'x';
  EXPECT_EQ(check(changed).damage.size(), 2U);
  const Told told = check(changed, {"sag-03"});
  EXPECT_EQ(told.damage.size(), 1U);
  EXPECT_TRUE(told.names("sag-03", 2)) << told.text();
  EXPECT_EQ(check(changed, {"sag-02"}).text(), "");
}

// What somebody makes who knows how hashes are computed: the chain is whole, and the history cannot be.
TEST_F(ChangedExport, AForgedHistoryThatCannotFollowIsNamed) {
  store::Batch batch = golden_saga("undo-list", 1, "memory");
  core::Event skipped = core::decode_event(batch.events[3].bytes).value();
  skipped.type = core::EventType::kCompensationSkipped;
  batch.events[3].bytes = core::encode(skipped);
  for (std::size_t i = 3; i < batch.events.size(); ++i) {
    batch.events[i].hash = store::chain_next(batch.events[i - 1].hash, batch.events[i].bytes);
  }
  batch.summaries.front().now.head = batch.events.back().hash;
  auto log = std::make_unique<store::MemoryLog>();
  ASSERT_TRUE(log->commit(batch));
  const Told told = check(export_of(std::move(log)));
  ASSERT_EQ(told.damage.size(), 1U) << told.text();
  EXPECT_TRUE(told.names("sag-01", 4)) << told.text();
}

TEST_F(ChangedExport, OfAnotherFormatIsToldAsSuch) {
  auto texts = this->texts();
  Value header = Value::parse(texts.front());
  header["format"] = 2;
  header.erase("sha256");
  texts.front() = inspect::sealed_line(header);
  texts.front().pop_back();
  EXPECT_EQ(check(joined(texts)).text(), "line 1: the export has format 2; this version of skald reads format 1\n");
}

TEST_F(ChangedExport, ThatBrokeOffSaysWhy) {
  std::string text = text_.substr(0, lines_[line_of("sag-02", 2)].end);
  text += R"({"code":"damaged-log","detail":"a block is damaged","status":500,"type":"urn:skald:problem:damaged-log"})";
  const Told told = check(text + "\n");
  ASSERT_FALSE(told.damage.empty());
  EXPECT_EQ(told.damage.front().what, "the export broke off here: a block is damaged");
}

}  // namespace
}  // namespace skald::testing
