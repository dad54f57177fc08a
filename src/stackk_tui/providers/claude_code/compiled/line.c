#include "line.h"

static const uint64_t MOST = 1000000000000000u; /* wire._MOST */
enum { LONGEST_ID = 200 };                      /* keys._LONG */

typedef struct {
    bool given;
    uint64_t value;
} Count;

typedef struct {
    bool given;
    Count input, output, written, read, split_5m, split_1h, searches;
    bool split, iterated;
    Span speed, tier, geo;
} Usage;

typedef struct {
    Span id, model;
    Usage usage;
} Message;

typedef struct {
    Span timestamp, request, uuid;
    bool has_message;
    Message message;
} Call;

/* All that a line may tell. `odd`: something has not the type it should have, which matters only where it is
 * a line that counts. */
typedef struct {
    Span kind, session, cwd, forked_from;
    bool side, has_data, odd;
    Call own;
    Span data_kind;
    Call inner;
} Told;

/* Where fields are put: into one of the structs, with the line's `odd` and which were seen. */
typedef struct {
    void *into;
    bool *odd;
    uint32_t seen;
} Into;

#define IS(key, name) ((key).length == sizeof(name) - 1 && memcmp((key).at, name, sizeof(name) - 1) == 0)

static void once(Into *into, int number) {
    if (into->seen & (1u << number)) *into->odd = true; /* the later one would count */
    into->seen |= 1u << number;
}

static Verdict pass_over(const uint8_t **at, Into *into, int depth) {
    if (**at != 'n') *into->odd = true; /* null is as good as absent */
    return json_value(at, depth);
}

/* `allowed`: what the string may be made of, else it is odd. */
static Verdict text(const uint8_t **at, Into *into, int depth, int allowed, Span *span) {
    int made_of = 0;
    if (**at != '"') return pass_over(at, into, depth);
    const Verdict verdict = json_string(at, span, &made_of);
    if (made_of & ~allowed) *into->odd = true;
    return verdict;
}

static Verdict id(const uint8_t **at, Into *into, int depth, Span *span) {
    const Verdict verdict = text(at, into, depth, 0, span);
    if (verdict == FINE && span->at) {
        if (span->length > LONGEST_ID || memchr(span->at, 0x7F, span->length)) *into->odd = true;
    }
    return verdict;
}

static Verdict flag(const uint8_t **at, Into *into, int depth, bool *value) {
    *value = **at == 't';
    if (**at != 't' && **at != 'f') return pass_over(at, into, depth);
    return json_value(at, depth);
}

static Verdict count(const uint8_t **place, Into *into, int depth, Count *value) {
    const uint8_t *at = *place;
    uint64_t number = 0;
    if (!json_is_digit(*at)) return pass_over(place, into, depth);
    if (*at != '0') {
        while (json_is_digit(*at) && at - *place < 18) number = 10 * number + (uint64_t)(*at++ - '0');
    } else {
        at++;
    }
    if (json_is_digit(*at) || *at == '.' || *at == 'e' || *at == 'E' || number > MOST)
        return pass_over(place, into, depth);
    value->given = true;
    value->value = number;
    *place = at;
    return FINE;
}

static Verdict table(const uint8_t **at, Into *outer, int depth, JsonField field, void *value, bool *given) {
    if (**at != '{') return pass_over(at, outer, depth);
    Into into = {value, outer->odd, 0};
    if (given) *given = true;
    return json_object(at, field, &into, depth);
}

static Verdict in_split(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Usage *usage = into->into;
    if (IS(key, "ephemeral_5m_input_tokens")) return once(into, 0), count(at, into, depth, &usage->split_5m);
    if (IS(key, "ephemeral_1h_input_tokens")) return once(into, 1), count(at, into, depth, &usage->split_1h);
    return json_value(at, depth);
}

static Verdict in_tools(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Usage *usage = into->into;
    if (IS(key, "web_search_requests")) return once(into, 0), count(at, into, depth, &usage->searches);
    return json_value(at, depth);
}

