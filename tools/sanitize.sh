#!/bin/sh
# Runs the C++ tests under the address and undefined-behaviour sanitizers,
# with every compiler at hand whose sanitizers are installed. Fails if no
# compiler has them.
set -u

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'int main() {}' >"$scratch/probe.cpp"

ran=0
failed=0
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  if ! "$compiler" -fsanitize=address,undefined "$scratch/probe.cpp" \
    -o "$scratch/probe" 2>/dev/null; then
    echo "== $compiler: no sanitizers installed, left out"
    continue
  fi
  echo "== $compiler"
  ran=1
  make -j"${JOBS:-1}" -C tests/cpp sanitize CXX="$compiler" || failed=1
done

[ "$ran" -eq 1 ] || { echo "No compiler with sanitizers found." >&2; exit 1; }
exit "$failed"
