#!/bin/sh
# Usage: public_comments.sh ROOT
# Each function of the public headers says whether it is collective and which errors it gives.
set -eu
root=$1
awk -f "$root/tests/style/public_comments.awk" "$root"/include/dltrain/*.h \
    "$root"/include/dltrain/*/*.h

# It finds one that does not.
planted=$(mktemp "${TMPDIR:-/tmp}/dltrain-planted-XXXXXX.h")
trap 'rm -f "$planted"' EXIT
printf '/** Does it.\n *  Collective: Not collective\n */\nDLT_CHECKED dlt_status dlt_it(int n);\n' \
    >"$planted"
if awk -f "$root/tests/style/public_comments.awk" "$planted" >/dev/null; then
    echo "a prototype without Errors: is not found"
    exit 1
fi
