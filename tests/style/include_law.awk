# The law of directions: a room includes headers of lower rooms and of its own, and nothing else.
# Input: src/CMakeLists.txt, then every source and header, with paths relative to the repository.
# What a room may use is what its dlt_room() line in src/CMakeLists.txt says; here stand the levels that
# every such line must respect, the rooms of the public headers, and the owners of outside libraries.

BEGIN {
    split_into("base=0 kernels=1 tensor=1 comm=1 config=1 report=1 host=1 formats=2 io=2 layers=2 loss=2 " \
        "optim=2 schedule=2 metrics=2 data=3 model=3 checkpoint=5 ingest=6 run=6 watchdog=6 engine=7 train=9 " \
        "bench=10 plan=11 tools=13 cli=14", level)
    # Public headers that are not named like their room.
    split_into("status=base real=base shape=tensor tensor=tensor target=tensor import=ingest dataset=data trainer=train " \
        "keys=config kernels_info=kernels layer=layers initializer=layers optimizer=optim metric=metrics " \
        "transform=data verify=tools catalog=tools progress=report line_sink=report doctor=tools inspect=tools", public_room)
    split_into("mpi.h=comm hdf5.h=io yaml.h=config xxhash.h=base cblas.h=kernels dnnl.h=kernels " \
        "archive.h=ingest archive_entry.h=ingest png.h=formats jpeglib.h=formats zlib.h=formats hwloc.h=host", owner)
    umbrella = "dltrain.h"
}

function split_into(text, table,    pairs, pair, count, i) {
    count = split(text, pairs, " ")
    for (i = 1; i <= count; i++) {
        split(pairs[i], pair, "=")
        table[pair[1]] = pair[2]
    }
}

function report(message) {
    printf "%s:%d: %s\n", FILENAME, FNR, message
    violations++
}

# The room of a path below src/ or include/dltrain/; "" if it has none.
function room_of(path,    parts, count, name) {
    count = split(path, parts, "/")
    if (parts[1] == "src")
        return parts[2]
    name = parts[count]
    sub(/\.h$/, "", name)
    if (name in public_room)
        return public_room[name]
    return (name in level) ? name : ""
}

function declare_room(text,    words, count, i, room, listing) {
    count = split(text, words, /[ ()]+/)
    room = words[2]
    declared[room] = 1
    for (i = 3; i <= count; i++) {
        if (words[i] == "ROOMS" || words[i] == "LIBRARIES") {
            listing = words[i]
        } else if (listing == "ROOMS" && words[i] != "") {
            allowed[room, words[i]] = 1
            if (!(words[i] in level) || level[words[i]] >= level[room])
                report(room " may not use " words[i] ": only rooms of a lower level")
        }
    }
}

function check_own_include(path,    room, target) {
    room = room_of(FILENAME)
    target = path !~ "/" ? room : room_of(path ~ /^dltrain\// ? "include/" path : "src/" path)
    if (path ~ /_internal\.h$/ && target != room)
        report(path " is internal to " target)
    else if (room == "cli" && target != "cli" && path !~ /^dltrain\//)
        report("cli uses public headers only, not " path)
    else if (room == "cli" && path ~ /^dltrain\//)
        return
    else if (path == "dltrain/" umbrella)
        report("the umbrella header is for users, not for rooms")
    else if (target == "" || !(target in level))
        report(path " belongs to no room")
    else if (target != room && !((room, target) in allowed))
        report(room " may not include " path " of " target)
}

FNR == 1 && FILENAME ~ /^(src|include)/ && FILENAME ~ /\.[ch]$/ && FILENAME !~ ("/" umbrella "$") {
    files++
    if (!(room_of(FILENAME) in level))
        report("this file belongs to no room of the table in tests/style/include_law.awk")
}

FILENAME ~ /CMakeLists\.txt$/ {
    if ($0 ~ /^dlt_room\(/)
        call = ""
    call = call " " $0
    if (call ~ /^ *dlt_room\(.*\)/) {
        sub(/^ */, "", call)
        declare_room(call)
        call = ""
    }
    next
}

FILENAME ~ ("/" umbrella "$") {
    next
}

/^#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    check_own_include(quoted[2])
}

/^#[ \t]*include[ \t]*</ {
    header = $0
    sub(/^[^<]*</, "", header)
    sub(/>.*$/, "", header)
    if (header in owner && (FILENAME ~ /^include/ || owner[header] != room_of(FILENAME)))
        report("<" header "> belongs to src/" owner[header])
}

END {
    if (files == 0 || !("base" in declared)) {
        print "nothing was checked"
        violations++
    }
    exit violations > 0
}
