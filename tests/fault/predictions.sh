#!/bin/sh
# Usage: predictions.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO COMPARE
# What predict writes as HDF5 and as a table, of data sets and of tables that it imports.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5 compare=$6
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"
mkdir temporary
TMPDIR=$work/temporary
export TMPDIR

# describe NAME FILE SETTINGS: a description of a table.
describe() {
    printf 'name: %s\nformat: {csv: {file: %s, %s}}\n' "$1" "$2" "$3" >"$1.yaml"
}

# A table of 80 records with missing numbers and words and odd names of classes; and a run on it.
train_on_table() {
    awk 'BEGIN {
        print "size,kind,grade"
        for (i = 0; i < 80; i++) {
            size = (i * 37) % 83 + i % 3 / 3
            grade = size > 60 ? "\"big, or \"\"huge\"\"\"" : size > 30 ? "sample" : "small"
            print (i % 9 == 0 ? "" : size) "," (i % 7 == 0 ? "" : i % 2 ? "u" : "w") "," grade
        }
    }' >whole.csv
    settings='missing: mean, missing_category: category, encode: [{one_hot: kind}]'
    describe whole whole.csv "$settings, target: grade, target_kind: class"
    cat >run.yaml <<'END'
name: table
data: {train: d/train, test: d/test}
model: [{dense: 8}, relu, {dense: 3}]
loss: cross_entropy
optimizer: {adam: {lr: 0.02}}
train: {epochs: 3, batch: 20}
END
    run_ranks 1 data import whole.yaml --source . --out d
    expect_code 0 "importing the table"
    run_ranks 1 train run.yaml --out run
    expect_code 0 "training on it"
    head -n 15 whole.csv >new.csv
    cut -d, -f1,2 new.csv >blind.csv
}

# predict N FILE ARGUMENT...: predictions that must succeed.
predict() {
    ranks=$1 out_file=$2
    shift 2
    run_ranks "$ranks" predict run --out "$out_file" "$@"
    expect_code 0 "predict --out $out_file $* at np $ranks"
    grep -q "predictions of .* to $out_file, by the weights of update [0-9]* in .*/step-" out ||
        fail "the checkpoint is not named"
}

# same_in_both ARGUMENT...: HDF5 and table agree.
same_in_both() {
    rm -f p.h5 p.csv
    predict 1 p.h5 "$@"
    predict 1 p.csv "$@"
    "$compare" p.h5 p.csv || fail "p.h5 and p.csv differ"
    nothing_left
}

# same_on_many ARGUMENT...: so do three ranks.
same_on_many() {
    rm -f many.csv
    predict 3 many.csv "$@"
    cmp p.csv many.csv || fail "three ranks predict otherwise"
    nothing_left
}

nothing_left() {
    # Open MPI may still be removing its own folder there.
    left=$(find . -path './temporary/ompi.*' -prune -o \
        \( -name '*.tmp' -o -path './temporary/dltrain-*' \) -print 2>/dev/null || true)
    [ -z "$left" ] || fail "left behind: $left"
}

expect_heading() {
    [ "$(head -n 1 p.csv)" = "$1" ] || fail "the columns are $(head -n 1 p.csv)"
}

classes() {
    train_on_table
    same_in_both
    same_on_many
    # One of the classes is called like a column.
    expect_heading "sample,target,class,\"probability big, or \"\"huge\"\"\",$(
        )probability sample,probability small"
    data good
    write_run_file
    sed -i 's/^name: .*/name: numbers/' run.yaml
    rm -rf run
    train_here 1
    same_in_both --data good.h5
    expect_heading sample,target,class,probability_0,probability_1,probability_2
}

