#!/usr/bin/env bash
# Ten sagas that do not go on, each for another reason, on a broker, an engine and workers of their own. `skald explain`
# must name the cause of each, and the command that it advises first is then given. Exits 0 only if all of it was so.
# usage: situations.sh BIN_DIR
set -euo pipefail
BIN=$(cd "$1" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=$(mktemp -d -t skald-situations-XXXXXX)
PATH=$BIN:$PATH:/usr/sbin
declare -A PIDS=()

finish() {
  local status=$?
  for name in "${!PIDS[@]}"; do kill -9 "${PIDS[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [ "$status" = 0 ]; then rm -rf "$DIR"; else printf 'situations: failed; the folder is %s\n' "$DIR" >&2; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n==> %s\n' "$*"; }
fail() { echo "situations: $*" >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# until_true WHAT COMMAND...: within a minute.
until_true() {
  local what=$1 end=$((SECONDS + 60)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "in vain waited for $what"
    sleep 0.1
  done
}
start() { local name=$1; shift; "$@" >"$DIR/$name.log" 2>&1 & PIDS[$name]=$!; }
kill_hard() { kill -9 "${PIDS[$1]}"; wait "${PIDS[$1]}" 2>/dev/null || true; unset "PIDS[$1]"; }

start_broker() { start nats nats-server --jetstream --store_dir "$DIR/nats" --addr 127.0.0.1 --port "$NATS_PORT"; }
start_engine() { start engine skald server --data "$DIR/engine" --http "127.0.0.1:$HTTP_PORT" --nats "$NATS"; }
is_ready() { python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/readyz")' "$SKALD_SERVER"; }
status_is() { [ "$(skald show "$1" -o json | python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])')" = "$2" ]; }

# cause_is CAUSE ID...: what `explain` says of the saga.
cause_is() {
  local cause=$1; shift
  skald explain "$@" -o json >"$DIR/explained" && python3 - "$cause" "$DIR/explained" <<'PYTHON'
import json, sys
sys.exit(json.load(open(sys.argv[2]))["cause"] != sys.argv[1])
PYTHON
}
first_command() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["commands"][0]["command"])' "$DIR/explained"; }
# explained CAUSE COMMAND ID...: waits until the cause is told, shows what is told, and holds the first command to it.
explained() {
  local cause=$1 command=$2; shift 2
  until_true "$cause of $*" cause_is "$cause" "$@"
  echo "\$ skald explain $*" | sed "s#$DIR#/var/lib/skald#g"
  skald explain "$@" | sed "s#$DIR#/var/lib/skald#g; s#$NATS#nats://127.0.0.1:4222#g"
  [ "$(first_command)" = "$command" ] || fail "the first command is '$(first_command)', not '$command'"
}
# follow_advice WHY: gives the first command that was advised.
follow_advice() {
  local command
  command=$(first_command)
  echo "\$ ${command/--reason .../--reason \'$1\'}" | sed "s#$DIR#/var/lib/skald#g"
  # shellcheck disable=SC2086 # the words of the command
  ${command/ --reason .../} --reason "$1" >/dev/null || fail "'$command' was refused"
}

NATS_PORT=$(free_port); HTTP_PORT=$(free_port); SHOP_PORT=$(free_port)
NATS=nats://127.0.0.1:$NATS_PORT
SKALD_SERVER=http://127.0.0.1:$HTTP_PORT; export SKALD_SERVER
start_broker
start_engine
start shop python3 "$HERE/situations_shop.py" "$SHOP_PORT" "$DIR"
for service in warehouse bank flaky broken; do
  breaker='{ failures: 1000, open_for: 1s }'
  [ "$service" != broken ] || breaker='{ failures: 1, open_for: 10m }'
  cat >"$DIR/$service.yaml" <<YAML
services:
  $service: { url: 'http://127.0.0.1:$SHOP_PORT', breaker: $breaker }
tasks:
  $service.do: { service: $service, method: POST, path: /ok, timeout: 5s }
  $service.fail: { service: $service, method: POST, path: /boom, timeout: 5s }
  $service.refuse: { service: $service, method: POST, path: /refuse, timeout: 5s }
  $service.undo: { service: $service, method: POST, path: /hang, timeout: 5m }
YAML
  start "$service" skald worker --config "$DIR/$service.yaml" --nats "$NATS" --name "$service-1"
done
until_true "the engine" is_ready
until_true "the service" python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$SHOP_PORT"

workflow() {
  printf "document: { dsl: '1.0.3', namespace: shop, name: %s, version: '1.0.0' }\ndo:\n%s\n" "$1" "$(cat)" >"$DIR/wf.yaml"
  skald deploy "$DIR/wf.yaml" >"$DIR/deploy.log" 2>&1 || fail "$(cat "$DIR/deploy.log")"
}
RETRY='retry: { delay: { minutes: 10 }, backoff: { constant: {} }'
workflow letter <<'YAML'
  - write: { call: mail.send }
YAML
workflow flaky <<YAML
  - reserve: { call: warehouse.do, compensate: { call: warehouse.undo } }
  - price: { call: flaky.fail, $RETRY, limit: { attempt: { count: 3 } } } }
YAML
workflow broken <<'YAML'
  - label: { call: broken.fail, retry: { delay: { milliseconds: 10 } } }
YAML
workflow order <<'YAML'
  - reserve: { call: warehouse.do, compensate: { call: warehouse.undo } }
  - charge: { call: bank.refuse }
YAML
workflow returned <<'YAML'
  - reserve: { call: warehouse.do, compensate: { call: warehouse.refuse } }
  - charge: { call: bank.refuse }
YAML
workflow reminder <<'YAML'
  - pause: { wait: { hours: 2 } }
  - remind: { call: mail.send }
YAML
workflow paid <<YAML
  - charge: { call: bank.do, pivot: true }
  - ship: { call: flaky.fail, $RETRY } }
YAML
for name in letter flaky broken order returned reminder paid; do
  skald submit "shop/$name" --id "$name-1" >/dev/null
done
skald submit shop/reminder --id counted-1 >/dev/null

say "1. nobody serves the task"
explained no-worker 'skald worker --config FILE --nats URL' letter-1
cat >"$DIR/mail.yaml" <<YAML
services: { mail: { url: 'http://127.0.0.1:$SHOP_PORT' } }
tasks: { mail.send: { service: mail, method: POST, path: /ok, timeout: 5s } }
YAML
echo "\$ skald worker --config mail.yaml --nats nats://127.0.0.1:4222"
start mail skald worker --config "$DIR/mail.yaml" --nats "$NATS" --name mail-1
until_true "the letter" status_is letter-1 completed

say "2. the service answers 500"
explained step-failing 'skald retry flaky-1 --step /do/1/price --reason ...' flaky-1
follow_advice 'the price list is back'

say "3. the breaker is open"
explained breaker-open 'skald workers' broken-1
echo "\$ $(first_command)"
skald workers | grep -E '^TASK|^broken.fail' | tee "$DIR/workers"
grep -q 'broken open' "$DIR/workers" || fail "the breaker is not shown as open"

say "4. a refused payment is undone"
explained undoing 'skald history order-1 --follow' order-1
echo "\$ $(first_command)"
touch "$DIR/let-go"
timeout 60 skald history order-1 --follow | tail -2
status_is order-1 compensated || fail "the order is not compensated"

say "5. an undo fails for good"
explained undo-stuck 'skald retry returned-1 --step /do/0/reserve --reason ...' returned-1
follow_advice 'the warehouse has found it'

say "6. it waits for a time"
explained timer 'skald history reminder-1 --follow' reminder-1

say "7. it is suspended"
skald suspend counted-1 --reason 'stock is counted' >/dev/null
explained suspended 'skald resume counted-1 --reason ...' counted-1
follow_advice 'counted'
until_true "the saga that was resumed" status_is counted-1 running

say "8. the broker is down"
kill_hard nats
skald submit shop/letter --id letter-2 >/dev/null
explained broker-away 'nats-server --jetstream --store_dir DIR --addr HOST --port PORT' letter-2
start_broker
until_true "the letter behind the broker" status_is letter-2 completed

say "9. the engine is dead"
kill_hard engine
explained engine-stopped "skald server --data $DIR/engine --nats URL" flaky-1 --data "$DIR/engine"
start_engine
until_true "the engine again" is_ready
cause_is step-failing flaky-1 || fail "the engine does not go on where it stood"
skald explain flaky-1 --data "$DIR/engine" -o json | grep -q engine-elsewhere || fail "a running engine's folder counts as nobody's"

say "10. past the pivot, and a step fails"
explained step-failing-past-pivot 'skald retry paid-1 --step /do/1/ship --reason ...' paid-1
follow_advice 'the carrier answers again'

say "all ten are explained"
