/* Draws with ink that falls with the distance from a segment. A pixel keeps the larger of old and
 * new ink, so strokes that cross do not add up. A curve is a uniform Catmull-Rom spline whose end
 * points count twice, drawn as four segments from point to point. Only pixels within reach of the
 * pen are visited, eight of a row at a time, so that the compiler vectorises the distance. */
#include "ingest/synth/canvas.h"

#include "kernels/vector.h"

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

/* What does not change along a line. */
typedef struct line {
    dlt_point a;
    float along_x;
    float along_y;
    float length_squared; /* never 0 */
    float reach;
    float fade;
    float ink;
} line;

/* A line of no length is as long as it likes: its `along` is 0. */
static line make_line(const dlt_pen *pen, dlt_point a, dlt_point b) {
    line self = {.a = a,
                 .along_x = b.x - a.x,
                 .along_y = b.y - a.y,
                 .reach = pen->radius + 0.5F * pen->blur,
                 .fade = 1 / pen->blur,
                 .ink = pen->ink};
    self.length_squared = self.along_x * self.along_x + self.along_y * self.along_y;
    if (self.length_squared <= 0)
        self.length_squared = 1;
    return self;
}

DLT_K_INLINE float distance_to_line(const line *self, float x, float y) {
    float t = (x - self->a.x) * self->along_x + (y - self->a.y) * self->along_y;
    t = least(most(t / self->length_squared, 0), 1);
    float dx = x - self->a.x - t * self->along_x;
    float dy = y - self->a.y - t * self->along_y;
    return sqrtf(dx * dx + dy * dy);
}

/* So many pixels of a row at a time, all of them in the row; those outside [first, last) stay as
 * they are. A line has seldom more in a row, and a fixed number makes vector code of one operation
 * each. */
enum { AT_A_TIME = 8 };

DLT_K_INLINE void draw_pixels(const line *self, float y, int start, int first, int last,
                              float *restrict row) {
    for (int i = 0; i < AT_A_TIME; i++) {
        int column = start + i;
        float distance = distance_to_line(self, (float)column, y);
        float covered = least(most((self->reach - distance) * self->fade, 0), 1) * self->ink;
        covered = column >= first && column < last ? covered : 0;
        row[column] = most(row[column], covered);
    }
}

DLT_K_CLONES static void draw_line(const line *self, const int range[4], float *ink) {
    for (int row = range[0]; row < range[1]; row++)
        for (int first = range[2]; first < range[3]; first += AT_A_TIME) {
            int start = first + AT_A_TIME > DLT_CANVAS_SIDE ? DLT_CANVAS_SIDE - AT_A_TIME : first;
            draw_pixels(self, (float)row, start, first, range[3], ink + row * DLT_CANVAS_SIDE);
        }
}

void dlt_canvas_line(dlt_canvas *canvas, const dlt_pen *pen, dlt_point a, dlt_point b) {
    int range[4]; /* rows, columns */
    line drawn = make_line(pen, a, b);
    pixel_range(a.y, b.y, drawn.reach, &range[0], &range[1]);
    pixel_range(a.x, b.x, drawn.reach, &range[2], &range[3]);
    draw_line(&drawn, range, canvas->ink);
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
