/* A small grey image to draw strokes on. */
#ifndef DLT_INGEST_SYNTH_CANVAS_H
#define DLT_INGEST_SYNTH_CANVAS_H

#include "ingest/synth/glyphs.h"

#include <stdint.h>

enum { DLT_CANVAS_SIDE = 28, DLT_CANVAS_PIXELS = DLT_CANVAS_SIDE * DLT_CANVAS_SIDE };

/* Ink in [0, 1], row by row; pixel (i, j) covers the square around the point (j, i). */
typedef struct dlt_canvas {
    float ink[DLT_CANVAS_PIXELS];
} dlt_canvas;

/* The pen: lengths in pixels. */
typedef struct dlt_pen {
    float radius; /* half the width of a line */
    float blur;   /* width of the edge over which ink fades */
    float ink;    /* at the middle of a line */
} dlt_pen;

/* Draws a line from a to b; where ink is already darker it stays. */
void dlt_canvas_line(dlt_canvas *canvas, const dlt_pen *pen, dlt_point a, dlt_point b);

/* Draws a smooth curve through count >= 2 points (Catmull and Rom 1974, uniform). */
void dlt_canvas_curve(dlt_canvas *canvas, const dlt_pen *pen, int count, const dlt_point *points);

/* Takes the ink out of a disc. */
void dlt_canvas_erase(dlt_canvas *canvas, dlt_point centre, float radius);

#endif
