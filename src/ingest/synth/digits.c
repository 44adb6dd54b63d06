/* Stroke digits as grey images [28, 28, 1], white on black. A digit is written with one of its
 * glyphs, whose points are moved by a smooth random field and a tremor, then turned, sheared,
 * scaled and shifted; the pen has a random width, softness and darkness; stray strokes, rubbed-out
 * spots and noise are added.
 *
 * The strength is chosen such that a linear model cannot separate the classes well while a small
 * convolutional network can: trained on the default 20,000 samples, softmax regression reaches 83 %
 * of the test split, two convolutions of 16 and 32 filters and a dense layer 98.6 % after five
 * epochs. */
#include "ingest/synth/canvas.h"
#include "ingest/synth/glyphs.h"
#include "ingest/synth/synth.h"
#include "kernels/philox.h"

#include <math.h>

enum { WAVES = 2 };

typedef struct digits_settings {
    dlt_synth_size size; /* first */
    double distortion;
    double noise;
    double clutter;
} digits_settings;

/* Numbers of a sample's stream in the order in which they are asked for. */
typedef struct dice {
    const dlt_stream *stream;
    uint64_t block;
    int used;
    uint32_t words[DLT_K_PHILOX_WORDS];
} dice;

DLT_K_CLONES static void refill(dice *self) {
    dlt_k_philox(self->stream->key, self->stream->high, self->block, self->words);
    self->block += DLT_K_PHILOX_BLOCKS;
    self->used = 0;
}

static inline uint32_t roll_word(dice *self) {
    if (self->used == DLT_K_PHILOX_WORDS)
        refill(self);
    return self->words[self->used++];
}

static float roll(dice *self, float low, float high) {
    return low + (high - low) * (float)dlt_uniform_of(roll_word(self));
}

/* A smooth random field: a few long waves in each direction. */
typedef struct field {
    float amplitude[WAVES][2];
    float frequency[WAVES][2];
    float phase[WAVES];
} field;

/* Wavelengths of about the height of the digit and more. */
static field roll_field(dice *rolls, float strength) {
    const float frequency = 5.0F;
    const float two_pi = 6.2831853F;
    field self;
    for (int w = 0; w < WAVES; w++) {
        self.phase[w] = roll(rolls, 0, two_pi);
        for (int axis = 0; axis < 2; axis++) {
            self.amplitude[w][axis] = roll(rolls, -strength, strength);
            self.frequency[w][axis] = roll(rolls, -frequency, frequency);
        }
    }
    return self;
}

static dlt_point displace(const field *self, dlt_point point) {
    dlt_point moved = point;
    for (int w = 0; w < WAVES; w++) {
        float wave = sinf(self->frequency[w][0] * point.x + self->frequency[w][1] * point.y +
                          self->phase[w]);
        moved.x += self->amplitude[w][0] * wave;
        moved.y += self->amplitude[w][1] * wave;
    }
    return moved;
}

/* An affine map from the unit square of glyphs to pixels. */
typedef struct placement {
    float xx, xy, yx, yy; /* x' = xx x + xy y, y' = yx x + yy y */
    dlt_point shift;
} placement;

static placement roll_placement(dice *rolls, float strength) {
    const float middle = 0.5F * (DLT_CANVAS_SIDE - 1);
    float angle = strength * roll(rolls, -0.3F, 0.3F);
    float shear = strength * roll(rolls, -0.28F, 0.28F);
    float width = 12.5F + strength * roll(rolls, -2.8F, 2.8F);
    float height = 18 + strength * roll(rolls, -3.2F, 2.4F);
    float cosine = cosf(angle);
    float sine = sinf(angle);
    placement self = {.xx = cosine * width,
                      .xy = (cosine * shear - sine) * height,
                      .yx = sine * width,
                      .yy = (sine * shear + cosine) * height};
    self.shift.x = middle + strength * roll(rolls, -2.4F, 2.4F);
    self.shift.y = middle + strength * roll(rolls, -2.4F, 2.4F);
    return self;
}

static dlt_point place(const placement *self, dlt_point point) {
    float x = point.x - 0.5F;
    float y = point.y - 0.5F;
    return (dlt_point){self->xx * x + self->xy * y + self->shift.x,
                       self->yx * x + self->yy * y + self->shift.y};
}

/* How a sample is written, drawn once for all its strokes. */
typedef struct handwriting {
    field waves;
    placement placing;
    float tremor; /* of single points, in units of the glyph */
    dlt_pen pen;
} handwriting;

static handwriting roll_handwriting(dice *rolls, float strength) {
    handwriting self;
    self.waves = roll_field(rolls, 0.072F * strength);
    self.placing = roll_placement(rolls, strength);
    self.tremor = 0.024F * strength;
    self.pen.radius = roll(rolls, 0.5F, 1.6F);
    self.pen.blur = roll(rolls, 0.8F, 1.8F);
    self.pen.ink = roll(rolls, 0.6F, 1);
    return self;
}

static dlt_point write_point(const handwriting *hand, dice *rolls, dlt_point point) {
    dlt_point moved = displace(&hand->waves, point);
    moved.x += roll(rolls, -hand->tremor, hand->tremor);
    moved.y += roll(rolls, -hand->tremor, hand->tremor);
    return place(&hand->placing, moved);
}

