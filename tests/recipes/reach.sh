#!/bin/sh
# Usage: reach.sh ROOT DLTRAIN RECIPE [KEY=VALUE]...
# Follows the commands in the head of ROOT/launch/recipes/RECIPE.yaml, in the current folder, and checks that the run
# reaches what the line `# reaches: KEY >= BOUND` (or <=) states, KEY being one of summary.json, also with other settings
# where some are given. Published data is looked for in $DLTRAIN_DATA, else beside the repository
# in ../shared/data. Takes up to an hour; tests/long recipes runs it.
set -eu
root=$1 dltrain=$2 recipe=$3
shift 3
settings=
for setting; do
    settings="$settings --set $setting"
done
file=$root/launch/recipes/$recipe.yaml
published=${DLTRAIN_DATA:-$root/../shared/data}

case $recipe in
mnist-*) folder=$published/mnist ;;
cifar10-*) folder=$published/cifar10 ;;
camvid-*) folder=$published/camvid ;;
shakespeare-*) folder=$published/text ;;
sst2-*) folder=$published/text/sst2 ;;
logistic-regression | housing-*) folder=$published/tabular ;;
*) folder= ;;
esac
[ -z "$folder" ] || [ -d "$folder" ] || {
    echo "$folder is not there; DLTRAIN_DATA names another place for its parent" >&2
    exit 1
}

# "#   dltrain data import mnist --source FOLDER --out data/mnist    # remark"
arguments=$(sed -n 's/^#  *dltrain \(data [^#]*\).*/\1/p' "$file" | sed "s|FOLDER|$folder|")
out=${arguments##*--out }
out=${out%% *}
if [ ! -d "$out" ]; then
    # shellcheck disable=SC2086 # a command line
    "$dltrain" $arguments
fi
# shellcheck disable=SC2086 # one word each
"$root/launch/mpirun" -np 2 "$dltrain" train "$file" --overwrite $settings

stated=$(sed -n 's/^# reaches: \([a-z0-9_]*\) \([<>]=\) \([0-9.]*\).*/\1 \2 \3/p' "$file")
[ -n "$stated" ] || { echo "$file does not state what it reaches" && exit 1; }
# shellcheck disable=SC2086 # three words
set -- $stated
reached=$(sed -n "s/.*\"$1\": *\([-+0-9.eE]*\).*/\1/p" "runs/$recipe/summary.json")
echo "$recipe: $1 is $reached, stated: $2 $3"
awk -v reached="${reached:-nan}" -v relation="$2" -v bound="$3" 'BEGIN {
    if (reached !~ /[0-9]/)
        exit 1
    exit !(relation == ">=" ? reached + 0 >= bound + 0 : reached + 0 <= bound + 0)
}'

# The line's slope, which no metric tells: "/params/line/weight  [1, 1]  float32  1  2.998 ...", the mean of one number.
[ "$recipe" = linear-regression ] || exit 0
last=$(ls runs/linear-regression/checkpoints/step-*.h5 | tail -n 1)
slope=$("$dltrain" inspect "$last" | awk '$1 == "/params/line/weight" { print $6 }')
echo "$recipe: the slope is $slope, stated: 3.00 to within 0.02"
awk -v slope="$slope" 'BEGIN { exit !(slope >= 2.98 && slope <= 3.02) }'
