/* Module card: ingest (level 6).
 *
 * What lives here: importers, one file per format with one row in registry.c; the driver that
 * writes what they deliver as shards (import.c); a recipe by which a later table becomes samples of
 * the same meaning; and the synthetic data sets (synth/). May include: data, io, formats and below;
 * it never sees MPI. Owns: archive.h; an import owns the state of its format and its output folder.
 */
#ifndef DLT_INGEST_INTERNAL_H
#define DLT_INGEST_INTERNAL_H
#endif
