#!/bin/sh
# Usage: bad_input.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# What cannot work is refused: one sentence, once, at np 1 and np 4, soon, and nothing is left behind.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"
kill_late_ranks

missing_data() {
    refused "cannot open absent.h5: No such file" -- --set data.train=absent.h5
}

unmatched_patterns() {
    refused "'encoder*' matches no parameter of the model" "NODE/NAME such as" \
        -- --set "parameters={'encoder*': {freeze: true}}"
    refused "'role:scale' matches no parameter" "role:norm_scale" \
        -- --set "parameters={'*': {lr_factor: 2}, role:scale: {weight_decay: 0}}"
    refused "parameters.*.freeze" "a whole number or one of true, false, null" \
        -- --set "parameters={'*': {freeze: never}}"
    refused "parameters.*.lr_factor" "-1" -- --set "parameters={'*': {lr_factor: -1}}"
}

# k is the labels again, as indices of an embedding.
foolish_fields() {
    embed="model=[{embedding: {vocabulary: 2, features: 4}, from: k}, flatten, {dense: 3}]"
    refused "good.h5 has no dataset 'words'; it has: x, y" -- --set "data.fields=[x, words, y]"
    refused "index 2 at sample " "of good.h5 ('y') is outside 0..1" \
        -- --set "data.fields={k: {dataset: y}, y: {}}" --set "$embed"
    refused "index " "of good.h5 ('x') is not a whole number" \
        -- --set "data.fields={k: {dataset: x, dtype: int32}, y: {}}" --set "$embed"
    refused "transform 'scale': it acts on real numbers, but the field 'y' has indices" \
        -- --set "data.transform=[{scale: 2, fields: [y]}]"
    data wide
    refused "[7]" "[6]" -- --set "data.fields=[x, y]" --set data.validation=wide.h5
}

foolish_losses() {
    one="cross_entropy: {}"
    refused "the model has no node 'absent'" -- --set "loss={mse: {from: [absent, x]}}"
    refused "the model has no node 'absent', and the run no field of that name" \
        -- --set "loss={$one, mask: absent}"
    refused "two losses have the name 'a'" -- --set "loss=[{$one, name: a}, {$one, name: a}]"
    refused "'absent', which is not a loss of this run" \
        -- --set "metrics=[{accuracy: {}, loss: absent}]"
    refused "two metrics have the name 'e'" \
        -- --set "metrics=[{accuracy: {}, name: e}, {f1: {}, name: e}]"
    refused "two losses take the labels 'y' and ignore different ones" \
        -- --set "loss=[{$one, ignore: 2}, {$one, name: b}]"
    # Labels that a node has moved are bounded, too: they are places in the gradient.
    refused "label 2 at sample " "is outside 0..1" -- --set "data.fields={k: {dataset: y}}" \
        --set "model=[{reshape: [1], name: t, from: k}, {embedding: {vocabulary: 3, features: 4}}, \
flatten, {dense: 2, name: last}]" --set "loss={cross_entropy: {from: [last, t]}}"
    refused "'scale': it acts on the first field of real numbers that no loss takes" \
        -- --set "data.fields=[x]" --set "data.transform=[{scale: 2}]" \
        --set "model=[{dense: 6, name: back, from: x}]" --set "loss={mse: {from: [back, x]}}"
    # A table has room for one prediction.
    run_ranks 1 train run.yaml --out two --set "loss=[{$one}, {$one, name: b}]"
    expect_code 0 "two losses"
    for ranks in 1 4; do
        run_ranks $ranks predict two --data good.h5 --out p.csv
        [ "$code" != 0 ] || fail "a table of two predictions"
        grep -q "this model has several losses; give --out a name that ends in .h5" err ||
            fail "the sentence is: $(cat err)"
    done
}

