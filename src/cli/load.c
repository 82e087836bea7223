/* SPDX-License-Identifier: MIT */
#include "cli/load.h"
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define NS_PER_MS 1000000ULL
#define NS_PER_S  1000000000ULL

enum {
    CONNECTING_AT_ONCE = 64,
    STEP_MS = 50,    /* the longest sleep: then clock and signals are looked at */
    DRAIN_MS = 3000, /* for what is still under way when measuring ends */
    CLOSE_MS = 3000, /* for the close handshakes */
    PROGRESS_MS = 200,
};

/* One message under way. */
struct flight {
    uint64_t due_ns, sent_ns;
};

enum state { STATE_NEW, STATE_CONNECTING, STATE_OPEN, STATE_GONE };

struct connection {
    struct load *load;
    gw_ws *ws;
    uint64_t begun_ns;
    struct flight *flights;  /* ring of depth */
    uint32_t first, count;   /* of those under way */
    struct connection *next; /* in the line of those with room */
    bool is_in_line, has_told_error;
    enum state state;
};

enum stage { STAGE_CONNECT, STAGE_WARMUP, STAGE_MEASURE, STAGE_DRAIN, STAGE_CLOSE };

struct load {
    const struct gw_cli_load_args *args;
    struct gw_cli_load_result *result;
    gw_loop *loop;
    struct connection *connections;
    struct flight *flights;
    uint8_t *payload;
    uint64_t begun, connecting,
        open;           /* how many connections were begun; are connecting; are open */
    uint64_t under_way; /* messages */
    enum stage stage;
    uint64_t stage_ns, progress_ns; /* since when; told last */
    uint64_t window_begin_ns,
        window_end_ns;  /* of what is measured; end is UINT64_MAX while it lasts */
    uint64_t due_count; /* rate: messages that were said since due_from_ns */
    uint64_t due_from_ns;
    struct connection *line, *line_end; /* connections with room, those that waited longest first */
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool is_measured(const struct load *load, uint64_t at_ns)
{
    return load->stage >= STAGE_MEASURE && at_ns >= load->window_begin_ns &&
           at_ns < load->window_end_ns;
}

static void note_error(struct load *load, enum gw_ws_step step, int err, const char *why)
{
    struct gw_cli_load_result *result = load->result;
    struct gw_cli_load_error *error = result->errors;

    for (size_t i = 0; i < result->error_count; i++, error++) {
        if (error->step == step && error->err == err) {
            error->count++;
            return;
        }
    }
    if (result->error_count == GW_CLI_LOAD_ERRORS)
        return;
    result->error_count++;
    *error = (struct gw_cli_load_error){.count = 1, .step = step, .err = err};
    snprintf(error->why, sizeof(error->why), "%s", why);
}

/* ---- messages ---- */

static void stand_in_line(struct connection *connection)
{
    struct load *load = connection->load;

    if (connection->is_in_line)
        return;
    connection->is_in_line = true;
    connection->next = NULL;
    if (load->line)
        load->line_end->next = connection;
    else
        load->line = connection;
    load->line_end = connection;
}

/* The next that is open and has room; NULL: none. */
static struct connection *leave_line(struct load *load)
{
    while (load->line) {
        struct connection *connection = load->line;

        load->line = connection->next;
        connection->is_in_line = false;
        if (connection->state == STATE_OPEN && connection->count < load->args->depth)
            return connection;
    }
    return NULL;
}

static void say(struct connection *connection, uint64_t due_ns, uint64_t at_ns)
{
    struct load *load = connection->load;
    struct gw_slice payload = {load->payload, load->args->size};
    uint64_t place = (connection->first + connection->count) % load->args->depth;
    int err = load->args->is_binary ? gw_ws_send_binary(connection->ws, payload)
                                    : gw_ws_send_text(connection->ws, payload);

    if (err < 0)
        return; /* it is closing: on_close tells */
    connection->flights[place] = (struct flight){due_ns, at_ns};
    connection->count++;
    load->under_way++;
    if (is_measured(load, due_ns))
        load->result->sent++;
}

static bool is_our_message(const struct load *load, struct gw_slice data, bool is_binary)
{
    return is_binary == load->args->is_binary && data.len == load->args->size &&
           (data.len == 0 || memcmp(data.ptr, load->payload, data.len) == 0);
}

static void take_answer(struct connection *connection, uint64_t at_ns)
{
    struct load *load = connection->load;
    struct flight flight = connection->flights[connection->first];

    connection->first = (uint32_t)((connection->first + 1) % load->args->depth);
    connection->count--;
    load->under_way--;
    if (is_measured(load, at_ns))
        load->result->answers++;
    if (!is_measured(load, flight.due_ns))
        return;
    load->result->answered++;
    gw_cli_histogram_add(&load->result->latency, at_ns - flight.due_ns);
    gw_cli_histogram_add(&load->result->service, at_ns - flight.sent_ns);
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    struct connection *connection = user;
    struct load *load = connection->load;
    uint64_t at_ns;

    (void)ws;
    if (connection->count == 0 || !is_our_message(load, data, is_binary)) {
        load->result->wrong++;
        return;
    }
    at_ns = now_ns();
    take_answer(connection, at_ns);
    if (load->args->rate > 0)
        stand_in_line(connection);
    else if (load->stage == STAGE_WARMUP || load->stage == STAGE_MEASURE)
        say(connection, at_ns, at_ns);
}

static uint64_t due_ns(const struct load *load, uint64_t index)
{
    return load->due_from_ns + (uint64_t)((double)index * (double)NS_PER_S / load->args->rate);
}

/* How many messages have fallen due in all, up to at_ns. */
static uint64_t due_until(const struct load *load, uint64_t at_ns)
{
    uint64_t count =
        (uint64_t)((double)(at_ns - load->due_from_ns) * load->args->rate / (double)NS_PER_S);

    while (due_ns(load, count) < at_ns)
        count++;
    while (count > 0 && due_ns(load, count - 1) >= at_ns)
        count--;
    return count;
}

/* Rate: says what is due. True: something is due that no connection has room for. */
static bool pump(struct load *load)
{
    uint64_t at_ns = now_ns();
    uint64_t next_ns = due_ns(load, load->due_count);

    while (next_ns <= at_ns && next_ns < load->window_end_ns) {
        struct connection *connection = leave_line(load);

        if (!connection)
            return true;
        say(connection, next_ns, at_ns);
        if (connection->count < load->args->depth)
            stand_in_line(connection);
        next_ns = due_ns(load, ++load->due_count);
    }
    return false;
}

/* ---- connections ---- */

static void on_open(gw_ws *ws, void *user)
{
    struct connection *connection = user;
    struct load *load = connection->load;

    connection->state = STATE_OPEN;
    load->connecting--;
    load->open++;
    if (load->result->connected++ == 0)
        load->result->is_compressed = *gw_ws_extensions(ws) != '\0';
    gw_cli_histogram_add(&load->result->connect, now_ns() - connection->begun_ns);
    stand_in_line(connection);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    struct connection *connection = user;

    (void)ws;
    connection->has_told_error = true;
    if (connection->load->stage != STAGE_CLOSE)
        note_error(connection->load, error->step, error->err, error->why);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    struct connection *connection = user;
    struct load *load = connection->load;
    bool was_open = connection->state == STATE_OPEN;
    char why[200];

    (void)ws;
    (void)was_clean;
    connection->state = STATE_GONE;
    connection->ws = NULL;
    load->under_way -= connection->count;
    load->result->unanswered += connection->count;
    connection->count = 0;
    if (was_open)
        load->open--;
    else
        load->connecting--;
    if (load->stage == STAGE_CLOSE)
        return;
    if (was_open)
        load->result->broken++;
    else
        load->result->failed++;
    if (connection->has_told_error)
        return;
    snprintf(why, sizeof(why), "the server closed with %d%s%.*s", code, reason.len ? ": " : "",
             (int)reason.len, (const char *)reason.ptr);
    note_error(load, GW_WS_STEP_MESSAGES, GW_E_CLOSED, why);
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

static int begin_connections(struct load *load)
{
    while (load->begun < load->args->connections && load->connecting < CONNECTING_AT_ONCE) {
        struct connection *connection = &load->connections[load->begun];

        connection->load = load;
        connection->flights = load->flights + load->begun * load->args->depth;
        connection->begun_ns = now_ns();
        connection->ws = gw_ws_connect(load->loop, load->args->client->url,
                                       &load->args->client->options, &handlers, connection);
        if (!connection->ws)
            return GW_E_NOMEM;
        connection->state = STATE_CONNECTING;
        load->connecting++;
        load->begun++;
    }
    return 0;
}

/* ---- the course of things ---- */

static double seconds_between(uint64_t begin_ns, uint64_t end_ns)
{
    return (double)(end_ns - begin_ns) / (double)NS_PER_S;
}

static void enter(struct load *load, enum stage stage)
{
    load->stage = stage;
    load->stage_ns = now_ns();
    load->progress_ns = 0;
}

static bool has_lasted(const struct load *load, uint64_t ms)
{
    return now_ns() - load->stage_ns >= ms * NS_PER_MS;
}

static void tell_progress(struct load *load)
{
    static const enum gw_cli_load_phase phases[] = {GW_CLI_LOAD_CONNECT, GW_CLI_LOAD_WARMUP,
                                                    GW_CLI_LOAD_MEASURE};
    uint64_t at_ns = now_ns();

    if (!load->args->on_progress || load->stage > STAGE_MEASURE ||
        at_ns - load->progress_ns < PROGRESS_MS * NS_PER_MS)
        return;
    load->progress_ns = at_ns;
    load->args->on_progress(phases[load->stage], seconds_between(load->stage_ns, at_ns),
                            load->result, load->args->user);
}

/* Waits for the network, or until the next message is due: poll's
 * milliseconds are too coarse for that. */
static void wait_for_due(struct load *load, bool has_backlog)
{
    struct pollfd fd = {.fd = gw_loop_fd(load->loop), .events = POLLIN};
    uint64_t at_ns = now_ns();
    uint64_t next_ns = due_ns(load, load->due_count);
    uint64_t wait_ns = STEP_MS * NS_PER_MS;
    struct timespec timeout;

    if (!has_backlog && next_ns < load->window_end_ns)
        wait_ns = next_ns <= at_ns ? 0 : next_ns - at_ns < wait_ns ? next_ns - at_ns : wait_ns;
    timeout = (struct timespec){.tv_sec = 0, .tv_nsec = (long)wait_ns};
    ppoll(&fd, 1, &timeout, NULL);
}

/* One turn. False: a signal asks for the end. */
static bool turn(struct load *load)
{
    bool is_paced =
        load->args->rate > 0 && load->stage >= STAGE_WARMUP && load->stage <= STAGE_DRAIN;
    int number;

    if (is_paced) {
        bool has_backlog = pump(load);

        gw_loop_step(load->loop, 0); /* what was said goes out */
        if (load->line == NULL || !has_backlog)
            wait_for_due(load, has_backlog);
    } else {
        gw_loop_step(load->loop, STEP_MS);
    }
    tell_progress(load);
    while ((number = gw_cli_signals_next()) != 0) {
        if (number == SIGINT || number == SIGTERM || number == SIGHUP) {
            load->result->is_interrupted = true;
            return false;
        }
        if (number == SIGTSTP)
            raise(SIGSTOP);
    }
    return true;
}

/* False: interrupted, or memory has run out. */
static bool connect_all(struct load *load, int *err)
{
    enter(load, STAGE_CONNECT);
    do {
        *err = begin_connections(load);
        if (*err < 0 || !turn(load))
            return false;
    } while (load->begun < load->args->connections || load->connecting > 0);
    return load->open > 0;
}

static void start_saying(struct load *load)
{
    load->due_from_ns = now_ns();
    load->window_end_ns = UINT64_MAX;
    if (load->args->rate > 0)
        return;
    for (uint64_t i = 0; i < load->begun; i++) {
        struct connection *connection = &load->connections[i];

        for (uint64_t n = 0; connection->state == STATE_OPEN && n < load->args->depth; n++)
            say(connection, load->due_from_ns, load->due_from_ns);
    }
}

static void measure(struct load *load)
{
    struct gw_cli_load_result *result = load->result;
    double cpu_before;
    bool goes_on = true;

    enter(load, STAGE_WARMUP);
    start_saying(load);
    while (goes_on && load->open > 0 && !has_lasted(load, load->args->warmup_ms))
        goes_on = turn(load);
    enter(load, STAGE_MEASURE);
    load->window_begin_ns = load->stage_ns;
    cpu_before = cpu_seconds();
    while (goes_on && load->open > 0 && !has_lasted(load, load->args->duration_ms))
        goes_on = turn(load);
    load->window_end_ns = now_ns();
    result->seconds = seconds_between(load->window_begin_ns, load->window_end_ns);
    result->cpu = (cpu_seconds() - cpu_before) / (result->seconds > 0 ? result->seconds : 1);
    result->due = load->args->rate > 0 ? due_until(load, load->window_end_ns) -
                                             due_until(load, load->window_begin_ns)
                                       : result->sent;
}

static bool has_work_left(const struct load *load)
{
    return load->under_way > 0 || (load->args->rate > 0 && load->open > 0 &&
                                   due_ns(load, load->due_count) < load->window_end_ns);
}

static void finish(struct load *load)
{
    enter(load, STAGE_DRAIN);
    while (has_work_left(load) && !has_lasted(load, DRAIN_MS))
        if (!turn(load))
            break;
    while (load->args->rate > 0 && due_ns(load, load->due_count) < load->window_end_ns) {
        load->result->unanswered++;
        load->due_count++;
    }
    enter(load, STAGE_CLOSE);
    for (uint64_t i = 0; i < load->begun; i++)
        if (load->connections[i].ws)
            gw_ws_close(load->connections[i].ws, 1000, NULL);
    while (load->open + load->connecting > 0 && !has_lasted(load, CLOSE_MS))
        if (!turn(load))
            break;
    for (uint64_t i = 0; i < load->begun; i++)
        if (load->connections[i].ws)
            gw_ws_terminate(load->connections[i].ws);
    for (int i = 0; i < 100 && load->open + load->connecting > 0; i++)
        gw_loop_step(load->loop, 10);
}

/* Text that compresses as text does. */
static void fill_payload(struct load *load)
{
    static const char letters[] =
        "etaoinshrdlucmfw eta oin etaoinshrdl,.0123456789{}\"etaoin  shrd";
    uint32_t state = 2463534242U;

    for (uint64_t i = 0; i < load->args->size; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        load->payload[i] = load->args->is_binary ? (uint8_t)state : (uint8_t)letters[state & 63];
    }
}

int gw_cli_load_run(const struct gw_cli_load_args *args, struct gw_cli_load_result *result)
{
    struct load load = {.args = args, .result = result};
    int err = GW_E_NOMEM;

    load.loop = gw_loop_create();
    load.connections = calloc(args->connections, sizeof(*load.connections));
    load.flights = calloc(args->connections * args->depth, sizeof(*load.flights));
    load.payload = malloc(args->size + 1);
    if (gw_cli_signals_open() < 0)
        err = GW_E_SYSTEM;
    else if (load.loop && load.connections && load.flights && load.payload)
        err = 0;
    if (err == 0) {
        fill_payload(&load);
        prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* or each sleep would be 50 us too long */
        if (connect_all(&load, &err))
            measure(&load);
        finish(&load);
    }
    gw_loop_destroy(load.loop);
    free(load.payload);
    free(load.flights);
    free(load.connections);
    return err;
}
