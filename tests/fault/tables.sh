#!/bin/sh
# Usage: tables.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# A table that is imported by the statistics, categories and columns of the one that a run was
# trained on.
set -eu
root=$1 dltrain=$2 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
kill_late_ranks

csv_settings='missing: mean, missing_category: category, encode: [{one_hot: kind}], target: y, target_kind: class'

# describe NAME FILE MORE: a description of a table.
describe() {
    printf 'name: %s\nformat: {csv: {file: %s, %s%s}}\n' "$1" "$2" "$csv_settings" "$3" >"$1.yaml"
}

# The rows below 100 of a table of 400 in which y depends on a and kind; other means in another
# part.
train_on_table() {
    awk 'BEGIN {
        print "a,kind,y"
        for (i = 0; i < 400; i++) {
            a = (i * 7919) % 401 / 10 + 50
            kind = i % 7 == 0 ? "" : i % 3 == 0 ? "u" : "w"
            print (i % 11 == 0 ? "" : a) "," kind "," (a + (kind == "u" ? 15 : 0) > 75 ? "high" : "low")
        }
    }' >whole.csv
    head -n 101 whole.csv >few.csv
    describe whole whole.csv ', test: 0'
    cat >run.yaml <<'END'
name: table
data: {train: d/whole/train}
model: [{dense: 8}, relu, {dense: 2}]
loss: cross_entropy
optimizer: {adam: {lr: 0.02}}
train: {epochs: 5, batch: 40}
END
    run_ranks 1 data import whole.yaml --source . --out d/whole
    expect_code 0 "importing the table"
    run_ranks 2 train run.yaml --out run
    expect_code 0 "training on it"
}

# evaluate N DATA: the accuracy that N ranks print becomes $score.
evaluate() {
    run_ranks "$1" eval run --data "$2"
    expect_code 0 "evaluation of $2 at $1"
    score=$(sed -n 's/.*accuracy \([0-9][0-9.]*\).*/\1/p' out | tail -n 1)
    [ -n "$score" ] || fail "no accuracy is printed for $2 at $1"
}

# The same rows give the same score, in whichever file and order of columns they are.
like_gives_the_same_score() {
    train_on_table
    evaluate 1 d/whole/train
    expected=$score
    awk -F, '{ print $3 "," $1 "," NR "," $2 }' whole.csv | sed '1s/.*/y,a,id,kind/' >turned.csv
    describe turned turned.csv ''
    run_ranks 1 data import turned.yaml --source . --like run --out d/turned
    expect_code 0 "importing it again"
    grep -q "column 'id' is left out" out || fail "a surplus column is not told of"
    for ranks in 1 3; do
        evaluate $ranks d/turned/train
        [ "$score" = "$expected" ] || fail "accuracy $score where $expected is right"
    done
    run_ranks 1 data import turned.yaml --source . --like d/whole/train --out d/again
    expect_code 0 "importing it like a data set"
    cmp d/turned/train-00000-of-00001.h5 d/again/train-00000-of-00001.h5 || fail "two recipes"
}

without_like_other_statistics_are_refused() {
    train_on_table
    describe few few.csv ', test: 0'
    run_ranks 1 data import few.yaml --source . --out d/few
    for ranks in 1 4; do
        run_ranks $ranks eval run --data d/few/train
        expect_sentence "d/few/train was standardized by other statistics" "column 'a'" "--like"
    done
}

