# The kinds of faults of a campaign, a function each, called with the number of its turn in an empty folder that has the
# run file and the data; $ranks, $rank and $async are drawn. Read by tests/fault/campaign.
# shellcheck shell=sh disable=SC2154

sigkill=9
sigstop=19
no_space=28
io_error=5

# Calls that change a file. An error never strikes the removal of one: what is to be checked then could not be cleared up.
failing_calls=open,write,fsync,truncate,rename
changing_calls=$failing_calls,unlink

kill_moment() {
    draw "$long_ms"
    train "$ranks" "FAULT_CALL=time FAULT_RANK=$rank FAULT_SIGNAL=$sigkill FAULT_AFTER_MS=$drawn" $long
    expect_killed_or_end
}

kill_call() {
    in_turn "$1" "$kill_count"
    draw_of FAULT_HALF=1 ''
    at_checkpoint "FAULT_CALL=$changing_calls FAULT_NTH=$((kill_first + position - 1)) FAULT_SIGNAL=$sigkill $drawn"
    expect_killed_or_end
}

# at_checkpoint FAULTS: a short run whose rank 0 meets the faults where it writes checkpoints.
at_checkpoint() {
    train "$ranks" "FAULT_RANK=0 FAULT_PATH=run/checkpoints $1" $short
}

kill_supervised() {
    [ "$ranks" != 1 ] || ranks=$most_ranks
    draw "$ranks"
    rank=$drawn
    draw "$long_ms"
    cat >program <<END
#!/bin/sh
exec env LD_PRELOAD='$fault' FAULT_CALL=time FAULT_RANK=$rank FAULT_SIGNAL=$sigkill FAULT_AFTER_MS=$drawn \
    FAULT_ONCE='$PWD/struck' '$dltrain' "\$@"
END
    chmod +x program
    epochs=$long
    # shellcheck disable=SC2086 # overrides are several words
    limited env DLTRAIN="$PWD/program" "$root/launch/supervise" --pause 0 -np "$ranks" run.yaml --out run \
        --set train.epochs=$epochs --set checkpoint.async="$async" $overrides
    expect_undisturbed
}

# lasting TURN ERRNO: from a call on, of which half may still be done.
lasting() {
    in_turn "$1" "$write_count"
    draw_of FAULT_HALF=1 ''
    at_checkpoint "FAULT_CALL=$failing_calls FAULT_NTH=$((write_first + position - 1))+ FAULT_ERRNO=$2 $drawn"
}

passing() {
    in_turn "$1" "$write_count"
    at_checkpoint "FAULT_CALL=$failing_calls FAULT_NTH=$((write_first + position - 1)) FAULT_ERRNO=$2"
    expect_undisturbed
}

full_lasting() {
    lasting "$1" $no_space
    expect_failure_or_end 'no space left on device'
}

full_passing() {
    passing "$1" $no_space
}

error_lasting() {
    lasting "$1" $io_error
    expect_failure_or_end 'input/output error'
}

error_passing() {
    passing "$1" $io_error
}

# One short write, or nothing else from there on.
short_write() {
    in_turn "$1" "$write_count"
    draw_of + ''
    at_checkpoint "FAULT_CALL=$failing_calls FAULT_NTH=$((write_first + position - 1))$drawn FAULT_HALF=1"
    expect_undisturbed
}

# The disk stores something else than it was given. The run ends with that checkpoint and is then extended.
flipped_write() {
    in_turn "$1" "$flip_count"
    train "$ranks" "FAULT_RANK=0 FAULT_PATH=run/checkpoints FAULT_CALL=write FAULT_FLIP=1 \
        FAULT_NTH=$((flip_first + position - 1))" $((short / 2))
    expect_undisturbed
    resume $short
}

# elsewhere FAULTS: at one of the calls that write the other files of the run: five for one that is written at once, and
# one more than lines for the log.
elsewhere() {
    draw_of config.yaml metrics.jsonl summary.json
    file=$drawn
    case $file in
    metrics.jsonl) draw $((short * 9 + 1)) ;;
    *) draw 5 ;;
    esac
    nth=$((drawn + 1))
    draw_of + ''
    train "$ranks" "FAULT_RANK=0 FAULT_PATH=$file FAULT_NTH=$nth$drawn $1" $short
}

kill_elsewhere() {
    draw_of FAULT_HALF=1 ''
    elsewhere "FAULT_CALL=$changing_calls FAULT_SIGNAL=$sigkill $drawn"
    expect_killed_or_end
}

failure_elsewhere() {
    draw_of $no_space $io_error
    elsewhere "FAULT_CALL=$failing_calls FAULT_ERRNO=$drawn"
    expect_failure_or_end "$file"
}

# flip_bit FILE: at a random place.
flip_bit() {
    draw "$(wc -c <"$1")"
    place=$drawn
    draw 8
    byte=$(od -An -tu1 -j "$place" -N 1 "$1" | tr -d ' ')
    flipped=$((byte ^ (1 << drawn)))
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf %o $flipped)" | dd of="$1" bs=1 seek="$place" conv=notrunc status=none
}

