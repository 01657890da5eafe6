#!/usr/bin/env bash
# Makes the pictures of docs/console.md anew: what the test of the themes sees, before a real engine and the demo store.
# usage: tests/console/pictures.sh [BUILD_DIR]
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
SOURCE=$(cd "$HERE/../.." && pwd)
BUILD=$(cd "${1:-$SOURCE/build}" && pwd)
SHOTS=$(mktemp -d -t skald-pictures-XXXXXX)
trap 'rm -rf "$SHOTS"' EXIT

SKALD_BIN=$BUILD/bin SKALD_CONSOLE_MODULES=$BUILD/engine/console/work SKALD_SOURCE_DIR=$SOURCE SKALD_SHOTS=$SHOTS \
  node --test "$HERE/themes.test.mjs" >"$SHOTS/log" || { cat "$SHOTS/log" >&2; exit 1; }

# The name in the documentation, and the view and theme that it shows.
while read -r name shot; do cp "$SHOTS/$shot.png" "$SOURCE/docs/console/$name.png"; done <<'PICTURES'
sagas selected-light
dry-run dry-run-light
saga saga-past-light
dark saga-past-dark
explanation saga-stuck-light
timeline timeline-light
events events-light
data data-light
stuck stuck-light
workflows workflows-light
workflow workflow-light
failures failures-light
source source-light
workers workers-light
PICTURES
