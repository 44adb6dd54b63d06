# Sums the instructions of a callgrind profile by where they are: in PROGRAM itself, or elsewhere (libraries, and the
# code that they generate). Prints "ours N libraries N". Format: valgrind.org/docs/manual/cl-format.html.
# Usage: awk -v program=NAME -f objects.awk PROFILE

# A name is written out where its number first occurs.
/^c?ob=/ {
    number = $0
    gsub(/^[^(]*\(|\).*/, "", number)
    if ($0 ~ /\) /)
        is_program[number] = substr($0, length($0) - length(program)) == "/" program
    if (/^ob=/)
        object = number
    next
}

# The line after a call has the costs of what was called, which stand on lines of their own as well.
/^calls=/ {
    getline
    next
}

/^[+*0-9-]/ {
    if (is_program[object])
        ours += $NF
    else
        libraries += $NF
}

END {
    printf "ours %d libraries %d\n", ours, libraries
}
