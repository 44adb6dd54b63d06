/* A radix sort from the least significant digit, which is stable (Knuth 1998, The Art of Computer
 * Programming 3, algorithm 5.2.5R), with digits of 11 bits: one to three passes. Its time depends
 * on the number of uses, and on that of the rows only by the passes. */
#include "layers/row_sort.h"

#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static int digit_of(int32_t row, int shift) {
    return (int)((uint32_t)row >> shift) & (DIGITS - 1);
}

static void sort_digit(int64_t count, int shift, const dlt_row_use *from, dlt_row_use *to) {
    int64_t starts[DIGITS];
    memset(starts, 0, sizeof starts);
    for (int64_t i = 0; i < count; i++)
        starts[digit_of(from[i].row, shift)]++;
    int64_t before = 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        const int64_t uses = starts[digit];
        starts[digit] = before;
        before += uses;
    }
    for (int64_t i = 0; i < count; i++)
        to[starts[digit_of(from[i].row, shift)]++] = from[i];
}

dlt_row_use *dlt_row_sort(int64_t count, int64_t rows, dlt_row_use *uses, dlt_row_use *scratch) {
    for (int shift = 0; (rows - 1) >> shift > 0; shift += DIGIT_BITS) {
        sort_digit(count, shift, uses, scratch);
        dlt_row_use *sorted = scratch;
        scratch = uses;
        uses = sorted;
    }
    return uses;
}
