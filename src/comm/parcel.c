#include "comm/parcel.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"
#include "comm/wire.h"

int64_t dlt_parcel_packed_bytes(const dlt_pipeline *pipeline, dlt_range slice) {
    int64_t rounded = dlt_range_below(slice, pipeline->options.rounded_count);
    return rounded > 0 ? dlt_wire_bytes(slice.count, rounded) : 0;
}

dlt_parcel dlt_parcel_out(dlt_bucket_state *state, dlt_real *values, int64_t count,
                          int64_t rounded) {
    dlt_parcel it = {.at = values, .bytes = dlt_wire_bytes(count, rounded)};
    if (rounded == 0)
        return it;
    it.at = state->packed + state->packed_bytes;
    state->packed_bytes += it.bytes;
    dlt_wire_pack(values, count, rounded, it.at);
    return it;
}

dlt_parcel dlt_parcel_in(dlt_real *values, int64_t count, int64_t rounded) {
    return (dlt_parcel){.at = dlt_wire_landing(values, rounded),
                        .bytes = dlt_wire_bytes(count, rounded)};
}

dlt_status dlt_parcel_send(dlt_pipeline *pipeline, const dlt_parcel *parcel, int to,
                           MPI_Request *request) {
    pipeline->sent_bytes += parcel->bytes;
    return dlt_comm_check(MPI_Isend(parcel->at, dlt_int(parcel->bytes), MPI_BYTE, to, parcel->tag,
                                    pipeline->comm->mpi, request),
                          "MPI_Isend");
}

dlt_status dlt_parcel_receive(const dlt_pipeline *pipeline, const dlt_parcel *parcel, int from,
                              MPI_Request *request) {
    return dlt_comm_check(MPI_Irecv(parcel->at, dlt_int(parcel->bytes), MPI_BYTE, from, parcel->tag,
                                    pipeline->comm->mpi, request),
                          "MPI_Irecv");
}
