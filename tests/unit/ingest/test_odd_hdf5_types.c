/* Odd HDF5 files: types of numbers, layouts, filters, and what was never written. */
#include "unit/ingest/odd_hdf5.h"

enum { FOREIGN_FILTER = 40000 };

static void f32_big(hid_t file) {
    put_reals(file, H5T_IEEE_F32BE, H5P_DEFAULT);
}

static void f64_big(hid_t file) {
    put_reals(file, H5T_IEEE_F64BE, H5P_DEFAULT);
}

static void f64_fine(hid_t file) {
    const double fine[SAMPLES] = {0.1, 1e-300, 16777217};
    put_numbers(file, "x", H5T_IEEE_F64LE, H5P_DEFAULT, H5T_NATIVE_DOUBLE, fine);
    put_labels(file);
}

static void f64_huge(hid_t file) {
    const double huge[SAMPLES] = {1, 1e39, 2};
    put_numbers(file, "x", H5T_IEEE_F64LE, H5P_DEFAULT, H5T_NATIVE_DOUBLE, huge);
    put_labels(file);
}

/* A float of another size: sign at the top, then exponent, then mantissa. */
static void other_float(hid_t file, size_t bytes, size_t exponent_bits, size_t bias) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    const size_t bits = 8 * bytes;
    const size_t mantissa = bits - 1 - exponent_bits;
    assert_true(H5Tset_fields(type, bits - 1, mantissa, exponent_bits, 0, mantissa) >= 0);
    assert_true(H5Tset_size(type, bytes) >= 0 && H5Tset_ebias(type, bias) >= 0);
    put_reals(file, type, H5P_DEFAULT);
    H5Tclose(type);
}

static void half(hid_t file) {
    other_float(file, 2, 5, 15);
}

static void bfloat16(hid_t file) {
    other_float(file, 2, 8, 127);
}

static void long_double(hid_t file) {
    put_reals(file, H5T_NATIVE_LDOUBLE, H5P_DEFAULT);
}

static void i8(hid_t file) {
    put_wholes(file, H5T_STD_I8LE);
}

static void i32_big(hid_t file) {
    put_wholes(file, H5T_STD_I32BE);
}

static void i64_big(hid_t file) {
    put_wholes(file, H5T_STD_I64BE);
}

static void u64_above(hid_t file) {
    const uint64_t values[SAMPLES] = {16777217, UINT64_C(1) << 63, 3};
    put_numbers(file, "x", H5T_STD_U64LE, H5P_DEFAULT, H5T_NATIVE_UINT64, values);
    put_labels(file);
}

static void u32_above(hid_t file) {
    const uint32_t values[SAMPLES] = {16777217, 4294967295, 16777219};
    put_numbers(file, "x", H5T_STD_U32BE, H5P_DEFAULT, H5T_NATIVE_UINT32, values);
    put_labels(file);
}

/* 24 bits in four bytes, as some instruments store them. */
static void i24(hid_t file) {
    hid_t type = H5Tcopy(H5T_STD_I32LE);
    assert_true(H5Tset_precision(type, 24) >= 0);
    put_wholes(file, type);
    H5Tclose(type);
}

static void put_enum(hid_t file, const char *first, const char *second, const char *third) {
    const int8_t values[SAMPLES] = {1, 0, 1};
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    H5Tenum_insert(type, first, (const int8_t[]){0});
    H5Tenum_insert(type, second, (const int8_t[]){1});
    if (third != NULL)
        H5Tenum_insert(type, third, (const int8_t[]){2});
    put_numbers(file, "x", type, H5P_DEFAULT, type, values);
    put_labels(file);
    H5Tclose(type);
}

static void boolean(hid_t file) {
    put_enum(file, "FALSE", "TRUE", NULL);
}

static void colours(hid_t file) {
    put_enum(file, "RED", "GREEN", "BLUE");
}

static void put_bytes_of(hid_t file, hid_t type) {
    char bytes[256] = {0};
    assert_true(type >= 0 && H5Tget_size(type) * SAMPLES <= sizeof bytes);
    put_numbers(file, "x", type, H5P_DEFAULT, type, bytes);
    put_labels(file);
    H5Tclose(type);
}

static void bit_field(hid_t file) {
    put_bytes_of(file, H5Tcopy(H5T_STD_B8LE));
}

static void opaque(hid_t file) {
    put_bytes_of(file, H5Tcreate(H5T_OPAQUE, 4));
}

