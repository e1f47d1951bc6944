#!/bin/sh
# Each entry point of src/ under valgrind: fails where memory of this package is
# read or written that is not its own, or read before it was written. What R and
# other packages do is left out.
#
#   R_LIBS=output/library sh tests/valgrind/run.sh [LOG]
set -u
log=${1:-$(mktemp)}
command -v valgrind >/dev/null || {
  echo "There is no valgrind (Debian: valgrind)." >&2
  exit 1
}
R --vanilla --quiet --no-echo \
  -d "valgrind --leak-check=no --num-callers=30 --log-file=$log" \
  -f "$(dirname "$0")/entries.R" || exit 1
# A finding is a paragraph; one of ours has our library in its stack.
ours=$(sed 's/^==[0-9]*== \{0,1\}//' "$log" | awk -v RS= '/sgmoe\.so/' )
tail -n 1 "$log"
[ -z "$ours" ] || {
  echo "$ours"
  exit 1
}
echo "Nothing that is of sgmoe."