# Sequences of up to 11 numbers below 9. What is not refused ends in the same state on any number of
# ranks.
foolish_sequences() {
    embed="{embedding: {vocabulary: 9, features: 4}, from: words}"
    last="{lstm: 5, from: [embedding_1, words.length]}, {dense: 3, from: lstm_1.1}"
    data sequences
    set -- --set data.train=sequences.h5 --set "data.fields=[words, y]" \
        --set "model=[$embed, $last]"
    refused "the sequence at sample " "of sequences.h5 ('words') has " \
        "elements, more than the largest length of a batch, 8" -- "$@" --set "data.lengths=[4, 8]"
    refused "node 'dense_1' has an output for each position of sequences of different length" \
        -- "$@" --set "model=[$embed, {dense: 3}]"
    for ranks in 1 3; do
        run_ranks $ranks train run.yaml --out "np$ranks" "$@"
        expect_code 0 "np $ranks"
    done
    [ "$(value state_hash np1)" = "$(value state_hash np3)" ] || fail "3 ranks end in another state"
    run_ranks 2 eval np1 --data sequences.h5
    expect_code 0 "evaluation"
    run_ranks 1 plan run.yaml "$@"
    expect_code 0 "plan"
}

misplaced_composites() {
    refused "node 'r_1.dense_1' comes from 'absent', which is not the name of an earlier node" \
        -- --set "model=[{repeat: {times: 2, name: r, model: [{dense: 6, from: absent}, relu]}}]"
    refused "node 'residual_1.add' (add) cannot take [6]" "node 'residual_1.dense_1' gives [5]" \
        -- --set "model=[{residual: {model: [{dense: 5}]}}, {dense: 3}]"
}

misshared_parameters() {
    refused "a shared parameter of two shapes: 'weight' is [6, 5] in node 'b' and [6, 6] in node" \
        -- --set "model=[{dense: 6, name: a}, {dense: 5, name: b, share: a}, {dense: 3}]"
    refused "'b' shares the parameters of 'c', which is not the name of an earlier node" \
        -- --set "model=[{dense: 6, name: b, share: c}, {dense: 3, name: c}]"
    refused "node 'b' shares the parameters of 'a', but they have none of the same name" \
        -- --set "model=[{dense: 6, name: a}, {tanh: {}, name: b, share: a}, {dense: 3}]"
}

empty_data() {
    : >empty.h5
    refused "empty.h5 is empty" -- --set data.train=empty.h5
    data no_samples
    refused "no_samples.h5" "no samples" -- --set data.train=no_samples.h5
}

truncated_data() {
    head -c 1500 good.h5 >cut.h5
    refused "cut.h5 is truncated: it has 1500 bytes" -- --set data.train=cut.h5
}

wrong_format() {
    echo 'sepal,petal' >table.h5
    refused "table.h5 is not an HDF5 file" -- --set data.train=table.h5
}

wrong_names() {
    data unlabelled
    refused "unlabelled.h5 has no dataset 'y'; it has: x" -- --set data.train=unlabelled.h5
    refused "good.h5 has no dataset 'images'; it has: x, y" -- --set data.x=images
}

disagreeing_shards() {
    data wide
    cp good.h5 set-00000-of-00002.h5
    cp wide.h5 set-00001-of-00002.h5
    refused "shards disagree" "[7] float32 in set-00001-of-00002.h5" "[6] float32 in set-00000-of-00002.h5" \
        -- --set data.train=set
}

missing_shard() {
    cp good.h5 set-00000-of-00003.h5
    cp good.h5 set-00002-of-00003.h5
    refused "set-00001-of-00003.h5 is missing" -- --set data.train=set
}

disagreeing_lengths() {
    data short_labels
    refused "60 samples in 'x' but 55 in 'y'" -- --set data.train=short_labels.h5
}

labels_out_of_range() {
    data label_high label_negative
    refused "label 7 at sample 41 of label_high.h5 is outside 0..2" -- --set data.train=label_high.h5
    refused "label -1 at sample 41 of label_negative.h5 is outside 0..2" -- --set data.train=label_negative.h5
}

