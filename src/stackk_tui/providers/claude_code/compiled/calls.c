#include "calls.h"

enum { MOST_WORDS = 1024, MOST_KEYS = 1 << 30, MOST_CLEARED = 1 << 12 };

void calls_begin(Calls *calls) {
    calls->count = calls->keys.size = 0;
    calls->last_ts = 0;
    calls->hows.count = calls->hows.data.size = calls->hows.last = 0;
    calls->whos.count = calls->whos.data.size = calls->whos.last = 0;
    calls->hows.texts = HOWS;
    calls->whos.texts = WHOS;
    bytes_room(&calls->hows.data, 1); /* all texts may be absent, and then nobody else makes room */
    bytes_room(&calls->whos.data, 1);
    if (calls->slots > MOST_CLEARED) { /* one long file does not make all others slow */
        free(calls->table);
        calls->table = NULL;
        calls->slots = 0;
    }
    if (calls->slots) memset(calls->table, 0, calls->slots * sizeof *calls->table);
}

static void *copied(const void *memory, size_t size) {
    return size ? memcpy(grown(NULL, size), memory, size) : NULL;
}

static Words words_copied(const Words *words) {
    Words copy = *words;
    copy.entries = copied(words->entries, words->count * sizeof *words->entries);
    copy.data.data = copied(words->data.data, words->data.size);
    return copy;
}

Calls calls_copied(const Calls *calls) {
    Calls copy = *calls;
    copy.table = NULL;
    copy.slots = 0;
    copy.calls = copied(calls->calls, calls->count * sizeof *calls->calls);
    copy.keys.data = copied(calls->keys.data, calls->keys.size);
    copy.hows = words_copied(&calls->hows);
    copy.whos = words_copied(&calls->whos);
    return copy;
}

/* FNV-1a, eight bytes at a time; it only spreads. */
uint32_t calls_hash(const uint8_t *text, size_t length, uint32_t seed) {
    uint64_t hash = 0xCBF29CE484222325u ^ seed;
    while (length >= 8) {
        uint64_t eight;
        memcpy(&eight, text, 8);
        hash = (hash ^ eight) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
        text += 8, length -= 8;
    }
    while (length--) hash = (hash ^ *text++) * 0x100000001B3u;
    return (uint32_t)(hash ^ (hash >> 32));
}

static bool is_word(const Words *words, const struct Entry *entry, const Span *spans) {
    const uint8_t *at = words->data.data + entry->at;
    for (int text = 0; text < words->texts; text++) {
        if (entry->given[text] != (spans[text].at != NULL) || entry->length[text] != spans[text].length) return false;
        if (spans[text].length && memcmp(at, spans[text].at, spans[text].length) != 0) return false;
        at += spans[text].length;
    }
    return true;
}

/* Gives the number of some texts, below 0 when there are too many of them. */
static int64_t word(Words *words, const Span *spans) {
    if (words->count && is_word(words, &words->entries[words->last], spans)) return (int64_t)words->last;
    for (size_t number = 0; number < words->count; number++)
        if (is_word(words, &words->entries[number], spans)) return (int64_t)(words->last = number);
    if (words->count == MOST_WORDS || words->data.size > MOST_KEYS) return -1;
    if (words->count == words->room) {
        words->room = 2 * words->room + 8;
        words->entries = grown(words->entries, words->room * sizeof *words->entries);
    }
    struct Entry *entry = &words->entries[words->count];
    entry->at = (uint32_t)words->data.size;
    for (int text = 0; text < words->texts; text++) {
        if (spans[text].length > MOST_KEYS) return -1;
        entry->given[text] = spans[text].at != NULL;
        entry->length[text] = (uint32_t)spans[text].length;
        bytes_put(&words->data, spans[text].at, spans[text].length);
    }
    return (int64_t)(words->last = words->count++);
}

static void spread(Calls *calls) {
    calls->slots = calls->slots ? 2 * calls->slots : 256;
    calls->table = grown(calls->table, calls->slots * sizeof *calls->table);
    memset(calls->table, 0, calls->slots * sizeof *calls->table);
    for (size_t number = 0; number < calls->count; number++) {
        size_t slot = calls->calls[number].hash & (calls->slots - 1);
        while (calls->table[slot]) slot = (slot + 1) & (calls->slots - 1);
        calls->table[slot] = (uint32_t)number + 1;
    }
}

