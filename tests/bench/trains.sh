#!/bin/sh
# Usage: trains.sh DLTRAIN RUN_FILE SCRATCH
# The run file of a workload is an ordinary one: it trains on real samples from a file, too.
set -eu
dltrain=$1 run_file=$2 scratch=$3

rm -rf "$scratch"
mkdir -p "$scratch"
"$dltrain" data synth digits --samples 256 --test-samples 1 --out "$scratch/digits" >/dev/null
"$dltrain" train "$run_file" --set "data.train=$scratch/digits/train" --out "$scratch/run" >/dev/null
grep -q '"steps": *4' "$scratch/run/summary.json"
