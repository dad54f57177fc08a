/* The calls of all files -> what was used in them together, each call once (`views.build`, `dedupe.choose`). */
#ifndef STACKK_TOGETHER_H
#define STACKK_TOGETHER_H

#include "tell.h"

/* What is known of a file besides its lines. Texts are Python's: cleaned, UTF-8. */
typedef struct {
    const char *path; /* ends with a 0 */
    Span home, agent; /* the session whose file it is by its place; the type of the agent whose file it is */
    bool is_agent;
    int64_t mtime_ns;
    Calls calls; /* without a table */
} Kept;

/* Tells one more result: `number` UINT64_MAX, and only the last section, of numbers as in `Together` below.
 * Tells nothing where Python might say something else. */
void tell_together(Bytes *out, const Kept *files, size_t count, const Thresholds *thresholds);

#endif
