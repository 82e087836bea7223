/* SPDX-License-Identifier: MIT */
/* The load generator. Every mode is a closed loop: nobody says more before the answer is there, so the server is never
 * further behind than the work that was asked for, and the numbers of different servers mean the same.
 * Prints one line of JSON; the server's processor time is read over the very same span (--pid). */
#include "peer.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, OPENING_AT_ONCE = 64, WAIT_MS = 10000 };

static const char usage[] =
    "usage: load MODE --port N [options]\n"
    "  echo       every connection sends --depth messages and waits for all of them\n"
    "  broadcast  one connection sends, and sends again once all (or --receivers) have received "
    "it\n"
    "  rate       --connections at a time are opened up to readiness, closed, and opened again\n"
    "  idle       reads numbers from standard input; brings up as many connections, lets each new "
    "one\n"
    "             exchange one message, and prints 'ready'\n"
    "options: --kind tcp|tls|ws|wss|wsz|sio|poll  --connections N  --size BYTES  --depth N  "
    "--event "
    "NAME\n"
    "         --seconds S | --count MESSAGES  --pid SERVER  --receivers N\n";

struct options {
    const char *mode, *event;
    enum peer_kind kind;
    bool is_secure, is_compressed;
    uint16_t port;
    uint32_t connections, depth;
    uint32_t receivers; /* of a broadcast; 0: all connections */
    size_t size;
    double seconds;
    uint64_t count; /* 0: run for seconds */
    pid_t pid;      /* 0: nobody's processor time is asked for */
};

struct load {
    struct options options;
    struct peer_script script;
    int epoll;
    struct peer *peers;
    uint32_t opened; /* peers[0..opened) have been opened */
    uint32_t ready;  /* of these, how many are */
    uint64_t done;   /* messages, or connections in rate */
    uint64_t asked;  /* broadcast: what done comes to once everybody has everything */
    clockid_t server_clock;
};

/* One reading: how much was done, when, at which cost. */
struct mark {
    uint64_t done;
    double wall_s, cpu_s;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec at = {0};

    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static struct mark mark_now(const struct load *load)
{
    return (struct mark){
        .done = load->done,
        .wall_s = seconds_of(CLOCK_MONOTONIC),
        .cpu_s = load->options.pid ? seconds_of(load->server_clock) : 0,
    };
}

static void report(const struct mark *begin, const struct mark *end)
{
    printf("{\"done\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
           (unsigned long long)(end->done - begin->done), end->wall_s - begin->wall_s,
           end->cpu_s - begin->cpu_s);
}

static void open_next(struct load *load)
{
    if (!peer_open(&load->peers[load->opened], &load->script, load->epoll, load->opened))
        die("cannot connect", strerror(errno));
    load->opened++;
}

typedef void on_progress_fn(struct load *load, struct peer *peer);

/* Takes one wake's worth of events; tells on_progress about each peer that did something. False after a silence. */
static bool turn(struct load *load, int timeout_ms, on_progress_fn *on_progress)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(load->epoll, events, EVENTS, timeout_ms);

    for (int i = 0; i < count; i++) {
        struct peer *peer = events[i].data.ptr;
        uint64_t total = peer->total;
        bool was_ready = peer->state == PEER_READY;
        const char *why = peer_on_event(peer, &load->script, events[i].events);

        if (why)
            die("a connection failed", why);
        load->ready += !was_ready && peer->state == PEER_READY;
        load->done += peer->total - total;
        if (on_progress)
            on_progress(load, peer);
    }
    return count > 0;
}

static void bring_up(struct load *load, uint32_t wanted, on_progress_fn *on_progress)
{
    while (load->ready < wanted) {
        while (load->opened < wanted && load->opened - load->ready < OPENING_AT_ONCE)
            open_next(load);
        if (!turn(load, WAIT_MS, on_progress))
            die("the connections did not get ready", "nothing came for ten seconds");
    }
}

static void send_batch(const struct load *load, struct peer *peer)
{
    const char *why = peer_send_batch(peer, &load->script);

    if (why)
        die("cannot send", why);
}

static void echo_again(struct load *load, struct peer *peer)
{
    if (peer->received < load->options.depth)
        return;
    if (load->options.count && load->done >= load->options.count)
        return;
    send_batch(load, peer);
}

static void broadcast_again(struct load *load, struct peer *peer)
{
    (void)peer;
    if (load->done < load->asked)
        return;
    load->asked += (uint64_t)load->options.receivers * load->options.depth;
    send_batch(load, &load->peers[0]);
}

static void open_again(struct load *load, struct peer *peer)
{
    static uint32_t number;

    if (peer->state != PEER_READY)
        return;
    load->done++;
    peer_close(peer);
    if (!peer_open(peer, &load->script, load->epoll, ++number))
        die("cannot connect", strerror(errno));
}

static void run_for(struct load *load, double seconds, on_progress_fn *on_progress)
{
    double end = seconds_of(CLOCK_MONOTONIC) + seconds;

    while (seconds_of(CLOCK_MONOTONIC) < end)
        if (!turn(load, WAIT_MS, on_progress))
            die("the server fell silent", "nothing came for ten seconds");
}

static void run_span(struct load *load, on_progress_fn *on_progress)
{
    run_for(load, 0.2, on_progress); /* caches warm, sockets grown */

    struct mark begin = mark_now(load);

    run_for(load, load->options.seconds, on_progress);

    struct mark end = mark_now(load);

    report(&begin, &end);
}

