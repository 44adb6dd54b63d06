/* A record keeps its fields as finished JSON, back to back, with the end of each. Separators come
 * only when it is rendered, so one record can become a line of metrics.jsonl or a file with a key
 * per line. Setters return nothing: a failure waits in the text or in `too_many` until then. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "report/metrics_log.h"
#include "report/metrics_log_internal.h"

#include <string.h>

/* Every setter writes one `"key": value` between open_field and close_field. */
static dlt_json open_field(dlt_record *record) {
    return (dlt_json){.text = &record->text};
}

static void close_field(dlt_record *record) {
    if (record->count == DLT_RECORD_FIELDS_MAX)
        record->too_many = true;
    else
        record->end[record->count++] = record->text.used;
}

void dlt_record_int(dlt_record *record, const char *key, int64_t value) {
    dlt_json json = open_field(record);
    dlt_json_int(&json, key, value);
    close_field(record);
}

void dlt_record_real(dlt_record *record, const char *key, double value) {
    dlt_json json = open_field(record);
    dlt_json_real(&json, key, value);
    close_field(record);
}

void dlt_record_text(dlt_record *record, const char *key, const char *value) {
    if (value == NULL) {
        dlt_record_raw(record, key, "null");
        return;
    }
    dlt_json json = open_field(record);
    dlt_json_text(&json, key, value);
    close_field(record);
}

void dlt_record_bool(dlt_record *record, const char *key, bool value) {
    dlt_json json = open_field(record);
    dlt_json_bool(&json, key, value);
    close_field(record);
}

void dlt_record_raw(dlt_record *record, const char *key, const char *json) {
    dlt_text_add(&record->text, "\"%s\": %s", key, json);
    close_field(record);
}

void dlt_record_clear(dlt_record *record) {
    dlt_text_clear(&record->text);
    record->text.failed = false;
    record->count = 0;
    record->too_many = false;
}

void dlt_record_destroy(dlt_record *record) {
    dlt_text_destroy(&record->text);
    *record = DLT_RECORD_EMPTY;
}

dlt_status dlt_report_render(const dlt_record *record, const char *opening, const char *separator,
                             const char *closing, dlt_text *out) {
    if (record->too_many)
        return dlt_fail(DLT_ERR_INTERNAL, "a record has more than %d fields",
                        DLT_RECORD_FIELDS_MAX);
    DLT_TRY(dlt_text_check(&record->text));
    dlt_text_add(out, "%s", opening);
    size_t begin = 0;
    for (int i = 0; i < record->count; i++) {
        if (i > 0)
            dlt_text_add(out, "%s", separator);
        dlt_text_add_bytes(out, dlt_text_of(&record->text) + begin, record->end[i] - begin);
        begin = record->end[i];
    }
    dlt_text_add(out, "%s", closing);
    return dlt_text_check(out);
}

dlt_status dlt_record_write_file(const char *path, const dlt_record *record) {
    dlt_text json = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_report_render(record, "{\n  ", ",\n  ", "\n}\n", &json));
    DLT_TRY_OUT(dlt_report_replace_file(path, dlt_text_of(&json), json.used));
out:
    dlt_text_destroy(&json);
    return status;
}
