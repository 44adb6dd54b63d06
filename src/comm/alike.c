/* All ranks compare a hash of their facts; only where a hash differs does the lowest such rank get
 * rank 0's text and name the first difference. The collectives and messages of the equal case have
 * fixed sizes and depend on nothing, so this can be the first thing that the processes of a launch
 * do, whatever each of them was asked to do. */
#include "comm/alike.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "comm/comm_internal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 4096, SHOWN_BYTES = 120, NAME_BYTES = 128, TAG = 4711 };

typedef struct fact {
    const char *name;
    size_t name_bytes;
    const char *value;
    size_t value_bytes;
} fact;

/* Takes the next line off *text; false at its end. */
static bool next_fact(const char **text, fact *out) {
    if (**text == '\0')
        return false;
    size_t line = strcspn(*text, "\n");
    size_t name = strcspn(*text, "\t\n");
    size_t separator = name < line ? 1 : 0;
    *out = (fact){.name = *text,
                  .name_bytes = name,
                  .value = *text + name + separator,
                  .value_bytes = line - name - separator};
    *text += (*text)[line] == '\n' ? line + 1 : line;
    return true;
}

static bool is_named(const fact *it, const char *name, size_t bytes) {
    return it->name_bytes == bytes && memcmp(it->name, name, bytes) == 0;
}

/* From *hint to the end, then from the beginning to *hint. */
static bool find_fact(const char *text, const char **hint, const fact *wanted, fact *out) {
    const char *const from = *hint;
    const char *at = from;
    while (next_fact(&at, out))
        if (is_named(out, wanted->name, wanted->name_bytes)) {
            *hint = at;
            return true;
        }
    for (at = text; at < from && next_fact(&at, out);)
        if (is_named(out, wanted->name, wanted->name_bytes)) {
            *hint = at;
            return true;
        }
    return false;
}

bool dlt_find_fact(const char *text, const char **hint, const char *name, size_t name_bytes,
                   const char **value, size_t *value_bytes) {
    const fact wanted = {.name = name, .name_bytes = name_bytes};
    fact found;
    if (!find_fact(text, hint, &wanted, &found))
        return false;
    *value = found.value;
    *value_bytes = found.value_bytes;
    return true;
}

static bool same_value(const fact *a, const fact *b) {
    return a->value_bytes == b->value_bytes && memcmp(a->value, b->value, a->value_bytes) == 0;
}

/* A value, of a long one the part around the byte `near`. */
static void show(const fact *of, size_t near, char out[SHOWN_BYTES + 16]) {
    size_t first = near > SHOWN_BYTES / 2 ? near - SHOWN_BYTES / 2 : 0;
    if (of->value_bytes <= SHOWN_BYTES)
        first = 0;
    size_t left = of->value_bytes > first ? of->value_bytes - first : 0;
    size_t shown = left > SHOWN_BYTES ? SHOWN_BYTES : left;
    snprintf(out, SHOWN_BYTES + 16, "%s%.*s%s", first > 0 ? "..." : "", (int)shown,
             of->value + (left > 0 ? first : 0), left > shown ? "..." : "");
}

static const char *verb_of(dlt_fact_kind kind) {
    return kind == DLT_FACT_START ? "was started with" : "has";
}

static void describe_values(int rank, dlt_fact_kind kind, const fact *mine, const fact *first,
                            char *out, size_t bytes) {
    char mine_text[SHOWN_BYTES + 16];
    char first_text[SHOWN_BYTES + 16];
    size_t near = 0;
    while (near < mine->value_bytes && near < first->value_bytes &&
           mine->value[near] == first->value[near])
        near++;
    show(mine, near, mine_text);
    show(first, near, first_text);
    snprintf(out, bytes, "rank %d %s %.*s %s, rank 0 %s %s; all ranks need the same", rank,
             verb_of(kind), (int)mine->name_bytes, mine->name, mine_text,
             kind == DLT_FACT_START ? "with" : "has", first_text);
}

/* A fact that only one of both has. */
static void describe_single(int rank, int other, dlt_fact_kind kind, const fact *only, char *out,
                            size_t bytes) {
    char text[SHOWN_BYTES + 16];
    show(only, 0, text);
    snprintf(out, bytes, "rank %d %s %.*s%s%s, rank %d %s; all ranks need the same", rank,
             verb_of(kind), (int)only->name_bytes, only->name, text[0] != '\0' ? " " : "", text,
             other, kind == DLT_FACT_START ? "without it" : "does not");
}

/* Number of the first line whose name the other text lacks; -1 if there is none. */
static int find_single(const char *text, const char *other, fact *out) {
    fact found;
    const char *hint = other;
    for (int line = 0; next_fact(&text, out); line++)
        if (!find_fact(other, &hint, out, &found))
            return line;
    return -1;
}

