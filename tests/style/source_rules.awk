# Rules on the text of src/ and include/ that neither the compiler nor clang-tidy knows.
# Lengths: a file has at most 500 lines, a function 80 (in kernels 120), a line 100 columns.
# Openings: a source begins with a comment on what it does.
# Words: the library never ends the process, never prints but through the log and the report (from train upward also
# to a FILE that the caller hands in), takes its memory from base, and leaves nothing to be done later. `cli` is the
# program and may print and exit.

function report(message) {
    printf "%s:%d: %s\n", FILENAME, FNR, message
    violations++
}

function forbid(code, pattern, message) {
    if (code ~ ("(^|[^A-Za-z0-9_.>])(" pattern ")"))
        report(message)
}

# The line without comments and without what stands in quotes.
function code_of(line,    start, end) {
    gsub(/\\"/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    if (in_comment) {
        end = index(line, "*/")
        if (!end)
            return ""
        line = substr(line, end + 2)
        in_comment = 0
    }
    while ((start = index(line, "/*")) > 0) {
        end = index(substr(line, start + 2), "*/")
        if (!end) {
            in_comment = 1
            return substr(line, 1, start - 1)
        }
        line = substr(line, 1, start - 1) " " substr(line, start + end + 3)
    }
    sub(/\/\/.*/, "", line)
    return line
}

FNR == 1 {
    files++
    in_comment = 0
    split(FILENAME, parts, "/")
    module = parts[1] == "src" ? parts[2] : ""
    limit = module == "kernels" ? 120 : 80
    own_memory = FILENAME ~ /^src\/base\/alloc\.c$/
    may_print = module == "cli" || module == "report" || FILENAME ~ /^src\/base\/log\.c$/
    prints_for_caller = module ~ /^(train|bench|plan|tools)$/
}

# A source opens by saying what it does.
FNR == 1 && FILENAME ~ /^src\/.*\.c$/ && !/^\/\*/ {
    report("it does not open with a comment that says what it does")
}

FNR == 501 {
    report("more than 500 lines: a file has one job")
}

# In the C locale a character of several bytes counts once: by its first.
{
    columns = $0
    gsub(/[\200-\277]/, "", columns)
    if (length(columns) > 100)
        report("a line of " length(columns) " columns: at most 100")
}

# XXXXXX is what mkdtemp asks for.
/(TODO|FIXME|(^|[^X])XXX([^X]|$)|HACK)/ {
    report("unfinished: " $0)
}

{
    code = code_of($0)
    if (module != "cli")
        forbid(code, "(_?exit|_Exit|quick_exit|abort|assert|MPI_Abort)[ ]?\\(",
            "the library returns a status instead of ending the process")
    if (!may_print)
        forbid(code, "(printf|puts|putchar|perror)[ ]?\\(|stdout|stderr", "only report, cli and the log print")
    if (!may_print && !prints_for_caller)
        forbid(code, "(v?fprintf|fputs|fputc|putc|dprintf)[ ]?\\(", "below train, lines go to a sink of the caller's")
    if (!own_memory && module != "cli")
        forbid(code, "(malloc|calloc|realloc|aligned_alloc|strdup|strndup|free)[ ]?\\(", "memory comes from base/alloc.h")
    forbid(code, "(s?rand|atoi|atof|atol|strtok|gets|sprintf|strcpy|strcat)[ ]?\\(", "use the checked or reentrant form")
    if (code ~ /(^|[^A-Za-z0-9_])goto / && code !~ /goto out;/)
        report("the one label is out")
}

# With the project's formatting a function starts at a line in column one that ends in {, and ends at }.
/^[A-Za-z_].*\) \{$/ || (/^ .*\) \{$/ && opened_prototype) {
    function_start = FNR
}

{
    opened_prototype = /^[A-Za-z_].*\(.*,$/ || (opened_prototype && /^ .*,$/)
}

/^\}/ && function_start {
    length_of[++functions] = FNR - function_start + 1
    if (length_of[functions] > limit)
        report("a function of " length_of[functions] " lines: at most " limit)
    function_start = 0
}

END {
    if (files == 0) {
        print "nothing was checked"
        violations++
    }
    for (lines = 1; functions > 0 && 2 * below < functions; lines++)
        for (i = 1; i <= functions; i++)
            below += length_of[i] == lines
    printf "%d files, %d functions, median length %d lines\n", files, functions, lines - 1
    exit violations > 0
}
