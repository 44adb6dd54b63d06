#!/bin/sh
# Usage: trajectory.sh DLTRAIN COMPARE NETWORK OPTIMIZER SETTINGS RUN_FOLDER
# Trains NETWORK.yaml with the optimizer and compares the run with NETWORK.h5; to be started in this folder.
set -eu
dltrain=$1 compare=$2 network=$3 optimizer=$4 settings=$5 run=$6

"$dltrain" train "$network.yaml" --set "optimizer={$optimizer: $settings}" --out "$run" --overwrite
"$compare" "$network.h5" "$optimizer" "$run"
