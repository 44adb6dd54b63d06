#!/bin/sh
# Usage: include_law.sh ROOT
# Checks the direction of every #include in ROOT/src and ROOT/include (see include_law.awk).
set -eu
law=$(cd "$(dirname "$0")" && pwd)/include_law.awk
cd "$1"
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$law" src/CMakeLists.txt
