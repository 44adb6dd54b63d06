/* Elements of a slice as they travel between nodes: where they lie, or packed where a part of them
 * is rounded (compression.h). */
#ifndef DLT_COMM_MESSAGE_H
#define DLT_COMM_MESSAGE_H

#include "comm/pipeline.h"

/* Tags of rows (row_sums.h), behind those of buckets; MPI guarantees up to 32767. */
enum { DLT_TAG_ROW_LISTS = 32765, DLT_TAG_ROW_TOTAL = 32766, DLT_TAG_ROW_PARAMS = 32767 };

typedef struct dlt_message {
    void *at;
    int64_t bytes;
    int tag;
} dlt_message;

/** Room that a slice of gradients takes in dlt_bucket_state.packed; 0 if it is sent from where it
 * lies. */
int64_t dlt_message_packed_bytes(const dlt_pipeline *pipeline, dlt_range slice);

/** `count` values, the first `rounded` of them bf16 ones; packed in the bucket's room if there are
 * some. */
dlt_message dlt_message_out(dlt_bucket_state *state, dlt_real *values, int64_t count,
                            int64_t rounded);
/** Where they arrive, for dlt_compression_unpack to put them into place. */
dlt_message dlt_message_in(dlt_real *values, int64_t count, int64_t rounded);

/** Not waiting. Errors: MPI. */
DLT_CHECKED dlt_status dlt_message_send(dlt_pipeline *pipeline, const dlt_message *message, int to,
                                        MPI_Request *request);
DLT_CHECKED dlt_status dlt_message_receive(const dlt_pipeline *pipeline, const dlt_message *message,
                                           int from, MPI_Request *request);

#endif
