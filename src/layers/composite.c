/* The rows of composites. A composite has at most DLT_COMPOSITE_ROWS_MAX of them. */
#include "layers/layers_internal.h"

#include <stdarg.h>
#include <stdio.h>

void dlt_composite_add(dlt_composite *composite, const char *name, const char *const *from,
                       const char *layer, ...) {
    dlt_composite_row *row = &composite->rows[composite->row_count++];
    va_list arguments;
    va_start(arguments, layer);
    vsnprintf(row->layer, sizeof row->layer, layer, arguments);
    va_end(arguments);
    row->name = name;
    for (int i = 0; from != NULL && from[i] != NULL; i++)
        row->from[i] = from[i];
}
