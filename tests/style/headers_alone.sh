#!/bin/sh
# Usage: headers_alone.sh ROOT COMPILER FLAGS...
# Each public header compiles when it is the only one included, in the language that FLAGS name; and what it declares has
# the names of C also in C++.
set -eu
root=$1
shift

cd "$root/include"
failed=0
for header in $(find dltrain -name '*.h' | LC_ALL=C sort); do
    printf '#include "%s"\nint dlt_style_unit(void);\n' "$header" |
        "$@" -I. -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror -fsyntax-only - || {
        echo "include/$header does not compile alone with: $*"
        failed=1
    }
    if grep -q '^extern const\|^[^ /*#].*(.*;$\|^[^ /*#].*(.*,$' "$header" && ! grep -q '^extern "C" {$' "$header"; then
        echo "include/$header declares something without extern \"C\""
        failed=1
    fi
done
exit $failed
