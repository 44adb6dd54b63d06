/* Bytes and small rates have three digits, durations at most two units. The limits between two
 * forms (9.995, 99.95, 999.5, 59.95 s) lie where rounding would add a digit: "1.00 MB" follows
 * "999 kB". Durations and rates that are not finite or absurdly large print as "?", and so do
 * negative durations. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* value with three digits: "1.23", "12.3", "123". The limits are where rounding adds a digit. */
static int digits_behind_point(double value) {
    if (value < 9.995)
        return 2;
    return value < 99.95 ? 1 : 0;
}

const char *dlt_format_bytes(int64_t bytes, char out[DLT_FORMAT_BYTES]) {
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(out, DLT_FORMAT_BYTES, "%" PRId64 " B", bytes);
        return out;
    }
    double value = (double)bytes / 1000;
    int unit = 0;
    while (value >= 999.5) {
        value /= 1000;
        unit++;
    }
    snprintf(out, DLT_FORMAT_BYTES, "%.*f %s", digits_behind_point(value), value, units[unit]);
    return out;
}

const char *dlt_format_count(int64_t count, char out[DLT_FORMAT_BYTES]) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, count);
    size_t sign = digits[0] == '-' ? 1 : 0;
    size_t length = strlen(digits);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > sign && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

const char *dlt_format_duration(double seconds, char out[DLT_FORMAT_BYTES]) {
    if (!(seconds >= 0 && seconds < 1e15)) {
        snprintf(out, DLT_FORMAT_BYTES, "?");
    } else if (seconds < 59.95) {
        snprintf(out, DLT_FORMAT_BYTES, "%.*f s", seconds < 0.9995 ? 2 : 1, seconds);
    } else if (seconds < 3599.5) {
        int64_t whole = llround(seconds);
        snprintf(out, DLT_FORMAT_BYTES, "%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
    } else if (seconds < 86370) {
        int64_t minutes = llround(seconds / 60);
        snprintf(out, DLT_FORMAT_BYTES, "%" PRId64 " h %02" PRId64 " min", minutes / 60,
                 minutes % 60);
    } else {
        int64_t hours = llround(seconds / 3600);
        snprintf(out, DLT_FORMAT_BYTES, "%" PRId64 " d %" PRId64 " h", hours / 24, hours % 24);
    }
    return out;
}

const char *dlt_format_rate(double per_second, const char *unit, char out[DLT_FORMAT_BYTES]) {
    char number[DLT_FORMAT_BYTES] = "?";
    if (isfinite(per_second) && fabs(per_second) < 99.95)
        snprintf(number, sizeof number, "%.*f", digits_behind_point(fabs(per_second)), per_second);
    else if (fabs(per_second) < 1e18)
        dlt_format_count(llround(per_second), number);
    snprintf(out, DLT_FORMAT_BYTES, "%.30s %.28s/s", number, unit);
    return out;
}

size_t dlt_report_columns(const char *text) {
    size_t columns = 0;
    for (const char *c = text; *c != '\0'; c++)
        columns += ((unsigned char)*c & 0xC0) != 0x80; /* not a continuation byte of UTF-8 */
    return columns;
}
