/* Module card: formats (level 2).
 *
 * What lives here: bounded readers of foreign bytes: files that may be compressed (byte_source.h),
 * CSV (csv_reader.h, csv_value.h), IDX (idx_file.h), PNG and JPEG (image_decode.h), and what is
 * done to the pixels of one picture. May include: config, tensor and base. Owns: png.h, jpeglib.h
 * and zlib.h. A reader owns its buffers and borrows its bytes.
 */
#ifndef DLT_FORMATS_INTERNAL_H
#define DLT_FORMATS_INTERNAL_H
#endif
