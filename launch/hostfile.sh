#!/bin/sh
# Usage: launch/hostfile.sh HOSTFILE RUN.yaml [RUN_FOLDER]
# Trains on several machines without a batch system; copy it and change it. HOSTFILE has one line
# `name slots=16` per machine. Each machine needs ssh without a password, and the same paths for
# this folder, the data and the run folder (a shared file system). If the run folder exists, the run
# is resumed. launch/supervise --hostfile also restarts a run that fails.
# DLTRAIN names the program, if it is not build/release/dltrain.
# Example: launch/hostfile.sh hosts launch/recipes/quickstart.yaml
set -eu
case ${1:-} in
-h | --help)
    sed -n -e 1d -e '/^#[A-Z]/q' -e '/^[^#]/q' -e '/^$/q' -e 's/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
[ $# -ge 2 ] && [ $# -le 3 ] || { echo "hostfile.sh: HOSTFILE and RUN.yaml are needed; see hostfile.sh --help" >&2 && exit 2; }
hostfile=$1
run_file=$2
run_folder=${3:-runs/$(basename "$run_file" .yaml)}
dltrain=${DLTRAIN:-$(cd "$(dirname "$0")/.." && pwd)/build/release/dltrain}
[ -x "$dltrain" ] || dltrain=dltrain

ranks=$(awk '
    !/^[ \t]*(#|$)/ {
        slots = 1
        for (i = 2; i <= NF; i++)
            if ($i ~ /^slots=/)
                slots = substr($i, 7)
        ranks += slots
    }
    END { print ranks + 0 }' "$hostfile")
if [ "$ranks" -eq 0 ]; then
    echo "hostfile.sh: $hostfile names no machine" >&2
    exit 2
fi

resume=
[ ! -e "$run_folder" ] || resume=--resume

# shellcheck disable=SC2086 # empty where there is nothing to resume
exec mpirun --hostfile "$hostfile" -np "$ranks" --bind-to core --wdir "$PWD" \
    "$dltrain" train "$run_file" --out "$run_folder" $resume
