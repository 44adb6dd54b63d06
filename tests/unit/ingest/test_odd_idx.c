/* Odd IDX files, after the page of the MNIST database: two zero bytes, a type, a number of
 * dimensions, each dimension in four bytes, then the values, all big-endian. Samples are two of two
 * values, labels 2 and 1, unless that is the flaw. */
#include "unit/ingest/odd.h"

#include <zlib.h>

enum { SAMPLES = 2, VALUES = 2 * SAMPLES };

typedef enum packing { PLAIN, GZIP, GZIP_CUT, GZIP_SPOILT } packing;

typedef struct odd_pair {
    const char *flaw;
    odd_bytes x;
    odd_bytes y;
    packing packed; /* of x */
    odd_fate fate;
    double expected[VALUES];
    const char *words; /* of a refusal, or the note */
} odd_pair;

/* Types: 08 unsigned and 09 signed bytes, 0B 16 bits, 0C 32 bits, 0D float, 0E double. */
#define X_OF(type, values)   .x = BYTES("\0\0" type "\2\0\0\0\2\0\0\0\2" values)
#define Y_OF(type, values)   .y = BYTES("\0\0" type "\1\0\0\0\2" values)
#define X                    X_OF("\x08", "\1\2\xFE\xFF")
#define Y                    Y_OF("\x08", "\2\1")
#define REFUSED_SAYING(text) .fate = REFUSED, .words = text

