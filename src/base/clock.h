/* Wall-clock time in seconds from an arbitrary origin, never going backwards. */
#ifndef DLT_BASE_CLOCK_H
#define DLT_BASE_CLOCK_H

double dlt_clock_s(void);

#endif