static Verdict in_step(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Span kind = {0};
    if (!IS(key, "type")) return json_value(at, depth);
    once(into, 0);
    const Verdict verdict = text(at, into, depth, 0, &kind);
    if (kind.at && !IS(kind, "message")) *into->odd = true; /* an advisor's call */
    return verdict;
}

static Verdict in_steps(const uint8_t **at, void *context, int depth) {
    Into *into = context;
    Usage *usage = into->into;
    return table(at, into, depth, in_step, usage, &usage->iterated);
}

static Verdict in_usage(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Usage *usage = into->into;
    if (IS(key, "input_tokens")) return once(into, 0), count(at, into, depth, &usage->input);
    if (IS(key, "output_tokens")) return once(into, 1), count(at, into, depth, &usage->output);
    if (IS(key, "cache_creation_input_tokens")) return once(into, 2), count(at, into, depth, &usage->written);
    if (IS(key, "cache_read_input_tokens")) return once(into, 3), count(at, into, depth, &usage->read);
    if (IS(key, "cache_creation"))
        return once(into, 4), table(at, into, depth, in_split, usage, &usage->split);
    if (IS(key, "server_tool_use")) return once(into, 5), table(at, into, depth, in_tools, usage, NULL);
    if (IS(key, "speed")) return once(into, 6), text(at, into, depth, 0, &usage->speed);
    if (IS(key, "service_tier")) return once(into, 7), text(at, into, depth, 0, &usage->tier);
    if (IS(key, "inference_geo")) return once(into, 8), text(at, into, depth, 0, &usage->geo);
    if (IS(key, "iterations")) {
        once(into, 9);
        if (**at != '[') return pass_over(at, into, depth);
        return json_array(at, in_steps, into, depth);
    }
    return json_value(at, depth);
}

static Verdict in_message(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Message *message = into->into;
    if (IS(key, "id")) return once(into, 0), id(at, into, depth, &message->id);
    if (IS(key, "model")) return once(into, 1), text(at, into, depth, 0, &message->model);
    if (IS(key, "usage"))
        return once(into, 2), table(at, into, depth, in_usage, &message->usage, &message->usage.given);
    return json_value(at, depth);
}

static Verdict in_call(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Call *call = into->into;
    if (IS(key, "timestamp")) return once(into, 0), text(at, into, depth, 0, &call->timestamp);
    if (IS(key, "requestId")) return once(into, 1), id(at, into, depth, &call->request);
    if (IS(key, "uuid")) return once(into, 2), id(at, into, depth, &call->uuid);
    if (IS(key, "message"))
        return once(into, 3), table(at, into, depth, in_message, &call->message, &call->has_message);
    return json_value(at, depth);
}

static Verdict in_data(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Told *told = into->into;
    if (IS(key, "type")) return once(into, 0), text(at, into, depth, 0, &told->data_kind);
    if (IS(key, "message")) return once(into, 1), table(at, into, depth, in_call, &told->inner, NULL);
    return json_value(at, depth);
}

static Verdict in_fork(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Told *told = into->into;
    if (IS(key, "sessionId")) return once(into, 0), text(at, into, depth, 0, &told->forked_from);
    return json_value(at, depth);
}

static Verdict in_line(const uint8_t **at, Span key, void *context, int depth) {
    Into *into = context;
    Told *told = into->into;
    if (IS(key, "type")) return once(into, 8), text(at, into, depth, 0, &told->kind);
    if (IS(key, "isSidechain")) return once(into, 9), flag(at, into, depth, &told->side);
    if (IS(key, "sessionId"))
        return once(into, 10), text(at, into, depth, ESCAPED | NOT_ASCII, &told->session);
    if (IS(key, "cwd")) return once(into, 11), text(at, into, depth, ESCAPED | NOT_ASCII, &told->cwd);
    if (IS(key, "costUSD")) return once(into, 12), pass_over(at, into, depth);
    if (IS(key, "forkedFrom")) return once(into, 13), table(at, into, depth, in_fork, told, NULL);
    if (IS(key, "data")) return once(into, 14), table(at, into, depth, in_data, told, &told->has_data);
    into->into = &told->own; /* its own keys are `in_call`'s; their numbers are below 8 */
    const Verdict verdict = in_call(at, key, into, depth);
    into->into = told;
    return verdict;
}

