#!/bin/sh
# Usage: elsewhere.sh ROOT CMAKE BUILD PREFIX
# What is installed works from another folder, with nothing of the source tree, also after it was moved; uninstalling
# leaves no file of it.
set -eu
root=$1 cmake=$2 build=$3 prefix=$4
. "$root/tests/support/lib.sh"

rm -rf "$prefix" "$prefix-moved"
# Uninstalling follows the manifest of the last installation; other tests install, too.

try "$cmake" --install "$build" --prefix "$prefix"
expect_code 0 "installing"
cp "$build/install_manifest.txt" manifest.txt

mv "$prefix" "$prefix-moved"
dltrain=$prefix-moved/bin/dltrain
share=$prefix-moved/share/dltrain
unset DLTRAIN

# The workload and the description that are found are the installed ones: a change in them shows.
echo 'nonsense: 1' >>"$share/bench/mlp.yaml"
try "$dltrain" bench step mlp --seconds 0.1
expect_code 1
expect_sentence "$share/bench/mlp.yaml" nonsense
try "$dltrain" bench step linreg --seconds 0.1
expect_code 0 "bench step linreg"
echo 'nonsense: 1' >>"$share/datasets/mnist.yaml"
try "$dltrain" data import mnist --source . --out data/mnist
expect_code 1
expect_sentence "$share/datasets/mnist.yaml"

# The manual page and the completions, which know the recipes that are installed beside the program.
[ -s "$prefix-moved/share/man/man1/dltrain.1" ] || fail "no manual page is installed"
[ -s "$prefix-moved/share/zsh/site-functions/_dltrain" ] || fail "no completions of zsh are installed"
if command -v bash >/dev/null 2>&1; then
    try bash -c '. "$1" && _dltrain_shared "$2" recipes launch/recipes' bash \
        "$prefix-moved/share/bash-completion/completions/dltrain" "$dltrain"
    grep -qxF "$share/recipes/quickstart.yaml" out || fail "bash does not complete the installed recipes"
fi

# Recipes and launch scripts, without a word on where the program is.
try "$dltrain" data synth line --out data/line
expect_code 0 "data synth line"
try "$share/launch/mpirun" -np 2 "$dltrain" train "$share/recipes/linear-regression.yaml" --set train.epochs=1
expect_code 0 "launch/mpirun"
try "$share/launch/verify" --np 1 --steps 2 --no-variants "$share/recipes/linear-regression.yaml"
expect_code 0 "launch/verify"
try "$share/launch/supervise" -np 1 "$share/recipes/linear-regression.yaml" --set train.epochs=1 --out supervised
expect_code 0 "launch/supervise"
try "$share/launch/scaling" linreg --np 1 --strong --rounds 1 --seconds 0.05 --here
expect_code 0 "launch/scaling"

mv "$prefix-moved" "$prefix"
try "$cmake" -DMANIFEST="$PWD/manifest.txt" -P "$root/src/uninstall.cmake"
expect_code 0 "uninstalling"
left=$([ ! -e "$prefix" ] || find "$prefix" ! -type d -o -name '*dltrain*')
[ -z "$left" ] || fail "left behind: $left"
try "$cmake" -DMANIFEST="$PWD/manifest.txt" -P "$root/src/uninstall.cmake"
[ "$code" != 0 ] || fail "uninstalled twice"
rm -rf "$prefix"
