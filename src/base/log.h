/* The log: the only way below `train` to say anything. Messages go to one sink (stderr by default),
 * which the program may replace; a rank other than 0 is normally given a sink that is silent below
 * warnings. */
#ifndef DLT_BASE_LOG_H
#define DLT_BASE_LOG_H

typedef enum dlt_log_level { DLT_LOG_DEBUG, DLT_LOG_INFO, DLT_LOG_WARNING } dlt_log_level;

typedef void dlt_log_sink(void *context, dlt_log_level level, const char *message);

/** Replaces the sink; NULL restores stderr from DLT_LOG_WARNING on. Not thread-safe: at start-up.
 */
void dlt_log_set_sink(dlt_log_sink *write, void *context);

__attribute__((format(printf, 2, 3))) void dlt_log(dlt_log_level level, const char *format, ...);

#endif
