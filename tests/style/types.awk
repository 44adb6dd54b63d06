# One meaning per name: no two files define a type of one name.
# Input: every source and header, with paths relative to the repository.

FNR == 1 {
    files++
}

/^typedef (struct|enum|union)[^;]*\{/ {
    opened = 1
}

# The end of a definition of several lines, or one that stands on a single line.
(opened && /^\} [A-Za-z_0-9]+;/) || /^typedef (struct|enum|union) [^;]*\{[^}]*\} [A-Za-z_0-9]+;/ {
    name = $0
    sub(/^.*\} /, "", name)
    sub(/;.*$/, "", name)
    if (name in home && home[name] != FILENAME) {
        printf "%s:%d: the type %s is defined in %s, too\n", FILENAME, FNR, name, home[name]
        violations++
    }
    home[name] = FILENAME
    opened = 0
}

END {
    if (files == 0) {
        print "nothing was checked"
        violations++
    }
    exit violations > 0
}
