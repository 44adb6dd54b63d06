/* Whether all ranks hold the same facts, and the first one in which they differ. */
#ifndef DLT_COMM_ALIKE_H
#define DLT_COMM_ALIKE_H

#include "base/text.h"
#include "dltrain/comm.h"

#include <stdbool.h>
#include <stddef.h>

/** How a difference is worded: "rank 1 was started with NAME VALUE", or "rank 1 has NAME VALUE". */
typedef enum dlt_fact_kind { DLT_FACT_START, DLT_FACT_HELD } dlt_fact_kind;

/** Compares facts, lines "NAME\tVALUE\n", with those of rank 0. Equal facts cost a broadcast of 16
 *  bytes and a minimum; only a difference is looked for in the texts. A fact without a value is a
 *  flag, and one that is missing was not given.
 *  Collective: Collective; facts may differ, and be NULL where a rank has had no memory for them
 *  Errors:     MISMATCH "rank 1 was started with train.epochs 3, rank 0 with 5" (agreed); MPI
 */
DLT_CHECKED dlt_status dlt_check_alike(const dlt_comm *comm, dlt_fact_kind kind, const char *facts);

/** The same for facts that each rank had to find memory for, which is given back.
 *  Collective: Collective; facts may differ
 *  Errors:     as dlt_check_alike; MEM (agreed)
 */
DLT_CHECKED dlt_status dlt_check_facts(const dlt_comm *comm, dlt_fact_kind kind, dlt_text *facts);

/** The sentence for the first difference between the facts of `rank` and those of rank 0: a fact
 *  that both have with different values, else the first that a single rank has. "" where there is
 *  none. */
void dlt_describe_difference(int rank, dlt_fact_kind kind, const char *mine, const char *first,
                             char *out, size_t bytes);

/** The value of the fact with this name; false if there is none. The search begins at *hint, which
 *  lies in the text, and leaves it behind the fact, so that facts in the same order are found at
 *  once. */
bool dlt_find_fact(const char *text, const char **hint, const char *name, size_t name_bytes,
                   const char **value, size_t *value_bytes);

#endif
