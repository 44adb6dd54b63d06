#!/bin/sh
# Usage: allowed_skips.sh ROOT CTEST BUILD
# tests/support/skips.sh finds skipped tests that are not allowed, and tests/allowed_skips is true:
# each line names a test that exists and gives a reason.
set -eu
root=$1 ctest=$2 build=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/dltrain-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0

# results NAME STATUS: what ctest writes about a test.
results() {
    printf '<testsuite tests="1">\n\t<testcase name="%s" classname="%s" time="0" status="%s">\n' \
        "$1" "$1" "$2" >"$work/results.xml"
    printf '\t\t<system-out>&lt;testcase</system-out>\n\t</testcase>\n</testsuite>\n' \
        >>"$work/results.xml"
}

# expect CODE NAME STATUS
expect() {
    results "$2" "$3"
    code=0
    sh "$root/tests/support/skips.sh" "$work/allowed" "$work/results.xml" 2>"$work/err" || code=$?
    [ "$code" = "$1" ] && return
    echo "skips.sh ends with $code instead of $1 for $2, $3: $(cat "$work/err")" >&2
    failed=1
}

printf '# remark\nrecipe_*  no data\nonly_this  because\nwithout\n' >"$work/allowed"
expect 0 unit_base_text run
expect 0 recipe_mnist notrun
expect 0 only_this notrun
expect 1 only_this_one notrun
expect 1 unit_base_text notrun
expect 1 '#' notrun
expect 1 without notrun
expect 0 unit_base_text fail # that ctest itself reports
: >"$work/results.xml"
! sh "$root/tests/support/skips.sh" "$work/allowed" "$work/results.xml" 2>"$work/err" || {
    echo "skips.sh takes a file without tests for good" >&2
    failed=1
}

"$ctest" --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$work/names"
while read -r pattern reason; do
    case $pattern in '' | '#'*) continue ;; esac
    [ -n "$reason" ] || { echo "tests/allowed_skips: no reason for $pattern" >&2 && failed=1; }
    found=no
    while read -r name; do
        # shellcheck disable=SC2254 # a pattern
        case $name in $pattern) found=yes ;; esac
    done <"$work/names"
    [ $found = yes ] || { echo "tests/allowed_skips: no test is named $pattern" >&2 && failed=1; }
done <"$root/tests/allowed_skips"
exit $failed
