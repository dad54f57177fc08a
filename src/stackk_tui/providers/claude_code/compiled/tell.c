#include "tell.h"

#include "blake2b.h"

static const uint64_t MOST_SUM = 1ull << 62; /* slotstore._MOST */
enum { NUMBERS = 7, SECTIONS = 10, HEAD = NUMBERS + SECTIONS };

/* What was used by calls that a report may not tell apart (`slots.py`). */
struct Slot {
    int64_t quarter;
    uint32_t how, who, side, above, kinds, unused;
    uint64_t sums[COUNTED];
};
enum { SLOT_KEY = offsetof(struct Slot, sums), SLOT_NUMBERS = 6 + COUNTED };

static uint32_t crc_table[256];

__attribute__((constructor)) static void make_crc_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++) rest = rest & 1 ? rest >> 1 ^ 0xEDB88320u : rest >> 1;
        crc_table[byte] = rest;
    }
}

/* zlib.crc32 */
static uint32_t crc(const uint8_t *text, size_t length, uint32_t start) {
    uint32_t rest = ~start;
    while (length--) rest = crc_table[(rest ^ *text++) & 0xFF] ^ rest >> 8;
    return ~rest;
}

static const uint8_t *key_of(const Calls *calls, const Call *call) { return calls->keys.data + call->key; }

static uint32_t place_of(uint32_t *table, size_t places, const Calls *calls, const Call *call) {
    uint32_t place = calls_hash(key_of(calls, call), call->message_length, 2) & (uint32_t)(places - 1);
    for (uint32_t number; (number = table[place]); place = (place + 1) & (uint32_t)(places - 1)) {
        const Call *other = &calls->calls[number - 1];
        if (other->message_length == call->message_length &&
            memcmp(key_of(calls, other), key_of(calls, call), call->message_length) == 0)
            break;
    }
    return place;
}

static Call *twin(Calls *calls, const Call *call) {
    const uint32_t hash = calls_hash(key_of(calls, call), call->key_length, !call->side);
    for (size_t slot = hash & (calls->slots - 1);; slot = (slot + 1) & (calls->slots - 1)) {
        if (!calls->table[slot]) return NULL;
        Call *other = &calls->calls[calls->table[slot] - 1];
        if (other->hash == hash && other->side != call->side && other->key_length == call->key_length &&
            memcmp(key_of(calls, other), key_of(calls, call), call->key_length) == 0)
            return other;
    }
}

/* packing.outline: doubtful is a key on both chains, and one on a side chain whose message the main chain has. */
static void find_doubtful(Calls *calls, Telling *telling) {
    size_t places = 64;
    while (places < 2 * calls->count) places *= 2;
    if (places > telling->message_places) {
        telling->messages = grown(telling->messages, places * sizeof *telling->messages);
        telling->message_places = places;
    }
    memset(telling->messages, 0, places * sizeof *telling->messages);
    for (size_t number = 0; number < calls->count; number++) {
        const Call *call = &calls->calls[number];
        if (!call->side && call->message_length)
            telling->messages[place_of(telling->messages, places, calls, call)] = (uint32_t)number + 1;
    }
    for (size_t number = 0; number < calls->count; number++) {
        Call *call = &calls->calls[number];
        if (!call->side) continue;
        Call *other = twin(calls, call);
        if (other) call->doubtful = other->doubtful = true;
        if (call->message_length && telling->messages[place_of(telling->messages, places, calls, call)])
            call->doubtful = true;
    }
}

bool add_up(uint64_t *sums, const Call *call) {
    sums[0]++;
    sums[1] += call->searches;
    bool fits = sums[1] <= MOST_SUM;
    for (int kind = 0; kind < KINDS; kind++) {
        sums[2 + kind] += call->tokens[kind];
        fits = fits && sums[2 + kind] <= MOST_SUM;
    }
    return fits;
}

