/* A line of a transcript -> what it says was used (claude-code-logs.md §2). */
#ifndef STACKK_LINE_H
#define STACKK_LINE_H

#include "json.h"

enum { INPUT, OUTPUT, WRITE_5M, WRITE_1H, READ, KINDS };

/* The texts are raw: what stands between the quotes. An empty one is absent. */
typedef struct {
    bool counts; /* false: the line rightly tells no usage, and nothing else here is set */
    bool side, iterated;
    int64_t ts; /* UTC milliseconds */
    uint64_t tokens[KINDS], searches;
    Span id, request, uuid;             /* printable ASCII */
    Span model, speed, tier, geo;       /* ASCII without escapes */
    Span cwd, session;
} Record;

/* Reads the line from `at` to its line feed. FINE only where `wire.py` would say the very same. */
Verdict line_read(const uint8_t *at, Record *record);

#endif
