#!/bin/sh
# Usage: leaves_nothing.sh DLTRAIN KIND FOLDER
# The files of `dltrain bench KIND` are gone when it has ended, also when it failed: here since its output is full.
set -eu
dltrain=$1 kind=$2 folder=$3

rm -rf "$folder"
mkdir -p "$folder"
size=--samples
test "$kind" = data || size=--params
"$dltrain" bench "$kind" "$size" 1000 --rounds 1 --folder "$folder" >/dev/null
if "$dltrain" bench "$kind" "$size" 1000 --rounds 1 --folder "$folder" >/dev/full 2>/dev/null; then
    echo "a full output is no error" >&2
    exit 1
fi
left=$(ls -A "$folder")
test -z "$left" || {
    echo "left in $folder: $left" >&2
    exit 1
}