static void text(hid_t file) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 4);
    put_bytes_of(file, type);
}

static void text_of_any_length(hid_t file) {
    const char *const values[SAMPLES] = {"1.5", "-2", "3"};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    put_numbers(file, "x", type, H5P_DEFAULT, type, values);
    put_labels(file);
    H5Tclose(type);
}

static void record(hid_t file) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "a", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(type, "b", 4, H5T_NATIVE_INT32);
    put_bytes_of(file, type);
}

static void complex_number(hid_t file) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "r", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(type, "i", 4, H5T_NATIVE_FLOAT);
    put_bytes_of(file, type);
}

static void arrays(hid_t file) {
    const hsize_t two = 2;
    put_bytes_of(file, H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &two));
}

static void lists(hid_t file) {
    hid_t type = H5Tvlen_create(H5T_NATIVE_FLOAT);
    hvl_t values[SAMPLES] = {{0, NULL}, {0, NULL}, {0, NULL}};
    put_numbers(file, "x", type, H5P_DEFAULT, type, values);
    put_labels(file);
    H5Tclose(type);
}

static void references(hid_t file) {
    put_bytes_of(file, H5Tcopy(H5T_STD_REF_OBJ));
}

/* storage */
static void put_stored(hid_t file, hid_t type, hid_t creation) {
    put_reals(file, type, creation);
    H5Pclose(creation);
}

static void compact(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(creation, H5D_COMPACT);
    put_stored(file, H5T_IEEE_F32LE, creation);
}

static void chunks(hid_t file) {
    put_stored(file, H5T_IEEE_F64BE, in_chunks());
}

static void filters(hid_t file) {
    hid_t creation = in_chunks();
    assert_true(H5Pset_shuffle(creation) >= 0 && H5Pset_deflate(creation, 9) >= 0 &&
                H5Pset_fletcher32(creation) >= 0);
    put_stored(file, H5T_IEEE_F32BE, creation);
}

static void n_bits(hid_t file) {
    hid_t type = H5Tcopy(H5T_STD_I32BE);
    hid_t creation = in_chunks();
    assert_true(H5Tset_precision(type, 12) >= 0 && H5Tset_offset(type, 4) >= 0);
    assert_true(H5Pset_nbit(creation) >= 0);
    put_numbers(file, "x", type, creation, H5T_NATIVE_INT32, wholes);
    put_labels(file);
    H5Pclose(creation);
    H5Tclose(type);
}

static void scaled_wholes(hid_t file) {
    hid_t creation = in_chunks();
    assert_true(H5Pset_scaleoffset(creation, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT) >= 0);
    put_numbers(file, "x", H5T_STD_I32LE, creation, H5T_NATIVE_INT32, wholes);
    put_labels(file);
    H5Pclose(creation);
}

static void scaled_reals(hid_t file) {
    hid_t creation = in_chunks();
    assert_true(H5Pset_scaleoffset(creation, H5Z_SO_FLOAT_DSCALE, 1) >= 0);
    put_stored(file, H5T_IEEE_F32LE, creation);
}

/* Changes the bytes, so that they are others without it. */
static size_t filter_bytes(unsigned flags, size_t count, const unsigned values[], size_t bytes,
                           size_t *room, void **buffer) {
    (void)flags;
    (void)count;
    (void)values;
    (void)room;
    for (size_t i = 0; i < bytes; i++)
        ((unsigned char *)*buffer)[i] ^= 0x55;
    return bytes;
}

static void put_filtered(hid_t file, unsigned flags) {
    static const H5Z_class2_t foreign = {H5Z_CLASS_T_VERS, FOREIGN_FILTER, 1,    1,
                                         "foreign",        NULL,           NULL, filter_bytes};
    hid_t creation = in_chunks();
    assert_true(H5Zregister(&foreign) >= 0);
    assert_true(H5Pset_filter(creation, FOREIGN_FILTER, flags, 0, NULL) >= 0);
    put_stored(file, H5T_IEEE_F32LE, creation);
}

static void foreign_filter(hid_t file) {
    put_filtered(file, H5Z_FLAG_MANDATORY);
}

static void optional_foreign_filter(hid_t file) {
    put_filtered(file, H5Z_FLAG_OPTIONAL);
}

static void lose_filter(void) {
    assert_true(H5Zunregister(FOREIGN_FILTER) >= 0);
}

static void never_written(hid_t file) {
    put_numbers(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, NULL);
    put_labels(file);
}

