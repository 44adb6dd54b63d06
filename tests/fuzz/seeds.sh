#!/bin/sh
# Usage: seeds.sh ROOT DLTRAIN MAKE_SEEDS FOLDER
# Writes FOLDER/TARGET/*: inputs for each fuzz target to start from. They are what the repository holds, what dltrain and
# fuzz_make_seeds write, and heads of the published files, where these are (in $DLTRAIN_DATA, else in ../shared/data).
set -eu
root=$1 dltrain=$2 make_seeds=$3 folder=$4
published=${DLTRAIN_DATA:-$root/../shared/data}

for target in run_file import_idx import_csv import_images import_text import_labelled_text \
    import_label_maps dataset checkpoint; do
    mkdir -p "$folder/$target"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/dltrain-seeds-XXXXXX")
trap 'rm -rf "$work"' EXIT
"$make_seeds" "$work"

# Run files and descriptions.
for file in "$root"/launch/recipes/*.yaml "$root"/tests/bench/*.yaml "$root"/tests/golden/*.yaml "$root"/datasets/*.yaml; do
    cp "$file" "$folder/run_file/$(basename "$(dirname "$file")")-$(basename "$file")"
done
awk '/^```/ { fenced = !fenced && /yaml/; next } fenced' "$root/launch/README.md" >"$folder/run_file/readme.yaml"
{
    cat "$root/tests/golden/mlp.yaml"
    printf '====\ntrain.epochs=3\n====\noptimizer={sgd: {momentum: 0.5}}\n====\nmodel.0.dense.bias=false'
} >"$folder/run_file/overrides"

# IDX: three samples of 2 x 2, plain and gzip; the first samples of MNIST.
printf '\0\0\010\003\0\0\0\003\0\0\0\002\0\0\0\002abcdefghijkl' >"$work/x"
printf '\0\0\010\001\0\0\0\003\0\001\002' >"$work/y"
gzip -nk "$work/x" "$work/y"
pair() { # pair X Y OUT
    { cat "$1" && printf '\n====\n' && cat "$2"; } >"$folder/import_idx/$3"
}
pair "$work/x" "$work/y" plain
pair "$work/x.gz" "$work/y.gz" gzip
if [ -r "$published/mnist/t10k-labels-idx1-ubyte.gz" ]; then
    { printf '\0\0\010\003\0\0\0\002\0\0\0\034\0\0\0\034' &&
        gzip -dc "$published/mnist/t10k-images-idx3-ubyte.gz" 2>/dev/null | tail -c +17 | head -c 1568; } >"$work/mnist-x"
    { printf '\0\0\010\001\0\0\0\002' &&
        gzip -dc "$published/mnist/t10k-labels-idx1-ubyte.gz" 2>/dev/null | tail -c +9 | head -c 2; } >"$work/mnist-y"
    pair "$work/mnist-x" "$work/mnist-y" mnist
    head -c 2000 "$published/mnist/t10k-images-idx3-ubyte.gz" >"$work/cut"
    pair "$work/cut" "$work/y" mnist-cut-short
fi

# CSV: the settings, then the table.
printf 'target: y\n====\nx,y\n1,2\n3,4\n5,6\n7,8\n9,10\n' >"$folder/import_csv/plain"
printf '%s\n' 'target: 1' 'header: false' 'separator: ";"' 'test: 0' 'standardize: false' 'missing: drop' \
    'missing_tokens: ["", "?"]' ==== '1;2' '?;4' '-3e2;0x1p3' '+.5;  7' >"$folder/import_csv/bare"
printf '%s\r\n' 'target: kind' 'target_kind: class' 'missing: median' 'test: 0.4' \
    'encode: [{one_hot: {column: c, values: [u, v, w]}}]' | tr -d '\r' >"$folder/import_csv/quoted"
printf '====\n\357\273\277%s\r\n%s\r\n%s\r\n%s\r\n%s\r\n' 'a,kind,c' '1,"cat, ""old""",u' ',dog,v' '2.5,dog,w' \
    '-3e2,dog,u' >>"$folder/import_csv/quoted"
# table DESCRIPTION FILE RECORDS: the settings of the description, and the head of the file.
table() {
    if [ -r "$published/tabular/$2" ]; then
        { awk '/^  csv:/ { on = 1; next } on && !/file:/ { sub(/^    /, ""); print }' "$root/datasets/$1.yaml" &&
            echo ==== && head -n "$3" "$published/tabular/$2"; } >"$folder/import_csv/$1"
    fi
}
table california-housing california_housing.csv 12
table breast-cancer wdbc.data 12

# Images: tar archives and folders.
mkdir -p "$work/set/a" "$work/set/b"
cp "$work/grey.png" "$work/colour.jpg" "$work/set/a/"
cp "$work/deep.png" "$work/progressive.jpg" "$work/set/b/"
archive() { # archive LETTER NAME FOLDER ENTRY...
    letter=$1 name=$2 in=$3
    shift 3
    { printf '%s' "$letter" && tar -C "$in" --format=ustar -b 1 -cf - "$@"; } >"$folder/import_images/$name"
}
archive T colour-tar "$work/set" a b
archive t one-tar "$work/set" a/grey.png
{ printf t && tar -C "$work/set" -cf - a b | gzip -n; } >"$folder/import_images/gzip-tar"
for image in grey.png palette.png deep.png grey.jpg colour.jpg progressive.jpg print.jpg; do
    { printf 'Fa/%s\n' "$image" && cat "$work/$image"; } >"$folder/import_images/$image"
done
{ printf 'fa/1.png\n' && cat "$work/grey.png" && printf '\n====\nb/2.JPG\n' && cat "$work/grey.jpg" &&
    printf '\n====\nnotes.txt\nhello'; } >"$folder/import_images/folder"
# Text: short ones, with all lengths of characters and line ends; lines with labels.
printf 'abc\nabcabcabcabcabc\nabc' >"$folder/import_text/plain"
printf '\357\273\277\303\251a\r\n\342\202\254b\r\360\237\230\200abababa\n' \
    >"$folder/import_text/unicode"
gzip -nc "$folder/import_text/unicode" >"$folder/import_text/gzip"
printf '%s\n' 'text	label' 'a fine  film	1' 'a bore	0' '====' 'label	text' '1	A film' \
    >"$folder/import_labelled_text/plain"
printf 'label\ttext\r\nx\ta\302\240b\r\n\r\ny\tb b b b b b\n====\ntext\tlabel\na b\ty' \
    >"$folder/import_labelled_text/odd"

# Label maps: images that are taken as their own.
mkdir -p "$work/maps/images" "$work/maps/labels"
cp "$work/grey.png" "$work/maps/images/1.png"
cp "$work/palette.png" "$work/maps/labels/1.png"
cp "$work/grey.png" "$work/maps/images/2.png"
cp "$work/palette.png" "$work/maps/labels/2.png"
for letter in n c; do
    { printf $letter && tar -C "$work/maps" --format=ustar -b 1 -cf - images labels; } \
        >"$folder/import_label_maps/$letter-tar"
done
if [ -r "$published/cifar10/test.tar" ]; then
    tar -C "$work" -xf "$published/cifar10/test.tar" test/airplane/0000.jpg test/cat/0000.jpg
    archive D cifar10 "$work" test
fi

# Data sets.
cp "$work/chunked.h5" "$work/gzip.h5" "$work/gzip-new.h5" "$work/compact.h5" "$work/plain.h5" "$folder/dataset/"
for kind in blobs line; do
    "$dltrain" data synth $kind --out "$work/$kind" --samples 9 --test-samples 3 --seed 3 >"$work/log"
    cp "$work/$kind/train-00000-of-00001.h5" "$folder/dataset/$kind.h5"
done
"$dltrain" data synth digits --out "$work/digits" --samples 2 --test-samples 1 --seed 3 >"$work/log"
cp "$work/digits/test-00000-of-00001.h5" "$folder/dataset/digits.h5"

# Checkpoints, of the run in tiny_run.h.
cat >"$work/run.yaml" <<END
name: tiny
data: {train: $work/blobs/train}
model: [dense: 3]
loss: cross_entropy
optimizer: {sgd: {lr: 0.1}}
train: {epochs: 1, batch: 4}
END
"$dltrain" train "$work/run.yaml" --out "$work/run" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
cp "$work/run/checkpoints/best.h5" "$folder/checkpoint/trained.h5"
cp "$work/checkpoint.h5" "$folder/checkpoint/small.h5"
cp "$work/plain.h5" "$folder/checkpoint/unsealed.h5"
