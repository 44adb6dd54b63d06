/** Where the library puts the lines that it has to say: to a function of the caller's. It never
 * prints on its own. */
#ifndef DLTRAIN_LINE_SINK_H
#define DLTRAIN_LINE_SINK_H

#ifdef __cplusplus
extern "C" {
#endif

/** Takes one line, without its end. */
typedef struct dlt_line_sink {
    void (*take)(void *context, const char *line);
    void *context; /* borrowed */
} dlt_line_sink;

/** A `take` that prints the line to the FILE that is its context.
 *  Collective: Not collective
 *  Errors:     none; what cannot be printed is lost
 */
void dlt_line_to_file(void *file, const char *line);

#ifdef __cplusplus
}
#endif
#endif