# A sample that is still a number, but another one: what `dltrain data` writes is compared with its fingerprint. The data
# lie behind the file's first 2 KiB; all of a shard's x does.
damaged_shard() {
    try "$dltrain" data synth blobs --set features=100 --samples 60 --test-samples 0 --out blobs --shards 2
    flip blobs/train-00001-of-00002.h5 6000
    refused "blobs/train-00001-of-00002.h5 is damaged" -- --set data.train=blobs/train
    run_ranks 1 data info blobs/train
    expect_sentence "blobs/train-00001-of-00002.h5 is damaged"
    refused "blobs/train-00001-of-00002.h5 is damaged" -- --set data.test=blobs/train --set data.train=blobs/train
    run_ranks 2 train run.yaml --out run --set data.train=blobs/train --set data.verify=never
    expect_code 0 "training on it all the same"
}

data_in_other_files() {
    data link_to_nowhere source_gone own_source raw_outside
    refused "link_to_nowhere.h5 is a link to another file" "gone.h5: No such file" -- --set data.train=link_to_nowhere.h5
    refused "virtual dataset 'x' of source_gone.h5" "gone.h5: No such file" -- --set data.train=source_gone.h5
    refused "own_source.h5" "in a circle" -- --set data.train=own_source.h5
    refused "raw_outside.h5" "outside HDF5, in '/etc/passwd'" -- --set data.train=raw_outside.h5
}

missing_numbers() {
    data marked
    refused "row 0 of 'x' in marked.h5 has a missing number: 0 is its _FillValue" -- --set data.train=marked.h5
}

# A name for each split; without one for the test data, those of the training data are looked for.
names_per_split() {
    data two_splits
    set -- --set data.train=two_splits.h5 --set data.test=two_splits.h5 --set data.x=train_set_x --set data.y=train_set_y
    run_ranks 2 train run.yaml --out split "$@" --set data.test_x=test_set_x --set data.test_y=test_set_y
    expect_code 0 "a training and a test set in one file"
    run_ranks 1 train run.yaml --out plain --set data.test=good.h5
    [ "$(value state_hash split)" = "$(value state_hash plain)" ] || fail "the names change the bits"
    [ "$(value test_loss split)" = "$(value test_loss plain)" ] || fail "the names change the test"
    try "$dltrain" eval split
    expect_code 0 "evaluation by the names of the test data"
    rm -rf split plain
    refused "two_splits.h5 has no dataset 'absent'" -- "$@" --set data.test_x=absent
    refused "two_splits.h5 has no dataset 'none'" -- "$@" --set data.validation=two_splits.h5 --set data.validation_y=none
}

not_a_number() {
    data nan infinite
    refused "'x' of nan.h5 has a value that is NaN or infinite in row 41" -- --set data.train=nan.h5
    refused "'x' of infinite.h5 has a value that is NaN or infinite in row 41" -- --set data.train=infinite.h5
}

# Also in data that is read after the training.
not_a_number_in_test_data() {
    data nan
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run --overwrite --set data.test=nan.h5
        expect_sentence "nan.h5" "row 41"
        [ -e run/checkpoints/step-000000012.h5 ] || fail "the trained weights are gone"
        expect_no_leftovers
    done
}

# Both nodes and both shapes.
shapes_that_do_not_fit() {
    refused "node 'image' (conv2d) cannot take [8] from node 'hidden'" "[H, W, C]" -- \
        --set "model=[{dense: 8, name: hidden}, {conv2d: {filters: 2, kernel: 3}, name: image}, {dense: 3}]"
    refused "node 'sum' (add)" "[4]" "[8]" "'narrow'" "'hidden'" -- \
        --set "model=[{dense: 8, name: hidden}, {dense: 4, name: narrow}, {add: {}, name: sum, from: [hidden, narrow]}]"
    refused "label 2 at sample" "good.h5 is outside 0..1" -- --set "model=[{dense: 2, name: scores}]"
}

# tensor_refused WORDS NODE: behind a dense node [6] that node `matrix` gives as [2, 3].
tensor_refused() {
    refused "node 'bad' $1" -- --set "model=[{dense: 6, name: row}, {reshape: [2, 3], name: matrix},
        {name: bad, $2}, {dense: 3}]"
}

