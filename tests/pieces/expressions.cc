#include <memory>
#include <utility>

#include "engine/base/check.h"
#include "tests/core/no_jq.h"
#include "tests/pieces/piece.h"

namespace skald::pieces {
namespace {

// What the checkout's expressions see.
definition::Scope scope() {
  definition::Scope made;
  made.dot = {{"total", 9'350}, {"id", "pay-1"}, {"status", "charged"}};
  made.set("context", {{"cart", "cart-17"},
                       {"customer", "Ada"},
                       {"card", "tok_ok"},
                       {"total", 9'350},
                       {"items", {{{"sku", "sku-1"}, {"quantity", 2}}, {{"sku", "sku-2"}, {"quantity", 1}}}}});
  made.set("workflow", {{"id", "order-000001"}});
  return made;
}

const std::vector<std::string_view> kVariables{"context", "workflow"};

Piece evaluation(std::string name, std::string_view text, definition::JqRunner& jq, bool native) {
  auto compiled = definition::Expression::compile(text, kVariables, jq);
  SKALD_CHECK(compiled && compiled->native() == native, "the expression is evaluated where its name says");
  return {std::move(name), [expression = *compiled, &jq](std::size_t) {
            return [expression, seen = scope(), &jq] {
              SKALD_CHECK(expression.evaluate(seen, jq), "the expression has a value here");
            };
          }};
}

// The input of the step that creates the order.
Piece document(definition::JqRunner& jq) {
  auto compiled = definition::Template::compile({{"order", "${ $workflow.id }"},
                                                 {"customer", "${ $context.customer }"},
                                                 {"items", "${ $context.items }"},
                                                 {"total", "${ $context.total }"}},
                                                kVariables, jq);
  SKALD_CHECK(compiled, "the template compiles");
  return {"expression/a step's input of four paths", [made = *compiled, &jq](std::size_t) {
            return
                [made, seen = scope(), &jq] { SKALD_CHECK(made.evaluate(seen, jq), "the template has a value here"); };
          }};
}

}  // namespace

std::vector<Piece> expression_pieces() {
  static core::NoJq jq;
  const auto native = [](std::string name, std::string_view text) {
    return evaluation("expression/" + std::move(name), text, jq, true);
  };
  return {native("a path", "$context.items[0].sku"),
          native("a comparison", ".total > 5000 and .status == \"charged\""),
          native("arithmetic", "$context.total * 2 + .total - 1"),
          native("text with a value in it", "\"order \\($workflow.id) of \\($context.customer)\""),
          native("construction", "{order: $workflow.id, total: $context.total, payment: .id}"),
          native("if", "if .total > 5000 then \"large\" else \"small\" end"),
          native("map and add", "$context.items | map(.quantity) | add"),
          document(jq)};
}

std::vector<Piece> jq_pieces(definition::JqRunner& jq) {
  return {evaluation("expression/through jq", "[$context.items[] | select(.quantity > 1) | .sku]", jq, false)};
}

std::vector<Piece> all_pieces() {
  std::vector<Piece> all;
  for (auto* group : {core_pieces, log_pieces, codec_pieces, expression_pieces}) {
    for (Piece& piece : group()) all.push_back(std::move(piece));
  }
  return all;
}

}  // namespace skald::pieces
