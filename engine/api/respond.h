#pragma once

// Answers that several handlers give.

#include "engine/api/http.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/inspect/folds.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// The body with 200, or the problem that the error is.
void respond(const ExchangePtr& exchange, const Result<Value>& body);
void respond_with_saga(const ExchangePtr& exchange, const runtime::Engine& engine, const RunId& run, int status);
// With what would be undone if it were ordered now; that takes folding the history of a saga that has not ended.
void respond_with_prospects(const ExchangePtr& exchange, const runtime::Engine& engine, inspect::Folds& folds,
                            const RunId& run, int status);
// A rehearsal of an order to undo: the same, or the error with which it would be refused.
void respond_with_rehearsal(const ExchangePtr& exchange, const runtime::Engine& engine, inspect::Folds& folds,
                            const RunId& run);

}  // namespace skald::api
