/* Where the pictures of the splits lie. */
#ifndef DLT_INGEST_IMAGE_PLACES_H
#define DLT_INGEST_IMAGE_PLACES_H

#include "ingest/images_settings.h"

/* Pictures of one split are in no other. Errors: CONFIG naming a place that two splits have; those
 * of dlt_file_list_find. */
DLT_CHECKED dlt_status dlt_image_places_check(const dlt_format_context *context,
                                              const dlt_images_settings *settings);

#endif
