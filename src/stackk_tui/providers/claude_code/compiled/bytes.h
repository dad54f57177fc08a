/* Memory that grows; a program without any left has nothing to say, and its jobs are done elsewhere. */
#ifndef STACKK_BYTES_H
#define STACKK_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *data;
    size_t size, room;
} Bytes;

static inline void *grown(void *memory, size_t size) {
    void *const larger = realloc(memory, size);
    if (!larger) abort();
    return larger;
}

static inline void *cleared(size_t size) {
    void *const memory = calloc(1, size);
    if (!memory) abort();
    return memory;
}

static inline void bytes_room(Bytes *bytes, size_t more) {
    if (bytes->room - bytes->size >= more) return;
    bytes->room = 2 * bytes->room + more + 64;
    bytes->data = grown(bytes->data, bytes->room);
}

static inline void bytes_put(Bytes *bytes, const void *data, size_t size) {
    if (!size) return;
    bytes_room(bytes, size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static inline void bytes_text(Bytes *bytes, const char *text) { bytes_put(bytes, text, strlen(text)); }

static inline void bytes_number(Bytes *bytes, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    bytes_put(bytes, digits + at, sizeof digits - at);
}

#endif
