/* Passes over JSON (RFC 8259), strictly, without building anything.
 *
 * A text ends with a line feed, which is legal nowhere inside it: that is how every loop here ends, so nothing
 * compares with an end. SLACK bytes behind the line feed can be read. */
#ifndef STACKK_JSON_H
#define STACKK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { SLACK = 64, DEEPEST = 64, LONGEST_NUMBER = 300 };

typedef enum {
    FINE,
    BROKEN, /* no JSON */
    ODD,    /* for the plain reader to look at */
} Verdict;

/* What stands between two quotes, as it is written; `at` is NULL for nothing or null. */
typedef struct {
    const uint8_t *at;
    size_t length;
} Span;

/* What a string is made of. */
enum { ESCAPED = 1, NOT_ASCII = 2 };

static inline const uint8_t *json_space(const uint8_t *at) {
    while (*at == ' ' || *at == '\t' || *at == '\r') at++;
    return at;
}

/* Gives the next quote, backslash, control character or byte that is not ASCII. */
static inline const uint8_t *json_plain(const uint8_t *at) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
    for (;; at += 16) {
        const __m128i here = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i low = _mm_cmplt_epi8(here, space); /* as signed: also all from 0x80 on */
        const __m128i special =
            _mm_or_si128(low, _mm_or_si128(_mm_cmpeq_epi8(here, quote), _mm_cmpeq_epi8(here, slash)));
        const int found = _mm_movemask_epi8(special);
        if (found) return at + __builtin_ctz((unsigned)found);
    }
#else
    while (*at != '"' && *at != '\\' && *at >= ' ' && *at < 0x80) at++;
    return at;
#endif
}

/* Gives the length of the UTF-8 character that begins here with a byte that is not ASCII; 0 if it is none. */
static inline int json_character(const uint8_t *at) {
    const uint8_t first = at[0];
    if (first < 0xC2 || first > 0xF4 || (at[1] & 0xC0) != 0x80) return 0;
    if (first < 0xE0) return 2;
    if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F)) return 0;
    if ((at[2] & 0xC0) != 0x80) return 0;
    if (first < 0xF0) return 3;
    if ((first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F)) return 0;
    return (at[3] & 0xC0) == 0x80 ? 4 : 0;
}

static inline bool json_is_hex(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static inline bool json_is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

/* Passes over a string from its first quote on. `made_of` gains what it is made of. */
static inline Verdict json_string(const uint8_t **place, Span *span, int *made_of) {
    const uint8_t *at = *place + 1;
    const uint8_t *const start = at;
    for (;;) {
        at = json_plain(at);
        if (*at == '"') break;
        if (*at >= 0x80) {
            const int length = json_character(at);
            if (!length) return BROKEN;
            at += length;
            *made_of |= NOT_ASCII;
            continue;
        }
        if (*at != '\\') return BROKEN; /* a control character, or the end */
        *made_of |= ESCAPED;
        switch (*++at) {
        case 'n': case 't': case '"': case '\\': case '/': case 'b': case 'f': case 'r':
            at++;
            break;
        case 'u':
            for (int digit = 1; digit <= 4; digit++)
                if (!json_is_hex(at[digit])) return BROKEN;
            at += 5;
            break;
        default: return BROKEN;
        }
    }
    span->at = start;
    span->length = (size_t)(at - start);
    *place = at + 1;
    return FINE;
}

/* Passes over a number. What Python may refuse or read otherwise for its length is odd. */
static inline Verdict json_number(const uint8_t **place) {
    const uint8_t *at = *place;
    if (*at == '-') at++;
    if (*at == 'I' || *at == 'N') return ODD; /* Python's JSON knows infinities */
    if (*at == '0') {
        at++;
    } else {
        if (!json_is_digit(*at)) return BROKEN;
        while (json_is_digit(*at)) at++;
    }
    if (*at == '.') {
        if (!json_is_digit(*++at)) return BROKEN;
        while (json_is_digit(*at)) at++;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!json_is_digit(*at)) return BROKEN;
        const uint8_t *const exponent = at;
        while (json_is_digit(*at)) at++;
        if (at - exponent > 4) return ODD;
    }
    if (at - *place > LONGEST_NUMBER) return ODD;
    *place = at;
    return FINE;
}

static inline Verdict json_word(const uint8_t **place, const char *word) {
    const size_t length = strlen(word);
    if (strncmp((const char *)*place, word, length) != 0) return BROKEN;
    *place += length;
    return FINE;
}

static Verdict json_value(const uint8_t **place, int depth);

/* Called with the place at the value of a key; passes over it. */
typedef Verdict (*JsonField)(const uint8_t **place, Span key, void *into, int depth);

static inline Verdict json_any_field(const uint8_t **place, Span key, void *into, int depth) {
    (void)key, (void)into;
    return json_value(place, depth);
}

/* Passes over an object from its brace on. A key with an escape is odd where keys matter (`into`). */
static inline Verdict json_object(const uint8_t **place, JsonField field, void *into, int depth) {
    if (depth > DEEPEST) return ODD;
    const uint8_t *at = json_space(*place + 1);
    Verdict verdict = FINE;
    if (*at == '}') {
        *place = at + 1;
        return FINE;
    }
    for (;;) {
        Span key;
        int made_of = 0;
        if (*at != '"') return BROKEN;
        if ((verdict = json_string(&at, &key, &made_of)) != FINE) return verdict;
        if (into && made_of) return ODD;
        at = json_space(at);
        if (*at != ':') return BROKEN;
        at = json_space(at + 1);
        if ((verdict = field(&at, key, into, depth + 1)) != FINE) return verdict;
        at = json_space(at);
        if (*at == '}') break;
        if (*at != ',') return BROKEN;
        at = json_space(at + 1);
    }
    *place = at + 1;
    return FINE;
}

/* Called with the place at an element; passes over it. */
typedef Verdict (*JsonElement)(const uint8_t **place, void *into, int depth);

static inline Verdict json_any_element(const uint8_t **place, void *into, int depth) {
    (void)into;
    return json_value(place, depth);
}

/* Passes over an array from its bracket on. */
static inline Verdict json_array(const uint8_t **place, JsonElement element, void *into, int depth) {
    if (depth > DEEPEST) return ODD;
    const uint8_t *at = json_space(*place + 1);
    if (*at == ']') {
        *place = at + 1;
        return FINE;
    }
    for (;;) {
        const Verdict verdict = element(&at, into, depth + 1);
        if (verdict != FINE) return verdict;
        at = json_space(at);
        if (*at == ']') break;
        if (*at != ',') return BROKEN;
        at = json_space(at + 1);
    }
    *place = at + 1;
    return FINE;
}

static Verdict json_value(const uint8_t **place, int depth) {
    Span span;
    int made_of = 0;
    switch (**place) {
    case '"': return json_string(place, &span, &made_of);
    case '{': return json_object(place, json_any_field, NULL, depth);
    case '[': return json_array(place, json_any_element, NULL, depth);
    case 't': return json_word(place, "true");
    case 'f': return json_word(place, "false");
    case 'n': return json_word(place, "null");
    case 'N':
    case 'I': return ODD; /* Python's JSON knows infinities and NaN */
    default: return json_number(place);
    }
}

#endif
