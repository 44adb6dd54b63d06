#!/bin/sh
# Usage: by_pkg_config.sh COMPILER PREFIX LIBDIR SCRATCH
# Compiles the consumer with what pkg-config says of the library installed in PREFIX, and runs it.
set -eu
compiler=$1 prefix=$2 libdir=$3 scratch=$4

PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # several words are meant
"$compiler" -std=c11 -Wall -Wextra -Werror "$(dirname "$0")/consumer/consumer.c" \
    $(pkg-config --cflags --libs dltrain) -o "$scratch/consumer"
run_file=$(cd "$(dirname "$0")" && pwd)/consumer/line.yaml
cd "$scratch"
LD_LIBRARY_PATH=$prefix/$libdir ./consumer "$run_file"
