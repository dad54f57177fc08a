/* What was read of a file -> MessagePack, as `native.py` takes it apart. */
#ifndef STACKK_TELL_H
#define STACKK_TELL_H

#include "calls.h"

typedef struct {
    const uint64_t *lengths; /* the prompt lengths above which some model costs more, ascending */
    size_t count;
} Thresholds;

typedef struct {
    uint64_t number, offset, broken, broken_tail, bytes_read;
    uint8_t head[4096];
    size_t head_length;
} FileRead;

/* Memory that is used again for the next file. */
typedef struct {
    Bytes rows, marks;
    struct Slot *slots;
    uint32_t *table, *messages;
    size_t count, room, places, message_places;
} Telling;

/* ODD where sums are larger than can be kept; then nothing was told. */
Verdict tell(Bytes *out, Calls *calls, const FileRead *file, const Thresholds *thresholds, Telling *telling);

#endif
