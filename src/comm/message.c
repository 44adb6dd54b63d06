/* Sends and receives slices without waiting. A slice is sent from where it lies unless it has
 * rounded elements; then dlt_message_out packs it into the bucket's buffer, which must stay until
 * the send is complete. Both ends compute the length from the slice and the number of rounded
 * elements, so a message has no header. It is bytes to MPI: all ranks must have the same byte order
 * and the same dlt_real. */
#include "comm/message.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"
#include "comm/compression.h"

int64_t dlt_message_packed_bytes(const dlt_pipeline *pipeline, dlt_range slice) {
    int64_t rounded = dlt_range_below(slice, pipeline->options.rounded_count);
    return rounded > 0 ? dlt_compression_bytes(slice.count, rounded) : 0;
}

dlt_message dlt_message_out(dlt_bucket_state *state, dlt_real *values, int64_t count,
                            int64_t rounded) {
    dlt_message it = {.at = values, .bytes = dlt_compression_bytes(count, rounded)};
    if (rounded == 0)
        return it;
    it.at = state->packed + state->packed_bytes;
    state->packed_bytes += it.bytes;
    dlt_compression_pack(values, count, rounded, it.at);
    return it;
}

dlt_message dlt_message_in(dlt_real *values, int64_t count, int64_t rounded) {
    return (dlt_message){.at = dlt_compression_landing(values, rounded),
                         .bytes = dlt_compression_bytes(count, rounded)};
}

dlt_status dlt_message_send(dlt_pipeline *pipeline, const dlt_message *message, int to,
                            MPI_Request *request) {
    pipeline->sent_bytes += message->bytes;
    return dlt_comm_check(MPI_Isend(message->at, dlt_int(message->bytes), MPI_BYTE, to,
                                    message->tag, pipeline->comm->mpi, request),
                          "MPI_Isend");
}

dlt_status dlt_message_receive(const dlt_pipeline *pipeline, const dlt_message *message, int from,
                               MPI_Request *request) {
    return dlt_comm_check(MPI_Irecv(message->at, dlt_int(message->bytes), MPI_BYTE, from,
                                    message->tag, pipeline->comm->mpi, request),
                          "MPI_Irecv");
}
