/* Attention by blocks of 64 queries and 64 keys, so that memory does not grow with their product
 * (Dao, Fu, Ermon, Rudra, Ré 2022, arXiv 2205.14135; Milakov and Gimelshein 2018, arXiv 1805.02867,
 * for the running maximum).
 *
 *   S = scale q k^T,  P = softmax of each row over the keys that it may see,  y = P v
 *
 * Forward keeps, per query, the logarithm of the sum of exponentials; backward makes P from it
 * again:
 *
 *   dv = P^T dy, dP = dy v^T, dS = P (dP - sum over e of dy y), dq = scale dS k, dk = scale dS^T q
 *
 * Keys behind the length of a sample, and blocks that no query of a block may see, are skipped.
 * Within a block of which a causal query sees a part, the rest has weight 0. A query that sees no
 * key has zero output and gradients. Every sample and head is computed by itself, blocks in
 * ascending order. */
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/ref/reduce.h"
#include "kernels/ref/row_max.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

/* What the blocks of one head of one sample work on: pointers to its first elements. Forward has no
 * dy, and log_sums only if a backward follows. */
typedef struct head {
    const dlt_real *q, *k, *v, *dy;
    dlt_real *y, *log_sums;
    dlt_real *dq, *dk, *dv;
    int64_t row_d, row_e; /* elements from one position to the next */
    int64_t keys;         /* that any query may see */
} head;

typedef struct scratch {
    dlt_real scores[BLOCK * BLOCK];
    dlt_real slopes[BLOCK * BLOCK];
    dlt_real maximum[BLOCK];
    dlt_real sum[BLOCK];
} scratch;