/* Writes the record's key (`keys.py`) behind all keys, without counting it there. */
static Verdict write_key(Bytes *keys, const Record *record, size_t *length, size_t *message_length) {
    const size_t before = keys->size;
    *message_length = 0;
    if (record->id.length && record->request.length) {
        bytes_put(keys, record->id.at, record->id.length);
        bytes_text(keys, "\n");
        bytes_put(keys, record->request.at, record->request.length);
        *message_length = record->id.length;
    } else if (record->id.length) {
        const uint64_t *tokens = record->tokens;
        bytes_text(keys, "\nm");
        bytes_put(keys, record->id.at, record->id.length);
        bytes_text(keys, " ");
        bytes_number(keys, tokens[INPUT]);
        bytes_text(keys, " ");
        bytes_number(keys, tokens[WRITE_5M] + tokens[WRITE_1H]);
        bytes_text(keys, " ");
        bytes_number(keys, tokens[READ]);
    } else if (record->uuid.length) {
        bytes_text(keys, "\nu");
        bytes_put(keys, record->uuid.at, record->uuid.length);
    } else {
        return ODD;
    }
    *length = keys->size - before;
    keys->size = before;
    return before > MOST_KEYS ? ODD : FINE;
}

static Call *find(Calls *calls, const uint8_t *key, size_t length, uint32_t hash, bool side, size_t *slot) {
    *slot = hash & (calls->slots - 1);
    for (uint32_t number; (number = calls->table[*slot]); *slot = (*slot + 1) & (calls->slots - 1)) {
        Call *call = &calls->calls[number - 1];
        if (call->hash == hash && call->side == side && call->key_length == length &&
            memcmp(calls->keys.data + call->key, key, length) == 0)
            return call;
    }
    return NULL;
}

/* dedupe.merge: of equal weight the later line. */
static bool is_better(const Call *call, uint64_t size, const Record *record, uint64_t offset, const Words *hows) {
    const bool known_speed = hows->entries[call->how].length[SPEED] > 0, speed = record->speed.length > 0;
    if (size != call->size) return size > call->size;
    if (record->iterated != call->iterated) return record->iterated;
    if (speed != known_speed) return speed;
    if (record->ts != call->ts) return record->ts > call->ts;
    return offset > call->offset;
}

static void put_best(Call *call, const Record *record, uint64_t size, uint64_t offset, uint32_t how) {
    call->ts = record->ts;
    call->offset = offset;
    call->how = how;
    memcpy(call->tokens, record->tokens, sizeof call->tokens);
    call->searches = record->searches;
    call->iterated = record->iterated;
    call->size = size;
}

Verdict calls_take(Calls *calls, const Record *record, uint64_t offset) {
    const Span how_texts[HOWS] = {record->model, record->speed, record->tier, record->geo};
    const Span who_texts[WHOS] = {record->cwd, record->session};
    const int64_t how = word(&calls->hows, how_texts), who = word(&calls->whos, who_texts);
    size_t length, message_length, slot;
    if (how < 0 || who < 0 || write_key(&calls->keys, record, &length, &message_length) != FINE) return ODD;

    if (2 * (calls->count + 1) > calls->slots) spread(calls);
    const uint8_t *const key = calls->keys.data + calls->keys.size;
    const uint32_t hash = calls_hash(key, length, record->side);
    Call *call = find(calls, key, length, hash, record->side, &slot);
    uint64_t size = 0;
    for (int kind = 0; kind < KINDS; kind++) size += record->tokens[kind];
    if (record->ts > calls->last_ts) calls->last_ts = record->ts;
    if (call) {
        if (is_better(call, size, record, offset, &calls->hows)) put_best(call, record, size, offset, (uint32_t)how);
        if (record->ts < call->first_ts || (record->ts == call->first_ts && offset < call->first_offset)) {
            call->first_ts = record->ts;
            call->first_offset = offset;
            call->who = (uint32_t)who;
        }
        return FINE;
    }
    if (calls->count == calls->room) {
        calls->room = 2 * calls->room + 64;
        calls->calls = grown(calls->calls, calls->room * sizeof *calls->calls);
    }
    call = &calls->calls[calls->count++];
    *call = (Call){.key = (uint32_t)calls->keys.size, .key_length = (uint32_t)length, .hash = hash};
    call->message_length = (uint32_t)message_length;
    call->side = record->side;
    call->who = (uint32_t)who;
    call->first_ts = record->ts;
    call->first_offset = offset;
    put_best(call, record, size, offset, (uint32_t)how);
    calls->keys.size += length;
    calls->table[slot] = (uint32_t)calls->count;
    return FINE;
}
