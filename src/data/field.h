/* Fields of a data set: which are asked for, what the files say of one, and how one is delivered.
 * A field NAME is an HDF5 dataset of numbers whose first dimension is the samples, or, if it is
 * ragged (of sequences of different length), a group: NAME/values holds the elements of all
 * sequences one after the other, and sample i has those from NAME/offsets[i] up to
 * NAME/offsets[i + 1]. */
#ifndef DLT_DATA_FIELD_H
#define DLT_DATA_FIELD_H

#include "dltrain/shape.h"
#include "dltrain/target.h"
#include "dltrain/tensor.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

enum { DLT_FIELDS_MAX = 16 };

/** What the attributes of a file are about. At most one field has each of the roles X and Y. */
typedef enum dlt_field_role {
    DLT_FIELD_PLAIN,
    DLT_FIELD_X, /* the inputs: column names, mean and std; one number per sample is a row of one */
    DLT_FIELD_Y, /* the targets: class names */
    DLT_FIELD_OF_LOSS /* neither, and no input: a target, mask or weight */
} dlt_field_role;

/** What the numbers of a field become. */
typedef enum dlt_field_dtype {
    DLT_FIELD_AUTO, /* I32 for stored integers of 32 and 64 bits, else REAL: shorter ones are
                       pixels */
    DLT_FIELD_REAL,
    DLT_FIELD_I32
} dlt_field_dtype;

typedef struct dlt_field_request {
    const char *name; /* of the HDF5 dataset; borrowed while the data set is opened */
    bool required;    /* false: the data set may lack it */
    dlt_field_role role;
    dlt_field_dtype dtype;
} dlt_field_request;

/** The fields that a data set is opened with. */
typedef struct dlt_field_requests {
    int count;
    bool finds_roles; /* of PLAIN fields the first REAL one becomes X, one stored as "y" Y */
    dlt_field_request at[DLT_FIELDS_MAX];
} dlt_field_requests;

/** Inputs and targets; NULL stands for the names "x" and "y". */
dlt_field_requests dlt_field_requests_x_y(const char *x, const char *y, bool y_required);

/** What the files say of a field. */
typedef struct dlt_field_facts {
    const char *name; /* of the HDF5 dataset; borrowed from the data set */
    int index;        /* in the order in which the data set was opened */
    bool is_there;    /* false: the data set lacks it, and nothing below is said */
    dlt_h5_type type;
    dlt_dtype dtype; /* of what is delivered, unless a loader's field says otherwise */
    dlt_shape shape; /* of one sample, of one element if ragged; rank 0: a number */
    bool is_ragged;
    int64_t longest; /* elements of the longest sequence, if ragged */
} dlt_field_facts;

/** How a field is read, checked and delivered. */
typedef struct dlt_loader_field {
    int field;            /* of the data set, in the order in which it was opened */
    dlt_tensor_spec spec; /* as delivered: dtype and shape of one sample */
    const char *name;     /* by which transforms ask for it; NULL: as it is stored */
    int64_t below;        /* I32: values lie in [0, below); 0: any that int32 holds */
    bool has_ignored;     /* I32: `ignored` is allowed besides */
    int32_t ignored;
    const dlt_target_range *range; /* REAL: of targets; NULL: any finite value */
    bool transformed; /* transforms that name no field apply to it: one field at most */
    bool is_length;   /* I32, [n]: not the ragged field itself, but the lengths of its sequences */
} dlt_loader_field;

/** What numbers of a stored type become. */
dlt_dtype dlt_field_dtype_of(dlt_field_dtype asked, dlt_h5_type type);

/** REAL of the shape that is stored; of a ragged field, [longest, shape of an element]. */
dlt_loader_field dlt_loader_field_reals(const dlt_field_facts *facts);
/** I32 likewise, in [0, below). */
dlt_loader_field dlt_loader_field_integers(const dlt_field_facts *facts, int64_t below);
/** The lengths of a ragged field. */
dlt_loader_field dlt_loader_field_lengths(const dlt_field_facts *facts);

#endif
