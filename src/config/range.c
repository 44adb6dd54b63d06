/* Tests and describes the range and the length of a row. A row gives only the bounds it needs:
 * minimum and maximum both 0 and closed mean no bound, and a maximum of 0 with a positive or open
 * minimum means no upper bound. Test and sentence both use has_low and has_high, so they cannot
 * differ. */
#include "config/range.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>

/* Bounds beyond any count or quantity that a user could mean are no bounds to speak of. */
static const double unbounded = 9.2e18;

static bool has_low(const dlt_key *key) {
    bool none = key->minimum == 0 && key->maximum == 0 && !(key->flags & DLT_KEY_OPEN_LOW);
    return !none && key->minimum > -unbounded;
}

static bool has_high(const dlt_key *key) {
    bool low_only = key->maximum <= key->minimum && key->maximum == 0 &&
                    (key->minimum > 0 || key->flags & DLT_KEY_OPEN_LOW);
    bool none = key->minimum == 0 && key->maximum == 0 && !(key->flags & DLT_KEY_OPEN_HIGH);
    return !none && !low_only && key->maximum < unbounded;
}

bool dlt_range_holds(const dlt_key *key, double value) {
    if (!isfinite(value))
        return false;
    if (has_low(key) &&
        (key->flags & DLT_KEY_OPEN_LOW ? value <= key->minimum : value < key->minimum))
        return false;
    return !(has_high(key) &&
             (key->flags & DLT_KEY_OPEN_HIGH ? value >= key->maximum : value > key->maximum));
}

/* Counts read better without an exponent: 100000, not 1e+05. */
static void format_bound(double bound, char *out, size_t bytes) {
    if (bound == floor(bound) && fabs(bound) < 1e15)
        snprintf(out, bytes, "%.0f", bound);
    else
        dlt_format_real(bound, out, bytes);
}

void dlt_range_describe(const dlt_key *key, char *out, size_t bytes) {
    char low[32];
    char high[32];
    format_bound(key->minimum, low, sizeof low);
    format_bound(key->maximum, high, sizeof high);
    bool open = key->flags & (DLT_KEY_OPEN_LOW | DLT_KEY_OPEN_HIGH);
    if (has_low(key) && has_high(key) && !open) {
        snprintf(out, bytes, "from %s to %s", low, high);
        return;
    }
    const char *from = key->flags & DLT_KEY_OPEN_LOW ? "above " : "at least ";
    const char *to = key->flags & DLT_KEY_OPEN_HIGH ? "below " : "at most ";
    bool both = has_low(key) && has_high(key);
    snprintf(out, bytes, "%s%s%s%s%s", has_low(key) ? from : "", has_low(key) ? low : "",
             both ? " and " : "", has_high(key) ? to : "", has_high(key) ? high : "");
}

bool dlt_length_holds(const dlt_key *key, int64_t count) {
    return count >= key->least && (key->most == 0 || count <= key->most);
}

void dlt_length_describe(const dlt_key *key, char *out, size_t bytes) {
    long long least = (long long)key->least;
    long long most = (long long)key->most;
    out[0] = '\0';
    if (least == most && most > 0)
        snprintf(out, bytes, "%lld item%s", most, most == 1 ? "" : "s");
    else if (most > 0 && least > 0)
        snprintf(out, bytes, "%lld to %lld items", least, most);
    else if (most > 0)
        snprintf(out, bytes, "at most %lld item%s", most, most == 1 ? "" : "s");
    else if (least > 0)
        snprintf(out, bytes, "at least %lld item%s", least, least == 1 ? "" : "s");
}
