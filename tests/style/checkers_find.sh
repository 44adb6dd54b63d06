#!/bin/sh
# Usage: checkers_find.sh ROOT SCRATCH
# The checkers of this folder are themselves checked: in a copy of the sources with one violation each, the right
# one must complain, so that none of them can pass by looking at nothing.
set -eu
root=$1 scratch=$2
style=$(cd "$(dirname "$0")" && pwd)
failed=0

# expect CHECKER MESSAGE FILE LINE: with LINE appended to FILE of the copy, CHECKER fails and says MESSAGE.
expect() {
    checker=$1 message=$2 file=$3 line=$4
    rm -rf "$scratch"
    mkdir -p "$scratch"
    cp -R "$root/src" "$root/include" "$scratch/"
    printf '%s\n' "$line" >>"$scratch/$file"
    if output=$(sh "$style/$checker" "$scratch" 2>&1); then
        echo "$checker does not see: $line (in $file)"
        failed=1
    elif ! printf '%s\n' "$output" | grep -qF "$message"; then
        printf '%s does not say "%s":\n%s\n' "$checker" "$message" "$output"
        failed=1
    fi
}

law=include_law.sh
expect $law "base may not include config/config.h of config" src/base/text.c '#include "config/config.h"'
expect $law "tensor may not include dltrain/extend/kernels.h of kernels" src/tensor/shape.c \
    '#include "dltrain/extend/kernels.h"'
expect $law "comm/comm_internal.h is internal to comm" src/io/h5_file.c '#include "comm/comm_internal.h"'
expect $law "<mpi.h> belongs to src/comm" src/io/h5_file.c '#include <mpi.h>'
expect $law "<hdf5.h> belongs to src/io" include/dltrain/shape.h '#include <hdf5.h>'
expect $law "belongs to no module" include/dltrain/nobody.h '#include <stdint.h>'
expect $law "tensor may not use comm" src/CMakeLists.txt 'dlt_module(tensor MODULES comm base)'

expect $law "src/comm/tree includes src/comm/reducer: part of a circle" src/comm/tree.c '#include "comm/reducer.h"'
expect $law "src/engine/state includes src/engine/step: part of a circle" src/engine/state.h '#include "engine/step.h"'
expect $law "src/data/pages includes src/data/loader: part of a circle" src/data/pages.c '#include "data/loader.h"'
expect $law "the type dlt_snapshot is defined in src/checkpoint/snapshot.h, too" src/io/h5_file.c \
    'typedef struct dlt_snapshot { int a; } dlt_snapshot;'
expect $law "the type node is defined in src/model/model_internal.h, too" src/tools/doctor.c \
    "$(printf 'typedef struct node {\n    int a;\n} node;')"

rules=source_rules.sh
expect $rules "it does not open with a comment" src/base/unopened.c 'int f(void);'
expect $rules "unfinished" src/base/text.c '/* TO''DO: later */'
expect $rules "instead of ending the process" src/base/text.c 'void f(void) { exit(1); }'
expect $rules "only report, cli and the log print" src/base/text.c 'void f(void) { fputs("x", stderr); }'
expect $rules "lines go to a sink" src/data/shard.c 'void f(FILE *out) { fprintf(out, "x"); }'
expect $rules "lines go to a sink" src/engine/step.c 'void f(FILE *out) { fputs("x", out); }'
expect $rules "only report, cli and the log print" src/tools/inspect.c 'void f(void) { fputs("x", stdout); }'
expect $rules "memory comes from base/alloc.h" src/base/text.c 'void *f(void) { return malloc(1); }'
expect $rules "the one label is out" src/base/text.c '    goto fail;'
expect $rules "a line of 101 columns: at most 100" src/base/text.c "/* $(printf '%095d' 0) */"
expect $rules "more than 500 lines" src/base/text.c "$(awk 'BEGIN { for (i = 0; i < 600; i++) print "" }' && echo ';')"
expect $rules "at most 80" src/base/text.c \
    "$(echo 'int f(int a) {' && awk 'BEGIN { for (i = 0; i < 90; i++) print "    a++;" }' && echo '}')"

expect $rules "say batch sampler" src/base/text.c '/* The itinerary of a rank. */'
expect $rules "say task" src/base/text.c 'void f(const dlt_problem *it);'
expect $rules "say oversubscribed" include/dltrain/shape.h 'static const int is_crowded = 0;'
expect $rules "say epoch coverage checksum" src/base/text.c '/* Ledgers. */'

rm -rf "$scratch"
exit $failed
