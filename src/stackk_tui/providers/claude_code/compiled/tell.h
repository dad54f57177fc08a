/* What was read of a file -> a result, as `native.py` takes it apart: a head of numbers, 64 bits each in the
 * machine's order, and sections, one behind the other, whose lengths the head ends with.
 *
 * head      number, status, offset, broken, broken_tail, last_ts, bytes_read, lengths
 * sections  digest of the first bytes of the file, rows (JSON), marks, keys, those on the main chain, those on
 *           a side chain with a message, doubtful ones, hows, whos, sums
 * Briefly told, keys and sums are left out; later, if at all, only they are told.
 * Keys, and the texts of hows and whos, stand with a 0 between them; an absent text is a byte 1. */
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

/* What a status says besides an errno; where there is nothing on a side chain, ALL_KEYS are on the main one. */
#define TOLD 0u
#define IS_ODD (1ull << 32)
#define TOLD_BRIEFLY (2ull << 32)
#define TOLD_LATER (3ull << 32)
#define ALL_KEYS UINT64_MAX

/* What sums are made of: requests, web searches, tokens. */
enum { COUNTED = 2 + KINDS };
static const int64_t QUARTER_MS = 15 * 60 * 1000;

/* slots.class_of, as far as it needs no prices: how many of the thresholds the prompt is longer than, and which
 * kinds of token there are, a bit each. */
static inline void class_of(const Call *call, const Thresholds *thresholds, uint32_t *above, uint32_t *kinds) {
    const uint64_t prompt = call->size - call->tokens[OUTPUT];
    while (*above < thresholds->count && prompt > thresholds->lengths[*above]) ++*above;
    for (uint32_t kind = 0; kind < KINDS; kind++) *kinds |= (uint32_t)(call->tokens[kind] > 0) << kind;
}

/* Adds a call to sums; false where they are larger than can be kept. */
bool add_up(uint64_t *sums, const Call *call);

/* The head of a result of all files together, of which the last section follows. */
void tell_sums(Bytes *out, size_t size);

/* A result without sections. */
void tell_status(Bytes *out, uint64_t number, uint64_t status);

/* Memory that is used again for the next file. */
typedef struct {
    struct Slot *slots;
    uint32_t *table, *messages;
    size_t count, room, places, message_places;
} Telling;

/* ODD where sums are larger than can be kept; then nothing was told. */
Verdict tell(Bytes *out, Calls *calls, const FileRead *file, const Thresholds *thresholds, Telling *telling,
             bool briefly);

/* Tells what `tell` left out; nothing where sums are larger than can be kept. */
void tell_later(Bytes *out, const Calls *calls, uint64_t number, const Thresholds *thresholds, Telling *telling);

#endif
