#include "tests/simulation/workflows.h"

namespace skald::simulation {

Document document(const std::string& name, const std::string& head, const std::string& tasks) {
  return {"sim/" + name,
          "document: { dsl: '1.0.3', namespace: sim, name: " + name + ", version: '1.0.0' }\n" + head + "do:" + tasks};
}

namespace {

std::vector<Document> of_one_saga() {
  return {
      document("order", "", R"(
  - begin: { set: { n: '${ $input.n }', flag: '${ $input.flag }' }, export: { as: { n: '${ .n }' } } }
  - reserve:
      call: svc.reserve
      with: { n: '${ $context.n }' }
      timeout: { after: { seconds: 2 } }
      retry: { delay: { milliseconds: 200 }, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }
      compensate: { call: undo.release, with: { key: '${ $forward.key }', last: true } }
  - gift:
      if: '${ .flag }'
      call: svc.gift
      timeout: { after: { seconds: 3 } }
      compensate: { call: undo.gift, with: { key: '${ $forward.key }', last: true } }
  - charge:
      call: svc.charge
      pivot: true
      timeout: { after: { seconds: 4 } }
      compensate: { call: undo.refund, with: { key: '${ $forward.key }', last: true } }
  - ship: { call: svc.ship, timeout: { after: { seconds: 2 } } }
  - placed: { emit: { event: { with: { source: 'urn:sim', type: order.placed } } } }
)"),
      document("trip", "timeout: { after: { seconds: 25 } }\n", R"(
  - hotel:
      call: svc.hotel
      timeout: { after: { seconds: 2 } }
      compensate:
        do:
          - tell: { call: undo.tell, with: { key: '${ $forward.key }', last: false } }
          - free: { call: undo.free, with: { key: '${ $forward.key }', last: true } }
  - short: { if: '${ $input.flag }', set: { short: true }, then: car }
  - flight:
      call: svc.flight
      timeout: { after: { seconds: 2 } }
      retry: { delay: { milliseconds: 100 }, limit: { attempt: { count: 4 }, duration: { seconds: 12 } } }
      compensate: { call: undo.flight, with: { key: '${ $forward.key }', last: true }, on: completed }
  - car:
      call: svc.car
      timeout: { after: { seconds: 2 } }
      compensate: { call: undo.car, with: { key: '${ $forward.key }', last: true } }
  - told: { emit: { event: { with: { source: 'urn:sim', type: trip.booked } } } }
)"),
      document("nested", "", R"(
  - first:
      call: svc.first
      timeout: { after: { seconds: 2 } }
      compensate: { call: undo.first, with: { key: '${ $forward.key }', last: true } }
  - group:
      do:
        - inner:
            call: svc.inner
            timeout: { after: { seconds: 2 } }
            compensate: { call: undo.inner, with: { key: '${ $forward.key }', last: true } }
        - look: { call: svc.look, effect: none, timeout: { after: { seconds: 2 } } }
        - noted: { set: { seen: true } }
        - other:
            call: svc.other
            timeout: { after: { seconds: 2 } }
            compensate: { call: undo.other, with: { key: '${ $forward.key }', last: true } }
  - last:
      call: svc.last
      timeout: { after: { seconds: 2 } }
      retry: { delay: { milliseconds: 100 }, limit: { attempt: { count: 2 } } }
      compensate: { call: undo.last, with: { key: '${ $forward.key }', last: true } }
)"),
      document("forgetful", "", R"(
  - one:
      call: forget.one
      timeout: { after: { seconds: 2 } }
      compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } }
  - two:
      call: svc.two
      timeout: { after: { seconds: 2 } }
      retry: { delay: { milliseconds: 100 }, limit: { attempt: { count: 2 } } }
      compensate: { call: undo.two, with: { key: '${ $forward.key }', last: true } }
  - three: { call: svc.three, pivot: true, timeout: { after: { seconds: 2 } } }
  - four: { call: svc.four, timeout: { after: { seconds: 2 } } }
)"),
      document("again", "", R"(
  - work:
      call: svc.work
      timeout: { after: { seconds: 2 } }
      export: { as: { seen: '${ $context.next }', next: true } }
      compensate: { call: undo.work, with: { key: '${ $forward.key }', last: true } }
  - back: { if: '${ $context.seen == null }', set: { again: true }, then: work }
  - last:
      call: svc.last
      timeout: { after: { seconds: 2 } }
      retry: { delay: { milliseconds: 100 }, limit: { attempt: { count: 2 } } }
      compensate: { call: undo.last, with: { key: '${ $forward.key }', last: true } }
)"),
      document("side", "", R"(
  - both:
      fork:
        branches:
          - left:
              do:
                - one:
                    call: svc.left
                    timeout: { after: { seconds: 2 } }
                    compensate: { call: undo.left, with: { key: '${ $forward.key }', last: true } }
                - more:
                    call: svc.more
                    timeout: { after: { seconds: 2 } }
                    compensate: { call: undo.more, with: { key: '${ $forward.key }', last: true } }
          - right:
              call: svc.right
              timeout: { after: { seconds: 2 } }
              retry: { delay: { milliseconds: 100 }, limit: { attempt: { count: 2 } } }
              compensate: { call: undo.right, with: { key: '${ $forward.key }', last: true } }
          - third:
              call: svc.third
              timeout: { after: { seconds: 2 } }
              retry: { delay: { milliseconds: 50 }, limit: { attempt: { count: 3 } } }
              compensate: { call: undo.third, with: { key: '${ $forward.key }', last: true } }
  - done: { call: svc.done, pivot: true, timeout: { after: { seconds: 2 } } }
)"),
      document("caught", "", R"(
  - first: { call: svc.first, timeout: { after: PT2S }, compensate: { call: undo.first, with: { key: '${ $forward.key }', last: true } } }
  - attempt:
      try:
        - one:
            call: svc.one
            timeout: { after: PT2S }
            retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }
            compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } }
        - two:
            call: svc.two
            timeout: { after: PT2S }
            retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }
            compensate: { call: undo.two, with: { key: '${ $forward.key }', last: true } }
        - wrong: { if: '${ $workflow.input.flag }', raise: { error: { type: 'urn:sim:wrong', status: 409 } } }
      catch:
        as: why
        do:
          - mend:
              call: svc.mend
              with: { why: '${ $why.status }' }
              timeout: { after: PT2S }
              compensate: { call: undo.mend, with: { key: '${ $forward.key }', last: true } }
  - after: { try: [ { last: { call: svc.last, timeout: { after: PT2S } } } ], catch: { errors: { with: { status: 503 } } } }
)"),
      document("taken-back", "", R"(
  - attempt:
      try:
        - one: { call: svc.one, timeout: { after: PT2S }, compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } } }
        - pause: { wait: PT0.3S }
        - two:
            call: svc.two
            timeout: { after: PT2S }
            compensate: { do: [ { tell: { call: undo.tell, with: { key: '${ $forward.key }', last: false } } }, { free: { call: undo.free, with: { key: '${ $forward.key }', last: true } } } ] }
        - slow:
            timeout: { after: PT4S }
            do:
              - three: { call: svc.three, timeout: { after: PT2S }, compensate: { call: undo.three, with: { key: '${ $forward.key }', last: true }, on: completed } }
              - wrong: { if: '${ $workflow.input.flag }', raise: { error: { type: 'urn:sim:wrong', status: 409 } } }
      catch:
        compensate: true
        retry: { delay: PT0.5S, limit: { attempt: { count: 2 } }, exceptWhen: '${ $error.status == 422 }' }
        do: [ { instead: { call: svc.instead, timeout: { after: PT2S }, compensate: { call: undo.instead, with: { key: '${ $forward.key }', last: true } } } } ]
  - last: { call: svc.last, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
)"),
      document("rounds", "timeout: { after: PT50S }\n", R"(
  - all:
      for: { each: n, in: '${ [1, 2, 3] }', at: i }
      while: '${ $i < 2 or $workflow.input.flag }'
      do:
        - which:
            switch:
              - second: { when: '${ $n == 2 }', then: other }
              - rest: { then: continue }
        - odd:
            call: svc.odd
            with: { n: '${ $n }' }
            then: exit
            if: '${ $n == 3 }'
        - one:
            compensate: { call: undo.pack, with: { key: '${ $forward.key }', last: true } }
            do:
              - inner: { call: svc.inner, timeout: { after: PT2S }, compensate: { call: undo.inner, with: { key: '${ $forward.key }', last: true } } }
              - noted: { set: { n: '${ $n }' }, export: { as: { n: '${ $n }' } } }
        - other: { call: svc.other, timeout: { after: PT2S }, compensate: { call: undo.other, with: { key: '${ $forward.key }', last: true } } }
  - skip: { if: '${ $context.n == 1 }', set: { jumped: true }, then: end }
  - last: { call: svc.last, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
)"),
      document("race", "", R"(
  - race:
      fork:
        compete: true
        branches:
          - left:
              do:
                - one: { call: svc.one, timeout: { after: PT2S }, compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } } }
                - two: { call: svc.two, timeout: { after: PT2S }, compensate: { call: undo.two, with: { key: '${ $forward.key }', last: true } } }
          - right:
              call: svc.right
              timeout: { after: PT2S }
              retry: { delay: PT0.3S, limit: { attempt: { count: 3 } } }
              compensate: { call: undo.right, with: { key: '${ $forward.key }', last: true } }
          - late: { do: [ { pause: { wait: PT0.02S } }, { third: { call: svc.third, timeout: { after: PT2S } } } ] }
  - bind: { call: svc.bind, pivot: true, timeout: { after: PT2S } }
  - tell: { try: [ { mail: { call: svc.mail, timeout: { after: PT2S } } } ], catch: { do: [ { note: { call: svc.note, timeout: { after: PT2S } } } ] } }
)"),
      document("abreast", "", R"(
  - before: { call: svc.before, timeout: { after: PT2S }, compensate: { call: undo.before, with: { key: '${ $forward.key }', last: true } } }
  - attempt:
      timeout: { after: PT20S }
      try:
        - both:
            compensate: parallel
            fork:
              branches:
                - left:
                    do:
                      - one: { call: svc.one, timeout: { after: PT2S }, compensate: { call: undo.one, with: { key: '${ $forward.key }', last: true } } }
                      - two: { call: svc.two, timeout: { after: PT2S }, compensate: { call: undo.two, with: { key: '${ $forward.key }', last: true } } }
                - right: { call: svc.right, timeout: { after: PT2S }, compensate: { call: undo.right, with: { key: '${ $forward.key }', last: true } } }
                - mild: { try: [ { soft: { call: svc.soft, timeout: { after: PT2S }, compensate: { call: undo.soft, with: { key: '${ $forward.key }', last: true } } } } ], catch: {} }
        - check: { call: svc.check, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } } }
      catch: { compensate: true, errors: { with: { status: 422 } } }
  - last: { call: svc.last, timeout: { after: PT2S }, retry: { delay: PT0.1S, limit: { attempt: { count: 2 } } }, compensate: { call: undo.last, with: { key: '${ $forward.key }', last: true } } }
)"),
  };
}

}  // namespace

const std::vector<Document>& documents() {
  static const std::vector<Document> all = [] {
    std::vector<Document> both = of_one_saga();
    for (Document& one : parents()) both.push_back(std::move(one));
    return both;
  }();
  return all;
}

}  // namespace skald::simulation
