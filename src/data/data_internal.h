/* Module card: data (level 3).
 *
 * What lives here: data sets in HDF5 shards (dataset.h), which samples a part of them has and in
 * which order they come (subset.h), which of them this rank computes and when (batch_sampler.h),
 * transforms (transforms/), the prefetch thread (loader.h). May include: base, tensor, config, io,
 * report. It takes (rank, size) as integers and never sees MPI, so all of it is tested without.
 * Owns: a loader owns its thread and its ring of buffers; it borrows the data sets and the HDF5
 *       lock.
 */
#ifndef DLT_DATA_INTERNAL_H
#define DLT_DATA_INTERNAL_H
#endif
