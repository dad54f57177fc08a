/* Reads transcripts and says what was used in them: the fast way of `reader.py`, beside it, never instead.
 *
 * It gets all jobs on stdin and answers on stdout, in any order; nothing else is read but the files it is
 * given, and nothing is written. Whatever is not just as expected is answered as odd and read by `reader.py`.
 *
 * stdin   threads, number of thresholds, the thresholds, whether the files' use is told together, size of the jobs;
 *         per job: number, offset, length of path, path; then, while it reads, if they are told together,
 *         per job: mtime, whether it is an agent's, lengths of home and agent, these texts
 * stdout  frames: length in bytes, then results (`tell.h`)
 * Numbers are 64 bits in the machine's order. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "together.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, FRAME = 1 << 20, MOST_THREADS = 16, AUDIT_HEAD = 4096 };
static const uint64_t MOST_JOBS = 1u << 30;
static const size_t LONGEST_LINE = 1u << 28;
static const char AUDIT[] = "\"_audit_hmac\"";
static const uint8_t MARKER[] = {'"', 'u', 's', 'a', 'g', 'e', '"', ':'};

typedef struct {
    uint64_t number, offset;
    Kept file;
    bool told;
} Job;

static Job *jobs;
static size_t jobs_count, facts_heard;
static atomic_size_t next_job;
static Thresholds thresholds;
static bool together;
static atomic_bool together_fails;
static pthread_mutex_t telling_lock = PTHREAD_MUTEX_INITIALIZER;

typedef struct {
    uint8_t *data; /* SLACK bytes more than `room` */
    size_t room;
    Bytes out;
    Calls calls;
    Telling telling;
} Worker;

static void write_all(const void *data, size_t size) {
    const uint8_t *at = data;
    while (size) {
        const ssize_t done = write(1, at, size);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) _exit(1); /* nobody listens any more */
        at += done, size -= (size_t)done;
    }
}

static void send(Bytes *out) {
    const uint64_t size = out->size;
    if (!size) return;
    pthread_mutex_lock(&telling_lock);
    write_all(&size, sizeof size);
    write_all(out->data, out->size);
    pthread_mutex_unlock(&telling_lock);
    out->size = 0;
}

/* Gives the place of the next marker before `end`, or NULL; SLACK bytes behind `end` can be read. */
static const uint8_t *find_marker(const uint8_t *at, const uint8_t *end) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), letter = _mm_set1_epi8('g');
    for (; at < end; at += 16) {
        const __m128i first = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i fifth = _mm_loadu_si128((const __m128i *)(const void *)(at + 4));
        int found = _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(first, quote), _mm_cmpeq_epi8(fifth, letter)));
        for (; found; found &= found - 1) {
            const uint8_t *const place = at + __builtin_ctz((unsigned)found);
            if (place + sizeof MARKER > end) return NULL;
            if (memcmp(place, MARKER, sizeof MARKER) == 0) return place;
        }
    }
    return NULL;
#else
    return at < end ? memmem(at, (size_t)(end - at), MARKER, sizeof MARKER) : NULL;
#endif
}

/* Gives the last line feed between two places, or NULL. */
static const uint8_t *last_feed(const uint8_t *from, const uint8_t *to) {
#if defined(__GLIBC__)
    return memrchr(from, '\n', (size_t)(to - from));
#else
    while (to > from)
        if (*--to == '\n') return to;
    return NULL;
#endif
}

/* Takes the lines between two places (`Taker.take`); before `end` is a line feed, or there will be one. */
static Verdict take(Calls *calls, FileRead *file, const uint8_t *data, uint64_t base, const uint8_t *end, bool whole) {
    const uint8_t *from = data, *hit = data;
    while ((hit = find_marker(hit, end))) {
        const uint8_t *after = hit + sizeof MARKER;
        while (*after == ' ') after++;
        if (after >= end || *after != '{') {
            hit = after < end ? after : end;
            continue;
        }
        const uint8_t *const feed = last_feed(from, hit), *const line = feed ? feed + 1 : from;
        const uint8_t *const line_end = memchr(after, '\n', (size_t)(end + 1 - after));
        Record record;
        Verdict verdict = line_read(line, &record);
        if (verdict == BROKEN) {
            file->broken += whole;
            file->broken_tail |= !whole;
        } else if (verdict == FINE && record.counts) {
            verdict = calls_take(calls, &record, base + (uint64_t)(line - data));
        }
        if (verdict == ODD) return ODD;
        from = hit = line_end + 1;
        if (hit >= end) break;
    }
    return FINE;
}

