/* Classes are kept sorted by name, so that each is found by bisection. The order of their labels is
 * another one: given, or that of the numbers that all names are. */
#include "data/class_list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/left_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 1 << 16 };

/* Where a name is, or belongs. */
static int64_t place_of(const dlt_class_list *list, const char *name, bool *found) {
    int64_t low = 0;
    int64_t high = list->count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (strcmp(list->at[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < list->count && strcmp(list->at[low].name, name) == 0;
    return low;
}

static const char *noun_of(const dlt_class_list *list) {
    return list->noun != NULL ? list->noun : "class folder";
}

static dlt_status fail_name(const dlt_class_list *list, const char *where, const char *name,
                            const char *what) {
    dlt_text shown = DLT_TEXT_EMPTY;
    dlt_name_print(name, &shown);
    dlt_status status =
        dlt_fail(DLT_ERR_FORMAT, "%s: %s '%s' %s", where, noun_of(list), dlt_text_of(&shown), what);
    dlt_text_destroy(&shown);
    return status;
}

static dlt_status grow(dlt_class_list *list) {
    if (list->count < list->room)
        return DLT_OK;
    const int64_t room = list->room == 0 ? 16 : 2 * list->room;
    dlt_picture_class *larger = NULL;
    DLT_TRY(DLT_NEW(larger, room));
    for (int64_t i = 0; i < list->count; i++)
        larger[i] = list->at[i];
    dlt_free(list->at);
    list->at = larger;
    list->room = room;
    return DLT_OK;
}

dlt_status dlt_class_list_take(dlt_class_list *list, const char *name, const char *where,
                               dlt_picture_class **out) {
    bool found = false;
    const int64_t place = place_of(list, name, &found);
    if (!found) {
        if (list->is_final) {
            char what[80];
            snprintf(what, sizeof what, "belongs to none of the %" PRId64 " classes", list->count);
            return fail_name(list, where, name, what);
        }
        if (!dlt_name_is_text(name))
            return fail_name(list, where, name, "has a name that is not one line of UTF-8");
        if (list->count == CLASSES_MAX)
            return dlt_fail(DLT_ERR_FORMAT, "%s has more than %d %ss", where, CLASSES_MAX,
                            noun_of(list));
        DLT_TRY(grow(list));
        char *copy = dlt_alloc_text(name);
        if (copy == NULL)
            return DLT_ERR_MEM;
        memmove(list->at + place + 1, list->at + place,
                (size_t)(list->count - place) * sizeof *list->at);
        list->at[place] = (dlt_picture_class){.name = copy};
        list->count++;
    }
    *out = &list->at[place];
    return DLT_OK;
}

dlt_status dlt_class_list_start(dlt_class_list *list, const char *names, const char *where) {
    for (int32_t label = 0; *names != '\0'; label++) {
        const size_t length = strcspn(names, "\n");
        dlt_text name = DLT_TEXT_EMPTY;
        dlt_picture_class *one = NULL;
        dlt_text_add_bytes(&name, names, length);
        dlt_status status = dlt_text_check(&name);
        if (status == DLT_OK)
            status = dlt_class_list_take(list, dlt_text_of(&name), where, &one);
        if (status == DLT_OK && list->count != label + 1)
            status = dlt_fail(DLT_ERR_FORMAT, "%s has two classes named '%s'", where,
                              dlt_text_of(&name));
        dlt_text_destroy(&name);
        DLT_TRY(status);
        if (one != NULL)
            one->label = label;
        names += length + (names[length] == '\n');
    }
    list->is_final = true;
    return DLT_OK;
}

/* Decimal digits behind an optional sign. */
static bool is_number(const char *name) {
    name += name[0] == '-' || name[0] == '+' ? 1 : 0;
    const size_t digits = strspn(name, "0123456789");
    return digits > 0 && digits < 18 && name[digits] == '\0';
}

static bool all_numbers(const dlt_class_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        if (!is_number(list->at[i].name))
            return false;
    return list->count > 0;
}

/* Of pointers to classes; the same number written in two ways goes by its text. */
static int compare_numbers(const void *a, const void *b) {
    const dlt_picture_class *first = *(dlt_picture_class *const *)a;
    const dlt_picture_class *second = *(dlt_picture_class *const *)b;
    const long long x = strtoll(first->name, NULL, 10);
    const long long y = strtoll(second->name, NULL, 10);
    return x != y ? (x > y) - (x < y) : strcmp(first->name, second->name);
}

static dlt_status order_as_given(dlt_class_list *list, const dlt_strings *given, const char *where,
                                 dlt_picture_class **order) {
    for (int64_t i = 0; i < given->count; i++) {
        bool found = false;
        const int64_t place = place_of(list, given->at[i], &found);
        if (!found || list->count != given->count)
            return dlt_fail(
                DLT_ERR_FORMAT,
                "%s has other %ss (%" PRId64 ") than the description names (%" PRId64 ")%s%s%s",
                where, noun_of(list), list->count, given->count, found ? "" : ": there is no '",
                found ? "" : given->at[i], found ? "" : "'");
        if (list->at[place].label != 0)
            return dlt_fail(DLT_ERR_CONFIG, "the description names the class '%s' twice",
                            given->at[i]);
        list->at[place].label = 1; /* for now: it has its place */
        order[i] = &list->at[place];
    }
    return DLT_OK;
}

dlt_status dlt_class_list_finish(dlt_class_list *list, const dlt_strings *given, const char *where,
                                 dlt_text *names) {
    dlt_picture_class **order = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(order, list->count > given->count ? list->count : given->count));
    for (int64_t i = 0; i < list->count; i++)
        order[i] = &list->at[i];
    if (given->count > 0)
        DLT_TRY_OUT(order_as_given(list, given, where, order));
    else if (all_numbers(list))
        qsort(order, (size_t)list->count, sizeof(dlt_picture_class *), compare_numbers);
    for (int64_t i = 0; i < list->count; i++) {
        order[i]->label = (int32_t)i;
        dlt_text_add(names, "%s%s", i == 0 ? "" : "\n", order[i]->name);
    }
    status = dlt_text_check(names);
    list->is_final = true;
out:
    dlt_free(order);
    return status;
}

void dlt_class_list_reset(dlt_class_list *list) {
    for (int64_t i = 0; i < list->count; i++) {
        list->at[i].is_seen = false;
        list->at[i].pictures = 0;
        list->at[i].left_out = 0;
        list->at[i].reason[0] = '\0';
    }
}

void dlt_class_list_destroy(dlt_class_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        dlt_free(list->at[i].name);
    dlt_free(list->at);
    *list = (dlt_class_list){.noun = list->noun};
}
