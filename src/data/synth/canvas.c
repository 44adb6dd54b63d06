#include "data/synth/canvas.h"

#include <math.h>

enum { CURVE_STEPS = 4 };

/* Of numbers only, and inlined, where fminf and fmaxf are calls that look for NaN. */
static inline float least(float a, float b) {
    return a < b ? a : b;
}

static inline float most(float a, float b) {
    return a > b ? a : b;
}

/* The pixels within `reach` of the interval [a, b] along one axis: [*first, *last). */
static void pixel_range(float a, float b, float reach, int *first, int *last) {
    float low = least(a, b) - reach;
    float high = most(a, b) + reach;
    *first = low > 0 ? (int)ceilf(least(low, DLT_CANVAS_SIDE)) : 0;
    *last = high < DLT_CANVAS_SIDE - 1 ? (int)floorf(most(high, -1)) + 1 : DLT_CANVAS_SIDE;
}

static float distance_to_line(float x, float y, dlt_point a, dlt_point b) {
    float along_x = b.x - a.x;
    float along_y = b.y - a.y;
    float length_squared = along_x * along_x + along_y * along_y;
    float t = (x - a.x) * along_x + (y - a.y) * along_y;
    t = length_squared > 0 ? least(most(t / length_squared, 0), 1) : 0;
    float dx = x - a.x - t * along_x;
    float dy = y - a.y - t * along_y;
    return sqrtf(dx * dx + dy * dy);
}

void dlt_canvas_line(dlt_canvas *canvas, const dlt_pen *pen, dlt_point a, dlt_point b) {
    int row = 0;
    int rows = 0;
    int first = 0;
    int last = 0;
    float reach = pen->radius + 0.5F * pen->blur;
    pixel_range(a.y, b.y, reach, &row, &rows);
    pixel_range(a.x, b.x, reach, &first, &last);
    float fade = 1 / pen->blur;
    for (; row < rows; row++)
        for (int column = first; column < last; column++) {
            float distance = distance_to_line((float)column, (float)row, a, b);
            float covered = least(most((reach - distance) * fade, 0), 1) * pen->ink;
            float *ink = &canvas->ink[row * DLT_CANVAS_SIDE + column];
            *ink = most(*ink, covered);
        }
}

static float catmull_rom(float before, float from, float to, float after, float t) {
    return from + 0.5F * t *
                      (to - before +
                       t * (2 * before - 5 * from + 4 * to - after +
                            t * (3 * (from - to) + after - before)));
}

void dlt_canvas_curve(dlt_canvas *canvas, const dlt_pen *pen, int count, const dlt_point *points) {
    for (int i = 0; i + 1 < count; i++) {
        dlt_point before = points[i > 0 ? i - 1 : 0];
        dlt_point from = points[i];
        dlt_point to = points[i + 1];
        dlt_point after = points[i + 2 < count ? i + 2 : count - 1];
        dlt_point previous = from;
        for (int step = 1; step <= CURVE_STEPS; step++) {
            float t = (float)step / CURVE_STEPS;
            dlt_point next = {catmull_rom(before.x, from.x, to.x, after.x, t),
                              catmull_rom(before.y, from.y, to.y, after.y, t)};
            dlt_canvas_line(canvas, pen, previous, next);
            previous = next;
        }
    }
}

void dlt_canvas_erase(dlt_canvas *canvas, dlt_point centre, float radius) {
    for (int row = 0; row < DLT_CANVAS_SIDE; row++)
        for (int column = 0; column < DLT_CANVAS_SIDE; column++) {
            float dx = (float)column - centre.x;
            float dy = (float)row - centre.y;
            if (dx * dx + dy * dy < radius * radius)
                canvas->ink[row * DLT_CANVAS_SIDE + column] = 0;
        }
}
