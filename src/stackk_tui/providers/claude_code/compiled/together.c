#include "together.h"

/* What was used by calls that a report may not tell apart. `how` is one of the file with the best copy, `who`
 * one of the file with the first; `agent` MAIN, UNNAMED, or a file whose agent it is, plus NAMED. */
struct Sum {
    int64_t quarter;
    uint32_t how_file, how, who_file, who, agent, above, kinds, unused;
    uint64_t sums[COUNTED];
};
enum { SUM_KEY = offsetof(struct Sum, sums), SUM_NUMBERS = 8 + COUNTED };
enum { MAIN, UNNAMED, NAMED };

typedef struct {
    uint32_t file, call;
} Copy;

typedef struct {
    const Kept *files;
    const Thresholds *thresholds;
    Copy *copies;
    uint32_t *next;  /* to the next copy of the same key, plus one */
    uint32_t *keys;  /* table: the first copy of a key, plus one */
    uint32_t *mains; /* table: the first copy of a message on a main chain, plus one */
    bool *several;   /* beside it: whether the main chain has the message under several keys */
    size_t count, places;
    struct Sum *sums;
    uint32_t *table;
    size_t sums_count;
} Together;

static const Call *call_of(const Together *all, Copy copy) { return &all->files[copy.file].calls.calls[copy.call]; }

static const uint8_t *key_of(const Together *all, Copy copy) {
    return all->files[copy.file].calls.keys.data + call_of(all, copy)->key;
}

static size_t key_place(const Together *all, Copy copy) {
    const Call *call = call_of(all, copy);
    const uint8_t *const key = key_of(all, copy);
    size_t place = calls_hash(key, call->key_length, 4) & (all->places - 1);
    for (uint32_t number; (number = all->keys[place]); place = (place + 1) & (all->places - 1)) {
        const Copy other = all->copies[number - 1];
        if (call_of(all, other)->key_length == call->key_length &&
            memcmp(key_of(all, other), key, call->key_length) == 0)
            break;
    }
    return place;
}

static size_t message_place(const Together *all, Copy copy) {
    const Call *call = call_of(all, copy);
    const uint8_t *const key = key_of(all, copy);
    size_t place = calls_hash(key, call->message_length, 5) & (all->places - 1);
    for (uint32_t number; (number = all->mains[place]); place = (place + 1) & (all->places - 1)) {
        const Copy other = all->copies[number - 1];
        if (call_of(all, other)->message_length == call->message_length &&
            memcmp(key_of(all, other), key, call->message_length) == 0)
            break;
    }
    return place;
}

static bool same_key(const Together *all, Copy one, Copy other) {
    const size_t length = call_of(all, one)->key_length;
    return call_of(all, other)->key_length == length &&
           memcmp(key_of(all, one), key_of(all, other), length) == 0;
}

static void gather(Together *all, size_t files) {
    for (uint32_t file = 0; file < files; file++) {
        for (uint32_t number = 0; number < all->files[file].calls.count; number++) {
            const Copy copy = {file, number};
            const uint32_t index = (uint32_t)all->count;
            all->copies[all->count++] = copy;
            const size_t place = key_place(all, copy);
            all->next[index] = all->keys[place];
            all->keys[place] = index + 1;
            if (call_of(all, copy)->side || !call_of(all, copy)->message_length) continue;
            const size_t main = message_place(all, copy);
            if (!all->mains[main]) all->mains[main] = index + 1;
            else if (!same_key(all, all->copies[all->mains[main] - 1], copy)) all->several[main] = true;
        }
    }
}

/* dedupe.is_replay */
static bool is_replay(const Together *all, Copy copy) {
    const Call *call = call_of(all, copy);
    if (!call->side || !call->message_length) return false;
    const size_t place = message_place(all, copy);
    if (!all->mains[place]) return false;
    return all->several[place] || !same_key(all, all->copies[all->mains[place] - 1], copy);
}

static int order(int64_t one, int64_t other) { return (one > other) - (one < other); }

/* dedupe._preference: below 0 where `one` is the better copy. */
static int preference(const Together *all, Copy one, Copy other) {
    const Call *a = call_of(all, one), *b = call_of(all, other);
    const bool a_speed = all->files[one.file].calls.hows.entries[a->how].length[SPEED] > 0;
    const bool b_speed = all->files[other.file].calls.hows.entries[b->how].length[SPEED] > 0;
    int found = (a->size < b->size) - (a->size > b->size);
    if (!found) found = b->iterated - a->iterated;
    if (!found) found = b_speed - a_speed;
    if (!found) found = a->side - b->side;
    if (!found) found = strcmp(all->files[one.file].path, all->files[other.file].path);
    if (!found) found = order(b->ts, a->ts);
    if (!found) found = order((int64_t)b->offset, (int64_t)a->offset);
    return found;
}

/* Whether the session is not the one whose file it is; a text that may look otherwise when cleaned is unsure. */
static bool is_elsewhere(const Together *all, Copy copy, bool *unsure) {
    const Kept *file = &all->files[copy.file];
    const struct Entry *who = &file->calls.whos.entries[call_of(all, copy)->who];
    const size_t length = who->length[SESSION];
    if (!length) return false;
    const uint8_t *const session = file->calls.whos.data.data + who->at + who->length[CWD];
    for (size_t place = 0; place < length; place++)
        if (session[place] < ' ' || session[place] > '~' || session[place] == '\\') *unsure = true;
    if (length > 1024) *unsure = true;
    return length != file->home.length || memcmp(session, file->home.at, length) != 0;
}

