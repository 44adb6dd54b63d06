#!/bin/sh
# Usage: generated.sh ROOT DLTRAIN FOLDER
# The table of commands is what the program takes, and what is generated from it (FOLDER: the manual
# page, the completions of bash and zsh) is right. What needs a program that is not there is left
# out, and said.
set -eu
root=$1 dltrain=$2 folder=$3
failed=0

wrong() {
    echo "$*" >&2
    failed=1
}

# Each option of the code is in help, and each option in help is taken: what is then refused is
# another one.
for option in $(sed -n 's/.*{\.name = "\(--[a-z-]*\)".*/\1/p' "$root"/src/cli/*.c | sort -u); do
    grep -q -- "\"$option\"," "$root/src/cli/commands.c" || wrong "help has no $option"
done
"$dltrain" generate bash | cmp -s - "$folder/dltrain" || wrong "bash's completions are another's"
# Lines such as "bench step --seconds x"; x is the value of an option that has one.
lines=$(awk -F"'" '/argument=.* options=/ {
        n = split($4, option, " ")
        for (i = 1; i <= n; i++)
            if (option[i] != "--help")
                flags[$2 " " option[i]]
    }
    /\) echo / && ($2 in flags) { print $2, "x"; delete flags[$2] }
    END { for (line in flags) print line }' "$folder/dltrain")
[ "$(printf '%s\n' "$lines" | wc -l)" -ge 50 ] || wrong "there are too few options to be all of them"
while read -r line; do
    # shellcheck disable=SC2086 # several words
    said=$("$dltrain" $line --no-such-option 2>&1 </dev/null) || true
    case $said in *"no option '--no-such-option'"*) ;; *) wrong "dltrain $line: $said" ;; esac
done <<END
$lines
END

# The manual page.
said=
if command -v mandoc >/dev/null 2>&1; then
    said=$(mandoc -Tlint -W warning "$folder/dltrain.1" || true)
elif command -v groff >/dev/null 2>&1; then
    said=$(groff -ww -man -Tascii "$folder/dltrain.1" 2>&1 >/dev/null)
elif command -v man >/dev/null 2>&1; then
    said=$(man --warnings -l "$folder/dltrain.1" 2>&1 >/dev/null)
else
    echo "left out: there is neither mandoc nor groff nor man to check the page with"
fi
[ -z "$said" ] || wrong "the manual page: $said"
for words in train.epochs optimizer.adam.lr conv2d 'EXIT STATUS' '\\-\\-stop\\-after'; do
    grep -q "$words" "$folder/dltrain.1" || wrong "the manual page does not know $words"
done

PATH=$(dirname "$dltrain"):$PATH
cd "$root"
if command -v bash >/dev/null 2>&1; then
    bash "$root/tests/style/complete.bash" "$folder/dltrain" || failed=1
else
    echo "left out: there is no bash to complete with"
fi
if command -v zsh >/dev/null 2>&1; then
    zsh -f "$root/tests/style/complete.zsh" "$folder" || failed=1
else
    echo "left out: there is no zsh to complete with"
fi
exit $failed
