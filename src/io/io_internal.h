/* Room card: io (level 2).
 *
 * What lives here: the only code that calls HDF5 (h5.h), and files that appear whole or not at all
 * (atomic_file.h). May include: base, tensor, <hdf5.h>.
 * Owns: a dlt_h5_gate serialises all HDF5 calls of a process, because the library is not
 * thread-safe; whoever starts the program's work owns one gate and lends it to everybody.
 */
#ifndef DLT_IO_INTERNAL_H
#define DLT_IO_INTERNAL_H
#endif
