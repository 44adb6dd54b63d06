/* What scripts read of a run: metrics.jsonl, one JSON object per line, and summary.json. Keys carry
 * their units. */
#ifndef DLT_REPORT_METRICS_LOG_H
#define DLT_REPORT_METRICS_LOG_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { DLT_RECORD_FIELDS_MAX = 128 };

/** A JSON object being put together, each key once. Adding cannot fail visibly: what went wrong is
 * remembered and reported by whoever writes the record. Keeps its memory when cleared, so that a
 * record used again and again soon allocates nothing. */
typedef struct dlt_record {
    dlt_text text;                     /* the fields as JSON, back to back; owned */
    size_t end[DLT_RECORD_FIELDS_MAX]; /* where each field ends in text */
    int count;
    bool too_many;
} dlt_record;

#define DLT_RECORD_EMPTY ((dlt_record){0})

void dlt_record_int(dlt_record *record, const char *key, int64_t value);
/** NaN and infinities, which JSON lacks, become null. */
void dlt_record_real(dlt_record *record, const char *key, double value);
/** NULL becomes null. */
void dlt_record_text(dlt_record *record, const char *key, const char *value);
void dlt_record_bool(dlt_record *record, const char *key, bool value);
/** A value that is JSON already ("[1, 2]", "null"), on one line. */
void dlt_record_raw(dlt_record *record, const char *key, const char *json);

/** Forgets the fields, keeps the memory. */
void dlt_record_clear(dlt_record *record);
void dlt_record_destroy(dlt_record *record);

/** Writes the record as a file, one key per line, replacing path whole or not at all.
 *  Collective: Not collective
 *  Errors:     IO if it cannot be written; MEM; INTERNAL if the record had too many fields
 */
DLT_CHECKED dlt_status dlt_record_write_file(const char *path, const dlt_record *record);

/** The open metrics.jsonl of a run. */
typedef struct dlt_metrics_log dlt_metrics_log;

/** Opens path for appending. resume_step -1 starts an empty file; otherwise what is there is kept
 * except lines whose "step" is above resume_step and a last line that was cut short; the file is
 * rewritten atomically if anything is dropped.
 *  Collective: Not collective
 *  Owns:       caller owns *out
 *  Errors:     IO, MEM
 */
DLT_CHECKED dlt_status dlt_metrics_log_open(const char *path, int64_t resume_step,
                                            dlt_metrics_log **out);

/** Appends the record as one line and hands it to the operating system at once.
 *  Collective: Not collective
 *  Errors:     IO, for example when the disk is full; MEM; INTERNAL if the record had too many
 *              fields
 */
DLT_CHECKED dlt_status dlt_metrics_log_append(dlt_metrics_log *log, const dlt_record *record);

/** NULL-safe; every appended line is in the file already. */
void dlt_metrics_log_close(dlt_metrics_log **log);

#endif
