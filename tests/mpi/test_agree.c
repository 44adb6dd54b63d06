/* Agreement on errors: one sentence on all ranks, whoever failed. */
#include "comm/alike.h"
#include "comm/collectives.h"
#include "support/mpi_check.h"

#include <stdlib.h>
#include <string.h>

static dlt_status fail_here(const mpi_check *it, dlt_status code) {
    return dlt_fail(code, "shard %d is missing", it->rank);
}

static int says(const char *sentence) {
    return strcmp(dlt_error_message(), sentence) == 0;
}

static void check_all_well(mpi_check *it) {
    CHECK(it, dlt_agree(it->comm, DLT_OK) == DLT_OK);
    CHECK(it, dlt_agree_first(it->comm, DLT_OK) == DLT_OK);
}

/* Each rank in turn is the only one that fails. */
static void check_one_fails(mpi_check *it) {
    for (int failing = 0; failing < it->size; failing++) {
        char expected[64];
        dlt_status mine = it->rank == failing ? fail_here(it, DLT_ERR_IO) : DLT_OK;
        CHECK(it, dlt_agree(it->comm, mine) == DLT_ERR_IO);
        if (it->size == 1)
            snprintf(expected, sizeof expected, "shard 0 is missing");
        else
            snprintf(expected, sizeof expected, "rank %d: shard %d is missing", failing, failing);
        CHECK(it, says(expected));
    }
}

/* All fail, each in its own way: the lowest rank's code and sentence, without a rank before it. */
static void check_all_fail(mpi_check *it) {
    dlt_status mine = fail_here(it, it->rank == 0 ? DLT_ERR_FORMAT : DLT_ERR_SHAPE);
    CHECK(it, dlt_agree(it->comm, mine) == DLT_ERR_FORMAT);
    CHECK(it, says("shard 0 is missing"));
}

static void check_upper_ranks_fail(mpi_check *it) {
    if (it->size < 3)
        return;
    dlt_status mine = it->rank >= 1 ? fail_here(it, DLT_ERR_MEM) : DLT_OK;
    CHECK(it, dlt_agree(it->comm, mine) == DLT_ERR_MEM);
    CHECK(it, says("rank 1: shard 1 is missing"));
}

/* What rank 0 does for all: its sentence stands alone, others' failures do not count. */
static void check_first(mpi_check *it) {
    dlt_status mine = it->rank == 0 ? fail_here(it, DLT_ERR_IO) : DLT_OK;
    CHECK(it, dlt_agree_first(it->comm, mine) == DLT_ERR_IO);
    CHECK(it, says("shard 0 is missing"));
    mine = it->rank != 0 ? fail_here(it, DLT_ERR_IO) : DLT_OK;
    CHECK(it, dlt_agree_first(it->comm, mine) == DLT_OK);
}

static void check_long_sentence(mpi_check *it) {
    char *text = malloc(DLT_ERROR_MESSAGE_BYTES);
    memset(text, 'x', DLT_ERROR_MESSAGE_BYTES - 1);
    text[DLT_ERROR_MESSAGE_BYTES - 1] = '\0';
    dlt_status mine = it->rank == it->size - 1 ? dlt_fail(DLT_ERR_ARG, "%s", text) : DLT_OK;
    CHECK(it, dlt_agree(it->comm, mine) == DLT_ERR_ARG);
    CHECK(it, strstr(dlt_error_message(), "xxxxxxxx") != NULL);
    free(text);
}

/* facts of the last rank, of all others, and what is said of them; NULL: nothing. */
static void check_facts(mpi_check *it, const char *last, const char *others, const char *sentence) {
    char expected[256];
    const char *mine = it->rank == it->size - 1 ? last : others;
    dlt_status status = dlt_check_alike(it->comm, DLT_FACT_START, mine);
    if (it->size == 1 || sentence == NULL) {
        CHECK(it, status == DLT_OK);
        return;
    }
    CHECK(it, status == DLT_ERR_MISMATCH);
    snprintf(expected, sizeof expected, sentence, it->size - 1);
    CHECK(it, strncmp(dlt_error_message(), expected, strlen(expected)) == 0);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void check_alike(mpi_check *it) {
    char *long_text = malloc(100001);
    memset(long_text, 'x', 100000);
    long_text[100000] = '\0';
    memcpy(long_text, "model\t", 6);
    check_facts(it, "a\t1\nb\t2\n", "a\t1\nb\t2\n", NULL);
    check_facts(it, "a\t1\nb\t3\n", "a\t1\nb\t2\n", "rank %d was started with b 3, rank 0 with 2;");
    check_facts(it, "a\t1\n--resume\n", "a\t1\n",
                "rank %d was started with --resume, rank 0 without it;");
    check_facts(it, "a\t1\n", "a\t1\n--out\tx\n", "rank 0 was started with --out x, rank ");
    check_facts(it, NULL, "a\t1\n", "rank 0 was started with a 1, rank ");
    check_facts(it, "a\t1\n--out\tx\n", "a\t1\nwrong\ty\n--out\tx\n--size\t1\n",
                "rank 0 was started with wrong y, rank ");
    check_facts(it, long_text, "model\ty\n", "rank %d was started with model xxx");
    check_facts(it, "model\ty\n", long_text, "rank %d was started with model y, rank 0 with xxx");
    free(long_text);
}
#pragma GCC diagnostic pop
static void check_values(mpi_check *it) {
    double real = 0;
    int64_t whole = 0;
    CHECK(it, dlt_max_real(it->comm, -1.5 * it->rank, &real) == DLT_OK && real == 0);
    CHECK(it, dlt_max_int(it->comm, (int64_t)it->rank << 40, &whole) == DLT_OK &&
                  whole == (int64_t)(it->size - 1) << 40);
    double sent[3] = {it->rank, 2, it->rank + 5};
    CHECK(it, dlt_broadcast(it->comm, sent, (int64_t)sizeof sent) == DLT_OK);
    CHECK(it, sent[0] == 0 && sent[2] == 5);
    CHECK(it, dlt_barrier(it->comm) == DLT_OK);
    CHECK(it, dlt_comm_node_size(it->comm) == it->size);
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    check_all_well(&it);
    check_one_fails(&it);
    check_all_fail(&it);
    check_upper_ranks_fail(&it);
    check_first(&it);
    check_long_sentence(&it);
    check_alike(&it);
    check_values(&it);
    return mpi_check_finish(&it);
}
