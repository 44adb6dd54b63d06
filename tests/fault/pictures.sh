#!/bin/sh
# Usage: pictures.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO COMPARE MAKE_PICTURE
# Pictures beside a run: predicted as they are, or imported like those that it was trained on.
set -eu
root=$1 dltrain=$2 make_data=$4 scenario=$5 make_picture=$7
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"
kill_late_ranks

# picture FILE WIDTH HEIGHT VALUE [EDGE]: see make_picture.c.
picture() {
    mkdir -p "$(dirname "$1")"
    "$make_picture" "$@" || fail "no picture $1"
}

# Dark ants, bees between, bright zebras, whose labels are not in the order of their names; and a
# run that tells them apart. import_pictures SETTINGS: of the import.
import_pictures() {
    for i in 1 2 3 4; do
        picture pets/ant/$i.png 8 8 $((10 * i))
        picture pets/bee/$i.png 8 8 $((110 + 5 * i))
        picture pets/zebra/$i.png 8 8 $((210 + 10 * i))
    done
    printf 'name: pets\nclasses: [zebra, bee, ant]\nformat: {images: {train: {path: .}, %s}}\n' \
        "channels: 1, $1" >pets.yaml
    run_ranks 1 data import pets.yaml --source pets --out d
    expect_code 0 "importing the pictures"
}

train_on_pictures() {
    import_pictures "$@"
    cat >run.yaml <<'END'
name: pets
data: {train: d/train, transform: [{scale: 0.00392156862745098}]}
model: [flatten, {dense: 8}, relu, {dense: 3}]
loss: cross_entropy
optimizer: {adam: {lr: 0.05}}
train: {epochs: 40, batch: 12}
END
    run_ranks 1 train run.yaml --out run
    expect_code 0 "training on them"
}

# New pictures of other sizes, without an ant; with their folders, as a tar, and in no folder.
draw_new_pictures() {
    picture new/bee/b1.png 16 12 120
    picture new/zebra/z1.png 8 8 230
    picture new/zebra/z2.png 5 30 240
    tar -cf new.tar -C new bee zebra
    mkdir flat
    cp new/bee/b1.png new/zebra/*.png flat
}

# fingerprint DATA: what `data info` says of its samples.
fingerprint() {
    run_ranks 1 data info "$1"
    expect_code 0 "data info $1"
    sed -n 's/^fingerprint *//p' out
}

# Folder, tar and data set give the same rows, at any np, with the run's classes and sizes.
predicted() {
    train_on_pictures 'resize: 8'
    draw_new_pictures
    printf '%s\n' 0,bee,bee 1,zebra,zebra 2,zebra,zebra >right
    for case in 1:new 2:new.tar 4:new; do
        run_ranks "${case%%:*}" predict run --data "${case#*:}" --out p.csv --overwrite
        expect_code 0 "predicting $case"
        [ "$(head -n 1 p.csv)" = sample,target,class,zebra,bee,ant ] || fail "$(head -n 1 p.csv)"
        tail -n +2 p.csv | cut -d, -f1-3 | cmp - right || fail "other classes in $case: $(cat p.csv)"
        grep -q "note: .*'ant'" out || fail "that there is no ant is not told of: $case"
        [ ! -e all.csv ] || cmp all.csv p.csv || fail "$case is predicted otherwise"
        cp p.csv all.csv
    done
    run_ranks 2 predict run --data flat --out flat.csv
    expect_code 0 "predicting pictures in no folder"
    cut -d, -f1,3- all.csv | cmp - flat.csv || fail "pictures in no folder are predicted otherwise"
    run_ranks 1 eval run --data new
    expect_code 0 "evaluating pictures"
    grep -q 'accuracy 1.0000' out || fail "the labels are others"
}

