#!/bin/sh
# Usage: folder.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# A run folder belongs to one job at a time, and a run that is being replaced is not lost before the new one has begun.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

# begin FOLDER ARGUMENT...: a run without an end on one rank, in the background, that has trained; its process is $first.
begin() {
    folder=$1
    shift
    "$dltrain" train run.yaml --out "$folder" --set train.epochs=100000000 "$@" >first.out 2>first.err </dev/null &
    first=$!
    tries=0
    until [ -n "$(find "$folder/checkpoints" -name 'step-*.h5' 2>/dev/null)" ] && [ -e "$folder/.lock" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "the run did not begin: $(cat first.err)"
        sleep 0.1
    done
}

end() {
    kill "$@" "$first"
    wait "$first" || true
}

# The content of everything in a folder but what a run writes without end.
content_of() {
    (cd "$1" && find . -type f ! -name .lock ! -name metrics.jsonl ! -name 'step-*' ! -name '.step-*' ! -name '.best*' \
        ! -name 'best.h5' -exec cksum {} + | sort)
}

second_is_refused() {
    begin run
    content_of run >before
    for ranks in 1 3; do
        for how in "" --overwrite --resume; do
            # shellcheck disable=SC2086 # an option or none
            run_ranks $ranks train run.yaml --out ./run/ $how
            expect_code 1 "a second run at np $ranks $how"
            expect_sentence "is in use by process $first on host"
            ! grep -q '^epoch' out || fail "the second run has trained"
        done
        run_ranks $ranks verify run.yaml --steps 2 --out run
        expect_sentence "is in use by process $first"
    done
    ln -s run link
    run_ranks 1 train run.yaml --out link --resume
    expect_sentence "is in use by process $first"
    [ "$(content_of run)" = "$(cat before)" ] || fail "the first run's files have changed"
    kill -0 "$first" || fail "the first run has ended"
    end -TERM
    [ ! -e run/.lock ] || fail "the lock has stayed"
    run_ranks 2 train run.yaml --out run --resume
    expect_code 0 "after the first one's end"
}

second_verification_is_refused() {
    "$dltrain" verify run.yaml --set train.epochs=50000 --steps 200000 --out v >first.out 2>first.err </dev/null &
    first=$!
    tries=0
    until [ -e v/.lock ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "the verification did not begin"
        sleep 0.1
    done
    run_ranks 1 verify run.yaml --steps 2 --out v
    expect_sentence "is in use by process $first"
    end -TERM
    run_ranks 2 verify run.yaml --steps 2 --out v
    expect_code 0 "after the first one's end"
    [ ! -e v/.lock ] || fail "the lock has stayed"
}

killed_owner_loses_the_folder() {
    for how in --resume --overwrite; do
        begin run
        end -KILL
        [ -e run/.lock ] || fail "a killed run had time to clear up"
        began=$(date +%s)
        run_ranks 2 train run.yaml --out run $how
        expect_code 0 "$how after kill -9"
        [ $(($(date +%s) - began)) -le 5 ] || fail "$how had to wait"
        left=$(find run -name '.lock*' -o -name '.replaced*' -o -name '*.tmp')
        [ -z "$left" ] || fail "left behind: $left"
        rm -rf run
    done
}

# A lock that says nothing is watched, in vain here; one that is touched belongs to a living owner.
owner_elsewhere() {
    begin run
    end -KILL
    sed -i 's/^boot: .*/boot: of another machine/' run/.lock
    (while sleep 0.5; do touch run/.lock 2>/dev/null || exit 0; done) &
    toucher=$!
    run_ranks 2 train run.yaml --out run --resume
    kill $toucher
    expect_code 1
    grep -q "^dltrain: warning: run belongs to process $first .*; waiting up to 60 s" err || fail "nobody said why it waits"
    grep -q "^dltrain: run is in use by process $first" err || fail "the sentence is missing"
}

# All that begin at once on a folder that is not there, and on one whose owner is dead.
one_of_many_begins() {
    for how in "" --resume --overwrite; do
        rm -rf run
        if [ -n "$how" ]; then
            begin run
            end -KILL
        fi
        pids=
        for i in 1 2 3 4; do
            # shellcheck disable=SC2086 # an option or none
            "$dltrain" train run.yaml --out run --set train.epochs=100000000 $how >out-$i 2>err-$i </dev/null &
            pids="$pids $!"
        done
        alive=4 tries=0
        until [ $alive = 1 ]; do
            tries=$((tries + 1))
            [ $tries -lt 200 ] || fail "$alive runs in one folder ${how:-afresh}"
            sleep 0.05
            alive=0
            for pid in $pids; do
                state=$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null) || state=gone
                case $state in gone | Z | '') ;; *) alive=$((alive + 1)) first=$pid ;; esac
            done
        done
        grep -q "is in use by process $first on host\|holds a run already" err-1 err-2 err-3 err-4 || fail "refused without a sentence"
        end -TERM
        [ "$(value stop_reason run)" = signal ] || fail "the one that was left did not end well"
    done
}