static bool is_signed_copy(const uint8_t *head, size_t length) {
    const uint8_t *const feed = memchr(head, '\n', length);
    return memmem(head, feed ? (size_t)(feed - head) : length, AUDIT, sizeof AUDIT - 1) != NULL;
}

/* Goes through the file by pieces that end with a line; the beginning of a next line is kept. */
static Verdict read_lines(Worker *worker, int handle, FileRead *file, int *error) {
    uint64_t start = file->offset;
    size_t kept = 0;
    for (;;) {
        if (kept == worker->room) {
            if (worker->room >= LONGEST_LINE) return ODD;
            worker->data = grown(worker->data, 2 * worker->room + SLACK);
            memset(worker->data + worker->room + SLACK, 0, worker->room);
            worker->room *= 2;
        }
        const ssize_t got = read(handle, worker->data + kept, worker->room - kept);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return *error = errno, FINE;
        const size_t end = kept + (size_t)got;
        file->bytes_read += (uint64_t)got;
        if (!got) {
            worker->data[kept] = '\n';
            return kept ? take(&worker->calls, file, worker->data, start, worker->data + kept, false) : FINE;
        }
        const uint8_t *const feed = last_feed(worker->data + kept, worker->data + end);
        if (!feed) {
            kept = end;
            continue;
        }
        const uint8_t *const whole = feed + 1;
        const size_t size = (size_t)(whole - worker->data);
        if (take(&worker->calls, file, worker->data, start, whole, true) == ODD) return ODD;
        start += size;
        file->offset = start;
        kept = end - size;
        memmove(worker->data, whole, kept);
    }
}

static Verdict read_file(Worker *worker, Job *job, int *error) {
    FileRead file = {.number = job->number, .offset = job->offset};
    Verdict verdict = FINE;
    const int handle = open(job->file.path, O_RDONLY | O_CLOEXEC);
    if (handle < 0) return *error = errno, FINE;
    calls_begin(&worker->calls);
    const ssize_t head = pread(handle, file.head, AUDIT_HEAD, 0);
    if (head < 0) *error = errno;
    else if (is_signed_copy(file.head, (size_t)head)) verdict = ODD;
    else if (lseek(handle, (off_t)job->offset, SEEK_SET) < 0) *error = errno;
    else verdict = read_lines(worker, handle, &file, error);
    if (verdict == FINE && !*error) {
        const size_t known = file.offset < sizeof file.head ? (size_t)file.offset : sizeof file.head;
        const ssize_t again = pread(handle, file.head, known, 0);
        file.head_length = again < 0 ? 0 : (size_t)again;
        if (again < 0) *error = errno;
        else verdict = tell(&worker->out, &worker->calls, &file, &thresholds, &worker->telling, together);
        if (together && verdict == FINE && !*error) {
            job->file.calls = calls_copied(&worker->calls);
            job->told = true;
        }
    }
    if (verdict != FINE) atomic_store(&together_fails, true);
    close(handle);
    return verdict;
}

static void *work(void *unused) {
    Worker worker = {.data = grown(NULL, CHUNK + SLACK), .room = CHUNK};
    memset(worker.data, 0, CHUNK + SLACK); /* what lies behind a line is looked at, though it does not matter */
    for (size_t number; (number = atomic_fetch_add(&next_job, 1)) < jobs_count;) {
        int error = 0;
        const Verdict verdict = read_file(&worker, &jobs[number], &error);
        if (verdict != FINE) tell_status(&worker.out, jobs[number].number, IS_ODD);
        else if (error) tell_status(&worker.out, jobs[number].number, (uint64_t)error);
        if (worker.out.size > FRAME) send(&worker.out);
    }
    send(&worker.out);
    return unused;
}

static uint64_t number_at(const Bytes *order, size_t *at) {
    uint64_t number = 0;
    if (order->size - *at < sizeof number) exit(2);
    memcpy(&number, order->data + *at, sizeof number);
    *at += sizeof number;
    return number;
}

