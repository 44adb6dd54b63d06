#include "ingest/synth/canvas.h"

#include "base/philox.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static float within(float value, float low, float high) {
    return value < low ? low : value > high ? high : value;
}

static float distance(float x, float y, dlt_point a, dlt_point b) {
    float along_x = b.x - a.x;
    float along_y = b.y - a.y;
    float squared = along_x * along_x + along_y * along_y;
    float t = (x - a.x) * along_x + (y - a.y) * along_y;
    t = squared > 0 ? within(t / squared, 0, 1) : 0;
    float dx = x - a.x - t * along_x;
    float dy = y - a.y - t * along_y;
    return sqrtf(dx * dx + dy * dy);
}

/* Pixel by pixel, over the whole canvas: those out of reach are at a distance that leaves them as
 * they are. */
static void draw_plainly(dlt_canvas *canvas, const dlt_pen *pen, dlt_point a, dlt_point b) {
    float reach = pen->radius + 0.5F * pen->blur;
    for (int row = 0; row < DLT_CANVAS_SIDE; row++)
        for (int column = 0; column < DLT_CANVAS_SIDE; column++) {
            float left = reach - distance((float)column, (float)row, a, b);
            float covered = within(left * (1 / pen->blur), 0, 1) * pen->ink;
            float *ink = &canvas->ink[row * DLT_CANVAS_SIDE + column];
            *ink = covered > *ink ? covered : *ink;
        }
}

typedef struct dice {
    dlt_stream stream;
    uint64_t rolled;
} dice;

static float roll(dice *self, float low, float high) {
    return low + (high - low) * (float)dlt_stream_uniform(&self->stream, self->rolled++);
}

static dlt_point roll_point(dice *self) {
    float x = roll(self, -12, DLT_CANVAS_SIDE + 12);
    return (dlt_point){x, roll(self, -12, DLT_CANVAS_SIDE + 12)};
}

/* Short and long ones, points, and those that lie partly or wholly beside the canvas. The range of
 * pixels is found by rounding: at its edge covered may be off by what a distance of one unit in the
 * last place makes of it. */
static void data_synth_canvas_line_is_that_of_the_plain_formula(void **state) {
    (void)state;
    dice rolls = {.stream = dlt_stream_make(5, DLT_PURPOSE_TEST, 0, 0, 0)};
    for (int trial = 0; trial < 2000; trial++) {
        dlt_canvas drawn = {.ink = {0}};
        dlt_canvas plain = {.ink = {0}};
        dlt_pen pen = {.radius = roll(&rolls, 0.5F, 12), .blur = roll(&rolls, 0.8F, 1.8F)};
        pen.ink = roll(&rolls, 0.1F, 1);
        dlt_point a = roll_point(&rolls);
        dlt_point b = roll_point(&rolls);
        if (trial % 4 == 1)
            b = a;
        if (trial % 4 == 2)
            b = (dlt_point){a.x + roll(&rolls, -2, 2), a.y + roll(&rolls, -2, 2)};
        dlt_canvas_line(&drawn, &pen, a, b);
        draw_plainly(&plain, &pen, a, b);
        for (int i = 0; i < DLT_CANVAS_PIXELS; i++)
            if (plain.ink[i] > 1e-4F || drawn.ink[i] > 1e-4F)
                assert_true(drawn.ink[i] == plain.ink[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_synth_canvas_line_is_that_of_the_plain_formula),
    };
    return cmocka_run_group_tests_name("data_synth_canvas", tests, NULL, NULL);
}
