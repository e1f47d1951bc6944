#!/bin/sh
# Runs every script in bench/ in order. A failing one does not stop the rest,
# but makes the whole fail.
set -u

failed=
for script in bench/*.R; do
  [ -e "$script" ] || continue
  echo "== $script"
  Rscript "$script" || failed="$failed $script"
done
[ -z "$failed" ] || { echo "Failed:$failed" >&2; exit 1; }
