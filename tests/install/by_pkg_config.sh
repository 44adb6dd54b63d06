#!/bin/sh
# Usage: by_pkg_config.sh COMPILER STANDARD PREFIX LIBDIR SCRATCH SOURCE [ARGUMENT...]
# Compiles a consumer's source with what pkg-config says of the library installed in PREFIX, and runs it.
set -eu
compiler=$1 standard=$2 prefix=$3 libdir=$4 scratch=$5
folder=$(cd "$(dirname "$0")/consumer" && pwd)
source=$folder/$6
shift 6

PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
export PKG_CONFIG_PATH
mkdir -p "$scratch"
# shellcheck disable=SC2046 # several words are meant
"$compiler" "-std=$standard" -Wall -Wextra -Werror "$source" $(pkg-config --cflags --libs dltrain) -o "$scratch/consumer"
cd "$scratch"
LD_LIBRARY_PATH=$prefix/$libdir ./consumer "$@"
