#!/bin/sh
# Formats the C++ code in place with clang-format; generated files are left
# alone. The style is in .clang-format.
set -eu

find inst/include src tests/cpp \
  \( -name '*.hpp' -o -name '*.h' -o -name '*.cpp' \) \
  ! -name 'RcppExports.cpp' -exec clang-format -i --style=file {} +
