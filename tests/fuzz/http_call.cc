// A task of the type `skald.http`, and whatever the host that it names answers. Input, divided by zero bytes: the
// task's input, where a redirect points, the answer's status and its body.

#include <algorithm>
#include <charconv>

#include "engine/base/msgpack.h"
#include "tests/fuzz/target.h"
#include "workers/http/allowed_hosts.h"
#include "workers/http/answer.h"

namespace {

using namespace skald;
using namespace skald::workers;

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

void check_uri(const http::Uri& uri) {
  const auto again = http::parse_uri(uri.text());
  SKALD_CHECK(again && again->text() == uri.text(), "an address is read again as the same");
  SKALD_CHECK(is_plain(uri.text()) && uri.target.find(' ') == std::string::npos, "an address divides no request");
  SKALD_CHECK(uri.target.front() == '/', "a path begins with a slash");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 4);
  (void)http::AllowedHosts::parse({parts[1]});
  const auto input = parse_json(parts[0]);
  if (!input) return 0;
  const auto call = http::read_call(*input);
  if (!call) return 0;
  check_uri(call->uri);
  for (const auto& [name, value] : call->headers) SKALD_CHECK(is_plain(name + value), "a header is one line");
  if (const auto next = http::resolve(call->uri, parts[1])) check_uri(*next);
  http::Course course;
  course.asked = *call;
  std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), course.reply.status);
  course.reply.body = parts[3];
  course.reply.headers = {{"x-text", parts[3]}, {"X-Text", parts[1]}};
  const Answer answer = http::answer_of(course);
  const Payload& said = answer.outcome == wire::Outcome::kCompleted ? answer.output : answer.error;
  SKALD_CHECK(check_msgpack(said.bytes()), "an answer is a payload");
  return 0;
}
