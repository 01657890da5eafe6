#pragma once

// Secrets: a document names those that it uses (`use.secrets`), expressions of what a call is given refer to them as
// `$secrets.name` or `$secrets.name.field`, and the worker that makes the call puts in what they are. The engine never
// has them: to it, and in every history, a secret is its reference, "⟦secret:name⟧".

#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/definition/document.h"

namespace skald::definition {

// Lets data stand beside references without becoming one, whatever an expression puts together: each opening bracket in
// it, in keys and values, becomes "⟦⟧", which the worker turns back.
void escape_secrets(Value& data);

// One `$secrets.name` or `$secrets.name.field` of an expression.
struct SecretUse {
  std::string name;
  std::string field;  // empty: the whole secret
  const DocNode* at;  // the text
};
// All in the texts below a node. `bad` gets the texts that use $secrets in another way.
std::vector<SecretUse> secrets_in(const DocNode& node, std::vector<const DocNode*>& bad);
// What $secrets is, for these uses: an object of references. Of a secret that is used as a whole and by a field, null.
Value secrets_variable(const std::vector<SecretUse>& uses);

}  // namespace skald::definition
