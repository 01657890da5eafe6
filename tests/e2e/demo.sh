#!/usr/bin/env bash
# Three checkouts on a store of their own: one completes, one is declined and undone, and during one the engine is
# killed. Prints their histories and the audit; exits 0 only if all ended as they must.
# usage: demo.sh BIN_DIR [--keep]
set -euo pipefail
BIN=$1
KEEP=${2:-}
DATA=$(mktemp -d -t skald-demo-XXXXXX)
DEV=

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

finish() {
  local status=$?
  if [ -n "$DEV" ]; then kill "$DEV" 2>/dev/null && wait "$DEV" 2>/dev/null || true; fi
  if [ "$status" = 0 ]; then rm -rf "$DATA"; else printf 'demo: failed; its folder is %s\n' "$DATA" >&2; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

endpoint() { python3 -c 'import functools,json,sys; print(functools.reduce(lambda v, k: v[k], sys.argv[2].split("."), json.load(open(sys.argv[1]))))' "$DATA/endpoints.json" "$1"; }

fill_cart() {
  python3 - "$(endpoint services.cart)" "$1" <<'PYTHON'
import sys, urllib.request
for sku in ("axe", "kettle"):
    request = urllib.request.Request(f"{sys.argv[1]}/carts/{sys.argv[2]}/items/{sku}", data=b'{"quantity":1}', method="PUT",
                                     headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
PYTHON
}

# expect STATUS ID: the saga must have ended so.
expect() {
  local status
  status=$("$BIN/skald" show "$2" -o jsonl | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"])')
  [ "$status" = "$1" ] || { echo "demo: $2 is $status, not $1" >&2; exit 1; }
}

say "starting broker, engine, five services and their workers in $DATA"
"$BIN/skald" dev --store --data "$DATA" --http 127.0.0.1:0 >"$DATA.out" & DEV=$!
for _ in $(seq 300); do
  grep -q '^ready' "$DATA.out" && break
  kill -0 "$DEV" 2>/dev/null || { echo "demo: skald dev has ended" >&2; exit 1; }
  sleep 0.1
done
cat "$DATA.out"; rm -f "$DATA.out"
SKALD_SERVER=$(endpoint http); export SKALD_SERVER
for cart in cart-1 cart-2 cart-3; do fill_cart "$cart"; done

say "a checkout that completes"
"$BIN/skald" submit store/checkout --id order-1 --input '{"cart":"cart-1","customer":"Ada","card":"tok_ok"}' --wait
expect completed order-1

say "a checkout whose card is declined: what was done is undone"
"$BIN/skald" submit store/checkout --id order-2 --input '{"cart":"cart-2","customer":"Bo","card":"tok_declined"}' --wait || true
expect compensated order-2

say "a checkout during which the engine is killed"
"$BIN/skald" submit store/checkout --id order-3 --input '{"cart":"cart-3","customer":"Cleo","card":"tok_slow"}'
until "$BIN/skald" history order-3 -o jsonl | grep -q 'payments.charge'; do sleep 0.05; done
ENGINE=$(endpoint pids.engine)
echo "kill -9 $ENGINE"
kill -9 "$ENGINE"
until "$BIN/skald" show order-3 >/dev/null 2>&1; do sleep 0.1; done
"$BIN/skald" submit store/checkout --id order-3 --input '{"cart":"cart-3","customer":"Cleo","card":"tok_slow"}' --wait
expect completed order-3

for order in order-1 order-2 order-3; do
  say "skald history $order"
  "$BIN/skald" history "$order"
done

say "skald-store audit"
"$BIN/skald-store" audit --data "$DATA/store"

if [ "$KEEP" = --keep ]; then
  say "still running; Ctrl-C ends it"
  echo "export SKALD_SERVER=$SKALD_SERVER"
  cat "$DATA/endpoints.json"
  wait "$DEV" || true
fi
say "all three ended as they must"
