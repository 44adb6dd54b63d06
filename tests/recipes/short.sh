#!/bin/sh
# Usage: short.sh ROOT DLTRAIN RECIPE
# Trains ROOT/launch/recipes/RECIPE.yaml for seconds on 1 and 2 ranks, on small data that dltrain
# or this script draws, or on pieces of the recipe's own: both end in the same state, and the model
# has learnt. What a recipe reaches on its own data is tests/long recipes.
set -eu
root=$1 dltrain=$2 recipe=$3
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

draw() {
    try "$dltrain" data synth "$@" --seed 3 --out data
    expect_code 0 "data synth $1"
}

# Digits stand for pictures, a line and blobs for tables. bound: the loss of the second epoch, far
# below that of a model that has learnt nothing.
set --
case $recipe in
quickstart | mnist-*)
    draw digits --samples 1200 --test-samples 200
    set -- --set train.batch=32
    bound=1.9
    ;;
cifar10-cnn)
    draw digits --samples 320 --test-samples 100
    set -- --set train.batch=16 --set train.micro_batch=8 --set optimizer.sgd.lr=0.005 \
        --set 'data.transform=[{scale: 0.0039}, {random_crop: 2}, horizontal_flip]'
    bound=2.2
    ;;
housing-mlp | linear-regression)
    draw line --samples 2000 --test-samples 200
    bound=0.5
    ;;
logistic-regression)
    draw blobs --samples 500 --test-samples 200 --set classes=2 --set features=30
    bound=0.4
    ;;
housing-two-losses)
    # Two places, each with a proximity; the value follows the income.
    mkdir tables
    awk 'BEGIN {
        print "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population," \
            "households,median_income,median_house_value,ocean_proximity"
        for (i = 0; i < 2000; i++)
            printf "%d,%d,%d,%d,%d,%d,%d,%.3f,%d,%s\n", 117 + i % 7, 34 + i % 3, i % 50,
                i * 37 % 101 + 9, i * 11 % 23 + 3, i * 7 % 31 + 5, i * 13 % 19 + 2, i % 97 / 10,
                i % 97 * 4000, i % 3 == 0 ? "INLAND" : "NEAR BAY"
    }' >tables/california_housing.csv
    try "$dltrain" data import california-housing-fields --source tables --out data
    expect_code 0 "data import california-housing-fields"
    set -- --set model.10.dense.units=2
    bound=0.25
    ;;
camvid-unet)
    pictures=${DLTRAIN_DATA:-$root/../shared/data}/camvid
    [ -d "$pictures" ] || { echo "skipped: $pictures is not there"; exit 77; }
    sed '/^shape:/d' "$root/datasets/camvid.yaml" >small.yaml
    try "$dltrain" data import small.yaml --source "$pictures" --set resize=[48,64] --out data
    expect_code 0 "data import camvid"
    set -- --set data.validation=null
    bound=1.5
    ;;
shakespeare-gpt)
    # A text that says one thing again and again.
    mkdir text
    awk 'BEGIN { for (i = 0; i < 1200; i++) printf "to be or not to be, that is %d\n", i % 3 }' \
        >text/tinyshakespeare.txt
    try "$dltrain" data import tinyshakespeare --source text --out data
    expect_code 0 "data import tinyshakespeare"
    bound=2
    ;;
sst2-lstm)
    # The last word decides; sentences have 1 to 20 words.
    mkdir text
    for file in train dev; do
        awk 'BEGIN {
            print "sentence\tlabel"
            for (i = 0; i < 2000; i++) {
                for (w = 0; w < i * 7 % 20; w++)
                    printf "word%d ", (i * 13 + w * 5) % 40
                print (i % 2 ? "good" : "bad") "\t" i % 2
            }
        }' >text/$file.tsv
    done
    sed '/^samples:/d' "$root/datasets/sst2.yaml" >small.yaml
    try "$dltrain" data import small.yaml --source text --out data
    expect_code 0 "data import sst2"
    bound=0.3
    ;;
*) fail "no small data is known for the recipe $recipe" ;;
esac

for ranks in 1 2; do
    run_ranks $ranks train "$root/launch/recipes/$recipe.yaml" --out "np$ranks" \
        --set data.train=data/train --set data.test=data/test --set train.epochs=2 "$@"
    expect_code 0 "np $ranks"
done
[ "$(value state_hash np1)" = "$(value state_hash np2)" ] || fail "2 ranks end in another state"
loss=$(value train_loss np1)
awk -v loss="${loss:-nan}" -v bound="$bound" \
    'BEGIN { exit !(loss ~ /[0-9]/ && loss + 0 <= bound + 0) }' ||
    fail "the loss is $loss, not at most $bound"
