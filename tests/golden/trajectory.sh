#!/bin/sh
# Usage: trajectory.sh DLTRAIN COMPARE NETWORK OPTIMIZER SETTINGS RUN_FOLDER [RANKS [KEY=VALUE]...]
# Trains NETWORK.yaml with the optimizer and compares the run with NETWORK.h5; to be started in this folder.
set -eu
dltrain=$1 compare=$2 network=$3 optimizer=$4 settings=$5 run=$6 ranks=${7:-1}
shift 6
[ $# -eq 0 ] || shift
for setting; do
    shift
    set -- "$@" --set "$setting"
done

../../launch/mpirun -np "$ranks" "$dltrain" train "$network.yaml" --set "optimizer={$optimizer: $settings}" "$@" \
    --out "$run" --overwrite
"$compare" "$network.h5" "$optimizer" "$run"
