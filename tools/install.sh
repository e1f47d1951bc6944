#!/bin/sh
# Installs the package into the library given, or into the user's own.
#
#   sh tools/install.sh [library]
#
# It goes through R CMD build, so that what is installed is what would be
# released and that no object file left in src/ by another tool is reused.
# The log is shown if that fails; otherwise only compiler warnings about our
# own code are, as Eigen's headers alone give hundreds.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$(pwd)
log=$scratch/log

echo "Installing the package into ${1:-your own library} (compiles for a minute)"
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  set -- "--library=$1"
else
  # R takes the user's own library as the default only once it exists.
  Rscript -e 'if (file.access(.libPaths()[1], 2) != 0)
    dir.create(Sys.getenv("R_LIBS_USER"), FALSE, TRUE)'
fi
cd "$scratch"
if ! { R CMD build --no-build-vignettes --no-manual "$root" &&
  MAKEFLAGS="-j${JOBS:-1}" R CMD INSTALL "$@" ./*.tar.gz; } >"$log" 2>&1; then
  cat "$log"
  exit 1
fi
grep -A 3 -E '^(\.\./inst|[A-Za-z_]+\.(cpp|h):).*warning:' "$log" || true
