/* Odd CSV files, after RFC 4180 and what spreadsheets write. The target numbers the records from 0;
 * what is expected of record r are the next `width` values from r * width on. */
#include "unit/ingest/odd.h"

#include <math.h>

enum { VALUES = 16 };

typedef struct odd_table {
    const char *flaw;
    odd_bytes text;   /* ~ stands for 10,000 digits */
    const char *keys; /* of the description; NULL for none */
    odd_fate fate;
    int records; /* taken */
    int width;   /* 0: 1 */
    double expected[VALUES];
    const char *words; /* of a refusal, or the note on what was left out */
} odd_table;

#define TWO_FROM(first, second) .records = 2, .expected = {first, second}
#define REFUSED_SAYING(text)    .fate = REFUSED, .words = text

static const odd_table tables[] = {
    /* the file */
    {"nothing odd", BYTES("a,y\n1.5,0\n-2,1\n"), TWO_FROM(1.5, -2)},
    {"byte order mark",
     BYTES("\xEF\xBB\xBF"
           "a,y\n1.5,0\n-2,1\n"),
     TWO_FROM(1.5, -2)},
    {"byte order mark before a quote", BYTES("\xEF\xBB\xBF\"a\",y\n1.5,0\n-2,1\n"),
     TWO_FROM(1.5, -2)},
    {"UTF-16, little-endian",
     BYTES("\xFF\xFE"
           "a\0,\0y\0\n\0"
           "1\0,\0"
           "0\0\n\0"),
     REFUSED_SAYING("table.csv is UTF-16")},
    {"UTF-16, big-endian",
     BYTES("\xFE\xFF\0a\0,\0y\0\n\0"
           "1\0,\0"
           "0\0\n"),
     REFUSED_SAYING("table.csv is UTF-16")},
    {"UTF-16 without a mark",
     BYTES("a\0,\0y\0\n\0"
           "1\0,\0"
           "0\0\n\0"),
     REFUSED_SAYING("a zero byte")},
    {"UTF-32", BYTES("\xFF\xFE\0\0a\0\0\0,\0\0\0y\0\0\0"), REFUSED_SAYING("UTF-")},
    {"CR LF", BYTES("a,y\r\n1.5,0\r\n-2,1\r\n"), TWO_FROM(1.5, -2)},
    {"CR alone", BYTES("a,y\r1.5,0\r-2,1\r"), TWO_FROM(1.5, -2)},
    {"mixed line ends", BYTES("a,y\r\n1.5,0\r-2,1\n"), TWO_FROM(1.5, -2)},
    {"no line end at the end", BYTES("a,y\n1.5,0\n-2,1"), TWO_FROM(1.5, -2)},
    {"empty lines", BYTES("\n\na,y\n\n1.5,0\n\n\n-2,1\n\n"), TWO_FROM(1.5, -2)},
    {"lines of blanks", BYTES("a,y\n1.5,0\n   \n-2,1\n"), REFUSED_SAYING("table.csv:3: ")},
    {"a zero byte",
     BYTES("a,y\n1.5,0\n-\0"
           "2,1\n"),
     REFUSED_SAYING("table.csv:3: ")},
    {"a zero byte in quotes", BYTES("a,y\n\"1\0\",0\n"), REFUSED_SAYING("a zero byte")},
    {"a zero byte at the end", BYTES("a,y\n1.5,0\n-2,1\n\0"), REFUSED_SAYING("a zero byte")},
    {"Ctrl-Z at the end, as DOS has it", BYTES("a,y\r\n1.5,0\r\n-2,1\r\n\x1A"),
     REFUSED_SAYING("table.csv:4: ")},
    {"no bytes at all", BYTES(""), REFUSED_SAYING("table.csv is empty")},
    {"a header alone", BYTES("a,y\n"), REFUSED_SAYING("has no records but a header")},
    {"a header twice", BYTES("a,y\n1,0\na,y\n2,1\n"),
     REFUSED_SAYING("table.csv:3: 'a' in column 'a' is not a number")},
    {"a title before the header", BYTES("Table 1\na,y\n1,0\n"), REFUSED_SAYING("it has: Table 1")},
    {"a remark", BYTES("a,y\n# of 2024\n1,0\n"), REFUSED_SAYING("table.csv:2: ")},
    {"HTML", BYTES("<!DOCTYPE html>\n<html><body>404</body></html>\n"),
     REFUSED_SAYING("table.csv")},
    {"gzip called CSV, cut short", BYTES("\x1F\x8B\x08\0\0\0\0\0\0\x03\x4B\xD4"),
     REFUSED_SAYING("table.csv is truncated")},
    {"a spreadsheet", BYTES("PK\x03\x04\x14\0\0\0"), REFUSED_SAYING("a spreadsheet")},
    /* records */
    {"a field too many", BYTES("a,y\n1,0\n2,1,3\n"),
     REFUSED_SAYING("table.csv:3: this record has 3 fields where 2")},
    {"a field too few", BYTES("a,b,y\n1,2,0\n1,1\n"),
     REFUSED_SAYING("table.csv:3: this record has 2 fields where 3")},
    {"a separator at each end", BYTES("a,y,\n1.5,0,\n-2,1,\n"), .fate = LEFT_OUT, TWO_FROM(1.5, -2),
     .words = "column 2 has neither name nor values and is left out"},
    {"a separator at each record's end", BYTES("a,y\n1.5,0,\n-2,1,\n"),
     REFUSED_SAYING("has 3 fields where 2 are expected")},
    {"quotes", BYTES("\"a\",\"y\"\n\"1.5\",\"0\"\n\"-2\",1\n"), TWO_FROM(1.5, -2)},
    {"a line end in quotes", BYTES("a,\"the\ny\"\n1.5,0\n-2,1\n"), .keys = "target: the y",
     TWO_FROM(1.5, -2)},
    {"a line end in a word, where it is a blank", BYTES("k,y\n\"u\nv\",0\nw,1\n\"u v\",2\n"),
     .keys = "target: y, encode: [one_hot: {column: k, values: [u v, w]}]", .records = 3,
     .width = 2, .expected = {1, 0, 0, 1, 1, 0}},
    {"names that differ by a line end", BYTES("\"a\nb\",a b,y\n1,2,0\n"),
     REFUSED_SAYING("are both named 'a b'")},
    {"a name that a terminal would act on", BYTES("\x1B[31ma,y\n1,0\n1,1\n"), .fate = LEFT_OUT,
     TWO_FROM(1, 1), .words = "column '?[31ma' has the same value"},
    {"quotes in quotes", BYTES("\"a \"\"b\"\"\",y\n1.5,0\n-2,1\n"), TWO_FROM(1.5, -2)},
    {"a separator in quotes", BYTES("\"a,b\",y\n1.5,0\n-2,1\n"), TWO_FROM(1.5, -2)},
    {"a quote that is never closed", BYTES("a,y\n\"1.5,0\n-2,1\n"),
     REFUSED_SAYING("table.csv:2: the quote opened on this line is never closed")},
    {"a quote amid a field", BYTES("a,y\n1\"5,0\n"), REFUSED_SAYING("inside an unquoted field")},
    {"more behind a quote", BYTES("a,y\n\"1\"5,0\n"), REFUSED_SAYING("after a closing quote")},
    {"';'", BYTES("a;y\n1.5;0\n-2;1\n"), .keys = "target: y, separator: \";\"", TWO_FROM(1.5, -2)},
    {"';' that the description does not name", BYTES("a;y\n1.5;0\n"),
     REFUSED_SAYING("there is no separator ',', but there is ';'")},
    {"';' and decimal commas", BYTES("a;y\n1,5;0\n"), .keys = "target: y, separator: \";\"",
     REFUSED_SAYING("comma is not understood")},
    {"tabs", BYTES("a\ty\n1.5\t0\n-2\t1\n"), .keys = "target: y, separator: \"\\t\"",
     TWO_FROM(1.5, -2)},
    {"empty fields between tabs", BYTES("a\tb\ty\n\t2\t0\n1\t\t1\n"),
     .keys = "target: y, separator: \"\\t\", missing: mean", .fate = LEFT_OUT, .records = 2,
     .width = 2, .expected = {1, 2, 1, 2}, .words = "1 missing values of column 'b'"},
    {"blanks around fields", BYTES(" a ,y\n  1.5 , 0\n\t-2\t,1\n"), TWO_FROM(1.5, -2)},
    {"a field of 10,000 bytes", BYTES("k,y\n~,0\nu,1\n"), .keys = "target: y, encode: [one_hot: k]",
     .records = 2, .width = 2, .expected = {1, 0, 0, 1}},
    {"a name of 10,000 bytes", BYTES("~,y\n1,0\n"),
     REFUSED_SAYING("the name of column 0 is too long")},
    {"a number of 10,000 digits", BYTES("a,y\n0.~,0\n-2,1\n"),
     TWO_FROM(0.01234567890123456789, -2)},
    /* names */
    {"a name twice", BYTES("a,a,y\n1,2,0\n"), REFUSED_SAYING("are both named 'a'")},
    {"the target's name twice", BYTES("a,y,y\n1,0,0\n"), REFUSED_SAYING("are both named 'y'")},
    {"an index without a name, as pandas writes it", BYTES(",a,y\n0,1,0\n1,2,1\n"),
     REFUSED_SAYING("column 0 (from 0) has no name in the header, but the value '0'")},
    {"the same, left out", BYTES(",a,y\n0,1.5,0\n1,-2,1\n"), .keys = "target: y, ignore: [\"0\"]",
     TWO_FROM(1.5, -2)},
    {"a column that is not there", BYTES("a,z\n1,0\n"), REFUSED_SAYING("has no column 'y'")},
    {"Latin-1", BYTES("caf\xE9,y\n1,0\n"), REFUSED_SAYING("is not UTF-8")},
    {"a name in another case", BYTES("a,Y\n1,0\n"), REFUSED_SAYING("has no column 'y'")},
    /* numbers */
    {"1e38 and 1e-38", BYTES("a,y\n1e38,0\n1E-38,1\n"), .fate = LEFT_OUT, TWO_FROM(1e38, 1e-38),
     .words = "1 whole numbers of column 'a' are beyond 2^24"},
    {"1e999", BYTES("a,y\n1e999,0\n"), REFUSED_SAYING("too large a number")},
    {"-1e39", BYTES("a,y\n-1e39,0\n"), REFUSED_SAYING("too large a number")},
    {"1e-999, nearest to 0", BYTES("a,y\n1e-999,0\n-2,1\n"), TWO_FROM(0, -2)},
    {"nan", BYTES("a,y\nnan,0\n"), REFUSED_SAYING("'nan' in column 'a' is not a number")},
    {"NaN, named as missing", BYTES("a,y\nNaN,0\n1.5,1\n"),
     .keys = "target: y, missing_tokens: [NaN], missing: mean", .fate = LEFT_OUT,
     TWO_FROM(1.5, 1.5), .words = "1 missing values of column 'a' are replaced by 1.5"},
    {"inf", BYTES("a,y\ninf,0\n"), REFUSED_SAYING("not a number")},
    {"-Infinity", BYTES("a,y\n-Infinity,0\n"), REFUSED_SAYING("not a number")},
    {"nan as a target", BYTES("a,y\n1,nan\n"), REFUSED_SAYING("in column 'y' is not a number")},
    {"hexadecimal", BYTES("a,y\n0x1F,0\n"), REFUSED_SAYING("not a number")},
    {"hexadecimal with an exponent", BYTES("a,y\n0x1p3,0\n"), REFUSED_SAYING("not a number")},
    {"thousands separators", BYTES("a,y\n\"1,234\",0\n"), REFUSED_SAYING("thousands comma")},
    {"thousands with blanks", BYTES("a,y\n1 234,0\n"), REFUSED_SAYING("not a number")},
    {"thousands with points", BYTES("a,y\n1.234.567,0\n"), REFUSED_SAYING("not a number")},
    {"underscores", BYTES("a,y\n1_000,0\n"), REFUSED_SAYING("not a number")},
    {"a currency", BYTES("a,y\n$5,0\n"), REFUSED_SAYING("not a number")},
    {"per cent", BYTES("a,y\n5%,0\n"), REFUSED_SAYING("not a number")},
    {"a minus sign of typesetters",
     BYTES("a,y\n\xE2\x88\x92"
           "5,0\n"),
     REFUSED_SAYING("not a number")},
    {"a point at either end", BYTES("a,y\n.5,0\n-2.,1\n"), TWO_FROM(0.5, -2)},
    {"a plus sign", BYTES("a,y\n+1.5,0\n-2e+0,1\n"), TWO_FROM(1.5, -2)},
    {"two signs", BYTES("a,y\n--5,0\n"), REFUSED_SAYING("not a number")},
    {"an exponent of nothing", BYTES("a,y\n5e,0\n"), REFUSED_SAYING("not a number")},
    {"leading zeros", BYTES("a,y\n0001.5,0\n-02,1\n"), TWO_FROM(1.5, -2)},
    {"a whole number beyond 2^24", BYTES("a,y\n16777217,0\n-2,1\n"), .fate = LEFT_OUT,
     TWO_FROM(16777216, -2), .words = "1 whole numbers of column 'a' are beyond 2^24"},
    {"a truth value", BYTES("a,y\nTrue,0\n"), REFUSED_SAYING("a truth value")},
    {"a date", BYTES("a,y\n2024-05-01,0\n"), REFUSED_SAYING("a date")},
    /* missing values */
    {"no value", BYTES("a,y\n,0\n1,1\n"), REFUSED_SAYING("table.csv:2: column 'a' has no value")},
    {"no value, dropped", BYTES("a,y\n1.5,0\n-2,1\n,2\n"), .keys = "target: y, missing: drop",
     .fate = LEFT_OUT, TWO_FROM(1.5, -2), .words = "1 records are left out for a missing value"},
    {"blanks instead of a value", BYTES("a,y\n1.5,0\n-2,1\n   ,2\n"),
     .keys = "target: y, missing: drop", .fate = LEFT_OUT, TWO_FROM(1.5, -2),
     .words = "1 records are left out for a missing value"},
    {"a missing token behind a blank", BYTES("k,y\nu, 0\n ?, 1\nw,2\n"),
     .keys = "target: y, encode: [one_hot: k], missing: drop, missing_tokens: [\"?\"]",
     .fate = LEFT_OUT, .records = 2, .width = 2, .expected = {1, 0, 0, 0, 0, 1},
     .words = "1 records are left out for a missing value"},
    {"a missing token that was not named", BYTES("a,y\nNA,0\n"),
     REFUSED_SAYING("list it in `missing_tokens`")},
    {"a missing token as a word", BYTES("k,y\nNA,0\nu,1\n"),
     .keys = "target: y, encode: [one_hot: k]", .fate = LEFT_OUT, .records = 2, .width = 2,
     .expected = {1, 0, 0, 1}, .words = "1 fields of column 'k' are a category such as 'NA'"},
    {"no target", BYTES("a,y\n1,\n2,1\n"), REFUSED_SAYING("column 'y' has no value")},
};

