#!/bin/sh
# Fails if a generated file in the repository is not what `make docs` makes.
# Meant for a clean clone: it compares the tree with the commit.
set -eu

make docs

generated="man NAMESPACE R/RcppExports.R src/RcppExports.cpp inst/bench"
# The clone may belong to another user than the one who runs this.
git() { command git -c safe.directory='*' "$@"; }

status=0
# shellcheck disable=SC2086
git --no-pager diff --exit-code HEAD -- $generated || status=1
# shellcheck disable=SC2086
untracked=$(git ls-files --others --exclude-standard -- $generated)
if [ -n "$untracked" ]; then
  printf 'Not committed: %s\n' "$untracked"
  status=1
fi
[ "$status" -eq 0 ] || echo "Generated files are stale: run 'make docs'." >&2
exit "$status"
