#!/bin/sh
# Usage: source_rules.sh ROOT
# Checks lengths and forbidden words in ROOT/src and ROOT/include (see source_rules.awk).
set -eu
rules=$(cd "$(dirname "$0")" && pwd)/source_rules.awk
cd "$1"
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$rules"
