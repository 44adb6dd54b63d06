/* Odd HDF5 files: shapes, links, attributes, values and labels, and damage. */
#include "unit/ingest/odd_hdf5.h"

/* shapes */
static void put_space(hid_t file, hid_t space) {
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const float values[64] = {0};
    assert_true(dataset >= 0);
    (void)H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Sclose(space);
    put_labels(file);
}

static void scalar(hid_t file) {
    put_space(file, H5Screate(H5S_SCALAR));
}

static void no_space(hid_t file) {
    put_space(file, H5Screate(H5S_NULL));
}

static void no_samples(hid_t file) {
    put_space(file, H5Screate_simple(1, (const hsize_t[]){0}, NULL));
}

static void empty_samples(hid_t file) {
    put_space(file, H5Screate_simple(2, (const hsize_t[]){SAMPLES, 0}, NULL));
}

static void many_dimensions(hid_t file) {
    put_space(file, H5Screate_simple(8, (const hsize_t[]){SAMPLES, 1, 1, 1, 1, 1, 1, 1}, NULL));
}

static void other_count(hid_t file) {
    put_space(file, H5Screate_simple(1, (const hsize_t[]){SAMPLES + 1}, NULL));
}

static void growing(hid_t file) {
    const hsize_t now = SAMPLES;
    const hsize_t most = H5S_UNLIMITED;
    hid_t creation = in_chunks();
    hid_t space = H5Screate_simple(1, &now, &most);
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, reals) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(creation);
    put_labels(file);
}

/* links */
static void put_elsewhere(hid_t file, const char *name) {
    put_numbers(file, name, H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, reals);
    put_labels(file);
}

static void soft_link(hid_t file) {
    put_elsewhere(file, "elsewhere");
    H5Lcreate_soft("/elsewhere", file, "x", H5P_DEFAULT, H5P_DEFAULT);
}

static void hard_link(hid_t file) {
    put_elsewhere(file, "elsewhere");
    H5Lcreate_hard(file, "elsewhere", file, "x", H5P_DEFAULT, H5P_DEFAULT);
}

static void dangling_link(hid_t file) {
    put_labels(file);
    H5Lcreate_soft("/nowhere", file, "x", H5P_DEFAULT, H5P_DEFAULT);
}