/* dedupe._originality: below 0 where `one` is nearer to the original. */
static int originality(const Together *all, Copy one, Copy other, bool *unsure) {
    const Call *a = call_of(all, one), *b = call_of(all, other);
    const Kept *a_file = &all->files[one.file], *b_file = &all->files[other.file];
    int found = order(a->first_ts, b->first_ts);
    if (!found) found = is_elsewhere(all, one, unsure) - is_elsewhere(all, other, unsure);
    if (!found) found = order(a_file->calls.last_ts, b_file->calls.last_ts);
    if (!found) found = order(a_file->mtime_ns, b_file->mtime_ns);
    if (!found) found = strcmp(a_file->path, b_file->path);
    if (!found) found = a->side - b->side;
    return found;
}

/* dedupe.agent_of */
static uint32_t agent_of(const Together *all, Copy copy) {
    const Kept *file = &all->files[copy.file];
    if (file->is_agent) return file->agent.length ? NAMED + copy.file : UNNAMED;
    return call_of(all, copy)->side ? UNNAMED : MAIN;
}

static int by_name(const Together *all, uint32_t one, uint32_t other) {
    const Span a = all->files[one - NAMED].agent, b = all->files[other - NAMED].agent;
    const int found = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);
    return found ? found : (a.length > b.length) - (a.length < b.length);
}

static void add(Together *all, Copy best, Copy first, uint32_t agent, bool *unsure) {
    const Call *call = call_of(all, best);
    struct Sum wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.quarter = call->ts / QUARTER_MS;
    wanted.how_file = best.file, wanted.how = call->how;
    wanted.who_file = first.file, wanted.who = call_of(all, first)->who;
    wanted.agent = agent;
    class_of(call, all->thresholds, &wanted.above, &wanted.kinds);
    size_t place = calls_hash((const uint8_t *)&wanted, SUM_KEY, 6) & (all->places - 1);
    while (all->table[place] && memcmp(&all->sums[all->table[place] - 1], &wanted, SUM_KEY) != 0)
        place = (place + 1) & (all->places - 1);
    if (!all->table[place]) {
        all->sums[all->sums_count++] = wanted;
        all->table[place] = (uint32_t)all->sums_count;
    }
    if (!add_up(all->sums[all->table[place] - 1].sums, call)) *unsure = true;
}

/* dedupe.choose, of the copies of one key from `number` on. */
static void choose(Together *all, uint32_t number, bool *unsure) {
    Copy best = {0}, first = {0};
    size_t counting = 0;
    for (uint32_t each = number; each; each = all->next[each - 1]) {
        const Copy copy = all->copies[each - 1];
        if (is_replay(all, copy)) continue;
        if (!counting || preference(all, copy, best) < 0) best = copy;
        if (!counting || originality(all, copy, first, unsure) < 0) first = copy;
        counting++;
    }
    if (!counting) return;
    uint32_t agent = agent_of(all, best);
    if (agent == UNNAMED && counting > 1) {
        for (uint32_t each = number; each; each = all->next[each - 1]) {
            const Copy copy = all->copies[each - 1];
            const uint32_t other = agent_of(all, copy);
            if (other >= NAMED && !is_replay(all, copy) && (agent == UNNAMED || by_name(all, other, agent) < 0))
                agent = other;
        }
    }
    add(all, best, first, agent, unsure);
}

void tell_together(Bytes *out, const Kept *files, size_t count, const Thresholds *thresholds) {
    Together all = {.files = files, .thresholds = thresholds};
    size_t calls = 0;
    for (size_t file = 0; file < count; file++) calls += files[file].calls.count;
    if (calls >= UINT32_MAX / 4 || count >= UINT32_MAX / 4) return;
    for (all.places = 64; all.places < 2 * calls;) all.places *= 2;
    all.copies = grown(NULL, (calls + 1) * sizeof *all.copies);
    all.next = grown(NULL, (calls + 1) * sizeof *all.next);
    all.sums = grown(NULL, (calls + 1) * sizeof *all.sums);
    all.keys = cleared(all.places * sizeof *all.keys);
    all.mains = cleared(all.places * sizeof *all.mains);
    all.several = cleared(all.places * sizeof *all.several);
    all.table = cleared(all.places * sizeof *all.table);
    gather(&all, count);

    bool unsure = false;
    for (size_t place = 0; place < all.places; place++)
        if (all.keys[place]) choose(&all, all.keys[place], &unsure);
    if (unsure) return; /* the process ends now, and with it its memory */

    tell_sums(out, all.sums_count * SUM_NUMBERS * sizeof(int64_t));
    for (size_t number = 0; number < all.sums_count; number++) {
        const struct Sum *sum = &all.sums[number];
        int64_t numbers[SUM_NUMBERS] = {sum->quarter, sum->how_file, sum->how,   sum->who_file,
                                        sum->who,     sum->agent,    sum->above, sum->kinds};
        for (int place = 0; place < COUNTED; place++) numbers[8 + place] = (int64_t)sum->sums[place];
        bytes_put(out, numbers, sizeof numbers);
    }
}