static int number_of(const uint8_t *at, int digits) {
    int number = 0;
    while (digits--) {
        if (!json_is_digit(*at)) return -1;
        number = 10 * number + (*at++ - '0');
    }
    return number;
}

/* Reads `2026-11-01T09:00:00.000Z`, as Claude Code writes it; below 0 for anything else. */
static int64_t moment(Span stamp) {
    static const int before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    static const int of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint8_t *at = stamp.at;
    if (stamp.length != 24 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':' ||
        at[19] != '.' || at[23] != 'Z')
        return -1;
    const int year = number_of(at, 4), month = number_of(at + 5, 2), day = number_of(at + 8, 2);
    const int hour = number_of(at + 11, 2), minute = number_of(at + 14, 2), second = number_of(at + 17, 2);
    const int thousandths = number_of(at + 20, 3);
    if (year < 1971 || year > 9998 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59 || thousandths < 0)
        return -1;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > of_month[month - 1] + (leap && month == 2)) return -1;
    const int past = year - 1;
    const int64_t days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 + before_month[month - 1] +
                         (leap && month > 2) + day - 1 - 719162;
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + thousandths;
}

/* wire._counts */
static Verdict put_counts(const Usage *usage, Record *record) {
    uint64_t *tokens = record->tokens;
    tokens[INPUT] = usage->input.value;
    tokens[OUTPUT] = usage->output.value;
    tokens[READ] = usage->read.value;
    tokens[WRITE_5M] = usage->split_5m.value;
    tokens[WRITE_1H] = usage->split_1h.value;
    record->searches = usage->searches.value;
    const uint64_t written = usage->written.value;
    if (usage->written.given) {
        if (tokens[WRITE_1H] > written) tokens[WRITE_1H] = written;
        tokens[WRITE_5M] = written - tokens[WRITE_1H];
    }
    uint64_t all = record->searches;
    for (int kind = 0; kind < KINDS; kind++) all += tokens[kind];
    return all > MOST ? ODD : FINE;
}

Verdict line_read(const uint8_t *at, Record *record) {
    Told told;
    memset(&told, 0, sizeof told);
    record->counts = false;
    Into into = {&told, &told.odd, 0};
    at = json_space(at);
    if (*at == 0) return BROKEN;
    if (*at != '{') return ODD;
    Verdict verdict = json_object(&at, in_line, &into, 0);
    if (verdict != FINE) return verdict;
    if (*json_space(at) != '\n') return BROKEN;

    const Call *call = &told.own;
    Span timestamp = call->timestamp;
    const bool progress = IS(told.kind, "progress");
    if (!progress && told.kind.length && !IS(told.kind, "assistant")) return told.odd ? ODD : FINE;
    if (told.odd) return ODD;
    if (progress) {
        if (!IS(told.data_kind, "agent_progress")) return FINE;
        call = &told.inner;
        if (call->timestamp.length) timestamp = call->timestamp;
    }
    const Usage *usage = &call->message.usage;
    if (!usage->given || IS(call->message.model, "<synthetic>")) return FINE;
    record->ts = moment(timestamp);
    if (record->ts < 0) return ODD;
    if ((verdict = put_counts(usage, record)) != FINE) return verdict;
    record->counts = true;
    record->side = progress || told.side;
    record->iterated = usage->iterated;
    record->id = call->message.id;
    record->request = call->request;
    record->uuid = call->uuid;
    record->model = call->message.model;
    record->speed = usage->speed;
    record->tier = usage->tier;
    record->geo = usage->geo;
    record->cwd = told.cwd;
    record->session = told.forked_from.length ? told.forked_from : told.session;
    return FINE;
}
