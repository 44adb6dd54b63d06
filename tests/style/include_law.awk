# The law of directions: a module includes headers of lower modules and of its own, and nothing
# else. Input: src/CMakeLists.txt, then every source and header, with paths relative to the
# repository. What a module may use is what its dlt_module() line in src/CMakeLists.txt says; here
# stand the levels that every such line must respect, the modules of the public headers, and the
# owners of outside libraries.

BEGIN {
    split_into("base=0 kernels=1 tensor=1 comm=1 config=1 report=1 host=1 formats=2 io=2 layers=2 loss=2 " \
        "optim=2 schedule=2 metrics=2 data=3 model=3 checkpoint=5 ingest=6 run=6 watchdog=6 engine=7 session=8 train=9 " \
        "bench=10 plan=11 tools=13 cli=14", level)
    # Public headers that are not named like their module.
    split_into("status=base real=base shape=tensor tensor=tensor array=tensor target=tensor " \
        "role=tensor extension=run import=ingest dataset=data trainer=train builder=run " \
        "keys=config kernels_info=kernels layer=layers " \
        "initializer=layers optimizer=optim metric=metrics " \
        "transform=data verify=tools catalog=tools progress=report line_sink=report doctor=tools " \
        "inspect=tools rows=base", public_module)
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

# The module of a path below src/ or include/dltrain/; "" if it has none.
function module_of(path,    parts, count, name) {
    count = split(path, parts, "/")
    if (parts[1] == "src")
        return parts[2]
    name = parts[count]
    sub(/\.h$/, "", name)
    if (name in public_module)
        return public_module[name]
    return (name in level) ? name : ""
}

function declare_module(text,    words, count, i, module, listing) {
    count = split(text, words, /[ ()]+/)
    module = words[2]
    declared[module] = 1
    for (i = 3; i <= count; i++) {
        if (words[i] == "MODULES" || words[i] == "LIBRARIES") {
            listing = words[i]
        } else if (listing == "MODULES" && words[i] != "") {
            allowed[module, words[i]] = 1
            if (!(words[i] in level) || level[words[i]] >= level[module])
                report(module " may not use " words[i] ": only modules of a lower level")
        }
    }
}

function check_own_include(path,    module, target) {
    module = module_of(FILENAME)
    target = path !~ "/" ? module : module_of(path ~ /^dltrain\// ? "include/" path : "src/" path)
    if (path ~ /_internal\.h$/ && target != module)
        report(path " is internal to " target)
    else if (module == "cli" && target != "cli" && path !~ /^dltrain\//)
        report("cli uses public headers only, not " path)
    else if (module == "cli" && path ~ /^dltrain\//)
        return
    else if (path == "dltrain/" umbrella)
        report("the umbrella header is for users, not for modules")
    else if (target == "" || !(target in level))
        report(path " belongs to no module")
    else if (target != module && !((module, target) in allowed))
        report(module " may not include " path " of " target)
}

FNR == 1 && FILENAME ~ /^(src|include)/ && FILENAME ~ /\.[ch]$/ && FILENAME !~ ("/" umbrella "$") {
    files++
    if (!(module_of(FILENAME) in level))
        report("this file belongs to no module of the table in tests/style/include_law.awk")
}

FILENAME ~ /CMakeLists\.txt$/ {
    if ($0 ~ /^dlt_module\(/)
        call = ""
    call = call " " $0
    if (call ~ /^ *dlt_module\(.*\)/) {
        sub(/^ */, "", call)
        declare_module(call)
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
    if (header in owner && (FILENAME ~ /^include/ || owner[header] != module_of(FILENAME)))
        report("<" header "> belongs to src/" owner[header])
}

END {
    if (files == 0 || !("base" in declared)) {
        print "nothing was checked"
        violations++
    }
    exit violations > 0
}
