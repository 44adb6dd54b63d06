#!/bin/sh
# Usage: layout.sh ROOT
# The top level is what was agreed and nothing else, and what the README names is there.
set -eu
cd "$1"
failed=0

complain() {
    echo "$1"
    failed=1
}

for entry in $(ls); do
    case $entry in
    src | include | launch | datasets | tests | CMakeLists.txt | CMakePresets.json | README.md) ;;
    build | runs | data | compile_commands.json) ;; # made by building and running, ignored by git
    *) complain "$entry does not belong at the top level" ;;
    esac
done

for entry in src include launch datasets tests CMakeLists.txt CMakePresets.json README.md; do
    [ -e "$entry" ] || complain "$entry is missing at the top level"
done
[ "$failed" = 0 ] || exit 1

# Links and pictures of the READMEs, from where they stand.
for readme in README.md */README.md */*/README.md; do
    case $readme in build/* | data/* | runs/*) continue ;; esac
    for path in $(grep -oE '\]\([^):#]+\)' "$readme" | sed 's/^](//; s/)$//'); do
        [ -e "$(dirname "$readme")/$path" ] || complain "$readme links to $path, which does not exist"
    done
done

for command in launch/quickstart tests/run; do
    grep -qF "$command" README.md || complain "README.md does not show $command"
done
grep -qF "Apache-2.0" README.md || complain "README.md does not name the licence"

# Paths in the READMEs; those with a placeholder in capitals are not looked up.
for readme in README.md */README.md */*/README.md .github/CONTRIBUTING.md; do
    case $readme in build/* | data/* | runs/*) continue ;; esac
    for path in $(grep -oE '(launch|tests|datasets|src|include)/[A-Za-z0-9_./-]+' "$readme" | sed 's/[./]*$//' |
        grep -vE '[/_][A-Z]+([/.]|$)' | sort -u); do
        [ -e "$path" ] || complain "$readme names $path, which does not exist"
    done
done

# What editors are told is what the formatter does, and the text keeps to it.
limit=$(sed -n 's/^ColumnLimit: //p' .clang-format)
indent=$(sed -n 's/^IndentWidth: //p' .clang-format)
[ "$(sed -n 's/^max_line_length = //p' .editorconfig | head -n 1)" = "$limit" ] &&
    [ "$(sed -n 's/^indent_size = //p' .editorconfig | head -n 1)" = "$indent" ] ||
    complain ".editorconfig and .clang-format differ"
texts=$(find src include launch tests datasets .github .ci ./*.txt ./*.json ./*.md -type f \
    ! -name '*.h5' ! -path '*/findings/*')
# shellcheck disable=SC2086 # names without blanks
for file in $(grep -lE "[[:blank:]]\$|$(printf '\r')" $texts); do
    complain "$file has blanks or a carriage return at the end of a line"
done
# shellcheck disable=SC2086 # names without blanks
[ "$(tail -q -c 1 $texts | tr -d '\n' | wc -c)" = 0 ] ||
    complain "a file does not end with a line end: $(for file in $texts; do
        [ -z "$(tail -c 1 "$file")" ] || echo "$file"
    done)"
[ "$(wc -c <README.md)" -le 10240 ] || complain "README.md has more than 10 kB"

for script in launch/setup launch/quickstart launch/mpirun launch/slurm.sh launch/pbs.sh launch/hostfile.sh \
    launch/verify launch/supervise launch/scaling launch/curves \
    tests/run tests/long tests/coverage tests/fault/campaign tests/fuzz/run tests/mpi/matrix/run \
    .ci/run; do
    [ -x "$script" ] || complain "$script is missing or not executable"
done
exit $failed
