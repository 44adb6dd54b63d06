#!/bin/sh
# Usage: readme.sh README READER
# The first YAML block of the README is a run file that READER understands; further ones are parts
# of others.
set -eu
file=$(mktemp "${TMPDIR:-/tmp}/dltrain-readme-run.yaml.XXXXXX")
trap 'rm -f "$file"' EXIT
awk '/^```yaml/ { inside = !seen++; next } /^```/ { inside = 0 } inside' "$1" >"$file"
[ -s "$file" ]
"$2" "$file"