numbers() {
    train_on_table
    awk -F, 'NR > 1 && $1 != "" { print $1 "," $1 * 1500 "," ($1 > 40 ? "yes" : "no") }' whole.csv |
        sed '1i size,price,answer' >houses.csv
    describe houses houses.csv 'target: price, target_scale: 1000, ignore: [answer]'
    describe answers houses.csv 'target: answer, target_kind: class, ignore: [price]'
    for name in houses answers; do
        run_ranks 1 data import $name.yaml --source . --out $name
        expect_code 0
    done
    set -- --set 'model=[{dense: 1}]' --overwrite
    run_ranks 1 train run.yaml --out run "$@" --set loss=mse \
        --set data.train=houses/train --set data.test=houses/test
    expect_code 0
    same_in_both
    ! grep -q 'in units of' out || fail "the table is in another unit than the user's"
    expect_heading sample,target,prediction
    sort -t, -k 2 -n p.csv | tail -n 1 | cut -d, -f 2 | awk '{ exit !($1 > 9000) }' ||
        fail "the targets are not those of the table"
    predict 1 unit.h5
    grep -q 'note: they are in units of 1000' out || fail "the unit of the targets is not told"
    run_ranks 1 eval run
    expect_code 0
    grep -q 'note: loss and errors are in units of 1000' out || fail "the unit of eval is not told"
    same_in_both --data houses.csv
    run_ranks 1 train run.yaml --out run "$@" --set loss=binary_cross_entropy \
        --set data.train=answers/train --set data.test=answers/test
    expect_code 0
    same_in_both
    expect_heading sample,target,class,yes
}

# A table is imported as `data import --like` would, and forgotten.
tables_as_data() {
    train_on_table
    describe new new.csv "$settings, target: grade, target_kind: class, test: 0"
    run_ranks 1 data import new.yaml --source . --like run --out like
    expect_code 0
    predict 1 like.csv --data like/train
    gzip -k new.csv
    awk -F, '{ print "x," $2 "," $1 }' blind.csv | sed '1s/^x/id/' >turned.csv
    same_in_both --data new.csv
    same_on_many --data new.csv
    cmp like.csv p.csv || fail "another import"
    predict 1 zipped.csv --data new.csv.gz
    cmp like.csv zipped.csv || fail "another import of the compressed table"
    same_in_both --data blind.csv
    same_on_many --data blind.csv
    expect_heading "$(head -n 1 like.csv | sed 's/target,//')"
    # The last columns, because there may be commas in the target.
    for table in p like; do
        sed 's/.*,\([^,]*,[^,]*,[^,]*\)$/\1/' $table.csv | tail -n +2 >$table.numbers
    done
    cmp p.numbers like.numbers || fail "other predictions without the target"
    predict 1 turned.out.csv --data turned.csv
    cmp p.csv turned.out.csv || fail "other predictions for another order of columns"
    grep -q "column 'id' is left out" out || fail "a surplus column is not told of"
    for ranks in 1 3; do
        run_ranks $ranks eval run --data new.csv
        expect_code 0 "evaluating a table"
        grep -q '^weights   update 12, from run/checkpoints/step-000000012.h5$' out ||
            fail "the weights are not named"
        run_ranks $ranks eval run --data blind.csv
        expect_sentence "blind.csv has no targets"
    done
    nothing_left
}

