/* BLAKE2b (RFC 7693) with 16 bytes of digest and no key: `digests.digest`. */
#ifndef STACKK_BLAKE2B_H
#define STACKK_BLAKE2B_H

#include <stdint.h>
#include <string.h>

enum { DIGEST = 16, BLAKE2B_BLOCK = 128 };

static const uint64_t blake2b_start[8] = {
    0x6A09E667F3BCC908u, 0xBB67AE8584CAA73Bu, 0x3C6EF372FE94F82Bu, 0xA54FF53A5F1D36F1u,
    0x510E527FADE682D1u, 0x9B05688C2B3E6C1Fu, 0x1F83D9ABFB41BD6Bu, 0x5BE0CD19137E2179u,
};

static inline uint64_t blake2b_turned(uint64_t word, int by) { return word >> by | word << (64 - by); }

static inline uint64_t blake2b_word(const uint8_t *at) {
    uint64_t word = 0;
    for (int byte = 7; byte >= 0; byte--) word = word << 8 | at[byte];
    return word;
}

static inline void blake2b_mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x;
    v[d] = blake2b_turned(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = blake2b_turned(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = blake2b_turned(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = blake2b_turned(v[b] ^ v[c], 63);
}

static inline void blake2b_block(uint64_t *state, const uint8_t *block, uint64_t length, int is_last) {
    static const uint8_t order[12][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    };
    uint64_t v[16], m[16];
    for (int word = 0; word < 16; word++) m[word] = blake2b_word(block + 8 * word);
    memcpy(v, state, 8 * sizeof *v);
    memcpy(v + 8, blake2b_start, 8 * sizeof *v);
    v[12] ^= length;
    if (is_last) v[14] = ~v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *s = order[round];
        for (int column = 0; column < 4; column++)
            blake2b_mix(v, column, 4 + column, 8 + column, 12 + column, m[s[2 * column]], m[s[2 * column + 1]]);
        for (int column = 0; column < 4; column++)
            blake2b_mix(v, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4,
                        m[s[8 + 2 * column]], m[s[9 + 2 * column]]);
    }
    for (int word = 0; word < 8; word++) state[word] ^= v[word] ^ v[word + 8];
}

static inline void blake2b(const uint8_t *data, size_t size, uint8_t digest[DIGEST]) {
    uint64_t state[8];
    uint8_t last[BLAKE2B_BLOCK] = {0};
    size_t done = 0;
    memcpy(state, blake2b_start, sizeof state);
    state[0] ^= 0x01010000u ^ DIGEST;
    for (; size - done > BLAKE2B_BLOCK; done += BLAKE2B_BLOCK)
        blake2b_block(state, data + done, done + BLAKE2B_BLOCK, 0);
    memcpy(last, data + done, size - done);
    blake2b_block(state, last, size, 1);
    for (int byte = 0; byte < DIGEST; byte++) digest[byte] = (uint8_t)(state[byte / 8] >> 8 * (byte % 8));
}

#endif