# Labels that mean the same in another order are mapped, and one rank says so.
a_map_by_name_is_said_once() {
    said='d/other/train is mapped by name: 2 of 2 classes'
    train_on_table
    evaluate 1 d/whole/train
    expected=$score
    ! grep -q 'mapped by name' out || fail "a map is told of where there is none"
    describe other whole.csv ', target_values: [low, high], test: 0'
    run_ranks 1 data import other.yaml --source . --out d/other
    for ranks in 1 4; do
        evaluate $ranks d/other/train
        [ "$score" = "$expected" ] || fail "accuracy $score, not $expected"
        [ "$(grep -c "$said have another label" out)" = 1 ] ||
            fail "the map is not told of once at $ranks: $(cat out)"
        run_ranks $ranks train run.yaml --out again --overwrite --set data.test=d/other/train
        expect_code 0 "training at $ranks"
        [ "$(grep -c "$said" out)" = 1 ] ||
            fail "training does not tell of the map once at $ranks"
    done
    run_ranks 2 predict run --data d/other/train --out p.h5
    [ "$(grep -c "$said" out)" = 1 ] || fail "predict is silent"
}

a_table_without_target_is_predicted() {
    train_on_table
    cut -d, -f1,2 few.csv >new.csv
    describe new new.csv ''
    run_ranks 1 data import new.yaml --source . --like run --out d/new
    expect_code 0 "importing without the target"
    run_ranks 2 predict run --data d/new/train --out p.h5
    expect_code 0 "prediction"
    run_ranks 1 eval run --data d/new/train
    expect_sentence "has no dataset 'y'"
}

what_training_has_not_seen_is_refused() {
    train_on_table
    for change in '2s/,[uw]*,/,other,/:other' '1s/kind/sort/:kind' '2s/[a-z]*$/medium/:medium'; do
        sed "${change%:*}" few.csv >odd.csv
        ! cmp -s few.csv odd.csv || fail "$change changes nothing"
        describe odd odd.csv ''
        run_ranks 1 data import odd.yaml --source . --like run --out d/odd
        expect_sentence "'${change##*:}'"
        [ ! -e d/odd ] || fail "a refused import left something"
    done
    describe odd few.csv ''
    run_ranks 1 data import odd.yaml --source . --like run.yaml --out d/odd
    expect_sentence "run.yaml"
}

# What would have no effect beside --like is refused; the same target is not, and changes nothing.
other_settings_are_refused() {
    train_on_table
    run_ranks 1 data import few.csv --like run --out d/plain
    expect_code 0 "importing without settings"
    run_ranks 1 data import few.csv --like run --target y --out d/named
    expect_code 0 "importing with the same target"
    cmp d/plain/train-00000-of-00001.h5 d/named/train-00000-of-00001.h5 || fail "the target matters"
    for settings in "--target a" "--split 0.5,0.5" "--set standardize=false"; do
        # shellcheck disable=SC2086 # an option and its value
        run_ranks 1 data import few.csv --like run $settings --out d/odd
        expect_code 1 "an import with $settings"
        expect_sentence "like" "leave it out"
        [ ! -e d/odd ] || fail "a refused import left something"
    done
}

# Neither the data set that the new one is to be like, nor a table that is called like a shard.
import_replaces_no_input() {
    train_on_table
    describe few few.csv ''
    sums=$(cksum d/whole/* whole.csv)
    ln d/whole/train-00000-of-00001.h5 hard.h5
    for like in d/whole/train d/whole/train-00000-of-00001.h5 hard.h5; do
        run_ranks 1 data import few.yaml --source . --like $like --out d/whole --overwrite
        expect_sentence "d/whole/train-00000-of-00001.h5 is read by this command"
    done
    [ "$(cksum d/whole/* whole.csv)" = "$sums" ] || fail "an input was replaced"
    mkdir odd
    cp few.csv odd/test-00000-of-00001.h5
    describe odd test-00000-of-00001.h5 ', test: 0'
    run_ranks 1 data import odd.yaml --source odd --out odd --overwrite
    expect_sentence "odd/test-00000-of-00001.h5 is no HDF5 file, and is not replaced"
    cmp few.csv odd/test-00000-of-00001.h5 || fail "an input was replaced"
    run_ranks 1 data import few.yaml --source . --like run --out d/whole --overwrite
    expect_code 0 "replacing another data set than the input"
}

"$scenario"
