#!/bin/sh
# Usage: skips.sh ALLOWED RESULTS
# Fails if RESULTS, a JUnit file of ctest, has a skipped test that no line of ALLOWED names. Each
# line has a name or pattern of the shell and a reason.
set -eu
allowed=$1 results=$2
failed=0

is_allowed() {
    while read -r pattern reason; do
        case $pattern in '' | '#'*) continue ;; esac
        # shellcheck disable=SC2254 # a pattern
        case $1 in $pattern)
            [ -n "$reason" ] || { echo "$allowed gives no reason for $pattern" >&2 && return 1; }
            return 0
            ;;
        esac
    done <"$allowed"
    return 1
}

grep -q '<testcase ' "$results" || { echo "no tests in $results" >&2 && exit 1; }
for name in $(sed -n 's/.*<testcase name="\([^"]*\)".* status="notrun".*/\1/p' "$results"); do
    is_allowed "$name" && continue
    echo "$name was skipped or did not run, and tests/allowed_skips does not name it" >&2
    failed=1
done
exit $failed
