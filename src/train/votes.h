/* What each rank tells the others with every reduction; the maximum over the ranks counts. */
#ifndef DLT_TRAIN_VOTES_H
#define DLT_TRAIN_VOTES_H

#include "comm/reducer.h"

enum {
    DLT_VOTE_FAILED = 0, /* this rank could not compute its part */
    DLT_VOTE_STOP = 1,   /* a signal asks for a stop */
    DLT_VOTE_ELAPSED = 2 /* minutes since the last checkpoint, so that all ranks decide alike */
};

#endif
