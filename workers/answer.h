#pragma once

// What a worker says of a task, as a message.

#include <string>

#include "workers/worker.h"

namespace skald::workers {

// An RFC 7807 object of the type "urn:skald:error:TYPE".
Payload problem(const std::string& type, int status, const std::string& title);

// What the worker says itself of a task: that nobody can tell what happened, or that it was not begun.
Answer ended(wire::Outcome outcome, const std::string& why, const std::string& title);
Answer not_begun(const std::string& why, const std::string& title);

// One that is too large says so instead, and that nobody can tell what happened.
wire::ResultMessage result_of(const Task& task, const Answer& answer, const std::string& worker, Time started,
                              Time finished);

}  // namespace skald::workers