# So does `data import --like`, of a run, a checkpoint and a data set.
imported() {
    train_on_pictures 'resize: 8'
    draw_new_pictures
    for case in new:run new.tar:run new:run/checkpoints/best.h5 new:d/train; do
        run_ranks 1 data import "${case%%:*}" --like "${case#*:}" --out like --overwrite
        expect_code 0 "importing $case"
        grep -q 'like/train: 3 samples in 1 shard, x uint8 \[8, 8, 1\], y labels' out ||
            fail "other samples of $case"
        found=$(fingerprint like/train)
        grep -q '^ *0  *2  zebra$' out || fail "other labels of $case"
        [ "${first:=$found}" = "$found" ] || fail "$case is imported otherwise"
    done
    run_ranks 1 data import flat --like run --out flat.d
    expect_code 0 "importing pictures in no folder"
    grep -q 'flat.d/train: 3 samples in 1 shard, x uint8 \[8, 8, 1\], y absent' out || fail "targets"
}

# A class that the run has not is refused, and leaves nothing.
extra_class() {
    train_on_pictures 'resize: 8'
    draw_new_pictures
    picture new/wasp/w.png 8 8 3
    tar -cf new.tar -C new bee wasp zebra
    for ranks in 1 4; do
        run_ranks $ranks predict run --data new --out p.csv
        expect_code 1
        expect_sentence "'wasp'" "none of the 3 classes"
    done
    run_ranks 1 predict run --data new.tar --out p.csv
    expect_sentence "'wasp'" "none of the 3 classes"
    for data in new new.tar; do
        run_ranks 1 data import $data --like run --out like
        expect_sentence "'wasp'" "none of the 3 classes"
    done
    if [ -e p.csv ] || [ -e like ]; then
        fail "something was left"
    fi
}

# The recipe says whether a picture of another shape is cut or stretched; without a size in the
# description, the run's pictures have one, which those of another get, too.
resized() {
    picture wide/w.png 16 8 220 0
    picture middle/m.png 8 8 220
    for case in 'resize: 8, crop: true' 'resize: 8' 'resize: null'; do
        rm -rf pets d like alike
        import_pictures "$case"
        run_ranks 1 data import wide --like d/train --out like
        expect_code 0 "importing with $case"
        run_ranks 1 data import middle --like d/train --out alike
        expect_code 0
        cut=no
        [ "$(fingerprint like/train)" != "$(fingerprint alike/train)" ] || cut=yes
        case "$case:$cut" in
        *crop*:yes | *8:no | *null:no) ;;
        *) fail "with $case the edges are cut: $cut" ;;
        esac
    done
}

# Pictures are bytes; a run on other numbers does not take them for its own.
stored_type() {
    picture p/1.png 9 9 200
    printf '%s\n' 'name: own' 'data: {train: own.h5}' 'model: [flatten, {dense: 3}]' \
        'loss: cross_entropy' 'train: {epochs: 1, batch: 20}' \
        'optimizer: {sgd: {lr: 0.1}}' >run.yaml
    for type in uint8 uint16 float32; do
        data "grey_$type"
        mv "grey_$type.h5" own.h5
        run_ranks 1 train run.yaml --out run --overwrite
        expect_code 0 "training on $type"
        run_ranks 1 data import p --like run --out like
        if [ $type = uint8 ]; then
            expect_code 0 "importing like bytes"
            grep -q 'x uint8 \[2, 3, 1\], y absent' out || fail "pictures of another size"
            run_ranks 2 predict run --data p --out p.csv
            expect_code 0 "predicting like bytes"
            rm -r like p.csv
            continue
        fi
        expect_sentence "the samples of run are $type, and pictures are imported as uint8"
        run_ranks 1 data import p --like own.h5 --out like
        expect_sentence "the samples of own.h5 are $type"
        ranks=4
        [ $type = float32 ] || ranks=1
        run_ranks $ranks predict run --data p --out p.csv
        expect_sentence "are $type, and pictures are imported as uint8"
        if [ -e like ] || [ -e p.csv ]; then
            fail "something was left"
        fi
    done
}

"$scenario"
