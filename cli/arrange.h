#pragma once

// What the parser's tree does not know by itself: in which group of `skald --help` a command stands, and what stands as
// the value of an option. Both go by name, since a name means the same in every command.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace skald::cli {

// As they are shown, in this order.
const std::vector<std::string>& group_names();

// Kinds of values; completion knows what to offer for these, the others are for people to read.
namespace kind {
inline constexpr const char* kFile = "FILE";
inline constexpr const char* kFolder = "DIR";
inline constexpr const char* kJson = "JSON";          // itself, @FILE or -
inline constexpr const char* kSaga = "ID";            // of a saga or a run
inline constexpr const char* kStatus = "STATUS";      // of a saga
inline constexpr const char* kStep = "STEP";          // a reference, as in /do/4/charge
inline constexpr const char* kWorkflow = "WORKFLOW";  // NAMESPACE/NAME, for `submit` with @VERSION
inline constexpr const char* kTopic = "TOPIC";        // of `skald help`
}  // namespace kind

// Gives every command its group, every value its kind, and the app its help; when all commands are in.
void arrange(CLI::App& app);

}  // namespace skald::cli