tensors_that_do_not_fit() {
    tensor_refused "(mul) cannot take [2, 3] from node 'matrix': node 'row' gives [6]" \
        "mul: {}, from: [row, matrix]"
    tensor_refused "(reduce) cannot take [2, 3] from node 'matrix': it has no dimension 2" \
        "reduce: {op: sum, axes: 2}"
    tensor_refused "(slice) cannot take [2, 3] from node 'matrix': its start, end and step take" \
        "slice: {axis: 1, start: 3}"
    tensor_refused "(matmul) cannot take [2, 3] from node 'matrix': node 'matrix' gives [2, 3]" \
        "matmul: {}, from: [matrix, matrix]"
}

targets_that_do_not_fit() {
    refused "node 'scores' has output [3]" "'y'" -- --set loss=mse
}

# As many elements, but in another order: x [6] is its own target here.
targets_of_another_shape() {
    data image
    refused "node 'turned' has output [3, 2]" "has shape [6]" -- --set loss=mse --set data.y=x \
        --set "model=[{dense: 6}, {reshape: [3, 2], name: turned}]"
    refused "node 'turned' has output [6, 1]" "has shape [2, 3]" -- --set loss=huber --set data.train=image.h5 \
        --set data.y=x --set "model=[flatten, {reshape: [6, 1], name: turned}]"
    refused "node 'turned' has output [3, 2]" "has shape [2, 3]" -- --set loss=mae --set data.test=image.h5 \
        --set data.train=image.h5 --set data.y=x --set "model=[{reshape: [3, 2], name: turned}]"
    # Dimensions of one element change nothing.
    run_ranks 1 train run.yaml --out run --set loss=mse --set data.y=x --set "model=[{dense: 6}, {reshape: [6, 1]}]"
    expect_code 0 "targets [6] of an output [6, 1]"
}

# Classes 0, 1 and 2 are no yes/no targets; values of training, validation and test data are looked at before training.
targets_outside_the_loss() {
    data minus_one yes_no
    set -- --set loss=binary_cross_entropy --set "model=[{dense: 1}]"
    refused "target 2 at sample " "of good.h5 is outside 0..1" -- "$@"
    refused "target 2 at sample " "of good.h5" -- "$@" --set data.train=yes_no.h5 --set data.test=good.h5
    refused "target -1 at sample 41 of minus_one.h5" -- "$@" --set data.train=yes_no.h5 \
        --set data.validation=minus_one.h5
    run_ranks 2 train run.yaml --out run "$@" --set data.train=yes_no.h5
    expect_code 0 "targets of 0 and 1"
    run_ranks 2 eval run --data good.h5
    expect_sentence "target 2 at sample " "of good.h5"
}

# warned NODE RANKS SETTING...: the run goes on with one warning that names the node.
warned() {
    named=$1 ranks=$2
    shift 2
    run_ranks "$ranks" train run.yaml --out run --overwrite "$@"
    expect_code 0
    [ "$(grep -c "warning: node '$named'" err)" = 1 ] || fail "np $ranks does not warn of node '$named' once"
}

activation_before_logits() {
    data yes_no
    for ranks in 1 2; do
        warned shares $ranks --set "model=[{dense: 3}, {softmax: {}, name: shares}]"
        warned shares $ranks --set "model=[{dense: 3}, {sigmoid: {}, name: shares}, {reshape: [3]}]"
        warned last $ranks --set "model=[{dense: 3}, {relu: {}, name: last}]"
        warned last $ranks --set loss=binary_cross_entropy --set data.train=yes_no.h5 \
            --set "model=[{dense: 1}, {sigmoid: {}, name: last}]"
    done
    run_ranks 2 train run.yaml --out run --overwrite
    ! grep warning err || fail "a warning without a cause"
    run_ranks 2 train run.yaml --out run --overwrite --set loss=mse --set data.y=x \
        --set "model=[{dense: 6}, sigmoid]"
    expect_code 0
    ! grep warning err || fail "a sigmoid before mse is no slip"
}

other_test_data() {
    data wide image
    refused "wide.h5 has samples of shape [7]" "shape [6]" -- --set data.test=wide.h5
    train_here 1
    for ranks in 1 4; do
        run_ranks $ranks eval run --data image.h5
        expect_sentence "image.h5 has samples of shape [2, 3], but run/checkpoints/step-00"
    done
}