static void run_echo(struct load *load)
{
    struct mark begin, end;

    bring_up(load, load->options.connections, NULL);
    begin = mark_now(load);
    for (uint32_t i = 0; i < load->options.connections; i++)
        send_batch(load, &load->peers[i]);
    if (!load->options.count) {
        run_span(load, echo_again);
        return;
    }

    while (load->done < load->options.count)
        if (!turn(load, WAIT_MS, echo_again))
            die("the server fell silent", "nothing came for ten seconds");
    end = mark_now(load);
    report(&begin, &end);
}

static void run_broadcast(struct load *load)
{
    bring_up(load, load->options.connections, NULL);
    broadcast_again(load, NULL);
    run_span(load, broadcast_again);
}

static void run_rate(struct load *load)
{
    for (uint32_t i = 0; i < load->options.connections; i++)
        open_next(load);
    run_span(load, open_again);
}

static void run_idle(struct load *load)
{
    char line[32];

    while (fgets(line, sizeof line, stdin)) {
        uint32_t from = load->opened, wanted = (uint32_t)strtoul(line, NULL, 10);

        if (wanted < from || wanted > load->options.connections)
            die("idle", "a number is out of order or over --connections");
        bring_up(load, wanted, NULL);
        for (uint32_t i = from; i < wanted; i++) {
            uint64_t expected = load->done + 1;

            send_batch(load, &load->peers[i]);
            while (load->done < expected)
                if (!turn(load, WAIT_MS, NULL))
                    die("the server fell silent", "nothing came for ten seconds");
        }
        puts("ready");
        fflush(stdout);
    }
}

static _Noreturn void refuse(const char *why)
{
    fprintf(stderr, "load: %s\n%s", why, usage);
    exit(2);
}

static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value < least || value > most)
        refuse("a number is out of range");
    return value;
}

static enum peer_kind kind_of(const char *text)
{
    if (strcmp(text, "tcp") == 0 || strcmp(text, "tls") == 0)
        return PEER_TCP;
    if (strcmp(text, "ws") == 0 || strcmp(text, "wss") == 0 || strcmp(text, "wsz") == 0)
        return PEER_WEBSOCKET;
    if (strcmp(text, "sio") == 0)
        return PEER_SOCKETIO;
    if (strcmp(text, "poll") == 0)
        return PEER_POLLING;
    refuse("--kind is tcp, tls, ws, wss, wsz (compressed), sio or poll (Socket.IO by polling)");
}

static void take_option(struct options *options, int letter)
{
    switch (letter) {
    case 'p':
        options->port = (uint16_t)number(optarg, 1, 65535);
        break;
    case 'k':
        options->kind = kind_of(optarg);
        options->is_secure = strcmp(optarg, "tls") == 0 || strcmp(optarg, "wss") == 0;
        options->is_compressed = strcmp(optarg, "wsz") == 0;
        break;
    case 'c':
        options->connections = (uint32_t)number(optarg, 1, 1000000);
        break;
    case 's':
        options->size = (size_t)number(optarg, 1, 1 << 20);
        break;
    case 'd':
        options->depth = (uint32_t)number(optarg, 1, 1024);
        break;
    case 'e':
        options->event = optarg;
        break;
    case 't':
        options->seconds = strtod(optarg, NULL);
        break;
    case 'n':
        options->count = number(optarg, 1, UINT64_MAX);
        break;
    case 'r':
        options->receivers = (uint32_t)number(optarg, 1, 1000000);
        break;
    case 'P':
        options->pid = (pid_t)number(optarg, 1, INT32_MAX);
        break;
    default:
        refuse("unknown option");
    }
}

static struct options options_of(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", 1, NULL, 'p'},      {"kind", 1, NULL, 'k'},  {"connections", 1, NULL, 'c'},
        {"size", 1, NULL, 's'},      {"depth", 1, NULL, 'd'}, {"event", 1, NULL, 'e'},
        {"seconds", 1, NULL, 't'},   {"count", 1, NULL, 'n'}, {"pid", 1, NULL, 'P'},
        {"receivers", 1, NULL, 'r'}, {NULL, 0, NULL, 0},
    };
    struct options options = {.event = "echo",
                              .kind = PEER_WEBSOCKET,
                              .connections = 100,
                              .depth = 1,
                              .size = 32,
                              .seconds = 2};
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        take_option(&options, letter);
    if (optind + 1 != argc)
        refuse("one mode is needed");
    if (options.port == 0)
        refuse("--port is needed");
    if (options.receivers == 0)
        options.receivers = options.connections;
    options.mode = argv[optind];
    return options;
}

static void allow_descriptors(uint32_t count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("descriptors", strerror(errno));
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < count + 16 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("--connections", "more than the limit of open files");
}

static const struct mode {
    const char *name;
    void (*run)(struct load *load);
} modes[] = {
    {"echo", run_echo}, {"broadcast", run_broadcast}, {"rate", run_rate}, {"idle", run_idle}};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    }
    refuse("unknown mode");
}

int main(int argc, char **argv)
{
    struct load load = {.options = options_of(argc, argv)};
    const struct options *options = &load.options;
    const struct mode *mode = find_mode(options->mode);

    allow_descriptors(options->connections);
    if (options->pid && clock_getcpuclockid(options->pid, &load.server_clock) != 0)
        die("--pid", "no such process");
    peer_script_init(&load.script, options->kind, options->port, options->event, options->size,
                     options->depth);
    load.script.is_secure = options->is_secure;
    if (options->is_compressed)
        peer_script_compress(&load.script);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.peers = calloc(options->connections, sizeof *load.peers);
    if (load.epoll < 0 || !load.peers)
        die("cannot start", strerror(errno));

    mode->run(&load);
    for (uint32_t i = 0; i < load.opened; i++)
        peer_close(&load.peers[i]);
    free(load.peers);
    peer_script_dispose(&load.script);
    return 0;
}
