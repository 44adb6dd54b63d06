/* What the targets of the importers share. */
#ifndef DLT_TESTS_FUZZ_IMPORT_H
#define DLT_TESTS_FUZZ_IMPORT_H

/* Makes the source folder once; files go to "in/NAME". */
void fuzz_import_prepare(void);

/* Imports the source folder as the description says. What it accepts must read back, all of it; of
 * what it refuses, nothing is left. Between fuzz_begin and fuzz_end. */
void fuzz_import(const char *description);
/* The same of an import that writes other datasets than x and y, which are named up to NULL. */
void fuzz_import_fields(const char *description, const char *const *datasets);

#endif