# doubts TEST TRAIN: said once, as a warning; the data may be of the same scale.
doubts() {
    expect_code 0
    [ "$(grep -c '^dltrain: warning' err)" = 1 ] || fail "not one warning"
    grep -qF "are $1, those of the training data $2: make sure" err || fail "it lacks $1, $2"
}

inputs_of_another_type() {
    data bytes words
    run_ranks 4 train run.yaml --out run --set data.test=bytes.h5
    doubts uint8 float32
    run_ranks 1 eval run --data bytes.h5
    doubts uint8 float32
    run_ranks 1 train run.yaml --out run --overwrite --set data.train=bytes.h5 \
        --set data.validation=words.h5
    doubts uint16 uint8
    run_ranks 4 predict run --data good.h5 --out predictions.h5
    doubts float32 uint8
    run_ranks 1 eval run --data bytes.h5
    ! grep warning err || fail "a warning without a cause"
}

batch_larger_than_data() {
    refused "run.yaml:11:20: 'train.batch' is 61, but there are only 60 training samples" -- --set train.batch=61
}

micro_batch_larger_than_batch() {
    refused "'train.micro_batch' is larger than 'train.batch'" -- --set train.micro_batch=17
}

# Works; the idle ranks are reported.
more_ranks_than_micro_batches() {
    run_ranks 4 train run.yaml --out run --set train.micro_batch=16
    expect_code 0
    grep -q '3 of 4 ranks have nothing to compute' out || fail "idle ranks are not reported"
    [ "$(value stop_reason run)" = finished ] || fail "the run did not finish"
}

misspelt_key() {
    sed 's/epochs: 3/epoch: 3/' run.yaml >run.new && mv run.new run.yaml
    refused "run.yaml:11:9: unknown key 'epoch' in 'train'; did you mean 'epochs'?" --
}

# A key that had another name before.
renamed_key() {
    sed 's/epochs: 3/average: 0.9/' run.yaml >run.new && mv run.new run.yaml
    refused "run.yaml:11:9: 'train.average' is now called 'train.ema'" --
}

misspelt_layer() {
    sed 's/- relu/- rellu/' run.yaml >run.new && mv run.new run.yaml
    refused "run.yaml:6:5" "'rellu'" "did you mean 'relu'?" --
}

wrong_type() {
    sed 's/epochs: 3/epochs: many/' run.yaml >run.new && mv run.new run.yaml
    refused "run.yaml:11:17" "'train.epochs' must be a whole number, found the text 'many'" --
}

out_of_range() {
    refused "--set optimizer.sgd.momentum=2" "must be at least 0 and below 1, found 2" -- --set optimizer.sgd.momentum=2
    refused "--set precision=fp16" "'precision' must be fp32 or bf16, found fp16" -- --set precision=fp16
    refused "cannot be onednn-bf16: set 'precision' to bf16" -- --set train.kernels=onednn-bf16
}

broken_yaml() {
    printf 'train: {epochs: 3\n' >>run.yaml
    refused "run.yaml:" --
}

unknown_monitor() {
    refused "'early_stopping.monitor' is 'val_acuracy', but this run has no such value" -- \
        --set early_stopping.monitor=val_acuracy --set data.validation=0.2
}

no_run_file() {
    mv run.yaml elsewhere.yaml
    refused "cannot read run.yaml: No such file" --
}

augmentation_that_does_not_fit() {
    refused "random_crop" "[6]" -- --set "data.transform=[{random_crop: {padding: 2}}]"
    refused "no attributes mean and std" "for the field 'again'" -- \
        --set "data.fields={x: {}, again: {dataset: x}, y: {}}" \
        --set "model=[{concat: {}, from: [again, x]}, dense: 3]" \
        --set "data.transform=[{standardize: {}, fields: [again]}]"
}

existing_run() {
    train_here 1
    cp -R run before
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run
        expect_sentence "run holds a run already; go on with --resume, replace it with --overwrite"
        diff -r run before || fail "the refused run changed the folder"
    done
}