static Verdict sum_up(const Calls *calls, const Thresholds *thresholds, Telling *telling) {
    size_t places = 64;
    while (places < 2 * calls->count) places *= 2;
    if (places > telling->places) {
        telling->table = grown(telling->table, places * sizeof *telling->table);
        telling->places = places;
    }
    if (calls->count > telling->room) {
        telling->slots = grown(telling->slots, calls->count * sizeof *telling->slots);
        telling->room = calls->count;
    }
    memset(telling->table, 0, places * sizeof *telling->table);
    telling->count = 0;
    for (size_t number = 0; number < calls->count; number++) {
        const Call *call = &calls->calls[number];
        if (call->doubtful) continue;
        struct Slot wanted;
        memset(&wanted, 0, sizeof wanted);
        wanted.quarter = call->ts / QUARTER_MS;
        wanted.how = call->how, wanted.who = call->who, wanted.side = call->side;
        class_of(call, thresholds, &wanted.above, &wanted.kinds);
        size_t place = calls_hash((const uint8_t *)&wanted, SLOT_KEY, 3) & (places - 1);
        struct Slot *slot = NULL;
        for (; telling->table[place]; place = (place + 1) & (places - 1)) {
            struct Slot *other = &telling->slots[telling->table[place] - 1];
            if (memcmp(other, &wanted, SLOT_KEY) == 0) {
                slot = other;
                break;
            }
        }
        if (!slot) {
            slot = &telling->slots[telling->count++];
            *slot = wanted;
            telling->table[place] = (uint32_t)telling->count;
        }
        if (!add_up(slot->sums, call)) return ODD;
    }
    return FINE;
}

/* packing.pack's rows, each on a line of its own */
static void tell_rows(const Calls *calls, Bytes *rows) {
    bytes_text(rows, "[");
    for (size_t number = 0; number < calls->count; number++) {
        const Call *call = &calls->calls[number];
        const uint64_t first[] = {(uint64_t)call->ts, call->offset, call->how};
        bytes_text(rows, number ? ",\n[\"" : "\n[\"");
        for (const uint8_t *at = key_of(calls, call), *end = at + call->key_length; at < end;) {
            const uint8_t *cut = memchr(at, '\n', (size_t)(end - at)); /* all that must be escaped in a key */
            bytes_put(rows, at, (size_t)((cut ? cut : end) - at));
            if (cut) bytes_text(rows, "\\n");
            at = cut ? cut + 1 : end;
        }
        bytes_text(rows, call->side ? "\",true" : "\",false");
        for (int place = 0; place < 3; place++) bytes_text(rows, ","), bytes_number(rows, first[place]);
        for (int kind = 0; kind < KINDS; kind++) bytes_text(rows, ","), bytes_number(rows, call->tokens[kind]);
        bytes_text(rows, ",");
        bytes_number(rows, call->searches);
        bytes_text(rows, call->iterated ? ",null,true,null," : ",null,false,null,");
        bytes_number(rows, (uint64_t)call->first_ts);
        bytes_text(rows, ",");
        bytes_number(rows, call->first_offset);
        bytes_text(rows, ",");
        bytes_number(rows, call->who);
        bytes_text(rows, "]");
    }
    bytes_text(rows, "\n]");
}

static void tell_marks(const Calls *calls, Bytes *marks) {
    for (size_t number = 0; number < calls->count; number++) {
        const Call *call = &calls->calls[number];
        const uint32_t mark = crc(key_of(calls, call), call->key_length, 1);
        bytes_put(marks, &mark, sizeof mark);
        if (!call->message_length) continue;
        const uint32_t message = crc(key_of(calls, call), call->message_length, 0);
        bytes_put(marks, &message, sizeof message);
    }
}

enum Chosen { ALL, ON_MAIN, ON_SIDE_WITH_MESSAGE, DOUBTFUL_ONCE };

static bool is_chosen(const Call *call, enum Chosen chosen) {
    switch (chosen) {
    case ON_MAIN: return !call->side;
    case ON_SIDE_WITH_MESSAGE: return call->side && call->message_length;
    case DOUBTFUL_ONCE: return call->doubtful && call->side; /* its twin on the main chain has the same key */
    default: return true;
    }
}

static void tell_keys(const Calls *calls, Bytes *out, enum Chosen chosen) {
    const size_t begin = out->size;
    for (size_t number = 0; number < calls->count; number++) {
        const Call *call = &calls->calls[number];
        if (!is_chosen(call, chosen)) continue;
        if (out->size > begin) bytes_put(out, "", 1);
        bytes_put(out, key_of(calls, call), call->key_length);
    }
}

static void tell_words(const Words *words, Bytes *out) {
    const size_t begin = out->size;
    for (size_t number = 0; number < words->count; number++) {
        const struct Entry *entry = &words->entries[number];
        const uint8_t *at = words->data.data + entry->at;
        for (int text = 0; text < words->texts; text++) {
            if (out->size > begin || text) bytes_put(out, "", 1);
            if (entry->given[text]) bytes_put(out, at, entry->length[text]);
            else bytes_put(out, "\1", 1);
            at += entry->length[text];
        }
    }
}