/* A stroke of two points gets a third between them, so that straight lines bend as well. */
static void write_stroke(const handwriting *hand, dice *rolls, const dlt_stroke *stroke,
                         dlt_canvas *canvas) {
    dlt_point points[DLT_STROKE_POINTS_MAX + 1];
    int count = 0;
    for (int i = 0; i < stroke->count; i++) {
        if (stroke->count == 2 && i == 1)
            points[count++] = write_point(hand, rolls,
                                          (dlt_point){0.5F * (stroke->at[0].x + stroke->at[1].x),
                                                      0.5F * (stroke->at[0].y + stroke->at[1].y)});
        points[count++] = write_point(hand, rolls, stroke->at[i]);
    }
    dlt_canvas_curve(canvas, &hand->pen, count, points);
}

static dlt_point roll_pixel(dice *rolls) {
    float x = roll(rolls, 0, DLT_CANVAS_SIDE - 1);
    return (dlt_point){x, roll(rolls, 0, DLT_CANVAS_SIDE - 1)};
}

/* With probability `clutter` each: a stray stroke, and a spot rubbed out. */
static void add_clutter(dice *rolls, float clutter, const dlt_pen *pen, dlt_canvas *canvas) {
    bool stray = roll(rolls, 0, 1) < clutter;
    bool rubbed = roll(rolls, 0, 1) < clutter;
    if (rubbed) {
        dlt_point centre = roll_pixel(rolls);
        dlt_canvas_erase(canvas, centre, roll(rolls, 1, 2.5F));
    }
    if (stray) {
        dlt_point from = roll_pixel(rolls);
        dlt_point to = {from.x + roll(rolls, -6, 6), from.y + roll(rolls, -6, 6)};
        dlt_canvas_line(canvas, pen, from, to);
    }
}

/* Two bytes of a random number for each pixel: their sum is of a triangular distribution. */
static void roll_grains(dice *rolls, uint16_t grains[DLT_CANVAS_PIXELS]) {
    for (int i = 0; i < DLT_CANVAS_PIXELS; i += 2) {
        uint32_t word = roll_word(rolls);
        grains[i] = (uint16_t)word;
        grains[i + 1] = (uint16_t)(word >> 16);
    }
}

DLT_K_CLONES static void shade(const float *ink, const uint16_t *grains, float scale,
                               uint8_t *pixels) {
    for (int i = 0; i < DLT_CANVAS_PIXELS; i++) {
        float grain = (float)((grains[i] & 0xFF) + (grains[i] >> 8)) - 255;
        float grey = 255 * ink[i] + scale * grain + 0.5F;
        grey = grey > 0 ? grey : 0;
        pixels[i] = (uint8_t)(grey < 255 ? grey : 255);
    }
}

/* Adds noise and rounds. */
static void develop(dice *rolls, float noise, const dlt_canvas *canvas, uint8_t *pixels) {
    uint16_t grains[DLT_CANVAS_PIXELS];
    /* The sum of two bytes has the deviation 256 / sqrt(6). */
    float scale = roll(rolls, 0, noise) * 255 * 2.4494897F / 256;
    roll_grains(rolls, grains);
    shade(canvas->ink, grains, scale, pixels);
}

static void describe_digits(const void *settings, dlt_split_facts *facts) {
    (void)settings;
    facts->x_type = DLT_H5_U8;
    facts->x_shape = (dlt_shape){.rank = 3, .dim = {DLT_CANVAS_SIDE, DLT_CANVAS_SIDE, 1}};
}

static int64_t classes_digits(const void *settings) {
    (void)settings;
    return 10;
}

static void draw_digits(const void *opaque, const dlt_stream *stream, void *x, void *y) {
    const digits_settings *settings = opaque;
    dlt_canvas canvas = {.ink = {0}};
    dice rolls;
    rolls.stream = stream;
    rolls.block = 0;
    refill(&rolls);
    int digit = (int)roll(&rolls, 0, 10);
    int variant = (int)roll(&rolls, 0, DLT_GLYPH_VARIANTS);
    const dlt_glyph *glyph = &dlt_glyphs[digit][variant];
    handwriting hand = roll_handwriting(&rolls, (float)settings->distortion);
    for (int i = 0; i < glyph->count; i++)
        write_stroke(&hand, &rolls, &glyph->stroke[i], &canvas);
    add_clutter(&rolls, (float)settings->clutter, &hand.pen, &canvas);
    develop(&rolls, (float)settings->noise, &canvas, x);
    *(int32_t *)y = digit;
}

static const dlt_key digits_keys[] = {
    DLT_SYNTH_KEYS(digits_settings, size, "20000", "4000"),
    {.name = "distortion",
     .type = DLT_KEY_REAL,
     .offset = offsetof(digits_settings, distortion),
     .default_value = "1",
     .minimum = 0,
     .maximum = 3,
     .help = "Strength of turning, shearing, scaling, shifting and bending."},
    {.name = "noise",
     .type = DLT_KEY_REAL,
     .offset = offsetof(digits_settings, noise),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1,
     .help = "Largest standard deviation of the noise, as a fraction of white."},
    {.name = "clutter",
     .type = DLT_KEY_REAL,
     .offset = offsetof(digits_settings, clutter),
     .default_value = "0.2",
     .minimum = 0,
     .maximum = 1,
     .help = "Probability of a stray stroke, and of a spot rubbed out."},
    {.name = NULL}};

const dlt_synth_ops dlt_synth_digits = {
    .format = {.entry = {.name = "digits",
                         .summary = "Distorted stroke digits as 28 x 28 grey images.",
                         .keys = digits_keys,
                         .settings_size = sizeof(digits_settings)},
               DLT_SYNTH_FORMAT},
    .describe = describe_digits,
    .classes = classes_digits,
    .draw = draw_digits,
};
