/* SPDX-License-Identifier: MIT */
/* Load on a server that echoes: many connections that say the same message over and over, and how
 * long each answer took.
 *
 * Closed loop: each connection has depth messages under way and says the next when an answer has
 * come; the server sets the pace, so a server that stalls is asked less while it stalls, and few
 * latencies tell of it. With a rate, messages fall due by the clock, whatever the server does, and
 * latency counts from then on: also the time that a message waited here because its connection had
 * depth under way (no coordinated omission). */
#ifndef GW_CLI_LOAD_H
#define GW_CLI_LOAD_H

#include "cli/client.h"
#include "cli/histogram.h"

enum {
    GW_CLI_LOAD_ERRORS = 12, /* kinds; further ones are only counted */
};

struct gw_cli_load_error {
    uint64_t count;
    enum gw_ws_step step;
    int err;
    char why[200]; /* the first of its kind */
};

struct gw_cli_load_result {
    uint64_t connected, failed, broken; /* connections: opened; not opened; lost before the end */
    /* Messages that fell due while it was measured: how many, how many of
     * these were said, and answered. */
    uint64_t due, sent, answered;
    uint64_t answers; /* that came while it was measured: what throughput is made of */
    uint64_t
        unanswered; /* messages said or due, in the warm-up too, that nobody answered in the end */
    uint64_t wrong; /* messages that were not what had been said */
    double seconds; /* measured */
    double cpu;     /* of a core, that the load generator used meanwhile: 0 to 1 */
    bool is_interrupted;             /* by a signal */
    struct gw_cli_histogram latency; /* nanoseconds, from due */
    struct gw_cli_histogram service; /* from when it was said */
    struct gw_cli_histogram connect; /* from the beginning to open */
    struct gw_cli_load_error errors[GW_CLI_LOAD_ERRORS];
    size_t error_count;
    bool is_compressed; /* the first connection agreed to it */
};

enum gw_cli_load_phase { GW_CLI_LOAD_CONNECT, GW_CLI_LOAD_WARMUP, GW_CLI_LOAD_MEASURE };

struct gw_cli_load_args {
    const struct gw_cli_client *client;
    uint64_t connections, depth, size;
    uint64_t warmup_ms, duration_ms;
    double rate; /* messages a second, of all connections together; 0: closed loop */
    bool is_binary;
    /* A few times a second; may be NULL. seconds: of this phase. */
    void (*on_progress)(enum gw_cli_load_phase phase, double seconds,
                        const struct gw_cli_load_result *result, void *user);
    void *user;
};

/* 0, GW_E_NOMEM or GW_E_SYSTEM (no descriptors); result starts as {0}. */
int gw_cli_load_run(const struct gw_cli_load_args *args, struct gw_cli_load_result *result);

#endif
