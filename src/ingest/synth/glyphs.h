/* How the ten digits are written: strokes of a pen in the unit square, several ways per digit. */
#ifndef DLT_INGEST_SYNTH_GLYPHS_H
#define DLT_INGEST_SYNTH_GLYPHS_H

enum { DLT_STROKE_POINTS_MAX = 14, DLT_GLYPH_STROKES_MAX = 4, DLT_GLYPH_VARIANTS = 3 };

/* x to the right and y downwards, both in [0, 1]. */
typedef struct dlt_point {
    float x;
    float y;
} dlt_point;

/* A smooth curve through its points; corners are where two strokes share an end. */
typedef struct dlt_stroke {
    int count;
    dlt_point at[DLT_STROKE_POINTS_MAX];
} dlt_stroke;

typedef struct dlt_glyph {
    int count;
    dlt_stroke stroke[DLT_GLYPH_STROKES_MAX];
} dlt_glyph;

extern const dlt_glyph dlt_glyphs[10][DLT_GLYPH_VARIANTS];

#endif
