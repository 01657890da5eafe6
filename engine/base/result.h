#pragma once

// Failures of operation are values: Result<T> is either a T or an Error.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace skald {

// What kind of failure it is, for exit codes and HTTP statuses. The finer, stable word is Error::code.
enum class ErrorKind {
  kInvalid,      // wrong input or usage            exit 2, HTTP 400
  kNotFound,     //                                 exit 3, HTTP 404
  kUnreachable,  // the other side did not answer   exit 4, HTTP 502
  kConflict,     // refused: state, id, folder      exit 5, HTTP 409
  kForbidden,    // refused: permission             exit 5, HTTP 401
  kTooLarge,     // a limit on size                 exit 2, HTTP 413
  kOverloaded,   // a limit on work in flight       exit 1, HTTP 429
  kDamaged,      // stored data is not what was written   exit 6, HTTP 500
  kIo,           // a write or read failed          exit 7, HTTP 500
  kUnavailable,  // not now                         exit 4, HTTP 503
  kTimeout,      // waited too long                 exit 124, HTTP 504
  kInternal,     //                                 exit 1, HTTP 500
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;     // stable, kebab-case: "unknown-workflow"
  std::string message;  // for a person: what was wrong, where, what to do
};

inline Error make_error(ErrorKind kind, std::string_view code, std::string message) {
  return Error{kind, std::string(code), std::move(message)};
}

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// The failing side of a Result, to return where a Result<T> is expected.
inline tl::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string message) {
  return tl::unexpected<Error>(make_error(kind, code, std::move(message)));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace skald

#define SKALD_CONCAT_INNER(a, b) a##b
#define SKALD_CONCAT(a, b) SKALD_CONCAT_INNER(a, b)

// SKALD_TRY(expression): returns the error of a Status or Result from the enclosing function.
#define SKALD_TRY(expression)                                                         \
  do {                                                                                \
    auto&& skald_try_result = (expression);                                           \
    if (!skald_try_result) return ::skald::fail(std::move(skald_try_result.error())); \
  } while (false)

// SKALD_ASSIGN(auto value, expression): the value of a Result, or its error returned from the enclosing function.
#define SKALD_ASSIGN(declaration, expression)                                       \
  auto SKALD_CONCAT(skald_result_, __LINE__) = (expression);                        \
  if (!SKALD_CONCAT(skald_result_, __LINE__))                                       \
    return ::skald::fail(std::move(SKALD_CONCAT(skald_result_, __LINE__).error())); \
  declaration = std::move(*SKALD_CONCAT(skald_result_, __LINE__))
