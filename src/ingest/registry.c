#include "dltrain/import.h"
#include "ingest/format.h"
#include "ingest/synth/synth.h"

#include <stddef.h>

extern const dlt_format_ops dlt_format_idx;
extern const dlt_format_ops dlt_format_csv;
extern const dlt_format_ops dlt_format_images;
extern const dlt_synth_ops dlt_synth_digits;
extern const dlt_synth_ops dlt_synth_blobs;
extern const dlt_synth_ops dlt_synth_spirals;
extern const dlt_synth_ops dlt_synth_line;

const dlt_choice *const dlt_formats[] = {
    &dlt_format_idx.choice,         &dlt_format_csv.choice,
    &dlt_format_images.choice,      &dlt_synth_digits.format.choice,
    &dlt_synth_blobs.format.choice, &dlt_synth_spirals.format.choice,
    &dlt_synth_line.format.choice,  NULL};

bool dlt_format_is_synthetic(const dlt_choice *format) {
    return ((const dlt_format_ops *)format)->synthetic;
}
