# No circle of files inside a module: units of a module that include each other, directly or through others, are one
# file in pieces. A unit is a source with its headers: dataset.c, dataset.h and dataset_internal.h.
# Input: every source and header below src/, with paths relative to the repository.

function unit_of(path) {
    sub(/\.[ch]$/, "", path)
    sub(/_internal$/, "", path)
    return path
}

function module_of(path,    parts) {
    split(path, parts, "/")
    return parts[2]
}

FNR == 1 {
    unit = unit_of(FILENAME)
    units[unit] = 1
}

/^#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    target = unit_of("src/" quoted[2])
    if (target != unit && module_of(target) == module_of(unit))
        includes[unit, target] = 1
}

# A unit that includes none that is left cannot be part of a circle: such units are taken away until no more are.
# So are then, from the other side, those that none includes.
END {
    for (unit in units)
        left++
    if (left == 0) {
        print "nothing was checked"
        exit 1
    }
    do {
        taken = 0
        for (unit in units) {
            outward = inward = 0
            for (pair in includes) {
                split(pair, ends, SUBSEP)
                if ((ends[1] in units) && (ends[2] in units)) {
                    outward += ends[1] == unit
                    inward += ends[2] == unit
                }
            }
            if (outward == 0 || inward == 0) {
                delete units[unit]
                taken++
            }
        }
    } while (taken > 0)
    for (pair in includes) {
        split(pair, ends, SUBSEP)
        if ((ends[1] in units) && (ends[2] in units)) {
            print ends[1] " includes " ends[2] ": part of a circle of files"
            violations++
        }
    }
    exit violations > 0
}
