/* Numbers as people read them. Every function writes into out of DLT_FORMAT_BYTES and returns out.
 */
#ifndef DLT_REPORT_FORMAT_H
#define DLT_REPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { DLT_FORMAT_BYTES = 64 };

/** "0 B", "812 B", "12.3 MB", "1.50 GB": decimal units, three digits. */
const char *dlt_format_bytes(int64_t bytes, char out[DLT_FORMAT_BYTES]);

/** "12,345"; negative numbers too. */
const char *dlt_format_count(int64_t count, char out[DLT_FORMAT_BYTES]);

/** "0.42 s", "8.3 s", "3 min 12 s", "2 h 05 min", "3 d 4 h"; "?" if not finite or negative. */
const char *dlt_format_duration(double seconds, char out[DLT_FORMAT_BYTES]);

/** "12,345 samples/s"; below 100 with three digits: "3.21 samples/s"; "? samples/s" if not finite.
 */
const char *dlt_format_rate(double per_second, const char *unit, char out[DLT_FORMAT_BYTES]);

/** Terminal columns that text of UTF-8 takes, one per code point. */
size_t dlt_report_columns(const char *text);

#endif
