#!/bin/sh
# Usage: launch_help.sh ROOT
# Every script that people start prints its help on stdout with --help, and refuses an unknown option with one sentence
# and exit code 2.
set -eu
root=$1
failed=0

wrong() {
    echo "$script: $*"
    failed=1
}

for path in "$root"/launch/* "$root/tests/run" "$root/tests/long" "$root/tests/coverage" \
    "$root/tests/fault/campaign" "$root/tests/fuzz/run" "$root/tests/mpi/matrix/run"; do
    script=${path#"$root"/}
    [ -f "$path" ] && head -n 1 "$path" | grep -q '^#!' || continue
    code=0
    said=$(sh "$path" --help 2>&1 </dev/null) || code=$?
    [ "$code" = 0 ] || wrong "--help ends with exit code $code"
    printf '%s\n' "$said" | head -n 1 | grep -q '^Usage: ' || wrong "--help does not begin with 'Usage: '"
    [ "$(printf '%s\n' "$said" | wc -l)" -ge 4 ] || wrong "--help says too little"
    printf '%s\n' "$said" | grep -q '^Example: ' || wrong "--help shows no example"
    ! printf '%s\n' "$said" | grep -q '^set -\|^#' || wrong "--help shows code of the script"
    [ "$(sh "$path" -h 2>/dev/null </dev/null)" = "$said" ] || wrong "-h is not --help, or --help is not on stdout"
    # These hand unknown options on, to mpirun and ctest.
    case $script in launch/mpirun | tests/run | tests/coverage) continue ;; esac
    for option in --no-such-option --np=x; do
        code=0
        said=$(RUN_FILE='' sh "$path" $option 2>&1 </dev/null) || code=$?
        [ "$code" = 2 ] || wrong "$option ends with exit code $code, not 2"
        [ "$(printf '%s\n' "$said" | wc -l)" = 1 ] || wrong "$option is refused with more than one sentence: $said"
    done
done

# Options of each script that has some are in its help.
for script in launch/setup launch/quickstart launch/supervise launch/verify launch/scaling; do
    help=$(sh "$root/$script" --help)
    for option in $(sed '1,/^set -/d' "$root/$script" | sed -n 's/^ *\(\(-np\|--[a-z]\)[-a-z |]*\)).*/\1/p' | tr '|' ' '); do
        case $option in -n | --np | -h | --help | --measure | --out | --overwrite) continue ;; esac
        printf '%s\n' "$help" | grep -q -- "$option" || wrong "--help does not name $option"
    done
done
exit $failed
