#!/bin/sh
# Usage: globals.sh LIBRARY
# No mutable globals: every object of the archive has its data in constant sections only. Exceptions
# are the log sink, the error record and the allocation counters of base, the entries that programs
# add to the registries (config/registered.c), and the list of open extensions (run/extension.c).
set -eu
objdump -t "$1" | awk '
    /file format/ {
        object = $1
        sub(/:$/, "", object)
        objects++
    }
    object ~ /^(log|error|alloc|registered|extension)\.c\.o$/ {
        next
    }
    / O (\.(data|bss|tdata|tbss)|\*COM\*)/ && !/ \.data\.rel\.ro/ {
        print object ": " $NF " can be changed"
        found++
    }
    END {
        if (objects == 0)
            print "nothing was checked"
        exit objects == 0 || found > 0
    }'
