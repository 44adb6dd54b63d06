/* Odd tar archives, written block by block after POSIX (pax, ustar) and GNU tar's manual. Each
 * holds two plain pictures and what makes it odd. */
#include "unit/ingest/odd_png.h"

#include <archive.h>
#include <archive_entry.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE, BLOCK = 512, MEMBERS = 4 };

typedef enum content { PICTURE, NOTHING, TEXT } content;

/* Kinds: POSIX's and GNU's letters; X: a pax header with the record in link, before the next
 * member. */
typedef struct member {
    char kind;
    const char *name;
    content content;
    const char *link;
    const char *size; /* the field, if it lies */
} member;

typedef struct odd_archive {
    const char *flaw;
    member members[MEMBERS];
    void (*damage)(odd_file *file); /* afterwards; NULL for none */
    int filter;                     /* ARCHIVE_FILTER_NONE: not compressed */
    odd_fate fate;
    int pictures;      /* taken beside the plain ones */
    const char *words; /* of a refusal, or the line on what is left out */
} odd_archive;

static void pad(odd_file *file) {
    static const char zeros[BLOCK];
    odd_add(file, zeros, (BLOCK - file->count % BLOCK) % BLOCK);
}

static void sum_header(unsigned char *header) {
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static void add_header(odd_file *file, const member *one, size_t bytes) {
    unsigned char header[BLOCK] = {0};
    const size_t length = strlen(one->name);
    memcpy(header, one->name, length < 100 ? length : 100);
    memcpy(header + 100,
           "0000644\0"
           "0000000\0"
           "0000000\0",
           24);
    snprintf((char *)header + 124, 12, "%011zo", bytes);
    if (one->size != NULL)
        memcpy(header + 124, one->size, 12);
    memcpy(header + 136, "00000000000", 12);
    header[156] = (unsigned char)one->kind;
    if (one->link != NULL)
        memcpy(header + 157, one->link, strlen(one->link) < 100 ? strlen(one->link) : 100);
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    sum_header(header);
    odd_add(file, header, sizeof header);
}

static void add_data(odd_file *file, const member *one, const void *data, size_t bytes) {
    add_header(file, one, bytes);
    odd_add(file, data, bytes);
    pad(file);
}

/* GNU's sparse file: pixels of zeros, of which a hole of seven blocks is not stored. */
static void add_sparse(odd_file *file, const char *name) {
    enum { WIDE = 64, HOLE = 7 * BLOCK };
    static odd_file picture;
    odd_flat_png(WIDE, WIDE, 0, &picture);
    const size_t rest = picture.count - HOLE - BLOCK;
    unsigned char header[BLOCK];
    odd_file whole = {.count = 0};
    add_header(&whole, &(member){.kind = 'S', .name = name}, BLOCK + rest);
    memcpy(header, whole.at, BLOCK);
    memcpy(header + 257, "ustar  ", 8);
    snprintf((char *)header + 386, 12, "%011o", 0);
    snprintf((char *)header + 398, 12, "%011o", (unsigned)BLOCK);
    snprintf((char *)header + 410, 12, "%011o", (unsigned)(BLOCK + HOLE));
    snprintf((char *)header + 422, 12, "%011zo", rest);
    snprintf((char *)header + 483, 12, "%011zo", picture.count);
    sum_header(header);
    odd_add(file, header, BLOCK);
    odd_add(file, picture.at, BLOCK);
    odd_add(file, picture.at + BLOCK + HOLE, rest);
    pad(file);
}

static void add_member(odd_file *file, const member *one, int value) {
    static odd_file picture;
    odd_flat_png(SIDE, SIDE, value, &picture);
    if (one->kind == 'X')
        add_data(file, &(member){.kind = 'x', .name = "header"}, one->link, strlen(one->link));
    else if (one->kind == 'L')
        add_data(file, &(member){.kind = 'L', .name = "././@LongLink"}, one->name,
                 strlen(one->name) + 1);
    else if (one->kind == 'S')
        add_sparse(file, one->name);
    else if (one->content == PICTURE && strchr("0"
                                               "7",
                                               one->kind) != NULL)
        add_data(file, one, picture.at, picture.count);
    else
        add_data(file, one, "a few words", one->content == TEXT ? 11 : 0);
}

static void add_end(odd_file *file) {
    static const char zeros[2 * BLOCK];
    odd_add(file, zeros, sizeof zeros);
}

static void cut_end_mark(odd_file *file) {
    file->count -= (size_t)2 * BLOCK;
}

static void cut_amid_data(odd_file *file) {
    file->count -= (size_t)2 * BLOCK + BLOCK / 2;
}

static void cut_amid_header(odd_file *file) {
    file->count = BLOCK / 2;
}

static void cut_to_nothing(odd_file *file) {
    file->count = 0;
}

static void cut_last_quarter(odd_file *file) {
    file->count -= file->count / 4;
}

static void cut_last_byte(odd_file *file) {
    file->count--;
}

/* gzip of nothing, which may follow. */
static void add_empty_gzip(odd_file *file) {
    odd_add(file, "\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
}

static void spoil_header(odd_file *file) {
    file->at[0] ^= 1;
}

/* Of gzip: the checksum of what was compressed stands before its length. */
static void spoil_checksum(odd_file *file) {
    file->at[file->count - 8] ^= 1;
}

static void add_rest(odd_file *file) {
    odd_add(file, "behind the end", 14);
}

#define IS(letter, title, data) .kind = letter, .name = title, .content = data
#define LONG_NAME                                                                                  \
    "ant/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
    "890123456789012345678901234567890123456789.png"

static const odd_archive archives[] = {
    /* members that are pictures */
    {"nothing odd", {{IS('0', "ant/a.png", PICTURE)}}, .pictures = 1},
    {"the old kind of file", {{IS('\0', "ant/a.png", PICTURE)}}, .pictures = 1},
    {"a contiguous file", {{IS('7', "ant/a.png", PICTURE)}}, .pictures = 1},
    {"folders", {{IS('5', "ant/", NOTHING)}, {IS('0', "ant/a.png", PICTURE)}}, .pictures = 1},
    {"GNU's long name",
     {{IS('L', LONG_NAME, NOTHING)}, {IS('0', "ant/0123", PICTURE)}},
     .pictures = 1},
    {"pax's long name",
     {{IS('X', "", NOTHING), .link = "30 path=ant/a name of pax.png\n"},
      {IS('0', "elsewhere.png", PICTURE)}},
     .pictures = 1},
    {"pax's name in UTF-8",
     {{IS('X', "", NOTHING), .link = "19 path=ant/\xC3\xA9.png\n"},
      {IS('0', "elsewhere.png", PICTURE)}},
     .pictures = 1},
    {"pax's global header",
     {{IS('g', "pax_global_header", NOTHING)}, {IS('0', "ant/a.png", PICTURE)}},
     .pictures = 1},
    {"a name that begins with ./", {{IS('0', "./ant/a.png", PICTURE)}}, .pictures = 1},
    {"a name with // and /./", {{IS('0', "ant//././a.png", PICTURE)}}, .pictures = 1},
    {"a name that is not UTF-8", {{IS('0', "ant/\xE9.png", PICTURE)}}, .pictures = 1},
    {"a name with a line end", {{IS('0', "ant/a\nb.png", PICTURE)}}, .pictures = 1},
    /* members that are none */
    {"hard link",
     {{IS('1', "ant/a.png", NOTHING), .link = "ant/!.png"}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: hard link (1): ant/a.png\n"},
    {"symbolic link",
     {{IS('2', "ant/a.png", NOTHING), .link = "!.png"}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: link (1): ant/a.png\n"},
    {"symbolic link out of the archive",
     {{IS('2', "ant/a.png", NOTHING), .link = "/etc/passwd"}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: link (1): ant/a.png\n"},
    {"devices and a pipe",
     {{IS('3', "ant/c.png", NOTHING)},
      {IS('4', "ant/b.png", NOTHING)},
      {IS('6', "ant/p.png", NOTHING)}},
     .fate = LEFT_OUT,
     .words = "left out 3 files: not a regular file (3): ant/c.png, ant/b.png, ant/p.png\n"},
    {"absolute name",
     {{IS('0', "/ant/a.png", PICTURE)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: named outside the folder (1): "},
    {"name with ..",
     {{IS('0', "ant/../ant/a.png", PICTURE)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: named outside the folder (1): "},
    {"name that begins with ..",
     {{IS('0', "../ant/a.png", PICTURE)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: named outside the folder (1): "},
    {"hidden, as macOS adds",
     {{IS('0', "ant/._a.png", TEXT)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: hidden (1): ant/._a.png\n"},
    {"text",
     {{IS('0', "ant/a.txt", TEXT)}, {IS('0', "README", TEXT)}},
     .fate = LEFT_OUT,
     .words = "left out 2 files: not a picture (2): ant/a.txt, README\n"},
    {"an empty member",
     {{IS('0', "ant/a.txt", NOTHING)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: empty (1): ant/a.txt\n"},
    {"an empty picture",
     {{IS('0', "ant/a.png", NOTHING)}},
     .fate = REFUSED,
     .words = "'ant/a.png' is an empty file"},
    {"a class of links alone",
     {{IS('2', "cat/a.png", NOTHING), .link = "../ant/!.png"}},
     .fate = REFUSED,
     .words = "class folder 'cat' has no picture that can be read"},
    {"a class of nothing", {{IS('5', "cat/", NOTHING)}}, .fate = REFUSED, .words = "'cat'"},
    {"a picture at the top",
     {{IS('0', "a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "'a.png' is not in a class folder"},
    {"a picture too deep",
     {{IS('0', "ant/small/a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "'ant/small/a.png' is not in a class folder"},
    {"a member repeated",
     {{IS('0', "ant/!.png", PICTURE)}},
     .fate = REFUSED,
     .words = "'ant/!.png' is in the archive twice"},
    {"a member repeated under another spelling",
     {{IS('0', "./ant//!.png", PICTURE)}},
     .fate = REFUSED,
     .words = "'ant/!.png' is in the archive twice"},
    {"a class with a line end",
     {{IS('0', "a\nb/a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "a?b"},
    {"a class that is not UTF-8",
     {{IS('0', "\xE9/a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "?"},
    {"a sparse file",
     {{IS('S', "ant/a.png", NOTHING)}},
     .fate = REFUSED,
     .words = "a.png has 64 x 64 pixels where"},
    /* lies and damage */
    {"a size beyond the archive",
     {{IS('0', "ant/a.png", TEXT), .size = "77777777777"}},
     .fate = REFUSED,
     .words = "all.tar"},
    {"a negative size",
     {{IS('0', "ant/a.png", TEXT), .size = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"}},
     .fate = REFUSED,
     .words = "all.tar"},
    {"a size of 2^80",
     {{IS('0', "ant/a.png", TEXT), .size = "\x80\x01\0\0\0\0\0\0\0\0\0\0"}},
     .fate = REFUSED,
     .words = "all.tar"},
    {"GNU's volume label",
     {{IS('V', "backup", NOTHING)}, {IS('0', "ant/a.png", PICTURE)}},
     .pictures = 1},
    {"GNU's list of a folder",
     {{IS('D', "ant/", NOTHING)}, {IS('0', "ant/a.png", PICTURE)}},
     .pictures = 1},
    {"the rest of a file of another volume",
     {{IS('M', "ant/a.png", TEXT)}},
     .fate = LEFT_OUT,
     .words = "left out 1 file: not a regular file (1): ant/a.png\n"},
    {"a kind that POSIX does not name",
     {{IS('Q', "ant/a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "a.png"},
    {"pax's header of no records",
     {{IS('X', "", NOTHING), .link = "no records"}, {IS('0', "ant/a.png", PICTURE)}},
     .fate = REFUSED,
     .words = "all.tar"},
    {"wrong checksum of a header",
     {{IS('0', "ant/a.png", PICTURE)}},
     spoil_header,
     .fate = REFUSED,
     .words = "all.tar is not a readable tar archive"},
    {"no end mark, as GNU tar reads it",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_end_mark,
     .pictures = 1},
    {"cut amid a member",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_amid_data,
     .fate = REFUSED,
     .words = "all.tar is not a readable tar archive"},
    {"cut amid a header",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_amid_header,
     .fate = REFUSED,
     .words = "all.tar"},
    {"no bytes at all",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_to_nothing,
     .fate = REFUSED,
     .words = "all.tar"},
    {"bytes behind its end mark", {{IS('0', "ant/a.png", PICTURE)}}, add_rest, .pictures = 1},
    /* compressed */
    {"gzip", {{IS('0', "ant/a.png", PICTURE)}}, .filter = ARCHIVE_FILTER_GZIP, .pictures = 1},
    {"bzip2", {{IS('0', "ant/a.png", PICTURE)}}, .filter = ARCHIVE_FILTER_BZIP2, .pictures = 1},
    {"xz", {{IS('0', "ant/a.png", PICTURE)}}, .filter = ARCHIVE_FILTER_XZ, .pictures = 1},
    {"zstd", {{IS('0', "ant/a.png", PICTURE)}}, .filter = ARCHIVE_FILTER_ZSTD, .pictures = 1},
    {"compress, which is not read",
     {{IS('0', "ant/a.png", PICTURE)}},
     .filter = ARCHIVE_FILTER_COMPRESS,
     .fate = REFUSED,
     .words = "all.tar is not a readable tar archive"},
    {"gzip of two members",
     {{IS('0', "ant/a.png", PICTURE)}},
     add_empty_gzip,
     ARCHIVE_FILTER_GZIP,
     .pictures = 1},
    {"gzip cut short",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_last_quarter,
     ARCHIVE_FILTER_GZIP,
     .fate = REFUSED,
     .words = "all.tar"},
    {"gzip without the end of its length",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_last_byte,
     ARCHIVE_FILTER_GZIP,
     .fate = REFUSED,
     .words = "all.tar is truncated"},
    {"gzip with a wrong checksum",
     {{IS('0', "ant/a.png", PICTURE)}},
     spoil_checksum,
     ARCHIVE_FILTER_GZIP,
     .fate = REFUSED,
     .words = "all.tar is damaged"},
    {"bzip2 cut short",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_last_quarter,
     ARCHIVE_FILTER_BZIP2,
     .fate = REFUSED,
     .words = "all.tar"},
    {"xz cut short",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_last_quarter,
     ARCHIVE_FILTER_XZ,
     .fate = REFUSED,
     .words = "all.tar"},
    {"zstd cut short",
     {{IS('0', "ant/a.png", PICTURE)}},
     cut_last_quarter,
     ARCHIVE_FILTER_ZSTD,
     .fate = REFUSED,
     .words = "all.tar"},
};

enum { ARCHIVES = sizeof archives / sizeof archives[0] };

/* False where libarchive was built without that filter. */
static bool compress_file(odd_file *file, int filter) {
    static odd_file packed;
    struct archive *writer = archive_write_new();
    struct archive_entry *entry = NULL;
    archive_write_set_format_raw(writer);
    bool is_known = archive_write_add_filter(writer, filter) == ARCHIVE_OK;
    is_known = is_known && archive_write_open_memory(writer, packed.at, sizeof packed.at,
                                                     &packed.count) == ARCHIVE_OK;
    entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    if (is_known) {
        assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(writer, file->at, file->count),
                         (la_ssize_t)file->count);
    }
    archive_entry_free(entry);
    archive_write_free(writer);
    if (is_known)
        *file = packed;
    return is_known;
}

/* Each odd picture has its own value; the plain ones come first. */
static void expect_pictures(const odd_archive *odd) {
    uint8_t x[(2 + MEMBERS) * PIXELS];
    int32_t y[2 + MEMBERS];
    const int samples = 2 + odd->pictures;
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {samples, SIDE, SIDE, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {samples}}, y);
    for (int i = 0; i < samples; i++)
        for (int p = 0; p < PIXELS; p++)
            if (x[i * PIXELS + p] != (i < 2 ? 10 + i : 50) || y[i] != (i == 1))
                fail_msg("%s: picture %d has another value or label", odd->flaw, i);
}

static void write_archive(const odd_archive *odd, odd_file *file) {
    file->count = 0;
    add_member(file, &(member){IS('0', "ant/!.png", PICTURE)}, 10);
    add_member(file, &(member){IS('0', "bee/!.png", PICTURE)}, 11);
    for (int i = 0; i < MEMBERS && odd->members[i].name != NULL; i++)
        add_member(file, &odd->members[i], 50);
    add_end(file);
}

static void try_archive(const odd_archive *odd) {
    static odd_file file;
    char told[2000];
    odd_begin();
    write_archive(odd, &file);
    if (odd->filter != ARCHIVE_FILTER_NONE && !compress_file(&file, odd->filter))
        return;
    if (odd->damage != NULL)
        odd->damage(&file);
    odd_put("all.tar", &file);
    const dlt_status status = odd_import(
        "name: p\nformat: {images: {train: {path: all.tar}, channels: 1}}\n", told, sizeof told);
    if (odd_is_taken(odd->flaw, odd->fate, status, odd->words, told))
        expect_pictures(odd);
}

static void data_import_images_tells_the_fate_of_odd_archives(void **state) {
    (void)state;
    for (int i = 0; i < ARCHIVES; i++)
        try_archive(&archives[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_import_images_tells_the_fate_of_odd_archives, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("data_odd_tar", tests, NULL, NULL);
}
