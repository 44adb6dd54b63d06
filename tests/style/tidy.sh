#!/bin/sh
# Usage: tidy.sh CLANG_TIDY ROOT BUILD FOLDER
# Runs clang-tidy (checks: ROOT/.clang-tidy) over the sources below ROOT/FOLDER as they are compiled
# in BUILD. The double build's compilation of a source is read only where the folder names
# DLT_DOUBLE: everywhere else it differs in the type of dlt_real alone. Versions other than 14 have
# other checks, so they do not judge: exit code 77 makes CTest report the test as skipped.
set -eu
tidy=$1 root=$2 build=$3 folder=$4

case $("$tidy" --version) in
*"version 14."*) ;;
*)
    echo "skipped: clang-tidy 14 is needed, this is$("$tidy" --version | grep version)"
    exit 77
    ;;
esac
database=$build/tests/style/tidy/$folder
mkdir -p "$database"
double=-DDLT_DOUBLE
! grep -rqw DLT_DOUBLE "$root/$folder" || double=nothing
# One record for each compilation, all of them on lines of their own.
awk -v double="$double" 'BEGIN { RS = "}"; printf "[" }
    /"command"/ && !index($0, " " double " ") { sub(/^[^{]*/, ""); printf "%s%s}", comma, $0; comma = "," }
    END { print "]" }' "$build/compile_commands.json" >"$database/compile_commands.json"

find "$root/$folder" -name '*.c' | LC_ALL=C sort | while read -r source; do
    # What is not compiled here (a kernel table whose library is missing) has no flags to be checked with.
    if grep -qF "\"$source\"" "$database/compile_commands.json"; then
        printf '%s\n' "$source"
    fi
done | xargs "$tidy" -p "$database" --quiet
