#!/bin/sh
# Usage: include_law.sh ROOT
# Checks the direction of every #include in ROOT/src and ROOT/include (see include_law.awk), and that no files of a module
# include each other in a circle (see circles.awk).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
failed=0
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$here/include_law.awk" src/CMakeLists.txt || failed=1
find src -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$here/circles.awk" || failed=1
exit $failed
