#!/bin/sh
# Usage: output.sh ROOT DLTRAIN READ_OUTPUT KIND RANKS ARGUMENT...
# `dltrain bench KIND ARGUMENT... --json` on so many ranks ends with the JSON object that is promised. Speed is not
# looked at: machines differ.
set -eu
root=$1 dltrain=$2 reader=$3 kind=$4 ranks=$5
shift 5
output=$(mktemp)
trap 'rm -f "$output"' EXIT

"$root/launch/mpirun" -np "$ranks" "$dltrain" bench "${kind%_strong}" "$@" --json >"$output"
"$reader" "$kind" "$ranks" <"$output"
