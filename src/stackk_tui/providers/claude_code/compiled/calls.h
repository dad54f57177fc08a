/* The calls of one file: of each key and chain the best line and the first (`taking.py`, `dedupe.py`). */
#ifndef STACKK_CALLS_H
#define STACKK_CALLS_H

#include "bytes.h"
#include "line.h"

typedef struct {
    uint32_t key, key_length, message_length; /* the key's text; a message that has no request has length 0 */
    uint32_t hash, how, who;
    bool side, iterated, doubtful;
    uint64_t tokens[KINDS], searches, size;
    int64_t ts, first_ts;
    uint64_t offset, first_offset;
} Call;

/* A few texts, told apart by their bytes; `texts` says how many make one. */
typedef struct {
    Bytes data;
    struct Entry {
        uint32_t at, length[4];
        bool given[4];
    } *entries;
    size_t count, room, last;
    int texts;
} Words;

typedef struct {
    Call *calls;
    size_t count, room;
    uint32_t *table; /* numbers of calls, plus one */
    size_t slots;
    Bytes keys; /* all keys, one behind the other */
    Words hows, whos;
    int64_t last_ts;
} Calls;

enum { MODEL, SPEED, TIER, GEO, HOWS };
enum { CWD, SESSION, WHOS };

void calls_begin(Calls *calls);

/* Gives a copy to keep, which nothing can be added to. */
Calls calls_copied(const Calls *calls);

/* Takes what the line at `offset` of the file tells. */
Verdict calls_take(Calls *calls, const Record *record, uint64_t offset);

uint32_t calls_hash(const uint8_t *text, size_t length, uint32_t seed);

#endif
