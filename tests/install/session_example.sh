#!/bin/sh
# Usage: session_example.sh REPOSITORY COMPILER PREFIX LIBDIR SCRATCH
# The session of include/dltrain/README.md has at most 100 lines, compiles without a warning against
# the installed library, and has the same parameters, metrics and predictions on 1, 2 and 3 ranks,
# which are half of its communicator.
set -eu
repository=$1 compiler=$2 prefix=$3 libdir=$4 scratch=$5
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail() {
    echo "failed: $*" >&2
    cat out* err >&2 || true
    exit 1
}

awk '/^```c$/ { inside = ++programs == 2; next } /^```/ { inside = 0 } inside' \
    "$repository/include/dltrain/README.md" >session.c
[ -s session.c ] || fail "no session in the README"
[ "$(wc -l <session.c)" -le 100 ] || fail "the program has more than 100 lines"
PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
LD_LIBRARY_PATH=$prefix/$libdir
export PKG_CONFIG_PATH LD_LIBRARY_PATH
# shellcheck disable=SC2046 # several words are meant
"$compiler" -std=c11 -Wall -Wextra -Werror session.c \
    $(pkg-config --cflags --libs dltrain) -o session

for ranks in 2 4 6; do
    "$repository/launch/mpirun" -np "$ranks" ./session >"out$ranks" 2>err ||
        fail "the session fails on $ranks ranks"
    cmp -s out2 "out$ranks" || fail "$ranks ranks compute something else"
done
grep -q '^epoch 20: loss' out2 || fail "no observer was told of epoch 20"
grep -Eq '^state [0-9a-f]{16}, accuracy (0\.[89]|1\.)' out2 || fail "the session did not learn"
