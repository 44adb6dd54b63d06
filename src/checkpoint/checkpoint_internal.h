/* Module card: checkpoint (level 4).
 *
 * What lives here: the state of a run as named tensors and values (snapshot.h), writing, verifying
 * and reading it (checkpoint.h), the folder of generations (retention.h), the `checkpoint:` section
 * of the run file (settings.h). May include: io, report, config, tensor, base; it knows no model.
 * Owns: the format below.
 *
 * A checkpoint is an HDF5 file with a seal behind it. The HDF5 part holds one contiguous dataset
 * per tensor (/params/…, /optim/…, /buffers/…, /error_feedback/…), per state value (/state/NAME:
 * int64, float64, or text as uint8 with its terminator), and the texts /run_file and /model. Any
 * HDF5 tool can read it; what stands behind the end that the superblock gives is ignored by the
 * library.
 *
 * The seal is text: a line "CHECKSUM OFFSET BYTES NAME" per dataset, a line for all bytes outside
 * of them, named "(structure)", and a footer of fixed length with the length and checksum of these
 * lines. It lets every byte be checked, and the tensor that is damaged be named, before the HDF5
 * library, which may crash on damaged metadata, sees the file.
 */
#ifndef DLT_CHECKPOINT_INTERNAL_H
#define DLT_CHECKPOINT_INTERNAL_H

#endif
