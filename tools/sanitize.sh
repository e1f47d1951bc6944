#!/bin/sh
# Runs the C++ tests under the sanitizers: address and undefined behaviour with
# g++ and clang++, threads with clang++. Says of every combination whether it
# ran; fails if a test failed or if none could run.
#
#   sh tools/sanitize.sh [compiler:sanitizers ...]
set -u

[ $# -gt 0 ] || set -- g++:address,undefined clang++:address,undefined \
  clang++:thread

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'int main() {}' >"$scratch/probe.cpp"

ran=0
failed=0
summary=
for job in "$@"; do
  compiler=${job%%:*}
  sanitizers=${job#*:}
  if ! command -v "$compiler" >/dev/null; then
    outcome="left out, there is no $compiler"
  elif ! "$compiler" "-fsanitize=$sanitizers" "$scratch/probe.cpp" \
    -o "$scratch/probe" 2>/dev/null; then
    outcome="left out, $compiler lacks the runtime (Debian: libclang-rt-dev)"
  else
    echo "== $job"
    ran=1
    # A race needs threads: tests without them would only take time.
    only=
    [ "$sanitizers" != thread ] || only='"*thread*,*worker*"'
    if make -j"${JOBS:-1}" -C tests/cpp sanitize CXX="$compiler" \
      SANITIZE="$sanitizers" ARGS="$only"; then
      outcome=clean
    else
      outcome=FAILED
      failed=1
    fi
  fi
  summary="$summary
$job: $outcome"
done

echo "$summary"
[ "$ran" -eq 1 ] || { echo "Nothing could be run." >&2; exit 1; }
exit "$failed"
