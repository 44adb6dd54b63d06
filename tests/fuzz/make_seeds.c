/* Usage: fuzz_make_seeds FOLDER
 * Writes into an existing folder what seeds.sh needs and no program at hand makes: small images
 * (*.png, *.jpg), data sets as other programs write them (*.h5) and a checkpoint of the run of
 * tiny_run.h (checkpoint.h5). */
#include "fuzz.h"
#include "tiny_run.h"

#include "checkpoint/checkpoint.h"

#include <hdf5.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

enum { HEIGHT = 6, WIDTH = 5, SAMPLES = 6, FEATURES = 2 };

static const char *folder;

static const char *in_folder(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_png(const char *name, int colour, int bits, int interlace) {
    unsigned char row[WIDTH * 8];
    const png_color palette[2] = {{1, 2, 3}, {200, 100, 50}};
    FILE *file = fopen(in_folder(name), "wb");
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(writer);
    fuzz_require(file != NULL && info != NULL, "an image can be written");
    png_init_io(writer, file);
    png_set_IHDR(writer, info, WIDTH, HEIGHT, bits, colour, interlace, PNG_COMPRESSION_TYPE_BASE,
                 PNG_FILTER_TYPE_BASE);
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(writer, info, palette, 2);
    png_write_info(writer, info);
    const int passes = png_set_interlace_handling(writer);
    for (int y = 0; y < passes * HEIGHT; y++) {
        memset(row, bits == 1 ? 0x50 : 16 * (y % HEIGHT), sizeof row);
        png_write_row(writer, row);
    }
    png_write_end(writer, NULL);
    png_destroy_write_struct(&writer, &info);
    fclose(file);
}

static void write_jpeg(const char *name, J_COLOR_SPACE space, int components, bool progressive) {
    unsigned char pixels[WIDTH * 4];
    struct jpeg_compress_struct writer;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(in_folder(name), "wb");
    fuzz_require(file != NULL, "an image can be written");
    writer.err = jpeg_std_error(&errors);
    jpeg_create_compress(&writer);
    jpeg_stdio_dest(&writer, file);
    writer.image_width = WIDTH;
    writer.image_height = HEIGHT;
    writer.input_components = components;
    writer.in_color_space = space;
    jpeg_set_defaults(&writer);
    if (progressive)
        jpeg_simple_progression(&writer);
    jpeg_start_compress(&writer, TRUE);
    for (int y = 0; y < HEIGHT; y++) {
        JSAMPROW row = pixels;
        memset(pixels, 30 * y, sizeof pixels);
        (void)jpeg_write_scanlines(&writer, &row, 1);
    }
    jpeg_finish_compress(&writer);
    jpeg_destroy_compress(&writer);
    fclose(file);
}

static void write_images(void) {
    write_png("grey.png", PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE);
    write_png("deep.png", PNG_COLOR_TYPE_RGB_ALPHA, 16, PNG_INTERLACE_ADAM7);
    write_png("palette.png", PNG_COLOR_TYPE_PALETTE, 1, PNG_INTERLACE_NONE);
    write_jpeg("grey.jpg", JCS_GRAYSCALE, 1, false);
    write_jpeg("colour.jpg", JCS_RGB, 3, false);
    write_jpeg("progressive.jpg", JCS_RGB, 3, true);
    write_jpeg("print.jpg", JCS_CMYK, 4, false);
}

static void put(hid_t file, const char *name, hid_t type, hid_t creation, int rank,
                const void *values) {
    const hsize_t extent[2] = {SAMPLES, FEATURES};
    hid_t space = H5Screate_simple(rank, extent, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    fuzz_require(H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
                 "a dataset can be written");
    H5Dclose(dataset);
    H5Sclose(space);
}

static void put_names(hid_t file) {
    const char *names[3] = {"cat", "dog", "owl"};
    const hsize_t extent = 3;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    hid_t space = H5Screate_simple(1, &extent, NULL);
    hid_t attribute = H5Acreate2(file, "class_names", type, space, H5P_DEFAULT, H5P_DEFAULT);
    fuzz_require(H5Awrite(attribute, type, names) >= 0, "an attribute can be written");
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* Old files have no checksums, and other structures than those of dltrain. One of them has text of
 * variable length, on which HDF5 hangs so easily when it is damaged that the other seeds are
 * without. */
static void write_dataset(const char *name, hid_t x_type, hid_t y_type, hid_t creation,
                          H5F_libver_t version) {
    const int values[SAMPLES * FEATURES] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, version, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    fuzz_require(file >= 0, "a file can be made");
    put(file, "x", x_type, creation, 2, values);
    put(file, "y", y_type, H5P_DEFAULT, 1, values);
    if (H5Tequal(x_type, H5T_STD_I16BE) > 0)
        put_names(file);
    H5Fclose(file);
    H5Pclose(access);
}

static void write_datasets(void) {
    const hsize_t chunk[2] = {4, 1};
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, chunk);
    write_dataset("chunked.h5", H5T_STD_I16BE, H5T_STD_U8LE, chunked, H5F_LIBVER_EARLIEST);
    H5Pset_shuffle(chunked);
    H5Pset_deflate(chunked, 6);
    write_dataset("gzip.h5", H5T_IEEE_F64LE, H5T_STD_I64LE, chunked, H5F_LIBVER_EARLIEST);
    write_dataset("gzip-new.h5", H5T_IEEE_F32LE, H5T_STD_I8LE, chunked, H5F_LIBVER_V18);
    H5Pclose(chunked);
    hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(compact, H5D_COMPACT);
    write_dataset("compact.h5", H5T_IEEE_F32BE, H5T_STD_U16LE, compact, H5F_LIBVER_EARLIEST);
    H5Pclose(compact);
    write_dataset("plain.h5", H5T_STD_U8LE, H5T_IEEE_F32LE, H5P_DEFAULT, H5F_LIBVER_EARLIEST);
}

static void write_checkpoint(void) {
    tiny_run memory;
    dlt_h5_lock *h5_lock = NULL;
    dlt_snapshot *snapshot = tiny_run_view(&memory);
    bool written = dlt_h5_lock_create(&h5_lock) == DLT_OK &&
                   dlt_snapshot_set_int(snapshot, "step", 3) == DLT_OK &&
                   dlt_snapshot_set_real(snapshot, "val_loss", 0.5) == DLT_OK &&
                   dlt_snapshot_set_run_file(snapshot, "name: tiny\n") == DLT_OK &&
                   dlt_checkpoint_save(h5_lock, in_folder("checkpoint.h5"), snapshot) == DLT_OK;
    fuzz_require(written, "a checkpoint can be written");
    dlt_snapshot_destroy(&snapshot);
    dlt_h5_lock_destroy(&h5_lock);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_make_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    write_images();
    write_datasets();
    write_checkpoint();
}
