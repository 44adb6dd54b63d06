/* Module card: report (level 1).
 *
 * What lives here: what people and their scripts read of a run: metrics.jsonl and summary.json
 * (metrics_log.h), the progress bar (progress.h), aligned tables (table.h), numbers for people
 * (format.h). May include: base. Owns: no FILE; whoever wants to see something hands one in, and
 * nothing else is ever printed to.
 */
#ifndef DLT_REPORT_INTERNAL_H
#define DLT_REPORT_INTERNAL_H

#endif