# --overwrite removes the earlier run only for one that can start.
overwrite_in_vain() {
    train_here 1
    cp -R run before
    run_ranks 4 train run.yaml --out run --overwrite --set data.train=absent.h5
    expect_sentence "absent.h5"
    diff -r run before || fail "the earlier run is gone"
}

nothing_to_resume() {
    refused "refused holds no run to resume; start it without --resume" -- --resume
}

wrong_usage() {
    for ranks in 1 4; do
        run_ranks $ranks trian run.yaml
        expect_sentence "there is no subcommand 'trian'"
        expect_code 2
        run_ranks $ranks train run.yaml --resmue
        expect_sentence "'train' has no option '--resmue'"
        expect_code 2
        run_ranks $ranks train run.yaml --out
        expect_sentence "'--out' needs a value"
        run_ranks $ranks train
        expect_sentence "'train' takes one run file"
        run_ranks $ranks train run.yaml --resume --overwrite
        expect_sentence "--resume and --overwrite exclude each other"
        run_ranks $ranks predict run
        expect_sentence "'predict' needs --out FILE.h5"
    done
    # Also what is settled before the command line is read.
    try env DLTRAIN_BLAS_CORE=Nonesuch sh "$root/launch/mpirun" -np 4 "$dltrain" train run.yaml
    expect_sentence "DLTRAIN_BLAS_CORE is 'Nonesuch'"
}

# said_once N CODE COMMAND ARGUMENT...: on N ranks the output is that of one process, on stdout or in a sentence.
said_once() {
    on=$1 expected=$2
    shift 2
    run_ranks 1 "$@"
    expect_code "$expected" "$*"
    cp out out-alone
    grep '^dltrain: ' err >err-alone || true
    run_ranks "$on" "$@"
    expect_code "$expected" "$* at np $on"
    cmp out-alone out || fail "$* at np $on prints something else on stdout"
    grep '^dltrain: ' err | cmp err-alone - || fail "$* at np $on says something else"
}

# What one process does for all.
no_work_for_ranks() {
    said_once 4 0 --help
    said_once 4 0 --version
    said_once 4 0 train --help
    said_once 4 0 list
    said_once 4 0 help train.batch
    said_once 4 0 data info good.h5
    said_once 4 0 inspect good.h5
    said_once 4 0 data synth line --out line --overwrite
    said_once 4 1 help train.bacth
    said_once 4 1 list nosuch
    said_once 4 1 inspect nosuch
    said_once 4 1 data synth nosuch --out nosuch
    said_once 4 1 verify --compare one other
    said_once 4 2 trian
    said_once 4 2 bench nosuch
}

# A sentence of one rank alone names it, and the others do not wait.
one_rank_cannot_open() {
    cp good.h5 set-00000-of-00002.h5
    cp good.h5 set-00001-of-00002.h5
    for rank in 0 3; do
        faulty 4 "FAULT_CALL=open FAULT_PATH=set-00001 FAULT_RANK=$rank FAULT_NTH=all FAULT_ERRNO=13" \
            train run.yaml --out run --set data.train=set
        expect_sentence "rank $rank: cannot open set-00001-of-00002.h5: Permission denied"
        [ ! -e run ] || fail "a run folder was left"
    done
}

# The same after the start: the file was opened once, and then no more. A dataset is opened twice in
# all, to find what it is made of and to read it.
one_rank_loses_its_shard() {
    faulty 4 "FAULT_CALL=open FAULT_PATH=good.h5 FAULT_RANK=2 FAULT_NTH=2 FAULT_ERRNO=5" train run.yaml --out run
    expect_sentence "rank 2: " "good.h5" "Input/output error"
    expect_no_leftovers
}

one_rank_has_another_file() {
    data wide
    mkdir own
    cp wide.h5 own/good.h5
    # Rank 2 works in a folder of its own, with another data set under the same name.
    cat >start.sh <<END
[ "\$OMPI_COMM_WORLD_RANK" != 2 ] || cd own
exec "$dltrain" train "$work/run.yaml" --out "$work/run"
END
    try "$root/launch/mpirun" -np 4 sh start.sh
    expect_sentence "rank 2 has inputs in the training data [7] float32, rank 0 has [6] float32"
}

write_run_file
"$scenario"
