/* The first few names of each reason are kept, since a sentence has room for no more. Names come
 * from strangers: what is not well-formed UTF-8 (RFC 3629) or controls a terminal is not printed.
 */
#include "data/left_out.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 120 };

/* The bytes of the UTF-8 sequence at `at`, 0 where it is none or a control character. */
static int printed_bytes(const char *at) {
    const bool is_control = (unsigned char)*at < 0x20 || *at == 0x7F;
    return is_control ? 0 : dlt_utf8_bytes(at);
}

bool dlt_name_is_text(const char *name) {
    while (printed_bytes(name) > 0)
        name += printed_bytes(name);
    return *name == '\0';
}

void dlt_name_print(const char *name, dlt_text *text) {
    for (int used = 0; *name != '\0';) {
        const int bytes = printed_bytes(name);
        if (used + bytes > NAME_BYTES_MAX) {
            dlt_text_add(text, "…");
            return;
        }
        if (bytes == 0)
            dlt_text_add(text, "?");
        else
            dlt_text_add_bytes(text, name, (size_t)bytes);
        used += bytes == 0 ? 1 : bytes;
        name += bytes == 0 ? 1 : bytes;
    }
}

static dlt_left_out_reason *find_reason(dlt_left_out *left_out, const char *reason) {
    for (int i = 0; i < left_out->reasons; i++)
        if (strcmp(left_out->at[i].reason, reason) == 0)
            return &left_out->at[i];
    if (left_out->reasons == DLT_LEFT_OUT_REASONS - 1)
        reason = "other";
    if (left_out->reasons == DLT_LEFT_OUT_REASONS)
        return &left_out->at[DLT_LEFT_OUT_REASONS - 1];
    dlt_left_out_reason *made = &left_out->at[left_out->reasons++];
    snprintf(made->reason, sizeof made->reason, "%s", reason);
    return made;
}

dlt_status dlt_left_out_add(dlt_left_out *left_out, const char *reason, const char *name) {
    dlt_left_out_reason *one = find_reason(left_out, reason);
    left_out->count++;
    one->count++;
    if (one->count > DLT_LEFT_OUT_NAMES)
        return DLT_OK;
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_name_print(name, &text);
    one->names[one->count - 1] = dlt_alloc_text(dlt_text_of(&text));
    dlt_status status = dlt_text_check(&text);
    dlt_text_destroy(&text);
    return one->names[one->count - 1] == NULL ? DLT_ERR_MEM : status;
}

void dlt_left_out_print(const dlt_left_out *left_out, dlt_text *text) {
    if (left_out->count == 0)
        return;
    dlt_text_add(text, "%" PRId64 " file%s: ", left_out->count, left_out->count == 1 ? "" : "s");
    for (int i = 0; i < left_out->reasons; i++) {
        const dlt_left_out_reason *one = &left_out->at[i];
        dlt_text_add(text, "%s%s (%" PRId64 "): ", i == 0 ? "" : "; ", one->reason, one->count);
        for (int n = 0; n < DLT_LEFT_OUT_NAMES && n < one->count; n++)
            dlt_text_add(text, "%s%s", n == 0 ? "" : ", ", one->names[n]);
        if (one->count > DLT_LEFT_OUT_NAMES)
            dlt_text_add(text, ", …");
    }
}

void dlt_left_out_clear(dlt_left_out *left_out) {
    for (int i = 0; i < left_out->reasons; i++)
        for (int n = 0; n < DLT_LEFT_OUT_NAMES; n++)
            dlt_free(left_out->at[i].names[n]);
    *left_out = (dlt_left_out){.count = 0};
}
