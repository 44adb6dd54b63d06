# The kinds of faults of a campaign that strike jobs from outside: another job in the folder, a
# closed terminal, a killed launcher, a closed pipe, poisoned memory, little address space. Used as
# those of campaign_kinds.sh. Read by tests/fault/campaign.
# shellcheck shell=sh disable=SC2154

# members N [PROGRAM]: the processes of job N of this case, or those of them that run the program.
members() {
    for directory in /proc/[0-9]*; do
        grep -qzx "CAMPAIGN_JOB=$PWD/$1" "$directory/environ" || continue
        readlink "$directory/exe" | grep -qx ".*/\(${2:-.*}\)" || continue
        echo "${directory#/proc/}"
    done 2>/dev/null
}

# job N ARGUMENT...: begins a run in the background at a random moment, on a random number of ranks.
job() {
    number=$1
    shift
    draw $((long_ms / 2))
    delay=$((drawn / 1000)).$(printf %03d $((drawn % 1000)))
    # shellcheck disable=SC2086 # a list of words
    draw_of $ranks_list
    # shellcheck disable=SC2086 # several words
    set -- "$dltrain" train run.yaml --out run --set train.epochs=$long \
        --set checkpoint.async=true $overrides "$@"
    [ "$drawn" = 1 ] || set -- "$root/launch/mpirun" -np "$drawn" "$@"
    (
        sleep "$delay"
        code=0
        CAMPAIGN_JOB=$PWD/$number timeout -k 5 $limit_s setsid -w "$@" >out-$number 2>err-$number \
            </dev/null || code=$?
        echo $code >code-$number
    ) &
}

# strike N WHOM: kill -9 of a job, one of its ranks, or its launcher.
strike() {
    case $2 in
    job) victims=$(members "$1") ;;
    rank) victims=$(members "$1" dltrain | sort -n | tail -n 1) ;;
    launcher) victims=$(members "$1" 'mpirun\|orterun\|prterun') ;;
    esac
    [ -z "$victims" ] || touch struck
    # shellcheck disable=SC2086 # a list of words
    kill -KILL $victims 2>/dev/null || true
}

# A job that was not killed is whole or was refused with a sentence.
expect_whole_or_refused() {
    cp "err-$1" err
    cp "out-$1" out
    code=$(cat "code-$1")
    [ "$code" != 0 ] || return 0
    expect_code 1 "job $1"
    [ "$(count_sentences)" = 1 ] || fail "job $1: $(count_sentences) sentences instead of one"
    refusals='is in use by \|holds a run already\|holds no run\|no checkpoint\|nothing to resume'
    grep -q "$refusals" err ||
        fail "job $1 was not refused for the folder"
    note sentence
}

# Two jobs in one folder, which is not there, or holds an unfinished or a finished run; one of them
# is killed, mostly. Two owners at once would leave a log with updates twice, or another state.
two_jobs() {
    draw_of none unfinished finished
    [ "$drawn" = none ] || cp -R "$work/$drawn" run
    for each in 1 2; do
        # shellcheck disable=SC2086 # an option or none
        draw_of '' --overwrite --resume
        # shellcheck disable=SC2086
        job $each $drawn
    done
    draw_of none job job rank launcher
    whom=$drawn
    draw 2
    victim=$((drawn + 1))
    draw "$long_ms"
    [ $whom = none ] || {
        sleep $((drawn / 1000)).$(printf %03d $((drawn % 1000)))
        # One that is refused is gone in a moment.
        [ -n "$(members $victim)" ] || victim=$((3 - victim))
        strike $victim $whom
    }
    wait
    expect_nobody "two jobs"
    for each in 1 2; do
        [ $whom != none ] && [ $each = $victim ] && has_struck || expect_whole_or_refused $each
    done
    ! has_struck || note killed
    epochs=$long
    [ ! -d run ] || expect_whole_checkpoints
    resume $long
    left=$(find run -name '.lock*' -o -name '.replaced*')
    [ -z "$left" ] || fail "left behind: $left"
}