static void circular_link(hid_t file) {
    put_labels(file);
    H5Lcreate_soft("/z", file, "x", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/x", file, "z", H5P_DEFAULT, H5P_DEFAULT);
}

static void external_link(hid_t file) {
    hid_t other =
        H5Fcreate(scratch_path(&it.files, "in/other.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_elsewhere(other, "there");
    H5Fclose(other);
    put_labels(file);
    H5Lcreate_external("other.h5", "/there", file, "x", H5P_DEFAULT, H5P_DEFAULT);
}

static void external_link_to_nothing(hid_t file) {
    put_labels(file);
    H5Lcreate_external("gone.h5", "/there", file, "x", H5P_DEFAULT, H5P_DEFAULT);
}

static void group(hid_t file) {
    put_labels(file);
    H5Gclose(H5Gcreate2(file, "x", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void nothing_called_x(hid_t file) {
    put_elsewhere(file, "inputs");
}

static void put_virtual(hid_t file, const char *source) {
    const hsize_t count = SAMPLES;
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    put_elsewhere(file, "elsewhere");
    assert_true(H5Pset_virtual(creation, space, ".", source, space) >= 0);
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
}

static void virtual_set(hid_t file) {
    put_virtual(file, "/elsewhere");
}

static void virtual_set_of_nothing(hid_t file) {
    put_virtual(file, "/gone");
}

static void virtual_set_of_itself(hid_t file) {
    put_virtual(file, "/x");
}

/* attributes */
static void put_attribute(hid_t file, const char *name, hid_t type, const void *value) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute =
        H5Acreate_by_name(file, "x", name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void packed(hid_t file) {
    const double factor = 0.1;
    i16_big(file);
    put_attribute(file, "scale_factor", H5T_NATIVE_DOUBLE, &factor);
}

static void packed_by_offset(hid_t file) {
    const double offset = 273.15;
    i16_big(file);
    put_attribute(file, "add_offset", H5T_NATIVE_DOUBLE, &offset);
}

static void packed_by_nothing(hid_t file) {
    const double one = 1;
    const double none = 0;
    i16_big(file);
    put_attribute(file, "scale_factor", H5T_NATIVE_DOUBLE, &one);
    put_attribute(file, "add_offset", H5T_NATIVE_DOUBLE, &none);
}

static void marked(hid_t file) {
    f32(file);
    put_attribute(file, "missing_value", H5T_NATIVE_FLOAT, &reals[1]);
}

static void marked_in_vain(hid_t file) {
    const float mark = -999;
    f32(file);
    put_attribute(file, "_FillValue", H5T_NATIVE_FLOAT, &mark);
}

static void other_attributes(hid_t file) {
    const float half_of_it = 0.5F;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 10);
    f32(file);
    put_attribute(file, "units", type, "kelvin\0\0\0");
    put_attribute(file, "CLASS", type, "IMAGE\0\0\0\0");
    put_attribute(file, "mean", H5T_NATIVE_FLOAT, &half_of_it);
    H5Tclose(type);
}

/* values and labels */
static void not_a_number(hid_t file) {
    const uint32_t bits[SAMPLES] = {0x3FC00000, 0x7FC00000, 0x40400000};
    put_numbers(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, bits);
    put_labels(file);
}

static void infinite(hid_t file) {
    const uint32_t bits[SAMPLES] = {0x3FC00000, 0xFF800000, 0x40400000};
    put_numbers(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, bits);
    put_labels(file);
}

static void put_real_labels(hid_t file, double odd) {
    const double values[SAMPLES] = {2, 0, odd};
    put_numbers(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, reals);
    put_numbers(file, "y", H5T_IEEE_F64BE, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
}

static void labels_as_reals(hid_t file) {
    put_real_labels(file, 1);
}

static void labels_between(hid_t file) {
    put_real_labels(file, 0.5);
}

static void labels_negative(hid_t file) {
    put_real_labels(file, -1);
}

static void labels_beyond(hid_t file) {
    put_real_labels(file, CLASSES);
}

static void labels_huge(hid_t file) {
    const uint64_t values[SAMPLES] = {2, 0, (UINT64_C(1) << 32) + 1};
    put_numbers(file, "x", H5T_IEEE_F32LE, H5P_DEFAULT, H5T_NATIVE_FLOAT, reals);
    put_numbers(file, "y", H5T_STD_U64LE, H5P_DEFAULT, H5T_NATIVE_UINT64, values);
}

/* files */
static void replace_file(const void *bytes, size_t count) {
    scratch_write(scratch_path(&it.files, "in/a.h5"), bytes, count);
}

static void empty_file(void) {
    replace_file("", 0);
}

static void text_file(void) {
    replace_file("x y\n1 2\n", 8);
}

static void netcdf_3(void) {
    replace_file("CDF\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void cut_file(void) {
    assert_int_equal(truncate(scratch_path(&it.files, "in/a.h5"), 1000), 0);
}

static void cut_to_signature(void) {
    assert_int_equal(truncate(scratch_path(&it.files, "in/a.h5"), 8), 0);
}

static void add_rest(void) {
    FILE *file = fopen(scratch_path(&it.files, "in/a.h5"), "ab");
    fputs("behind the end", file);
    fclose(file);
}

static const odd_data files[] = {
    {"a single number", scalar, REFUSED_SAYING("'x'")},
    {"no dataspace", no_space, REFUSED_SAYING("'x'")},
    {"no samples", no_samples, REFUSED_SAYING("'x'")},
    {"samples of nothing", empty_samples, REFUSED_SAYING("its samples are empty")},
    {"eight dimensions", many_dimensions, REFUSED_SAYING("'x'")},
    {"a sample more than labels", other_count, REFUSED_SAYING("has 4 samples in 'x' but 3 in 'y'")},
    {"room to grow", growing, ARE_REALS},
    {"soft link", soft_link, ARE_REALS},
    {"hard link", hard_link, ARE_REALS},
    {"soft link to nowhere", dangling_link, REFUSED_SAYING("a link that leads nowhere")},
    {"soft link to itself", circular_link, REFUSED_SAYING("leads back to itself")},
    {"link to another file", external_link, ARE_REALS},
    {"link to no file", external_link_to_nothing, REFUSED_SAYING("a link to another file")},
    {"a group", group, REFUSED_SAYING("'x'")},
    {"no such dataset", nothing_called_x, REFUSED_SAYING("has no dataset 'x'; it has: inputs, y")},
    {"virtual", virtual_set, ARE_REALS},
    {"virtual, of nothing", virtual_set_of_nothing, REFUSED_SAYING("'/gone'")},
    {"virtual, of itself", virtual_set_of_itself, REFUSED_SAYING("'x'")},
    {"packed by a factor", packed, REFUSED_SAYING("is packed: its attribute 'scale_factor'")},
    {"packed by an offset", packed_by_offset,
     REFUSED_SAYING("is packed: its attribute 'add_offset'")},
    {"a factor of 1 and an offset of 0", packed_by_nothing, ARE_WHOLES},
    {"a number marked as missing", marked, REFUSED_SAYING("row 1 of 'x'")},
    {"a mark that no number has", marked_in_vain, ARE_REALS},
    {"attributes of others", other_attributes, ARE_REALS},
    {"NaN", not_a_number, REFUSED_SAYING("row 1")},
    {"infinity", infinite, REFUSED_SAYING("row 1")},
    {"labels as float64", labels_as_reals, ARE_REALS},
    {"labels between two", labels_between, REFUSED_SAYING("0.5")},
    {"a negative label", labels_negative, REFUSED_SAYING("-1")},
    {"a label beyond the classes", labels_beyond, REFUSED_SAYING("label 8")},
    {"a label beyond 2^32", labels_huge, REFUSED_SAYING("4294967297")},
    {"no bytes at all", f32, empty_file, REFUSED_SAYING("a.h5 is empty")},
    {"text called HDF5", f32, text_file, REFUSED_SAYING("is not an HDF5 file")},
    {"netCDF-3", f32, netcdf_3, REFUSED_SAYING("is not an HDF5 file")},
    {"cut amid", f32, cut_file, REFUSED_SAYING("is truncated")},
    {"the signature alone", f32, cut_to_signature, REFUSED_SAYING("a.h5")},
    {"bytes behind its end", f32, add_rest, ARE_REALS},
};

static void data_dataset_tells_the_fate_of_odd_files(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        try_file(&files[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_dataset_tells_the_fate_of_odd_files, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
