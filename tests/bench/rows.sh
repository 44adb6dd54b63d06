#!/bin/sh
# Usage: rows.sh ROOT DLTRAIN
# What a step with a row-sparse table reduces depends on the rows in use, not on the table: at most
# 256 x 16 uses of a row of 64 floats and its number, handed over and in the total, beside 4,810
# other parameters.
set -eu
root=$1 dltrain=$2
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

# reduced RANKS ARGUMENT...: bytes of a rank's gradient.
reduced() {
    ranks=$1
    shift
    "$root/launch/mpirun" -np "$ranks" "$dltrain" bench step embedding --seconds 0.05 --json "$@" |
        sed -n 's/.*"reduced_bytes": \([0-9]*\),.*/\1/p'
}

most=$((4 * 4864 + 2 * 256 * 16 * (64 * 4 + 4)))
for case in "1 10000" "1 80000" "2 80000"; do
    ranks=${case% *} rows=${case#* }
    bytes=$(reduced "$ranks" --set "model.0.embedding.vocabulary=$rows")
    [ "${bytes:-0}" -le $most ] && [ "${bytes:-0}" -gt $((most / 3)) ] ||
        fail "at np $ranks with $rows rows a step reduces ${bytes:-no} bytes, not about $most"
done
dense=$(reduced 1 --set model.0.embedding.vocabulary=20000 --set model.0.embedding.sparse=false)
[ "$dense" -gt $((20000 * 256)) ] || fail "a dense gradient of 20,000 rows has $dense bytes"