# The terminal is closed, or a launcher is hung up or killed, at a random moment: no rank is alive
# after 10 s.
hung_up() {
    [ "$ranks" != 1 ] || ranks=$most_ranks
    draw_of terminal mpirun launch/mpirun launch/supervise
    how=$drawn
    draw_of HUP KILL
    signal=$drawn
    draw $((2 * long_ms))
    set -- run.yaml --out run --set train.epochs=100000 --set log.every_steps=1000 \
        --set checkpoint.async="$async"
    case $how in
    terminal) set -- "$pty" 80 "$root/launch/mpirun" -np "$ranks" "$dltrain" train "$@" ;;
    mpirun) set -- mpirun --oversubscribe -np "$ranks" "$dltrain" train "$@" ;;
    launch/mpirun) set -- "$root/launch/mpirun" -np "$ranks" "$dltrain" train "$@" ;;
    launch/supervise) set -- "$root/launch/supervise" -np "$ranks" "$@" ;;
    esac
    # shellcheck disable=SC2086 # several words
    DLTRAIN=$dltrain setsid env --default-signal=HUP "$@" $overrides >out 2>err </dev/null &
    launcher=$!
    sleep $((drawn / 1000)).$(printf %03d $((drawn % 1000)))
    kill -$signal $launcher || fail "$how had ended"
    touch struck
    expect_nobody "SIG$signal to $how"
    wait $launcher || true
    note killed
    [ ! -d run ] || expect_whole_checkpoints
    if [ -n "$(find run/checkpoints -name 'step-*.h5' 2>/dev/null)" ]; then
        other_end
    else
        resume $short
    fi
}

# The run goes on to its next epoch but one, as an undisturbed one does that was not hung up.
other_end() {
    newest=$(find run/checkpoints -name 'step-*.h5' | sort | tail -n 1)
    newest=$(basename "$newest" .h5)
    newest=$(echo "${newest#step-}" | sed 's/^0*//')
    epochs=$((newest / 8 + 2))
    # shellcheck disable=SC2086 # several words
    limited "$dltrain" train run.yaml --out run --set train.epochs=$epochs $overrides --resume
    expect_code 0 "resuming what was hung up"
    # shellcheck disable=SC2086
    limited "$dltrain" train run.yaml --out whole --set train.epochs=$epochs $overrides
    expect_code 0 "the undisturbed run"
    [ "$(value state_hash run)" = "$(value state_hash whole)" ] || fail "it ends in another state"
    note same
}

# Who reads what the run prints goes after some lines.
closed_pipe() {
    draw 4
    lines=$((drawn + 1))
    set -- "$dltrain" train run.yaml --out run --set train.epochs=100000 --set log.every_steps=1 \
        --set checkpoint.async="$async"
    [ "$ranks" = 1 ] || set -- "$root/launch/mpirun" -np "$ranks" "$@"
    touch struck
    {
        code=0
        # shellcheck disable=SC2086 # several words
        timeout -k 5 $limit_s "$@" $overrides 2>err </dev/null || code=$?
        echo $code >code
    } | head -n $lines >out
    code=$(cat code)
    expect_code 1 "a closed pipe"
    [ "$(grep -c 'cannot print' err)" = 1 ] || fail "not one sentence"
    note sentence
    expect_nobody "a closed pipe"
    expect_whole_checkpoints
    other_end
}

# Fresh memory and memory given back hold a random byte.
poisoned_memory() {
    draw 255
    train "$ranks" "MALLOC_PERTURB_=$((drawn + 1))" $short
    touch struck
    expect_undisturbed
}

# From about what MPI starts with to about what the run takes, 30 values. MPI itself may say it.
little_address_space() {
    in_turn "$1" 30
    kilobytes=$((380000 + 20000 * position))
    # shellcheck disable=SC3045,SC2016 # dash and bash know -v
    set -- env OPENBLAS_NUM_THREADS=1 "$dltrain" train run.yaml --out run \
        --set train.epochs=$short --set checkpoint.async="$async"
    [ "$ranks" = 1 ] || set -- "$root/launch/mpirun" -np "$ranks" "$@"
    # shellcheck disable=SC2086,SC2016
    limited sh -c "ulimit -v $kilobytes; exec \"\$@\"" sh "$@" $overrides
    epochs=$short
    touch struck
    if [ "$code" = 0 ]; then
        expect_undisturbed
        return
    fi
    [ "$code" -lt 124 ] || fail "exit code $code with $kilobytes KiB of address space"
    [ -s err ] || fail "no word with $kilobytes KiB of address space"
    note sentence
    [ ! -d run ] || expect_whole_checkpoints
    resume $short
}
