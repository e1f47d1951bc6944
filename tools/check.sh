#!/bin/sh
# R CMD check --as-cran on the package as built, in output/check.
#
# CHECK_FLAGS holds more flags. The checks that ask the network are off, so that
# the outcome depends on the package alone. Fails on any error, warning or note
# that tools/check_log.R does not know to come from the machine.
set -eu

root=$(pwd)
rm -rf output/check
mkdir -p output/check
cd output/check

export MAKEFLAGS="-j${JOBS:-1}"
export _R_CHECK_CRAN_INCOMING_REMOTE_=false
export _R_CHECK_SYSTEM_CLOCK_=false
# A suggested package that is missing is reported as a note, not as a stop.
export _R_CHECK_FORCE_SUGGESTS_=false
# Flags that Debian's R itself was configured with, so no choice of ours.
export _R_CHECK_COMPILATION_FLAGS_KNOWN_="-Wformat -Werror=format-security -Wdate-time"

R CMD build "$root"
status=0
# shellcheck disable=SC2086
R CMD check --as-cran --no-manual ${CHECK_FLAGS:-} ./*.tar.gz || status=$?
Rscript "$root/tools/check_log.R" ./*.Rcheck/00check.log
exit "$status"
