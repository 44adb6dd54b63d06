/* What a reader takes from a foreign file at most. */
#ifndef DLT_FORMATS_BOUNDS_H
#define DLT_FORMATS_BOUNDS_H

/* No sample may have more bytes, so that a header's claim cannot exhaust memory. */
enum { DLT_SAMPLE_BYTES_MAX = 1 << 26 };

#endif