int64_t dlt_k_attention_workspace_bytes(void) {
    return (int64_t)sizeof(scratch);
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t visible_keys(const dlt_attention *self, int64_t sample) {
    if (self->lengths == NULL)
        return self->keys;
    const int64_t length = self->lengths[sample];
    return length < 0 ? 0 : smaller(length, self->keys);
}

/* How many of the keys from `first` on query `i` may see, at most `count`. */
static int64_t seen(const dlt_attention *self, const head *at, int64_t i, int64_t first,
                    int64_t count) {
    int64_t end = at->keys;
    if (self->causal)
        end = smaller(end, i + 1);
    return end <= first ? 0 : smaller(end - first, count);
}

/* Keys of the block at `first` that some query before `queries_end` may see. */
static int64_t block_keys(const dlt_attention *self, const head *at, int64_t queries_end,
                          int64_t first) {
    return seen(self, at, queries_end - 1, first, BLOCK);
}

static void make_scores(const dlt_attention *self, const head *at, int64_t i, int64_t rows,
                        int64_t j, int64_t columns, dlt_real *scores) {
    self->kernels->gemm(false, true, rows, columns, self->d, self->scale, at->q + i * at->row_d,
                        at->row_d, at->k + j * at->row_d, at->row_d, 0, scores, BLOCK);
}

/* Scores become exponentials under the new maximum of the row; what was added before is scaled to
 * it. */
DLT_K_CLONES
static void soften_row(int64_t count, int64_t columns, dlt_real *score, dlt_real *maximum,
                       dlt_real *sum, int64_t e, dlt_real *y) {
    if (count > 0) {
        const dlt_real highest = dlt_k_row_max(count, score);
        const dlt_real before = *maximum;
        const dlt_real shift = highest > before ? highest : before;
        const dlt_real fade = dlt_k_exp(before - shift);
        for (int64_t c = 0; c < count; c++)
            score[c] = dlt_k_exp(score[c] - shift);
        *sum = *sum * fade + (dlt_real)dlt_k_sum(count, score);
        *maximum = shift;
        for (int64_t c = 0; c < e; c++)
            y[c] *= fade;
    }
    for (int64_t c = count; c < columns; c++)
        score[c] = 0;
}

DLT_K_CLONES
static void divide_row(int64_t e, dlt_real sum, dlt_real *y) {
    const dlt_real factor = 1 / sum;
    for (int64_t c = 0; c < e; c++)
        y[c] *= factor;
}

static void forward_block(const dlt_attention *self, const head *at, int64_t i, scratch *tile) {
    const int64_t rows = smaller(BLOCK, self->queries - i);
    dlt_real *y = at->y + i * at->row_e;
    for (int64_t r = 0; r < rows; r++) {
        memset(y + r * at->row_e, 0, (size_t)self->e * sizeof *y);
        tile->maximum[r] = -INFINITY;
        tile->sum[r] = 0;
    }
    for (int64_t j = 0; j < at->keys; j += BLOCK) {
        const int64_t columns = block_keys(self, at, i + rows, j);
        if (columns == 0)
            break;
        make_scores(self, at, i, rows, j, columns, tile->scores);
        for (int64_t r = 0; r < rows; r++)
            soften_row(seen(self, at, i + r, j, columns), columns, tile->scores + r * BLOCK,
                       &tile->maximum[r], &tile->sum[r], self->e, y + r * at->row_e);
        self->kernels->gemm(false, false, rows, self->e, columns, 1, tile->scores, BLOCK,
                            at->v + j * at->row_e, at->row_e, 1, y, at->row_e);
    }
    for (int64_t r = 0; r < rows; r++) {
        const bool is_blind = tile->maximum[r] == -INFINITY && tile->sum[r] == 0;
        if (at->log_sums != NULL)
            at->log_sums[i + r] =
                is_blind ? INFINITY : tile->maximum[r] + (dlt_real)log((double)tile->sum[r]);
        if (!is_blind)
            divide_row(self->e, tile->sum[r], y + r * at->row_e);
    }
}

/* The weights of a row again, and from the gradients of the weights those of the scores. */
DLT_K_CLONES
static void revive_row(int64_t count, int64_t columns, dlt_real log_sum, dlt_real *score) {
    for (int64_t c = 0; c < count; c++)
        score[c] = dlt_k_exp(score[c] - log_sum);
    for (int64_t c = count; c < columns; c++)
        score[c] = 0;
}

DLT_K_CLONES
static void slope_row(int64_t count, int64_t columns, const dlt_real *weight, dlt_real sum,
                      dlt_real scale, dlt_real *slope) {
    for (int64_t c = 0; c < count; c++)
        slope[c] = weight[c] * (slope[c] - sum) * scale;
    for (int64_t c = count; c < columns; c++)
        slope[c] = 0;
}

static dlt_real dot(int64_t count, const dlt_real *a, const dlt_real *b) {
    double lane[DLT_K_LANES] = {0};
    for (int64_t i = 0; i < count; i++)
        lane[i % DLT_K_LANES] += (double)a[i] * (double)b[i];
    return (dlt_real)dlt_k_fold_lanes(lane);
}

static void add_gradients(const dlt_attention *self, const head *at, int64_t i, int64_t rows,
                          int64_t j, int64_t columns, scratch *tile) {
    const dlt_kernels *kernels = self->kernels;
    const dlt_real *dy = at->dy + i * at->row_e;
    if (at->dv != NULL)
        kernels->gemm(true, false, columns, self->e, rows, 1, tile->scores, BLOCK, dy, at->row_e, 1,
                      at->dv + j * at->row_e, at->row_e);
    kernels->gemm(false, true, rows, columns, self->e, 1, dy, at->row_e, at->v + j * at->row_e,
                  at->row_e, 0, tile->slopes, BLOCK);
    for (int64_t r = 0; r < rows; r++)
        slope_row(seen(self, at, i + r, j, columns), columns, tile->scores + r * BLOCK,
                  tile->sum[r], self->scale, tile->slopes + r * BLOCK);
    if (at->dq != NULL)
        kernels->gemm(false, false, rows, self->d, columns, 1, tile->slopes, BLOCK,
                      at->k + j * at->row_d, at->row_d, 1, at->dq + i * at->row_d, at->row_d);
    if (at->dk != NULL)
        kernels->gemm(true, false, columns, self->d, rows, 1, tile->slopes, BLOCK,
                      at->q + i * at->row_d, at->row_d, 1, at->dk + j * at->row_d, at->row_d);
}

static void backward_block(const dlt_attention *self, const head *at, int64_t i, scratch *tile) {
    const int64_t rows = smaller(BLOCK, self->queries - i);
    for (int64_t r = 0; r < rows; r++)
        tile->sum[r] = dot(self->e, at->dy + (i + r) * at->row_e, at->y + (i + r) * at->row_e);
    for (int64_t j = 0; j < at->keys; j += BLOCK) {
        const int64_t columns = block_keys(self, at, i + rows, j);
        if (columns == 0)
            break;
        make_scores(self, at, i, rows, j, columns, tile->scores);
        for (int64_t r = 0; r < rows; r++)
            revive_row(seen(self, at, i + r, j, columns), columns, at->log_sums[i + r],
                       tile->scores + r * BLOCK);
        add_gradients(self, at, i, rows, j, columns, tile);
    }
}

static dlt_real *offset(dlt_real *base, int64_t elements) {
    return base != NULL ? base + elements : NULL;
}

static head head_of(const dlt_attention *self, const dlt_attention_call *call, int64_t sample,
                    int64_t h) {
    const int64_t row_d = self->heads * self->d;
    const int64_t row_e = self->heads * self->e;
    const int64_t at_q = sample * self->queries * row_d + h * self->d;
    const int64_t at_k = sample * self->keys * row_d + h * self->d;
    const int64_t at_v = sample * self->keys * row_e + h * self->e;
    const int64_t at_y = sample * self->queries * row_e + h * self->e;
    return (head){.q = call->q + at_q,
                  .k = call->k + at_k,
                  .v = call->v + at_v,
                  .y = call->y + at_y,
                  .dq = offset(call->dq, at_q),
                  .dk = offset(call->dk, at_k),
                  .dv = offset(call->dv, at_v),
                  .row_d = row_d,
                  .row_e = row_e,
                  .keys = visible_keys(self, sample)};
}

void dlt_k_forward_attention(const dlt_attention *self, const dlt_attention_call *call,
                             void *workspace) {
    for (int64_t sample = 0; sample < self->n; sample++)
        for (int64_t h = 0; h < self->heads; h++) {
            head at = head_of(self, call, sample, h);
            at.log_sums = offset(call->log_sums, (sample * self->heads + h) * self->queries);
            for (int64_t i = 0; i < self->queries; i += BLOCK)
                forward_block(self, &at, i, workspace);
        }
}

static void clear(int64_t count, dlt_real *values) {
    if (values != NULL)
        memset(values, 0, (size_t)count * sizeof *values);
}

void dlt_k_backward_attention(const dlt_attention *self, const dlt_attention_call *call,
                              void *workspace) {
    clear(self->n * self->queries * self->heads * self->d, call->dq);
    clear(self->n * self->keys * self->heads * self->d, call->dk);
    clear(self->n * self->keys * self->heads * self->e, call->dv);
    for (int64_t sample = 0; sample < self->n; sample++)
        for (int64_t h = 0; h < self->heads; h++) {
            head at = head_of(self, call, sample, h);
            at.log_sums = call->log_sums + (sample * self->heads + h) * self->queries;
            at.dy = call->dy + (at.y - call->y);
            for (int64_t i = 0; i < self->queries; i += BLOCK)
                backward_block(self, &at, i, workspace);
        }
}
