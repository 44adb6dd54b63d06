/* What each rank tells the others with every reduction; the maximum over the ranks counts. */
#ifndef DLT_ENGINE_REDUCTION_FLAGS_H
#define DLT_ENGINE_REDUCTION_FLAGS_H

#include "comm/reducer.h"

enum {
    DLT_FLAG_FAILED = 0, /* this rank could not compute its part */
    DLT_FLAG_STOP = 1,   /* a signal asks for a stop: its number */
    DLT_FLAG_SAVE = 2,   /* a checkpoint is due, by time or by cost; rank 0 alone says so */
    DLT_FLAG_TIME_UP = 3 /* the time limit is near */
};

#endif
