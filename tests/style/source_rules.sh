#!/bin/sh
# Usage: source_rules.sh ROOT
# Checks lengths and forbidden words in ROOT/src and ROOT/include (see source_rules.awk), and in
# all of ROOT that no private word comes back for which the field has a name.
set -eu
rules=$(cd "$(dirname "$0")" && pwd)/source_rules.awk
cd "$1"
failed=0
find src include -name '*.[ch]' | LC_ALL=C sort | LC_ALL=C xargs awk -f "$rules" || failed=1

# Tests are files of one job, too.
if [ -d tests ]; then
    find tests -name '*.[ch]' -exec awk 'FNR == 501 {
        print FILENAME ": more than 500 lines: a file has one job"
        found = 1
    }
    END { exit found }' {} + || failed=1
fi

# private WORDS INSTEAD: no file has one of the words (a pattern), nor an identifier with one.
private() {
    for place in src include tests launch datasets README.md; do
        [ -e "$place" ] || continue
        grep -rIniE --exclude-dir=style "(^|[^a-z])($1)([^a-z]|\$)" "$place" || true
    done | sed "s/\$/: say $2/" | grep . && failed=1
    true
}
private 'itinerary|itineraries' 'batch sampler'
private 'ledgers?' 'epoch coverage checksum'
private 'yardsticks?' 'MPI baseline'
private 'parcels?' 'message'
private 'districts?|dlt_rooms?|room card' 'module'
private 'pretended|pretends' 'emulated'
private 'crowded' 'oversubscribed'
private 'stretches' 'contiguous hold-out'
private 'absorbs?' 'update of running statistics'
private 'fallbacks?' 'default'
private 'dlt_(h5_)?gate' 'HDF5 lock'
private 'dlt_problem' 'task'
private 'dlt_part' 'split'
private 'dlt_(chosen|choice)' 'selection or registry entry'
private 'dlt_(rig|team)' 'benchmark harness, thread group'
private 'dlt_(meeting|marks|pace)' 'rendezvous, heartbeat, deadlines'
private 'dlt_wire' 'compression'
exit $failed
