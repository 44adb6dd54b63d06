# Functions for the pictures of this folder. A panel is at left, top, width, height; low and high
# are the ends of its y axis, in logarithms where logarithmic is set. svg is the file.

function put(text) {
    print text >svg
}

function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}

function y_of(value) {
    if (logarithmic)
        value = log(value)
    return top + height - (value - low) / (high - low) * height
}

function label(x, y, anchor, text, style) {
    put(sprintf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>", x, y, anchor, style,
        escaped(text)))
}

function segment(x1, y1, x2, y2, class) {
    put(sprintf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
        x1, y1, x2, y2, class))
}

# 1234567 -> 1,234,567
function grouped(number,    text, out) {
    text = sprintf("%.0f", number)
    while (length(text) > 3) {
        out = "," substr(text, length(text) - 2) out
        text = substr(text, 1, length(text) - 3)
    }
    return text out
}

# The frame goes over the grid.
function draw_border() {
    put(sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"frame\"/>",
        left, top, width, height))
}

function tick(value, text) {
    segment(left, y_of(value), left + width, y_of(value), "grid")
    segment(left - 5, y_of(value), left, y_of(value), "axis")
    label(left - 9, y_of(value) + 4.5, "end", text, "")
}

# 1, 2 and 5 times powers of ten; of more than two decades the powers only.
function draw_log_ticks(    power, value, many) {
    many = high - low > 2 * log(10)
    for (power = 10 ^ int(low / log(10) - 1); log(power) <= high; power *= 10)
        for (value = 1; value <= 5; value += value == 1 ? 1 : 3)
            if ((value == 1 || !many) && log(power * value) >= low &&
                log(power * value) <= high)
                tick(power * value, power * value < 1 ? power * value "" : grouped(power * value))
}

function draw_head(total_width, total_height) {
    put(sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" " \
        "viewBox=\"0 0 %d %d\">", total_width, total_height, total_width, total_height))
    put("<style>")
    put("text { font: 13px 'DejaVu Sans', Helvetica, Arial, sans-serif; fill: #222 }")
    put(".title { font-size: 16px; font-weight: bold } .panel { font-weight: bold }")
    put(".note { font-size: 12px; fill: #666 }")
    put("line, path { fill: none } .frame { fill: none; stroke: #222 } .axis { stroke: #222 }")
    put(".grid { stroke: #ddd } .beyond { fill: #efece4 }")
    put(".ideal { stroke: #888; stroke-width: 1.5 }")
    put(".predicted { stroke: #d95f02; stroke-width: 1.8; stroke-dasharray: 6 4 }")
    put(".diamond { fill: #fff; stroke: #d95f02; stroke-width: 1.8 }")
    put(".measured { stroke: #1f6fb4; stroke-width: 2 }")
    put(".spread { stroke: #1f6fb4; stroke-width: 1.5 }")
    put(".disc { fill: #1f6fb4 }")
    put("</style>")
    put(sprintf("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", total_width, total_height))
}
