/* The one place where a line of the library's becomes one of a file. */
#include "dltrain/line_sink.h"

#include <stdio.h>

void dlt_line_to_file(void *file, const char *line) {
    (void)fprintf(file, "%s\n", line);
}