# Where the recipe leaves out records, `sample` is still the number of each in the table. The target
# of each record begins with that number, which says which one it is.
records() {
    awk 'BEGIN {
        print "size,kind,note,price"
        for (i = 0; i < 50; i++)
            print (i % 9 == 0 ? "" : i) "," (i % 2 ? "u" : "w") ",n," i * 3
    }' >whole.csv
    describe whole whole.csv \
        'missing: drop, unseen: drop, encode: [{one_hot: kind}], ignore: [note], target: price'
    run_ranks 1 data import whole.yaml --source . --out d --shards 2
    expect_code 0 "importing the table"
    run_ranks 1 data info d/train
    grep -q '^record  *one number, int64' out || fail "info does not name the records"
    printf '%s\n' 'name: table' 'data: {train: d/train, test: d/test}' 'model: [{dense: 1}]' \
        'loss: mse' 'optimizer: {adam: {lr: 0.02}}' 'train: {epochs: 1, batch: 9}' >run.yaml
    run_ranks 1 train run.yaml --out run
    expect_code 0 "training on it"
    # A missing number, a word that training has not, a missing word, at the ends and in the middle.
    sed -e '2s/^[0-9]*,/,/' -e '5s/,[uw],/,odd,/' -e '22s/,[uw],/,,/' -e '21s/^[0-9]*,/,/' \
        -e '51s/,[uw],/,odd,/' whole.csv >new.csv
    awk -F, 'NR > 1 && $1 != "" && $2 ~ /[uw]/ { print NR - 2 "," $4 }' new.csv >right
    [ "$(wc -l <right)" = 40 ] || fail "the test drops other records"
    same_in_both --data new.csv
    for ranks in 2 4; do
        predict $ranks n.csv --data new.csv --overwrite
        grep -q 'note: `sample` is the number of a record in the table' out || fail "no note"
        tail -n +2 n.csv | cut -d, -f1,2 | cmp - right || fail "np $ranks numbers other records"
        cmp p.csv n.csv || fail "np $ranks predicts otherwise"
    done
    # The same of a data set in shards; and of the splits that an import drew.
    run_ranks 1 data import new.csv --like run --shards 3 --out like
    expect_code 0
    predict 1 p.csv --data like/train --overwrite
    cmp n.csv p.csv || fail "another numbering after data import --like"
    predict 1 p.csv --overwrite
    tail -n +2 p.csv | awk -F, '$1 * 3 != $2 { exit 1 }' || fail "the test split has other numbers"
    # Where none is left out there is nothing to number.
    grep -E '^[0-9]+,|^size' whole.csv >full.csv
    predict 1 full.out.csv --data full.csv
    ! grep -q 'note: `sample`' out || fail "a note without need"
    tail -n +2 full.out.csv | awk -F, '$1 != NR - 1 { exit 1 }' || fail "numbers that skip"
}

# Tables that do not fit: one sentence, and nothing of the import is left.
tables_that_do_not_fit() {
    train_on_table
    : >empty.csv
    head -n 1 new.csv >heading.csv
    sed '1s/kind/sort/' new.csv >lacking.csv
    sed '3s/,[uw]*,/,v,/' new.csv >unseen.csv
    sed '4s/^[0-9.]*,/far,/' new.csv >word.csv
    sed '5s/[a-z]*$/tiny/' new.csv >class.csv
    sed 's/,small$/,/' new.csv >no_target.csv
    head -c 1000 run/checkpoints/step-000000012.h5 | tail -c 900 >torn.h5
    head -c 3000 /dev/urandom >noise.bin
    for case in empty.csv:'empty.csv is empty' heading.csv:'no records but a header' \
        lacking.csv:"lacks the column 'kind'" unseen.csv:"'v' is not among the values" \
        word.csv:"'far' in column 'size' is not a number" \
        class.csv:"'tiny' is not among the classes" \
        no_target.csv:"or a table without this column" torn.h5:'torn.h5 is not an HDF5 file' \
        noise.bin:noise.bin gone.csv:'cannot open gone.csv: No such file' \
        temporary:"no data set 'temporary'"; do
        ranks=$((5 - ${ranks:-4}))
        run_ranks $ranks predict run --data "${case%%:*}" --out p.csv
        expect_code 1 "${case%%:*} at np $ranks"
        expect_sentence "${case#*:}"
        nothing_left
    done
    [ ! -e p.csv ] || fail "a file of predictions was left"
    data good
    write_run_file
    run_ranks 1 train run.yaml --out run --overwrite
    run_ranks 1 predict run --data new.csv --out p.csv
    expect_sentence "new.csv is not an HDF5 file" "data import"
}

