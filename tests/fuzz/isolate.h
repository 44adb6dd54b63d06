/* Running the work on an input in a process of its own, for readers that lead into HDF5. That
 * library crashes on hostile files, often and in many places; what crashes inside it is counted,
 * and fuzzing goes on. What crashes in dltrain, or breaks what the target requires, ends the
 * process as ever. Builds without libFuzzer do the work right here. */
#ifndef DLT_TESTS_FUZZ_ISOLATE_H
#define DLT_TESTS_FUZZ_ISOLATE_H

#include <stddef.h>
#include <stdint.h>

typedef void fuzz_work(const uint8_t *data, size_t size);

void fuzz_isolated(fuzz_work *work, const uint8_t *data, size_t size);

#endif
