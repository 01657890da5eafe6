// Sagas that run sagas: awaited and not, inside a try that takes them back, in a race, under a time limit, as the pivot
// and behind it; and the sagas that they run.

#include "tests/simulation/workflows.h"

namespace skald::simulation {

std::vector<Document> parents() {
  return {
      document("family", "", R"(
  - first: { call: svc.first, timeout: { after: PT2S }, compensate: { call: undo.first, with: { key: '${ $forward.key }', last: true } } }
  - part: { run: { workflow: { namespace: sim, name: part, version: '1.0.0', input: { n: '${ $workflow.input.n }' } } } }
  - ship:
      call: svc.ship
      timeout: { after: PT2S }
      retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }
      compensate: { call: undo.ship, with: { key: '${ $forward.key }', last: true } }
  - wrong: { if: '${ $workflow.input.flag }', raise: { error: { type: 'urn:sim:wrong', status: 409 } } }
)"),
      document("kin", "", R"(
  - attempt:
      try:
        - deep: { run: { workflow: { namespace: sim, name: deep, version: '1.0.0' } }, timeout: { after: PT20S } }
        - check: { call: svc.check, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
        - wrong: { if: '${ $workflow.input.flag }', raise: { error: { type: 'urn:sim:wrong', status: 409 } } }
      catch: { compensate: true, retry: { delay: PT0.3S, limit: { attempt: { count: 2 } } }, do: [ { instead: { call: svc.instead, timeout: { after: PT2S } } } ] }
  - last: { call: svc.last, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
)"),
      document("spawn", "", R"(
  - part: { run: { workflow: { namespace: sim, name: part, version: latest }, await: false } }
  - loose: { run: { workflow: { namespace: sim, name: loose, version: '1.0.0' }, await: false } }
  - pause: { wait: PT0.05S }
  - last:
      call: svc.last
      timeout: { after: PT2S }
      retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }
      compensate: { call: undo.last, with: { key: '${ $forward.key }', last: true } }
  - wrong: { if: '${ $workflow.input.flag }', raise: { error: { type: 'urn:sim:wrong', status: 409 } } }
)"),
      document("vow", "", R"(
  - before: { call: svc.before, timeout: { after: PT2S }, compensate: { call: undo.before, with: { key: '${ $forward.key }', last: true } } }
  - bound: { run: { workflow: { namespace: sim, name: bound, version: '1.0.0' } }, pivot: true }
  - behind: { run: { workflow: { namespace: sim, name: part, version: '1.0.0' } } }
  - last: { call: svc.last, timeout: { after: PT2S } }
)"),
      document("heirs", "timeout: { after: PT40S }\n", R"(
  - race:
      fork:
        compete: true
        branches:
          - part: { run: { workflow: { namespace: sim, name: part, version: '1.0.0' } } }
          - loose: { do: [ { pause: { wait: PT0.01S } }, { one: { run: { workflow: { namespace: sim, name: loose, version: '1.0.0' } } } } ] }
  - whole:
      compensate: { call: undo.whole, with: { key: '${ $forward.key }', last: true } }
      do: [ { part: { run: { workflow: { namespace: sim, name: part, version: '1.0.0' } } } } ]
  - short: { try: [ { deep: { run: { workflow: { namespace: sim, name: deep, version: '1.0.0' } }, timeout: { after: PT0.08S } } } ], catch: {} }
  - last: { call: svc.last, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
)"),
  };
}

const std::vector<Document>& children() {
  static const std::vector<Document> all = {
      document("part", "", R"(
  - one: { call: svc.one, timeout: { after: PT2S }, compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } } }
  - two:
      call: svc.two
      timeout: { after: PT2S }
      retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }
      compensate: { do: [ { tell: { call: undo.tell, with: { key: '${ $forward.key }', last: false } } }, { free: { call: undo.free, with: { key: '${ $forward.key }', last: true } } } ] }
)"),
      document("loose", "", R"(
  - one: { call: svc.one, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
  - two: { call: svc.two, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }, compensate: { call: undo.two, with: { key: '${ $forward.key }', last: true } } }
)"),
      document("deep", "", R"(
  - part: { run: { workflow: { namespace: sim, name: part, version: '1.0.0' } } }
  - own: { call: svc.own, timeout: { after: PT2S }, compensate: { call: undo.own, with: { key: '${ $forward.key }', last: true } } }
)"),
      document("bound", "", R"(
  - one: { call: svc.one, timeout: { after: PT2S }, compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } } }
  - two: { call: svc.two, pivot: true, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
  - three: { call: svc.three, timeout: { after: PT2S } }
)"),
  };
  return all;
}

}  // namespace skald::simulation
