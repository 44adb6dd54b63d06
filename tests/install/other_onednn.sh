#!/bin/sh
# Usage: other_onednn.sh CMAKE SOURCE SCRATCH GENERATOR
# A oneDNN that does not fit is left out with a sentence, and the rest is configured: headers without anything in them,
# headers whose functions take other arguments, and a library without the functions.
set -eu
cmake=$1 source=$2 scratch=$3 generator=$4
rm -rf "$scratch"
mkdir -p "$scratch/empty" "$scratch/other"
build=$scratch/build

fail() {
    echo "failed: $*" >&2
    cat "$scratch/log" >&2
    exit 1
}

# configure WHAT OPTION...: afresh as far as oneDNN is concerned, then what must be true of it.
configure() {
    what=$1
    shift
    "$cmake" -S "$source" -B "$build" -G "$generator" -U 'DNNL_*' -U 'DLT_ONEDNN*' "$@" >"$scratch/log" 2>&1 </dev/null ||
        fail "$what: not configured"
    tr -s ' \n' '  ' <"$scratch/log" | grep -q 'has neither the interface of version 2 nor that of version 3' ||
        fail "$what: nothing said"
    ! grep -rqs 'operations\.c\.o' "$build/build.ninja" "$build/src/CMakeFiles/dlt_kernels.dir/build.make" ||
        fail "$what: not left out"
}

echo '#define DNNL_VERSION_MAJOR 9' >"$scratch/empty/dnnl.h"
configure "an empty header" -DDNNL_INCLUDE_DIR="$scratch/empty"

# As version 2 of the headers was for dnnl_memory_desc_t, but with an engine of its own for every description.
cat >"$scratch/other/dnnl.h" <<'END'
typedef long dnnl_dim_t;
typedef dnnl_dim_t dnnl_dims_t[12];
typedef enum { dnnl_success, dnnl_out_of_memory, dnnl_unimplemented } dnnl_status_t;
typedef struct { int engine; } dnnl_memory_desc_t;
typedef enum { dnnl_cpu_isa_avx512_core_bf16 = 1 } dnnl_cpu_isa_t;
dnnl_cpu_isa_t dnnl_get_effective_cpu_isa(void);
dnnl_status_t dnnl_sgemm(char, char, long, long, long, float, const float *, long, const float *, long, float, float *,
                         long);
END
configure "other functions" -DDNNL_INCLUDE_DIR="$scratch/other"

echo 'int no_such_thing;' >"$scratch/none.c"
"${CC:-cc}" -shared -fPIC "$scratch/none.c" -o "$scratch/libdnnl.so"
configure "a library without them" -DDNNL_LIBRARY="$scratch/libdnnl.so"