static void filled(hid_t file) {
    hid_t creation = in_chunks();
    H5Pset_fill_value(creation, H5T_NATIVE_FLOAT, &reals[0]);
    put_numbers(file, "x", H5T_IEEE_F32LE, creation, H5T_NATIVE_FLOAT, NULL);
    put_labels(file);
    H5Pclose(creation);
}

static void half_written(hid_t file) {
    const hsize_t one = 1;
    hid_t creation = in_chunks();
    put_numbers(file, "x", H5T_IEEE_F32LE, creation, H5T_NATIVE_FLOAT, NULL);
    hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    hid_t rows = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &one, NULL);
    H5Sselect_hyperslab(rows, H5S_SELECT_SET, (const hsize_t[]){2}, NULL, &one, NULL);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory, rows, H5P_DEFAULT, reals) >= 0);
    H5Sclose(memory);
    H5Sclose(rows);
    H5Dclose(dataset);
    H5Pclose(creation);
    put_labels(file);
}

static void raw_outside(hid_t file) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    scratch_write(scratch_path(&it.files, "raw"), reals, sizeof reals);
    assert_true(H5Pset_external(creation, scratch_path(&it.files, "raw"), 0, sizeof reals) >= 0);
    put_stored(file, H5T_IEEE_F32LE, creation);
}

static const odd_data files[] = {
    {"nothing odd", f32, ARE_REALS},
    {"float32, big-endian", f32_big, ARE_REALS},
    {"float64, big-endian", f64_big, ARE_REALS},
    {"float64 that float32 cannot tell", f64_fine, .expected = {0.1F, 0, 16777216}},
    {"float64 beyond float32", f64_huge, REFUSED_SAYING("a.h5")},
    {"float16", half, ARE_REALS},
    {"bfloat16", bfloat16, ARE_REALS},
    {"long double", long_double, ARE_REALS},
    {"int8", i8, ARE_WHOLES},
    {"int16, big-endian", i16_big, ARE_WHOLES},
    {"int32, big-endian", i32_big, ARE_WHOLES},
    {"int64, big-endian", i64_big, ARE_WHOLES},
    {"24 bits in four bytes", i24, ARE_WHOLES},
    {"uint32 beyond 2^24, to the nearest even", u32_above,
     .expected = {16777216, 4294967296.0F, 16777220}},
    {"uint64 beyond 2^24 and 2^63", u64_above, .expected = {16777216, 9223372036854775808.0F, 3}},
    {"booleans", boolean, .expected = {1, 0, 1}},
    {"an enumeration, as its numbers", colours, .expected = {1, 0, 1}},
    {"bits", bit_field, REFUSED_SAYING("does not hold numbers")},
    {"opaque bytes", opaque, REFUSED_SAYING("does not hold numbers")},
    {"text", text, REFUSED_SAYING("does not hold numbers")},
    {"text of any length", text_of_any_length, REFUSED_SAYING("does not hold numbers")},
    {"records", record, REFUSED_SAYING("does not hold numbers")},
    {"complex numbers", complex_number, REFUSED_SAYING("does not hold numbers")},
    {"arrays", arrays, REFUSED_SAYING("does not hold numbers")},
    {"lists", lists, REFUSED_SAYING("does not hold numbers")},
    {"references", references, REFUSED_SAYING("does not hold numbers")},
    {"compact", compact, ARE_REALS},
    {"chunks", chunks, ARE_REALS},
    {"shuffle, deflate, fletcher32", filters, ARE_REALS},
    {"n-bit", n_bits, ARE_WHOLES},
    {"scale-offset of whole numbers", scaled_wholes, ARE_WHOLES},
    {"scale-offset of one decimal", scaled_reals, ARE_REALS},
    {"a filter that is not here", foreign_filter, lose_filter, REFUSED_SAYING("'x'")},
    {"an optional filter that is not here", optional_foreign_filter, lose_filter,
     REFUSED_SAYING("'x'")},
    {"never written", never_written, REFUSED_SAYING("'x'")},
    {"a fill value and nothing written", filled, REFUSED_SAYING("not all of it was ever written")},
    {"one chunk of two written", half_written, REFUSED_SAYING("not all of it was ever written")},
    {"bytes in another file", raw_outside, REFUSED_SAYING("'x'")},
};

static void data_dataset_tells_the_fate_of_odd_types_and_storage(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        try_file(&files[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_dataset_tells_the_fate_of_odd_types_and_storage,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
