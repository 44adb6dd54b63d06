/* Lists the formats: importers of files, then synthetic sets. A new one adds two lines. */
#include "dltrain/import.h"
#include "ingest/format.h"
#include "ingest/synth/synth.h"

#include <stddef.h>

extern const dlt_format_ops dlt_format_idx;
extern const dlt_format_ops dlt_format_csv;
extern const dlt_format_ops dlt_format_images;
extern const dlt_format_ops dlt_format_text;
extern const dlt_format_ops dlt_format_labelled_text;
extern const dlt_format_ops dlt_format_label_maps;
extern const dlt_synth_ops dlt_synth_digits;
extern const dlt_synth_ops dlt_synth_blobs;
extern const dlt_synth_ops dlt_synth_spirals;
extern const dlt_synth_ops dlt_synth_line;

const dlt_registry_entry *const dlt_formats[] = {&dlt_format_idx.entry,
                                                 &dlt_format_csv.entry,
                                                 &dlt_format_images.entry,
                                                 &dlt_format_text.entry,
                                                 &dlt_format_labelled_text.entry,
                                                 &dlt_format_label_maps.entry,
                                                 &dlt_synth_digits.format.entry,
                                                 &dlt_synth_blobs.format.entry,
                                                 &dlt_synth_spirals.format.entry,
                                                 &dlt_synth_line.format.entry,
                                                 NULL};

bool dlt_format_is_synthetic(const dlt_registry_entry *format) {
    return ((const dlt_format_ops *)format)->synthetic;
}
