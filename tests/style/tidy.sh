#!/bin/sh
# Usage: tidy.sh CLANG_TIDY ROOT BUILD FOLDER
# Runs clang-tidy (checks: ROOT/.clang-tidy) over the sources below ROOT/FOLDER as they are compiled in BUILD.
set -eu
tidy=$1 root=$2 build=$3 folder=$4

find "$root/$folder" -name '*.c' | LC_ALL=C sort | while read -r source; do
    # What is not compiled here (a kernel table whose library is missing) has no flags to be checked with.
    if grep -qF "\"$source\"" "$build/compile_commands.json"; then
        printf '%s\n' "$source"
    fi
done | xargs "$tidy" -p "$build" --quiet