static const odd_pair pairs[] = {
    /* types */
    {"unsigned bytes", X, Y, .expected = {1, 2, 254, 255}},
    {"signed bytes", X_OF("\x09", "\1\2\xFE\xFF"), Y, .expected = {1, 2, -2, -1}},
    {"16 bits", X_OF("\x0B", "\0\1\1\0\xFF\xFF\x80\0"), Y, .expected = {1, 256, -1, -32768}},
    {"32 bits", X_OF("\x0C", "\0\0\0\1\0\1\0\0\xFF\xFF\xFF\xFF\x80\0\0\0"), Y,
     .expected = {1, 65536, -1, -2147483648.0}},
    {"32 bits beyond 2^24", X_OF("\x0C", "\0\0\0\1\1\0\0\1\0\0\0\2\0\0\0\3"), Y, .fate = LEFT_OUT,
     .expected = {1, 16777216, 2, 3}, .words = "note: "},
    {"float", X_OF("\x0D", "\x3F\xC0\0\0\xC0\0\0\0\0\0\0\0\x41\x20\0\0"), Y,
     .expected = {1.5, -2, 0, 10}},
    {"double",
     X_OF("\x0E", "\x3F\xF8\0\0\0\0\0\0\xC0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\x24\0\0\0\0\0\0"), Y,
     .expected = {1.5, -2, 0, 10}},
    {"float that is NaN", X_OF("\x0D", "\x7F\xC0\0\0\xC0\0\0\0\0\0\0\0\x41\x20\0\0"), Y,
     REFUSED_SAYING("x.idx: sample 0 ")},
    {"float that is infinite", X_OF("\x0D", "\0\0\0\0\0\0\0\0\0\0\0\0\x7F\x80\0\0"), Y,
     REFUSED_SAYING("x.idx: sample 1 ")},
    {"double beyond float32",
     X_OF("\x0E", "\x7F\xE0\0\0\0\0\0\0\xC0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\x24\0\0\0\0\0\0"), Y,
     REFUSED_SAYING("x.idx: sample 0 ")},
    {"labels of 32 bits", X, Y_OF("\x0C", "\0\0\0\2\0\0\0\1"), .expected = {1, 2, 254, 255}},
    {"labels of 16 bits", X, Y_OF("\x0B", "\0\2\0\1"), .expected = {1, 2, 254, 255}},
    {"a negative label", X, Y_OF("\x09", "\2\xFF"), REFUSED_SAYING("y.idx: label -1 of sample 1")},
    {"type 0A, which there is not", X_OF("\x0A", "\1\2\3\4"), Y, REFUSED_SAYING("x.idx")},
    {"type 0F, which there is not", X_OF("\x0F", "\1\2\3\4"), Y, REFUSED_SAYING("x.idx")},
    {"type 00", X_OF("\0", "\1\2\3\4"), Y, REFUSED_SAYING("x.idx")},
    /* dimensions */
    {"no dimensions", .x = BYTES("\0\0\x08\0\1"), Y, REFUSED_SAYING("has 0 dimensions")},
    {"samples of one dimension", .x = BYTES("\0\0\x08\1\0\0\0\2\1\2"), Y,
     REFUSED_SAYING("samples need more")},
    {"samples of four dimensions",
     .x = BYTES("\0\0\x08\4\0\0\0\2\0\0\0\1\0\0\0\2\0\0\0\1\1\2\xFE\xFF"), Y,
     .expected = {1, 2, 254, 255}},
    {"255 dimensions", .x = BYTES("\0\0\x08\xFF\0\0\0\2"), Y, REFUSED_SAYING("255 dimensions")},
    {"a dimension of 0", .x = BYTES("\0\0\x08\2\0\0\0\2\0\0\0\0"), Y, REFUSED_SAYING("x.idx")},
    {"no samples", .x = BYTES("\0\0\x08\2\0\0\0\0\0\0\0\2"), .y = BYTES("\0\0\x08\1\0\0\0\0"),
     REFUSED_SAYING("no training samples")},
    {"2^32 - 1 samples", .x = BYTES("\0\0\x08\2\xFF\xFF\xFF\xFF\0\0\0\2\1\2\3\4"), Y,
     REFUSED_SAYING("more than the file can hold")},
    {"samples whose size overflows",
     .x = BYTES("\0\0\x08\4\0\0\0\2\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), Y,
     REFUSED_SAYING("does not make a sample")},
    {"samples of 2^31 bytes", .x = BYTES("\0\0\x08\2\0\0\0\2\x80\0\0\0\1\2"), Y,
     REFUSED_SAYING("x.idx")},
    {"counts that disagree", X, .y = BYTES("\0\0\x08\1\0\0\0\1\2"),
     REFUSED_SAYING("has 2 samples but ")},
    {"the same, the other way", X, .y = BYTES("\0\0\x08\1\0\0\0\3\2\1\0"),
     REFUSED_SAYING("has 2 samples but ")},
    /* ends */
    {"no bytes at all", .x = BYTES(""), Y, REFUSED_SAYING("x.idx is truncated")},
    {"cut amid the first four", .x = BYTES("\0\0\x08"), Y, REFUSED_SAYING("x.idx is truncated")},
    {"cut amid a dimension", .x = BYTES("\0\0\x08\2\0\0\0\2\0\0"), Y,
     REFUSED_SAYING("x.idx is truncated")},
    {"a byte less", X_OF("\x08", "\1\2\3"), Y, REFUSED_SAYING("x.idx is truncated")},
    {"a byte more", X_OF("\x08", "\1\2\3\4\5"), Y, REFUSED_SAYING("goes on after the 2 samples")},
    {"a label less", X, Y_OF("\x08", "\2"), REFUSED_SAYING("y.idx is truncated")},
    {"a label more", X, Y_OF("\x08", "\2\1\1"), REFUSED_SAYING("y.idx goes on after the 2")},
    {"little-endian", .x = BYTES("\0\0\x08\2\2\0\0\0\2\0\0\0\1\2\3\4"), Y, REFUSED_SAYING("x.idx")},
    {"text", .x = BYTES("1 2\n3 4\n"), Y, REFUSED_SAYING("x.idx is not an IDX file")},
    {"NumPy", .x = BYTES("\x93NUMPY\1\0v\0{'descr': '|u1'}"), Y,
     REFUSED_SAYING("x.idx is not an IDX file")},
    /* compressed */
    {"gzip", X, Y, GZIP, .expected = {1, 2, 254, 255}},
    {"gzip, cut short", X, Y, GZIP_CUT, REFUSED_SAYING("x.idx is truncated")},
    {"gzip with a wrong checksum", X, Y, GZIP_SPOILT, REFUSED_SAYING("x.idx is damaged")},
};

enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void put_samples(const odd_pair *odd) {
    odd_file file = {.count = 0};
    z_stream stream = {0};
    if (odd->packed == PLAIN) {
        put("x.idx", odd->x.at, odd->x.count);
        return;
    }
    unsigned char plain[256];
    memcpy(plain, odd->x.at, odd->x.count);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = plain;
    stream.avail_in = (uInt)odd->x.count;
    stream.next_out = file.at;
    stream.avail_out = sizeof file.at;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    file.count = stream.total_out - (odd->packed == GZIP_CUT ? 3 : 0);
    file.at[stream.total_out - 8] ^= odd->packed == GZIP_SPOILT;
    assert_int_equal(deflateEnd(&stream), Z_OK);
    odd_put("x.idx", &file);
}

static void expect_values(const odd_pair *odd) {
    float x[VALUES];
    int32_t y[SAMPLES];
    dlt_h5_dataset *dataset = NULL;
    open_shard("train-00000-of-00001.h5");
    assert_int_equal(dlt_h5_dataset_open(it.shard, "x", &dataset), DLT_OK);
    const dlt_shape shape = dlt_h5_dataset_info(dataset)->shape;
    dlt_h5_dataset_close(&dataset);
    assert_int_equal(dlt_shape_count(&shape), VALUES);
    read_shard("x", DLT_H5_F32, &shape, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {SAMPLES}}, y);
    for (int i = 0; i < VALUES; i++)
        if (x[i] != (float)odd->expected[i])
            fail_msg("%s: value %d is %g, not %g", odd->flaw, i, (double)x[i], odd->expected[i]);
    assert_true(y[0] == 2 && y[1] == 1);
}

static void try_pair(const odd_pair *odd) {
    char told[2000];
    odd_begin();
    put_samples(odd);
    put("y.idx", odd->y.at, odd->y.count);
    const dlt_status status =
        odd_import("name: i\nformat: {idx: {train: {x: x.idx, y: y.idx}}}\n", told, sizeof told);
    if (odd_is_taken(odd->flaw, odd->fate, status, odd->words, told))
        expect_values(odd);
}

static void data_import_idx_tells_the_fate_of_odd_files(void **state) {
    (void)state;
    for (int i = 0; i < PAIRS; i++)
        try_pair(&pairs[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_import_idx_tells_the_fate_of_odd_files, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("data_odd_idx", tests, NULL, NULL);
}