# Neither an input nor a stranger is replaced, whatever it is called.
replaces_no_input() {
    train_on_table
    ln new.csv hard.csv
    ln -s new.csv soft.csv
    ln new.csv .way.csv.tmp
    ln new.csv .spool.csv.h5.tmp
    sums=$(cksum new.csv whole.csv run/checkpoints/*)
    for each in new.csv hard.csv ./soft.csv way.csv spool.csv; do
        ranks=$((5 - ${ranks:-4}))
        run_ranks $ranks predict run --data new.csv --out $each --overwrite
        expect_code 1 "$each"
        expect_sentence "is read by this command"
    done
    for each in whole.csv run.yaml run/metrics.jsonl d; do
        run_ranks 1 predict run --data new.csv --out $each --overwrite
        expect_code 1 "$each"
        expect_sentence "$each"
    done
    cp new.csv run/confusion-evaluate.csv
    run_ranks 1 eval run --data run/confusion-evaluate.csv
    expect_sentence "run/confusion-evaluate.csv is read by this command"
    # A run does not remove the one that it begins from.
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run --overwrite \
            --set train.init_from=run/checkpoints/best.h5
        expect_sentence "run/checkpoints/best.h5 is read by this command"
    done
    run_ranks 1 train run.yaml --out run --overwrite --set data.train=run/checkpoints/best.h5 \
        --set data.x=params/dense/weight --set data.y=params/dense/bias
    expect_code 1
    run_ranks 1 predict run --data new.csv --out p.csv --checkpoint run/checkpoints/best.h5
    expect_code 0
    ln run/checkpoints/best.h5 kept.csv
    run_ranks 1 predict run --data new.csv --out kept.csv --overwrite \
        --checkpoint run/checkpoints/best.h5
    expect_sentence "kept.csv is read by this command"
    run_ranks 4 predict run --data new.csv --out p.csv
    expect_sentence "p.csv exists already"
    predict 1 p.csv --data new.csv --overwrite
    mv p.csv p.h5
    predict 1 p.h5 --data new.csv --overwrite
    [ "$(cksum new.csv whole.csv run/checkpoints/*)" = "$sums" ] || fail "a file was replaced"
    [ -L soft.csv ] || fail "a link was replaced"
}

# A full disk at any of the writes, and a signal in the middle: nothing is left.
ends_early() {
    train_on_table
    for case in 'p.csv 1' 'p.csv.h5 2' import-:1 import-:4; do
        path=${case%[ :]*}
        faulty 1 "FAULT_CALL=write FAULT_PATH=$path FAULT_NTH=${case#*[ :]} FAULT_ERRNO=28" \
            predict run --data new.csv --out p.csv
        expect_code 1 "full at $case"
        expect_sentence "No space left on device"
        nothing_left
    done
    for path in import- .p.csv.h5 .p.csv.tmp; do
        faulty 1 "FAULT_CALL=open FAULT_PATH=$path FAULT_SIGNAL=15" \
            predict run --data new.csv --out p.csv
        expect_code 1 "SIGTERM at $path"
        expect_sentence "stopped by a signal"
        nothing_left
    done
    [ ! -e p.csv ] || fail "a file of predictions was left"
}

# What is killed leaves its import to the next one.
next_clears() {
    train_on_table
    for ranks in 1 3; do
        faulty $ranks "FAULT_CALL=open FAULT_PATH=import- FAULT_SIGNAL=9" \
            predict run --data new.csv --out p.csv --overwrite
        [ "$code" != 0 ] || fail "the import was not killed"
        [ -n "$(find temporary -name 'dltrain-import-*')" ] || fail "the kill left nothing to clear"
        run_ranks 1 predict run --data new.csv --out p.csv --overwrite
        expect_code 0
        nothing_left
    done
}

# What a name means: a data set before a folder of pictures that is called so, a run for its newest
# checkpoint, x and y for what was imported; a table that is no prediction is not replaced.
names() {
    train_on_table
    mkdir -p new/a
    printf '\211PNG\r\n\032\n' >new/a/1.png
    cp d/train*.h5 new.h5
    run_ranks 1 predict run --data new --out p.h5
    expect_code 0
    run_ranks 2 predict run --checkpoint run --data new.csv --out by-run.csv
    expect_code 0
    run_ranks 1 predict run --data new.csv --out plain.csv
    cmp plain.csv by-run.csv || fail "--checkpoint RUN is not the run's checkpoint"
    sed -i 's/^  test_x: .*/  test_x: other/' run/config.yaml
    grep -q 'test_x: other' run/config.yaml || fail "the run file has no test_x"
    run_ranks 2 predict run --data new.csv --out named.csv
    expect_code 0
    cmp plain.csv named.csv || fail "test_x changes an import"
    printf 'sample,weight\n1,2\n' >mine.csv
    for ranks in 1 4; do
        run_ranks $ranks predict run --data new.csv --out mine.csv --overwrite
        expect_code 1
        expect_sentence "does not hold predictions"
    done
}

"$scenario"
