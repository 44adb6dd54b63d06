# The statistics of a scaling experiment: prints the table, writes the CSV and the JSON file; scaling-plot.awk, read
# after this file, draws. For launch/scaling.
# Input: predicted.tsv, measured.tsv (see scaling-read.awk). Variables: run mode cores machine per_node csv json svg.

BEGIN {
    FS = "\t"
}

FILENAME ~ /predicted\.tsv$/ {
    predicted[$1] = $4
    next
}

{
    if (!($1 in runs))
        order[++points] = $1
    rate[$1, ++runs[$1]] = $5
    rounds = $2 > rounds ? $2 : rounds
    batch[$1] = $3
    micro_batch[$1] = $4
    step[$1, runs[$1]] = $6
    comm[$1, runs[$1]] = $7
    limit[$1, runs[$1]] = $8
    kernels = $10
    blas_core = $11
    line[++lines] = $0
}

# The middle of values[n, 1 .. count]; of an even number the mean of the two in the middle.
function median(values, n, count,    sorted, i, j, held) {
    for (i = 1; i <= count; i++) {
        held = values[n, i] + 0
        for (j = i - 1; j >= 1 && sorted[j] > held; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = held
    }
    return (sorted[int((count + 1) / 2)] + sorted[int(count / 2) + 1]) / 2
}

function summarise(    p, n, i) {
    for (p = 1; p <= points; p++) {
        n = order[p]
        middle[n] = median(rate, n, runs[n])
        least[n] = most[n] = rate[n, 1] + 0
        for (i = 2; i <= runs[n]; i++) {
            least[n] = rate[n, i] < least[n] ? rate[n, i] + 0 : least[n]
            most[n] = rate[n, i] > most[n] ? rate[n, i] + 0 : most[n]
        }
    }
    base = order[1]
    for (p = 1; p <= points; p++) {
        n = order[p]
        efficiency[n] = efficiency_of(middle[n], n)
        if (n in predicted)
            predicted_efficiency[n] = predicted[n] / predicted[base] * base / n
    }
}

# Beside the smallest number of ranks, which is 1 in a complete experiment.
function efficiency_of(samples_per_s, n) {
    return samples_per_s / middle[base] * base / n
}

# Whether a node has more ranks than cores; where nobody said how many it has, the batch system sees to it.
function beyond(n) {
    return (n < per_node ? n : per_node) > cores
}

# values[n] as a format has it, or what stands for a number that is not there.
function figure(n, values, format, otherwise) {
    if (n in values)
        return sprintf(format, values[n])
    return otherwise
}

function print_table(    p, n) {
    printf "%s, %s scaling, %d round%s of each on %s with %d core%s\n", run, mode, rounds, rounds == 1 ? "" : "s",
        machine, cores, cores == 1 ? "" : "s"
    printf "%6s %8s %12s %12s %23s %11s %12s %10s\n", "ranks", "batch", "micro-batch", "samples/s", "spread",
        "efficiency", "predicted", "predicted"
    printf "%6s %8s %12s %12s %23s %11s %12s %10s\n", "", "", "", "", "", "", "samples/s", "efficiency"
    for (p = 1; p <= points; p++) {
        n = order[p]
        printf "%6d %8d %12d %12.0f %11.0f %11.0f %11.3f %12s %10s%s\n", n, batch[n], micro_batch[n], middle[n],
            least[n], most[n], efficiency[n], figure(n, predicted, "%.0f", "-"),
            figure(n, predicted_efficiency, "%.3f", "-"),
            beyond(n) ? "  more ranks than cores" : ""
    }
}

function write_csv(    i, part) {
    print "run,scaling,ranks,round,batch,micro_batch,samples_per_s,step_time_s_median,comm_fraction,limit_fraction," \
        "efficiency,predicted_samples_per_s,beyond_cores" >csv
    for (i = 1; i <= lines; i++) {
        split(line[i], part, "\t")
        printf "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%.6g,%s,%d\n", run, mode, part[1], part[2], part[3], part[4], part[5],
            part[6], part[7], part[8], efficiency_of(part[5], part[1]),
            figure(part[1], predicted, "%.8g", ""), beyond(part[1]) >csv
    }
    close(csv)
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function write_point(n, last,    i) {
    printf "    {\"ranks\": %d, \"batch\": %d, \"micro_batch\": %d, \"beyond_cores\": %s,\n", n, batch[n],
        micro_batch[n], beyond(n) ? "true" : "false" >json
    printf "     \"samples_per_s\": %.8g, \"least\": %.8g, \"most\": %.8g, \"efficiency\": %.6g,\n", middle[n], least[n],
        most[n], efficiency[n] >json
    printf "     \"step_time_s\": %.6g, \"comm_fraction\": %.4g, \"limit_fraction\": %.4g,\n", median(step, n, runs[n]),
        median(comm, n, runs[n]), median(limit, n, runs[n]) >json
    printf "     \"predicted_samples_per_s\": %s, \"predicted_efficiency\": %s,\n     \"rounds\": [",
        figure(n, predicted, "%.8g", "null"), figure(n, predicted_efficiency, "%.6g", "null") >json
    for (i = 1; i <= runs[n]; i++)
        printf "%s%.8g", (i > 1 ? ", " : ""), rate[n, i] >json
    printf "]}%s\n", last ? "" : "," >json
}

function write_json(    p) {
    printf "{\n  \"run\": %s,\n  \"scaling\": \"%s\",\n  \"machine\": %s,\n  \"cores\": %d,\n", quoted(run), mode,
        quoted(machine), cores >json
    printf "  \"kernels\": %s,\n  \"blas_core\": %s,\n  \"points\": [\n", quoted(kernels), quoted(blas_core) >json
    for (p = 1; p <= points; p++)
        write_point(order[p], p == points)
    print "  ]\n}" >json
    close(json)
}

END {
    summarise()
    print_table()
    write_csv()
    write_json()
    draw()
}
