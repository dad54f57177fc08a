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

/* MessagePack, as far as it is needed here; big-endian. */
static inline void pack_head(Bytes *bytes, uint8_t kind, uint64_t value, int size) {
    uint8_t head[9] = {kind};
    for (int place = size; place; place--, value >>= 8) head[place] = (uint8_t)value;
    bytes_put(bytes, head, (size_t)size + 1);
}

static inline void pack_array(Bytes *bytes, size_t length) { pack_head(bytes, 0xDD, length, 4); }
static inline void pack_unsigned(Bytes *bytes, uint64_t number) { pack_head(bytes, 0xCF, number, 8); }
static inline void pack_nothing(Bytes *bytes) { pack_head(bytes, 0xC0, 0, 0); }

static inline void pack_text(Bytes *bytes, const void *text, size_t size) {
    pack_head(bytes, 0xDB, size, 4);
    bytes_put(bytes, text, size);
}

static inline void pack_bytes(Bytes *bytes, const void *data, size_t size) {
    pack_head(bytes, 0xC6, size, 4);
    bytes_put(bytes, data, size);
}

#endif