static void tell_slots(const Telling *telling, Bytes *out) {
    for (size_t number = 0; number < telling->count; number++) {
        const struct Slot *slot = &telling->slots[number];
        int64_t numbers[SLOT_NUMBERS] = {slot->quarter, slot->how, slot->who, slot->side, slot->above, slot->kinds};
        for (int place = 0; place < COUNTED; place++) numbers[6 + place] = (int64_t)slot->sums[place];
        bytes_put(out, numbers, sizeof numbers);
    }
}

enum Section { FIRST_BYTES, ROWS, MARKS, KEYS, MAIN_KEYS, SIDE_KEYS, DOUBTFUL_KEYS, HOW_WORDS, WHO_WORDS, SUMS };

static size_t on_side(const Calls *calls) {
    size_t count = 0;
    for (size_t number = 0; number < calls->count; number++) count += calls->calls[number].side;
    return count;
}

static void tell_section(Bytes *out, const Calls *calls, const Telling *telling, enum Section section) {
    switch (section) {
    case ROWS: tell_rows(calls, out); break;
    case MARKS: tell_marks(calls, out); break;
    case KEYS: tell_keys(calls, out, ALL); break;
    case MAIN_KEYS: tell_keys(calls, out, ON_MAIN); break;
    case SIDE_KEYS: tell_keys(calls, out, ON_SIDE_WITH_MESSAGE); break;
    case DOUBTFUL_KEYS: tell_keys(calls, out, DOUBTFUL_ONCE); break;
    case HOW_WORDS: tell_words(&calls->hows, out); break;
    case WHO_WORDS: tell_words(&calls->whos, out); break;
    case SUMS: tell_slots(telling, out); break;
    default: break;
    }
}

static bool is_later(enum Section section) { return section == SUMS || (section >= KEYS && section <= DOUBTFUL_KEYS); }

/* Tells the sections behind a head, and the head again with their lengths. */
static void tell_sections(Bytes *out, const Calls *calls, const Telling *telling, uint64_t *head, const uint8_t *digest) {
    const size_t head_at = out->size;
    bytes_put(out, head, HEAD * sizeof *head);
    for (int section = 0; section < SECTIONS; section++) {
        const size_t begin = out->size;
        if (head[1] == (is_later(section) ? TOLD_BRIEFLY : TOLD_LATER)) continue;
        if (section == MAIN_KEYS && !on_side(calls)) {
            head[NUMBERS + section] = ALL_KEYS;
            continue;
        }
        if (section == FIRST_BYTES) bytes_put(out, digest, DIGEST);
        tell_section(out, calls, telling, section);
        head[NUMBERS + section] = out->size - begin;
    }
    memcpy(out->data + head_at, head, HEAD * sizeof *head);
}

Verdict tell(Bytes *out, Calls *calls, const FileRead *file, const Thresholds *thresholds, Telling *telling,
             bool briefly) {
    const size_t side = on_side(calls);
    uint8_t digest[DIGEST];
    if (side && side < calls->count) find_doubtful(calls, telling);
    if (!briefly && sum_up(calls, thresholds, telling) != FINE) return ODD;
    blake2b(file->head, file->head_length, digest);
    uint64_t head[HEAD] = {file->number,      briefly ? TOLD_BRIEFLY : TOLD,
                           file->offset,      file->broken,
                           file->broken_tail, (uint64_t)calls->last_ts,
                           file->bytes_read};
    tell_sections(out, calls, telling, head, digest);
    return FINE;
}

void tell_later(Bytes *out, const Calls *calls, uint64_t number, const Thresholds *thresholds, Telling *telling) {
    uint64_t head[HEAD] = {number, TOLD_LATER};
    if (sum_up(calls, thresholds, telling) == FINE) tell_sections(out, calls, telling, head, NULL);
}

void tell_status(Bytes *out, uint64_t number, uint64_t status) {
    const uint64_t head[HEAD] = {number, status};
    bytes_put(out, head, sizeof head);
}

void tell_sums(Bytes *out, size_t size) {
    uint64_t head[HEAD] = {UINT64_MAX, TOLD};
    head[HEAD - 1] = size;
    bytes_put(out, head, sizeof head);
}
