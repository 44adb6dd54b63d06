/* Names the calling thread with prctl(PR_SET_NAME); Linux truncates the name to 15 characters. A
 * failure is ignored because only people read the name. */
#include "base/thread.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

void dlt_thread_name(const char *name) {
#ifdef __linux__
    (void)prctl(PR_SET_NAME, name);
#else
    (void)name;
#endif
}
