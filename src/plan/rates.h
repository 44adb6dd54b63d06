/* What the machine does at best, with one core at work and with several: the rates of the cost
 * model, measured. */
#ifndef DLT_PLAN_RATES_H
#define DLT_PLAN_RATES_H

#include "dltrain/status.h"
#include "host/machine.h"

#include <stdbool.h>
#include <stdint.h>

/** So many cores at work at once; rates are those of one of them. */
typedef struct dlt_rates {
    int cores;
    double flops_per_s; /* fused multiply-adds */
    double bytes_per_s; /* triad in memory */
    /* Added to a step where each of the cores has written so many bytes of gradients that all shall
     * be updated by the sum of: two barriers, adding a slice of all, reading what others wrote. 0
     * for one core. */
    double exchange_s;
} dlt_rates;

/** What is exchanged. */
typedef struct dlt_rates_exchange {
    int64_t gradient_bytes;
    /* each updates its slice of parameters that all read; false: all update all of their own */
    bool sharded;
} dlt_rates_exchange;

/** Measures for some tenths of a second.
 *  Collective: Not collective; uses threads
 *  Errors:     MEM, INTERNAL
 */
DLT_CHECKED dlt_status dlt_rates_measure(const dlt_machine *machine, int cores,
                                         const dlt_rates_exchange *exchange, dlt_rates *out);

#endif
