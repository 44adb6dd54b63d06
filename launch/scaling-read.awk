# One line of JSON as `dltrain bench step` or `dltrain plan` ends with, to tab-separated values. For launch/scaling.
#   bench step (-v ranks=N -v round=R): ranks round batch micro_batch samples_per_s step_time_s comm_fraction
#                                       limit_fraction held_memory_bytes kernels blas_core
#   plan: a line per prediction: ranks batch micro_batch samples_per_s

# The value of a key in an object without inner objects.
function value(text, key,    at) {
    at = index(text, "\"" key "\": ")
    if (at == 0)
        return ""
    text = substr(text, at + length(key) + 4)
    sub(/^"/, "", text)
    sub(/["},\]].*$/, "", text)
    return text
}

function read_predictions(text,    parts, count, i) {
    count = split(text, parts, "{")
    for (i = 2; i <= count; i++)
        print value(parts[i], "ranks"), value(parts[i], "batch"), value(parts[i], "micro_batch"),
            value(parts[i], "samples_per_s")
}

BEGIN {
    OFS = "\t"
}

/^\{/ && round != "" {
    print ranks, round, value($0, "batch"), value($0, "micro_batch"), value($0, "samples_per_s"),
        value($0, "step_time_s_median"), value($0, "comm_fraction"), value($0, "limit_fraction"),
        value($0, "held_memory_bytes"), value($0, "kernels"), value($0, "blas_core")
}

/^\{/ && round == "" {
    read_predictions(substr($0, index($0, "\"predictions\": ")))
}
