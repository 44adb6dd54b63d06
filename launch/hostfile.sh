#!/bin/sh
# Usage: launch/hostfile.sh HOSTFILE RUN.yaml [RUN_FOLDER]
# Several machines without a batch system: HOSTFILE has a line `name slots=16` per machine. All of them need ssh
# without password, and the same paths for this folder, the data and the run folder (a shared file system).
# An interrupted run is resumed. launch/supervise --hostfile also starts it again when a machine is lost.
set -eu
hostfile=${1:?usage: hostfile.sh HOSTFILE RUN.yaml [RUN_FOLDER]}
run_file=${2:?usage: hostfile.sh HOSTFILE RUN.yaml [RUN_FOLDER]}
run_folder=${3:-runs/$(basename "$run_file" .yaml)}
dltrain=${DLTRAIN:-$(cd "$(dirname "$0")/.." && pwd)/build/release/dltrain}

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
