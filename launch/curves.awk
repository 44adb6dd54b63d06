# The picture of a run: loss, and one metric, against updates. For launch/curves, after svg.awk.
# Input: metrics.jsonl, a flat object a line. Variables: run, metric ("": the first), svg.

# The value of a key of the line, or "" where it is none or no number.
function value_of(key,    at, text) {
    at = index($0, "\"" key "\": ")
    if (!at)
        return ""
    text = substr($0, at + length(key) + 4)
    return match(text, /^-?[0-9][0-9.eE+-]*/) ? substr(text, 1, RLENGTH) : ""
}

# Adds a point to a series of a panel; empty values are none.
function add(series, step, value) {
    if (value == "")
        return
    x[series, ++points[series]] = step
    y[series, points[series]] = value + 0
}

{
    step = value_of("step") + 0
    add("loss", step, value_of("loss"))
    if (metric == "" && match($0, /"train_[a-z0-9_]*": -?[0-9]/)) {
        rest = $0
        while (match(rest, /"train_[a-z0-9_]*": -?[0-9]/)) {
            found = substr(rest, RSTART + 7)
            found = substr(found, 1, index(found, "\"") - 1)
            if (found != "loss" && metric == "")
                metric = found
            rest = substr(rest, RSTART + RLENGTH)
        }
    }
    add("train_loss", step, value_of("train_loss"))
    add("validation_loss", step, value_of("val_loss"))
    if (metric != "") {
        add("train_metric", step, value_of("train_" metric))
        add("validation_metric", step, value_of("val_" metric))
    }
    last = step > last ? step : last
}

# The ends of an axis, of all points of up to three series.
function find_range(a, b, c,    names, i, p) {
    split(a " " b " " c, names, " ")
    low = high = ""
    for (i = 1; i <= 3; i++)
        for (p = 1; p <= points[names[i]]; p++) {
            low = low == "" || y[names[i], p] < low ? y[names[i], p] : low
            high = high == "" || y[names[i], p] > high ? y[names[i], p] : high
        }
    return low != ""
}

# 1, 2 or 5 times a power of ten: the distance of about five ticks.
function nice(span,    power, ratio) {
    power = 10 ^ int(log(span / 5) / log(10) - (span / 5 < 1))
    ratio = span / 5 / power
    return power * (ratio > 5 ? 10 : ratio > 2 ? 5 : ratio > 1 ? 2 : 1)
}

function draw_linear_ticks(    distance, n) {
    distance = nice(high - low)
    for (n = int(low / distance) - 1; n * distance <= high; n++)
        if (n * distance >= low)
            tick(n * distance, sprintf("%g", n * distance))
}

function x_of(step) {
    return left + step / last * width
}

function draw_x_axis(    distance, n) {
    distance = nice(last)
    for (n = 0; n * distance <= last; n++) {
        segment(x_of(n * distance), top + height, x_of(n * distance), top + height + 5, "axis")
        label(x_of(n * distance), top + height + 20, "middle", grouped(n * distance), "")
    }
    label(left + width / 2, top + height + 40, "middle", "updates", "")
}

function draw_series(series, class, dots,    p, path) {
    for (p = 1; p <= points[series]; p++)
        path = path sprintf("%s%.1f,%.1f ", p == 1 ? "M" : "L", x_of(x[series, p]),
            y_of(y[series, p]))
    if (path != "")
        put(sprintf("<path d=\"%s\" class=\"%s\"/>", path, class))
    for (p = 1; dots && p <= points[series]; p++)
        put(sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" class=\"%s\"/>", x_of(x[series, p]),
            y_of(y[series, p]), class " dot"))
}

# The axes; logarithmic where the values span more than a factor of 20.
function draw_axes(title,    room) {
    label(left + width / 2, top - 12, "middle", title, " class=\"panel\"")
    draw_x_axis()
    logarithmic = low > 0 && high / low > 20
    if (logarithmic) {
        low = log(low / 1.3)
        high = log(high * 1.3)
        draw_log_ticks()
    } else {
        room = high > low ? (high - low) / 15 : (high < 0 ? -high : high) / 10 + 0.1
        low -= room
        high += room
        draw_linear_ticks()
    }
    draw_border()
}

function draw_legend(at, text, class, dots) {
    segment(at, 352, at + 30, 352, class)
    if (dots)
        put(sprintf("<circle cx=\"%.1f\" cy=\"352\" r=\"3.5\" class=\"%s\"/>", at + 15,
            class " dot"))
    label(at + 38, 356.5, "start", text, "")
}

END {
    if (last == 0 || !find_range("loss", "train_loss", "validation_loss")) {
        print "launch/curves: no update has been logged yet" >"/dev/stderr"
        exit 1
    }
    with_metric = points["train_metric"] + points["validation_metric"] > 0
    if (metric != "" && !with_metric) {
        print "launch/curves: the run has no metric '" metric "'" >"/dev/stderr"
        exit 1
    }
    top = 64
    height = 220
    width = 330
    draw_head(with_metric ? 880 : 460, 376)
    put("<style>.step { stroke: #9cc3e4; stroke-width: 1.5 } .dot { fill: #1f6fb4; stroke: none }")
    put(".validation { stroke: #d95f02; stroke-width: 2 }")
    put(".validation.dot { fill: #d95f02 }</style>")
    label(with_metric ? 440 : 230, 26, "middle", run, " class=\"title\"")
    left = 80
    draw_axes("loss")
    draw_series("loss", "step", 0)
    draw_series("train_loss", "measured", 1)
    draw_series("validation_loss", "validation", 1)
    if (with_metric) {
        find_range("train_metric", "validation_metric", "")
        left = 510
        draw_axes(metric)
        draw_series("train_metric", "measured", 1)
        draw_series("validation_metric", "validation", 1)
    }
    draw_legend(80, "one batch", "step", 0)
    draw_legend(210, "mean of the epoch", "measured", 1)
    if (points["validation_loss"] + points["validation_metric"] > 0)
        draw_legend(400, "validation", "validation", 1)
    put("</svg>")
}
