/* Threads as the tools of the system show them. */
#ifndef DLT_BASE_THREAD_H
#define DLT_BASE_THREAD_H

/** Names the calling thread for top, ps and debuggers: up to 15 characters. Does nothing where
 *  there are no such names. Not collective. Errors: none. */
void dlt_thread_name(const char *name);

#endif