static Span text_at(const Bytes *order, size_t *at, uint64_t length) {
    const Span text = {order->data + *at, (size_t)length};
    if (length > order->size - *at) exit(2);
    *at += (size_t)length;
    return text;
}

/* Reads on until there are so many bytes. */
static void fill(Bytes *order, uint64_t size) {
    bytes_room(order, (size_t)size - order->size);
    while (order->size < size) {
        const ssize_t got = read(0, order->data + order->size, (size_t)size - order->size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) exit(2);
        order->size += (size_t)got;
    }
}

static size_t hear_jobs(void) {
    static Bytes order; /* paths stay in it */
    size_t at = 0, room = 0;
    fill(&order, 2 * sizeof(uint64_t));
    const size_t threads = (size_t)number_at(&order, &at);
    thresholds.count = (size_t)number_at(&order, &at);
    if (thresholds.count > 64) exit(2);
    fill(&order, (thresholds.count + 4) * sizeof(uint64_t));
    uint64_t *const lengths = grown(NULL, 64 * sizeof *lengths);
    for (size_t number = 0; number < thresholds.count; number++) lengths[number] = number_at(&order, &at);
    thresholds.lengths = lengths;
    together = number_at(&order, &at);
    const uint64_t size = number_at(&order, &at);
    if (size > MOST_JOBS) exit(2);
    fill(&order, at + size);
    while (at < order.size) {
        if (jobs_count == room) jobs = grown(jobs, (room = 2 * room + 64) * sizeof *jobs);
        Job *job = &jobs[jobs_count++];
        memset(job, 0, sizeof *job);
        job->number = number_at(&order, &at);
        job->offset = number_at(&order, &at);
        const uint64_t length = number_at(&order, &at);
        job->file.path = (const char *)text_at(&order, &at, length).at;
        if (length == 0 || job->file.path[length - 1] != 0) exit(2);
    }
    return threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads;
}

/* Hears the rest while files are read; what is said of a file more than once or never is not told together. */
static void hear_facts(void) {
    static Bytes order; /* texts stay in it */
    size_t at = 0;
    ssize_t got;
    do {
        bytes_room(&order, 1 << 16);
        got = read(0, order.data + order.size, order.room - order.size);
        if (got > 0) order.size += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    for (size_t number = 0; together && number < jobs_count; number++) {
        Kept *file = &jobs[number].file;
        uint64_t facts[4];
        if (order.size - at < sizeof facts) break;
        memcpy(facts, order.data + at, sizeof facts);
        at += sizeof facts;
        if (facts[1] > 1 || facts[2] > order.size - at || facts[3] > order.size - at - facts[2]) break;
        file->mtime_ns = (int64_t)facts[0];
        file->is_agent = facts[1];
        file->home = text_at(&order, &at, facts[2]);
        file->agent = text_at(&order, &at, facts[3]);
        facts_heard++;
    }
    if (facts_heard != jobs_count || at != order.size) atomic_store(&together_fails, true);
}

/* Tells of all files together; where that is not sure, of each what was left out until now. */
static void tell_the_rest(void) {
    Bytes out = {0};
    if (!atomic_load(&together_fails)) {
        Kept *const files = grown(NULL, (jobs_count + 1) * sizeof *files);
        for (size_t number = 0; number < jobs_count; number++) files[number] = jobs[number].file;
        tell_together(&out, files, jobs_count, &thresholds);
    }
    const size_t left_out = out.size ? 0 : jobs_count;
    Telling telling = {0};
    for (size_t number = 0; number < left_out; number++) {
        const Job *job = &jobs[number];
        if (job->told) tell_later(&out, &job->file.calls, job->number, &thresholds, &telling);
        if (out.size > FRAME) send(&out);
    }
    send(&out);
}

int main(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* whatever happens, nothing that was read lands on a disk */
    const size_t threads = hear_jobs();
    pthread_t others[MOST_THREADS];
    size_t started = 0;
    while (started < threads && pthread_create(&others[started], NULL, work, NULL) == 0) started++;
    hear_facts();
    if (!started) work(NULL);
    while (started) pthread_join(others[--started], NULL);
    if (together) tell_the_rest();
    return 0;
}
