#!/bin/sh
# Usage: readme_commands.sh ROOT DLTRAIN
# Every `dltrain WORD` in code of the README is a subcommand that the program knows.
set -eu
readme=$1/README.md dltrain=$2

known=$("$dltrain" --help | grep -oE 'dltrain [a-z]+' | sort -u)
code=$(awk '/^```/ { fenced = !fenced; next } fenced' "$readme" && grep -oE '`[^`]+`' "$readme")
failed=0
for command in $(printf '%s\n' "$code" | grep -oE '(^|[ /`])dltrain [a-z]+' | sed 's/.*dltrain //' | sort -u); do
    printf '%s\n' "$known" | grep -qx "dltrain $command" || {
        echo "README.md shows 'dltrain $command', which --help does not know"
        failed=1
    }
done
[ -n "$known" ] || failed=1
exit $failed