enum { TABLES = sizeof tables / sizeof tables[0] };

static void put_table(const odd_bytes *text) {
    static odd_file file;
    file.count = 0;
    for (size_t i = 0; i < text->count; i++) {
        const char *at = (const char *)text->at + i;
        for (int d = 0; *at == '~' && d < 10000; d += 10)
            odd_add(&file, "0123456789", 10);
        odd_add(&file, at, *at == '~' ? 0 : 1);
    }
    odd_put("table.csv", &file);
}

static void expect_values(const odd_table *odd) {
    float x[VALUES];
    float y[VALUES];
    const int width = odd->width == 0 ? 1 : odd->width;
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {odd->records, width}}, x);
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {odd->records, 1}}, y);
    for (int i = 0; i < odd->records; i++)
        for (int d = 0; d < width; d++) {
            const float expected = (float)odd->expected[(int)y[i] * width + d];
            if (x[i * width + d] != expected)
                fail_msg("%s: value %d of record %d is %g, not %g", odd->flaw, d, (int)y[i],
                         (double)x[i * width + d], (double)expected);
        }
}

static void try_table(const odd_table *odd) {
    char told[20000], description[500];
    odd_begin();
    put_table(&odd->text);
    snprintf(description, sizeof description,
             "name: t\nformat: {csv: {file: table.csv, test: 0, standardize: false, %s}}\n",
             odd->keys == NULL ? "target: y" : odd->keys);
    const dlt_status status = odd_import(description, told, sizeof told);
    if (odd_is_taken(odd->flaw, odd->fate, status, odd->words, told))
        expect_values(odd);
}

static void data_import_csv_tells_the_fate_of_odd_tables(void **state) {
    (void)state;
    for (int i = 0; i < TABLES; i++)
        try_table(&tables[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_import_csv_tells_the_fate_of_odd_tables, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("data_odd_csv", tests, NULL, NULL);
}
