#!/bin/sh
# Usage: readme_commands.sh ROOT DLTRAIN
# Every `dltrain WORD` in code of a README is a subcommand that the program knows.
set -eu
root=$1 dltrain=$2

known=$("$dltrain" --help | grep -oE 'dltrain [a-z]+' | sort -u)
[ -n "$known" ]
failed=0
for readme in "$root"/README.md "$root"/*/README.md "$root"/include/dltrain/README.md; do
    code=$(awk '/^```/ { fenced = !fenced; next } fenced' "$readme" && grep -oE '`[^`]+`' "$readme" || true)
    for command in $(printf '%s\n' "$code" | grep -oE '(^|[ /`])dltrain [a-z]+' | sed 's/.*dltrain //' | sort -u); do
        printf '%s\n' "$known" | grep -qx "dltrain $command" || {
            echo "$readme shows 'dltrain $command', which --help does not know"
            failed=1
        }
    done
done
exit $failed
