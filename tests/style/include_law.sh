#!/bin/sh
# Usage: include_law.sh ROOT
# Checks the direction of every #include in ROOT/src and ROOT/include (see include_law.awk), that no files of a module
# include each other in a circle (circles.awk), and that no two files define a type of one name (types.awk).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
failed=0
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$here/include_law.awk" src/CMakeLists.txt || failed=1
find src -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$here/circles.awk" || failed=1
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$here/types.awk" || failed=1
exit $failed