void dlt_describe_difference(int rank, dlt_fact_kind kind, const char *mine, const char *first,
                             char *out, size_t bytes) {
    fact own;
    fact theirs;
    out[0] = '\0';
    const char *hint = mine;
    for (const char *at = first; next_fact(&at, &theirs);) {
        if (!find_fact(mine, &hint, &theirs, &own) || same_value(&own, &theirs))
            continue;
        describe_values(rank, kind, &own, &theirs, out, bytes);
        return;
    }
    int mine_at = find_single(mine, first, &own);
    int first_at = find_single(first, mine, &theirs);
    if (mine_at >= 0 && (first_at < 0 || mine_at <= first_at))
        describe_single(rank, 0, kind, &own, out, bytes);
    else if (first_at >= 0)
        describe_single(0, rank, kind, &theirs, out, bytes);
}

static dlt_status send_text(const dlt_comm *comm, const char *text, uint64_t bytes, int to) {
    for (uint64_t done = 0; done < bytes; done += CHUNK_BYTES) {
        int now = (int)(bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES);
        DLT_TRY(
            dlt_comm_check(MPI_Send(text + done, now, MPI_BYTE, to, TAG, comm->mpi), "MPI_Send"));
    }
    return DLT_OK;
}

/* Piece by piece, so that a rank without memory for the text still takes all of it. */
static dlt_status receive_text(const dlt_comm *comm, uint64_t bytes, dlt_text *out) {
    char chunk[CHUNK_BYTES];
    for (uint64_t done = 0; done < bytes; done += CHUNK_BYTES) {
        int now = (int)(bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES);
        DLT_TRY(dlt_comm_check(MPI_Recv(chunk, now, MPI_BYTE, 0, TAG, comm->mpi, MPI_STATUS_IGNORE),
                               "MPI_Recv"));
        dlt_text_add_bytes(out, chunk, (size_t)now);
    }
    return DLT_OK;
}

/* On the lowest rank that differs. */
static dlt_status name_difference(const dlt_comm *comm, dlt_fact_kind kind, const char *mine,
                                  uint64_t first_bytes, char *out, size_t bytes) {
    dlt_text first = DLT_TEXT_EMPTY;
    dlt_status status = receive_text(comm, first_bytes, &first);
    out[0] = '\0';
    if (status == DLT_OK && !first.failed)
        dlt_describe_difference(comm->rank, kind, mine, dlt_text_of(&first), out, bytes);
    if (status == DLT_OK && out[0] == '\0')
        snprintf(out, bytes, "rank %d %s something else than rank 0; all ranks need the same",
                 comm->rank, verb_of(kind));
    dlt_text_destroy(&first);
    return status;
}

dlt_status dlt_check_alike(const dlt_comm *comm, dlt_fact_kind kind, const char *facts) {
    const char *text = facts != NULL ? facts : "";
    const uint64_t mine[2] = {dlt_hash_text(0, text), strlen(text)};
    uint64_t first[2] = {mine[0], mine[1]};
    int differs = INT32_MAX;
    int lowest = INT32_MAX;
    char sentence[DLT_ERROR_MESSAGE_BYTES] = "";
    if (comm->size == 1)
        return DLT_OK;
    DLT_TRY(dlt_comm_check(MPI_Bcast(first, 2, MPI_UINT64_T, 0, comm->mpi), "MPI_Bcast"));
    if (mine[0] != first[0] || mine[1] != first[1])
        differs = comm->rank;
    DLT_TRY(dlt_comm_check(MPI_Allreduce(&differs, &lowest, 1, MPI_INT, MPI_MIN, comm->mpi),
                           "MPI_Allreduce"));
    if (lowest == INT32_MAX)
        return DLT_OK;
    if (comm->rank == 0)
        DLT_TRY(send_text(comm, text, first[1], lowest));
    if (comm->rank == lowest)
        DLT_TRY(name_difference(comm, kind, text, first[1], sentence, sizeof sentence));
    DLT_TRY(dlt_comm_check(MPI_Bcast(sentence, (int)sizeof sentence, MPI_BYTE, lowest, comm->mpi),
                           "MPI_Bcast"));
    return dlt_fail(DLT_ERR_MISMATCH, "%s", sentence);
}

dlt_status dlt_check_facts(const dlt_comm *comm, dlt_fact_kind kind, dlt_text *facts) {
    dlt_status status = dlt_agree(comm, dlt_text_check(facts));
    if (status == DLT_OK)
        status = dlt_check_alike(comm, kind, dlt_text_of(facts));
    dlt_text_destroy(facts);
    return status;
}