cut_off() {
    draw "$(wc -c <"$1")"
    head -c "$drawn" "$1" >cut
    mv cut "$1"
}

# damaged_checkpoint DAMAGE: of an unfinished run, the newest one; or, one time in four, all there are.
damaged_checkpoint() {
    cp -R "$work/unfinished" run
    draw 4
    damaged_count=1
    [ "$drawn" != 0 ] || damaged_count=9
    find run/checkpoints -name 'step-*.h5' | sort -r | head -n $damaged_count >damaged
    while read -r file; do
        "$1" "$file"
    done <damaged
    touch struck
    if [ $damaged_count = 1 ]; then
        resume $short
        grep -q 'warning: .* is damaged.*the checkpoint before it is used' resumed-err || fail "the damage is not named"
        note went_on
    else
        train "$ranks" '' $short --resume
        expect_failure 'none of the .* is intact'
        rm -r run
        resume $short
    fi
}

flipped_checkpoint() {
    damaged_checkpoint flip_bit
}

cut_checkpoint() {
    damaged_checkpoint cut_off
}

# damaged_shard DAMAGE: the run has its own copy of the data, of which one shard is damaged before or amid the run.
damaged_shard() {
    rm data
    cp -R "$work/data" data
    # shellcheck disable=SC2046 # several names
    draw_of $(find data -name '*.h5' | sort)
    "$1" "$drawn"
    draw_of '' --resume
    [ -z "$drawn" ] || cp -R "$work/unfinished" run
    # shellcheck disable=SC2086 # one word or none
    train "$ranks" '' $short $drawn
    if [ "$code" = 0 ]; then
        expect_end "with a damaged shard"
        note nothing
        return
    fi
    expect_failure '\.h5'
    rm -r data
    cp -R "$work/data" data
    resume $short
}

flipped_shard() {
    damaged_shard flip_bit
}

cut_shard() {
    damaged_shard cut_off
}

# Data in a run, or the checkpoint that it resumes from.
failed_read() {
    draw_of data checkpoints
    if [ "$drawn" = data ]; then
        counted reads_of_data
        in_turn "$1" "$count"
        train "$ranks" "FAULT_CALL=read FAULT_PATH=data/ FAULT_RANK=$rank FAULT_NTH=$position FAULT_ERRNO=$io_error" $short
    else
        counted reads_of_checkpoint
        in_turn "$1" "$count"
        cp -R "$work/unfinished" run
        train "$ranks" "FAULT_CALL=read FAULT_PATH=run/checkpoints FAULT_RANK=$rank FAULT_NTH=$position \
            FAULT_ERRNO=$io_error" $short --resume
    fi
    expect_failure_or_end .
}

no_memory_train() {
    counted allocations_new
    in_turn "$1" "$count"
    train "$ranks" "FAULT_CALL=alloc FAULT_RANK=$rank FAULT_NTH=$position" $short
    expect_failure_or_end 'allocate\|memory'
}

no_memory_resume() {
    counted allocations_resumed
    in_turn "$1" "$count"
    cp -R "$work/unfinished" run
    train "$ranks" "FAULT_CALL=alloc FAULT_RANK=$rank FAULT_NTH=$position" $short --resume
    expect_failure_or_end 'allocate\|memory'
}

# The finished run is not changed by what is applied to it.
no_memory_apply() {
    counted allocations_applied
    in_turn "$1" "$count"
    cp -R "$work/finished" finished
    draw_of eval 'predict --out predictions.h5'
    # shellcheck disable=SC2086 # several words
    set -- finished $drawn
    shift 2
    with_faults "$ranks" "FAULT_CALL=alloc FAULT_RANK=$rank FAULT_NTH=$position" "${drawn%% *}" finished "$@"
    diff -r "$work/finished" finished || fail "the run is changed"
    if [ "$code" = 0 ]; then
        note went_on
    else
        expect_failure 'allocate\|memory'
    fi
}

# at_moment FAULTS: a long run in which a rank that is not alone meets them, from its first moment to its last.
at_moment() {
    [ "$ranks" != 1 ] || ranks=$most_ranks
    draw "$ranks"
    rank=$drawn
    draw "$long_ms"
    train "$ranks" "FAULT_CALL=time FAULT_RANK=$rank FAULT_AFTER_MS=$drawn FAULT_SIGNAL=$sigstop $1" $long \
        --set train.watchdog_s="$2"
}

# The launcher speaks when the other ranks have gone; a rank that has gone itself is not stopped any more.
stopped_rank() {
    at_moment '' 2
    if [ "$code" = 0 ]; then
        rm -f struck
        expect_undisturbed
        return
    fi
    expect_code 70
    said=$(($(count_sentences) + $(grep -c '^launch/mpirun: ' err || true)))
    [ $said = 1 ] || fail "$said sentences instead of one"
    note sentence
    expect_whole_checkpoints
    resume $long
}

paused_rank() {
    at_moment FAULT_PAUSE_MS=1000 20
    expect_undisturbed
}
