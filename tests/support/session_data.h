/* A small classification problem in memory, and sessions on it. */
#ifndef DLT_TESTS_SESSION_DATA_H
#define DLT_TESTS_SESSION_DATA_H

#include "dltrain/run.h"
#include "dltrain/session.h"
#include "support/mpi_check.h"

#include <math.h>
#include <string.h>

enum { POINTS = 50, POINT_FEATURES = 4, POINT_CLASSES = 3 };

typedef struct points {
    float x[POINTS * POINT_FEATURES];
    int64_t y[POINTS];
    dlt_array at[2];
    dlt_arrays arrays;
} points;

/* Classes by the signs of two features; the same on every rank. */
static inline void points_fill(points *it) {
    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < POINT_FEATURES; k++)
            it->x[i * POINT_FEATURES + k] = (float)((i * 37 + k * 101) % 61) / 30 - 1;
        it->y[i] = (it->x[i * POINT_FEATURES] > 0) + (it->x[i * POINT_FEATURES + 1] > 0);
    }
    it->at[0] = (dlt_array){.name = "x",
                            .element = DLT_ELEMENT_FLOAT32,
                            .shape = {2, {POINTS, POINT_FEATURES}},
                            .at = it->x};
    it->at[1] =
        (dlt_array){.name = "y", .element = DLT_ELEMENT_INT64, .shape = {1, {POINTS}}, .at = it->y};
    it->arrays = (dlt_arrays){.count = 2, .at = it->at};
}

static const char points_run_file[] = "name: points\n"
                                      "model: [{dense: 8}, relu, {dropout: 0.1}, {dense: 3}]\n"
                                      "loss: cross_entropy\n"
                                      "metrics: [accuracy]\n"
                                      "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}\n"
                                      "train: {epochs: 4, batch: 12, micro_batch: 2, ema: 0.5}\n";

/* A run of points_run_file, or another text, and a session on the points. Collective. */
typedef struct points_session {
    dlt_run *run;
    dlt_session *session;
} points_session;

static inline dlt_status points_open(const dlt_comm *comm, const char *text,
                                     const dlt_session_options *options, points_session *out) {
    *out = (points_session){.run = NULL};
    DLT_TRY(dlt_agree(comm, dlt_run_parse(text, "points", &out->run)));
    return dlt_session_create(comm, out->run, options, &out->session);
}

static inline void points_close(points_session *it) {
    dlt_session_destroy(&it->session);
    dlt_run_destroy(&it->run);
}

#endif