# A run that is to be replaced is there again when the new one dies before its first checkpoint, and gone after it.
replaced_run() {
    train_here 1
    cp -r run whole
    content_of run >before
    no_space=28
    faulty 2 "FAULT_CALL=write FAULT_PATH=run/checkpoints/.step FAULT_NTH=2+ FAULT_ERRNO=$no_space" \
        train run.yaml --out run --overwrite --set seed=5
    expect_sentence "No space left on device"
    expect_as_before "a full disk"
    grep -q 'holds the earlier run again' out || fail "nobody said that the run is back"
    # Killed amid putting the old run aside, which is four renames, or after it: the next start puts it back.
    for nth in 1 2 3 4 5; do
        try env LD_PRELOAD="$fault" FAULT_CALL=rename FAULT_PATH=run/ FAULT_NTH=$nth FAULT_SIGNAL=9 \
            "$dltrain" train run.yaml --out run --overwrite --set seed=5
        [ "$code" != 0 ] || fail "rename $nth did not come"
        run_ranks 1 train run.yaml --out run
        expect_sentence "holds a run already"
        expect_as_before "kill -9 at rename $nth"
    done
    run_ranks 2 train run.yaml --out run --overwrite --set seed=5
    expect_code 0
    [ "$(value state_hash run)" != "$(value state_hash whole)" ] || fail "the run was not replaced"
    [ ! -e run/.replaced ] || fail "the replaced run has stayed"
}

expect_as_before() {
    [ "$(content_of run)" = "$(cat before)" ] || fail "$1 has lost files of the earlier run: $(find run -type f)"
    cmp -s run/metrics.jsonl whole/metrics.jsonl || fail "$1 has lost the log"
    [ -z "$(find run -name '.replaced*')" ] || fail "$1 has left .replaced"
    [ "$(cd run/checkpoints && cksum step-*)" = "$(cd whole/checkpoints && cksum step-*)" ] || fail "$1 has lost checkpoints"
}

# Files of other people's in the folder stay where they are.
strangers_stay() {
    train_here 1
    echo mine >run/notes.txt
    echo mine >run/checkpoints/notes.txt
    run_ranks 2 train run.yaml --out run --overwrite
    expect_code 0
    [ -e run/notes.txt ] && [ -e run/checkpoints/notes.txt ] || fail "a file that is not the run's is gone"
    [ ! -e run/.replaced ] || fail "the replaced run has stayed"
}

# Outputs replace nothing that is no output, and no input under any name.
outputs_refuse() {
    train_here 1
    cp good.h5 other.h5
    ln -s good.h5 link.h5
    ln good.h5 hard.h5
    find . -type f ! -path './out' ! -path './err' ! -name sums -exec cksum {} + | sort >sums
    for ranks in 1 4; do
        for flag in "" --overwrite; do
            outs="good.h5 link.h5"
            [ $ranks = 4 ] || outs="$outs hard.h5 other.h5 run.yaml run/config.yaml run/checkpoints/step-000000012.h5"
            for out in $outs; do
                # shellcheck disable=SC2086 # an option or none
                run_ranks $ranks predict run --data good.h5 --out $out $flag
                expect_code 1 "np $ranks: predict --out $out $flag"
                expect_sentence "$out"
                [ -L link.h5 ] || fail "the link is gone"
            done
        done
        run_ranks $ranks predict run --data good.h5 --out ""
        expect_sentence "is empty"
        run_ranks $ranks train run.yaml --out ""
        expect_sentence "is empty"
    done
    rm -f out err
    [ "$(find . -type f ! -path './out' ! -path './err' ! -name sums -exec cksum {} + | sort)" = "$(cat sums)" ] ||
        fail "an output has replaced a file"
    run_ranks 2 predict run --data good.h5 --out scores.h5
    expect_code 0
    run_ranks 2 predict run --data good.h5 --out scores.h5
    expect_sentence "scores.h5 exists already"
    run_ranks 2 predict run --data good.h5 --out scores.h5 --overwrite
    expect_code 0
}

# A run file that would be waited for, and names that no file or group can have.
odd_run_files() {
    mkfifo fifo.yaml
    mkdir folder.yaml
    for file in fifo.yaml folder.yaml /dev/zero; do
        for ranks in 1 4; do
            run_ranks $ranks train $file --out refused
            expect_sentence "not a regular file"
        done
    done
    for name in . .. a/b "a	b"; do
        sed "s|name: hidden|name: \"$name\"|" run.yaml >named.yaml
        for ranks in 1 4; do
            run_ranks $ranks train named.yaml --out refused
            expect_sentence "a node's name must have"
        done
    done
    [ ! -e refused ] || fail "left behind: refused"
}

# A pipe into which nobody writes is empty, whatever it was to be read as.
pipes() {
    mkfifo pipe.h5 pipe.csv
    for command in "train run.yaml --out refused --set data.train=pipe.h5" \
        "train run.yaml --out refused --set train.init_from=pipe.h5" "data info pipe.h5" \
        "inspect pipe.h5" "data import pipe.csv --target y --out refused"; do
        for ranks in 1 4; do
            began=$(date +%s)
            # shellcheck disable=SC2086 # words
            run_ranks $ranks $command
            expect_code 1 "$command"
            [ "$(grep -c '^dltrain: ' err)" = 1 ] || fail "np $ranks, $command: $(cat err)"
            [ $(($(date +%s) - began)) -le 10 ] || fail "np $ranks, $command: waited"
        done
    done
    [ ! -e refused ] || fail "left behind: refused"
}

write_run_file
"$scenario"
