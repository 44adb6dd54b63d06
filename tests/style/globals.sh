#!/bin/sh
# Usage: globals.sh LIBRARY
# No mutable globals: every object of the archive has its data in constant sections only. base is the exception
# that the design makes: the log sink, the error record and the allocation counters.
set -eu
objdump -t "$1" | awk '
    /file format/ {
        object = $1
        sub(/:$/, "", object)
        objects++
    }
    object ~ /^(log|error|alloc)\.c\.o$/ {
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
