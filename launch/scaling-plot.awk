# The picture of a scaling experiment: samples/s (both axes logarithmic) and efficiency against the number of ranks.
# Functions for scaling-report.awk, whose tables it draws: order points middle least most efficiency predicted.

function log2(x) {
    return log(x) / log(2)
}

# Where a number of ranks stands in the panel.
function x_of(n) {
    return left + margin + (log2(n) - log2(order[1])) / span * (width - 2 * margin)
}

# The numbers of ranks above that of cores.
function draw_shade(    p, first, x) {
    for (p = 1; p <= points && !first; p++)
        if (beyond(order[p]))
            first = p
    if (!first)
        return
    x = first > 1 ? (x_of(order[first - 1]) + x_of(order[first])) / 2 : left
    put(sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"beyond\"/>", x, top,
        left + width - x, height))
    shaded = 1
}

function draw_frame(title, unit,    p, free) {
    draw_shade()
    label(left + width / 2, top - 12, "middle", title, " class=\"panel\"")
    for (p = 1; p <= points; p++) {
        segment(x_of(order[p]), top + height, x_of(order[p]), top + height + 5, "axis")
        if (x_of(order[p]) >= free) { # room for the number
            label(x_of(order[p]), top + height + 20, "middle", order[p], "")
            free = x_of(order[p]) + 10 + 9 * length(order[p])
        }
    }
    label(left + width / 2, top + height + 40, "middle", "ranks", "")
    put(sprintf("<text transform=\"translate(%.1f,%.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        left - 74, top + height / 2, unit))
}

function draw_linear_ticks(    value) {
    for (value = 0; value <= high + 1e-9; value += 0.2)
        tick(value, sprintf("%.1f", value))
}

# A line through values of all points that have one; values[n] * factor per rank where per_rank.
function draw_line(values, class,    p, path) {
    for (p = 1; p <= points; p++)
        if (order[p] in values)
            path = path sprintf("%s%.1f,%.1f ", path == "" ? "M" : "L", x_of(order[p]), y_of(values[order[p]]))
    put(sprintf("<path d=\"%s\" class=\"%s\"/>", path, class))
}

# A diamond per prediction, a disc with its spread per measurement.
function draw_predicted(values,    p, x, y) {
    draw_line(values, "predicted")
    for (p = 1; p <= points; p++)
        if (order[p] in values) {
            x = x_of(order[p])
            y = y_of(values[order[p]])
            draw_diamond(x, y)
        }
}

function draw_diamond(x, y) {
    put(sprintf("<path d=\"M%.1f,%.1f l5,5 l-5,5 l-5,-5 Z\" class=\"diamond\"/>", x, y - 5))
}

function draw_spread(x, low_y, high_y) {
    segment(x, low_y, x, high_y, "spread")
    segment(x - 4, low_y, x + 4, low_y, "spread")
    segment(x - 4, high_y, x + 4, high_y, "spread")
}

function draw_measured(values, lows, highs,    p, n) {
    draw_line(values, "measured")
    for (p = 1; p <= points; p++) {
        n = order[p]
        draw_spread(x_of(n), y_of(lows[n]), y_of(highs[n]))
        put(sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" class=\"disc\"/>", x_of(n), y_of(values[n])))
    }
}

# One row below both panels.
function draw_legend(x, y) {
    segment(x, y, x + 34, y, "ideal")
    label(x + 42, y + 4.5, "start", "ideal", "")
    x += 112
    segment(x, y, x + 34, y, "predicted")
    draw_diamond(x + 17, y)
    label(x + 42, y + 4.5, "start", "predicted by dltrain plan", "")
    x += 244
    segment(x, y, x + 34, y, "measured")
    draw_spread(x + 17, y - 7, y + 7)
    put(sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" class=\"disc\"/>", x + 17, y))
    label(x + 42, y + 4.5, "start", "measured: median, least, most", "")
    x += 284
    if (shaded) {
        put(sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"34\" height=\"14\" class=\"beyond\"/>", x, y - 7))
        label(x + 42, y + 4.5, "start", "more ranks than cores", "")
    }
}

function draw_rates(    p, n, smallest, largest) {
    logarithmic = 1
    smallest = largest = middle[order[1]]
    for (p = 1; p <= points; p++) {
        n = order[p]
        ideal[n] = middle[base] * n / base
        smallest = least[n] < smallest ? least[n] : smallest
        smallest = n in predicted && predicted[n] < smallest ? predicted[n] : smallest
        largest = ideal[n] > largest ? ideal[n] : largest
        largest = most[n] > largest ? most[n] : largest
        largest = n in predicted && predicted[n] > largest ? predicted[n] : largest
    }
    low = log(smallest / 1.25)
    high = log(largest * 1.25)
    draw_frame("throughput", "samples/s")
    draw_log_ticks()
    draw_border()
    draw_line(ideal, "ideal")
    draw_predicted(predicted)
    draw_measured(middle, least, most)
}

function draw_efficiency(    p, n) {
    logarithmic = 0
    low = 0
    high = 1.2
    for (p = 1; p <= points; p++) {
        n = order[p]
        ideal[n] = 1
        lowest[n] = efficiency_of(least[n], n)
        highest[n] = efficiency_of(most[n], n)
        high = highest[n] * 1.05 > high ? highest[n] * 1.05 : high
        high = n in predicted && predicted_efficiency[n] * 1.05 > high ? predicted_efficiency[n] * 1.05 : high
    }
    draw_frame("efficiency", "samples/s per rank, those of " base " rank" (base == 1 ? "" : "s") " being 1")
    draw_linear_ticks()
    draw_border()
    draw_line(ideal, "ideal")
    draw_predicted(predicted_efficiency)
    draw_measured(efficiency, lowest, highest)
}

function draw(    batches) {
    height = 300
    width = 370
    margin = 30
    top = 92
    span = points > 1 ? log2(order[points]) - log2(order[1]) : 1
    batches = mode == "strong" ? "batch " grouped(batch[base]) : "batch " grouped(batch[base] / base) " per rank"
    draw_head(980, 484)
    label(490, 28, "middle", run ": " mode " scaling, " batches, " class=\"title\"")
    label(490, 50, "middle", machine ", " cores " core" (cores == 1 ? "" : "s") ", " rounds " round" \
        (rounds == 1 ? "" : "s"), " class=\"note\"")
    left = 100
    draw_rates()
    left = 590
    draw_efficiency()
    draw_legend(shaded ? 60 : 160, 458)
    put("</svg>")
    close(svg)
}
