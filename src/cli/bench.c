/* SPDX-License-Identifier: MIT */
/* godwit bench URL */
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    MAX_CONNECTIONS = 1000000,
    MAX_FLIGHTS = 64 << 20,
    RATE_DEPTH = 64, /* who sends by the clock does not wait for answers */
};

struct options {
    struct gw_cli_client_args client;
    uint64_t connections, size, duration_ms, warmup_ms;
    uint64_t depth; /* 0 until it is known whether there is a rate */
    double rate;
    bool is_binary, has_json, is_quiet, is_compressed;
};

static const struct gw_cli_option table[] = {
    {"connections", 'c', GW_CLI_OPTION_COUNT, offsetof(struct options, connections), 1,
     MAX_CONNECTIONS},
    {"rate", 'r', GW_CLI_OPTION_RATE, offsetof(struct options, rate), 0, 100000000},
    {"size", 'S', GW_CLI_OPTION_BYTES, offsetof(struct options, size), 0, 1 << 30},
    {"depth", 'd', GW_CLI_OPTION_COUNT, offsetof(struct options, depth), 1, 100000},
    {"duration", 't', GW_CLI_OPTION_SECONDS, offsetof(struct options, duration_ms), 10, 604800000},
    {"warmup", 'w', GW_CLI_OPTION_SECONDS, offsetof(struct options, warmup_ms), 0, 604800000},
    {"binary", 'b', GW_CLI_OPTION_FLAG, offsetof(struct options, is_binary), 0, 0},
    {"compress", 0, GW_CLI_OPTION_FLAG, offsetof(struct options, is_compressed), 0, 0},
    {"json", 'j', GW_CLI_OPTION_FLAG, offsetof(struct options, has_json), 0, 0},
    {"quiet", 'q', GW_CLI_OPTION_FLAG, offsetof(struct options, is_quiet), 0, 0},
    GW_CLI_CLIENT_OPTIONS(struct options, client),
    {.name = NULL},
};

static int usage(const char *why)
{
    gw_cli_complain("bench", "%s", why);
    return GW_CLI_USAGE;
}

/* As many descriptors as the hard limit gives; what is left over is for the program itself. */
static bool has_descriptors(uint64_t connections, uint64_t *most)
{
    struct rlimit limit;

    *most = UINT64_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return true;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    *most = limit.rlim_cur > 32 ? limit.rlim_cur - 32 : 1;
    return connections <= *most;
}

static int check(const struct options *options)
{
    uint64_t most;

    if (options->connections * options->depth > MAX_FLIGHTS) {
        gw_cli_complain("bench",
                        "--connections %llu times --depth %llu: more than %d messages "
                        "under way; lower one of them",
                        (unsigned long long)options->connections,
                        (unsigned long long)options->depth, MAX_FLIGHTS);
        return GW_CLI_USAGE;
    }
    if (!has_descriptors(options->connections, &most)) {
        gw_cli_complain("bench",
                        "--connections %llu: the limit of open files allows %llu; raise it "
                        "with ulimit -n",
                        (unsigned long long)options->connections, (unsigned long long)most);
        return GW_CLI_USAGE;
    }
    return 0;
}

/* client is filled when it returns 0. */
static int read_args(int argc, char **argv, struct options *options, struct gw_cli_client *client)
{
    struct gw_cli_list operands = {.count = 0};
    int status = gw_cli_read_args(table, argc, argv, options, &operands);
    char why[GW_CLI_ARGS_WHY_MAX];

    if (status != 0)
        return status;
    if (operands.count == 0)
        return usage("the URL is missing; say for example: godwit bench ws://localhost:9001/");
    if (operands.count > 1) {
        gw_cli_complain("bench", "%s: one URL is enough", operands.items[1]);
        return GW_CLI_USAGE;
    }
    if (options->depth == 0)
        options->depth = options->rate > 0 ? RATE_DEPTH : 1;
    status = check(options);
    if (status != 0)
        return status;
    return gw_cli_client_init(client, operands.items[0], &options->client, why) ? 0 : usage(why);
}

static void clear_progress(void)
{
    fputs("\r\033[K", stderr);
}

static void on_progress(enum gw_cli_load_phase phase, double seconds,
                        const struct gw_cli_load_result *result, void *user)
{
    const struct options *options = user;

    clear_progress();
    if (phase == GW_CLI_LOAD_CONNECT)
        fprintf(stderr, "connecting: %llu of %llu", (unsigned long long)result->connected,
                (unsigned long long)options->connections);
    else if (phase == GW_CLI_LOAD_WARMUP)
        fprintf(stderr, "warming up: %.1f of %.1f s", seconds, (double)options->warmup_ms / 1000);
    else
        fprintf(stderr, "measuring: %.1f of %.1f s, %.0f messages/s", seconds,
                (double)options->duration_ms / 1000,
                seconds > 0 ? (double)result->answers / seconds : 0);
    if (result->failed + result->broken > 0)
        fprintf(stderr, ", %llu connections lost",
                (unsigned long long)(result->failed + result->broken));
}

static bool is_good(const struct options *options, const struct gw_cli_load_result *result)
{
    return result->connected == options->connections && result->broken == 0 && result->wrong == 0 &&
           result->unanswered == 0 && result->answers > 0;
}

static bool is_wrong_usage(const struct gw_cli_load_result *result)
{
    return result->error_count > 0 && result->errors[0].step == GW_WS_STEP_ARGUMENT;
}

static int measure(struct options *options, const struct gw_cli_client *client,
                   struct gw_cli_load_result *result)
{
    struct gw_cli_load_args args = {
        .client = client,
        .connections = options->connections,
        .depth = options->depth,
        .size = options->size,
        .warmup_ms = options->warmup_ms,
        .duration_ms = options->duration_ms,
        .rate = options->rate,
        .is_binary = options->is_binary,
        .user = options,
    };
    const struct gw_cli_report report = {.url = client->url, .args = &args, .result = result};
    bool has_progress = isatty(STDERR_FILENO) && !options->is_quiet;
    int err;

    args.on_progress = has_progress ? on_progress : NULL;
    err = gw_cli_load_run(&args, result);
    if (has_progress)
        clear_progress();
    if (err < 0) {
        gw_cli_complain("bench", "%s: fewer --connections or a lower --depth need less",
                        gw_err_text(err));
        return GW_CLI_FAILED;
    }
    if (is_wrong_usage(result))
        return usage(result->errors[0].why);
    if (!gw_cli_report_write(&report, options->has_json)) {
        gw_cli_complain("bench", "cannot write to standard output");
        return GW_CLI_FAILED;
    }
    return is_good(options, result) ? GW_CLI_OK : GW_CLI_FAILED;
}

static int run(int argc, char **argv)
{
    static const struct gw_ws_deflate deflate = {.threshold_bytes = 1};
    struct options options = {.client = GW_CLI_CLIENT_DEFAULTS,
                              .connections = 10,
                              .size = 64,
                              .duration_ms = 10000,
                              .warmup_ms = 1000};
    struct gw_cli_load_result *result;
    struct gw_cli_client client;
    int status = read_args(argc, argv, &options, &client);

    if (status != 0)
        return status < 0 ? gw_cli_print_manual(gw_cli_manual_bench) : status;
    client.options.max_message_bytes = options.size + 65536;
    client.options.max_queued_bytes = options.depth * (options.size + 64) + (1 << 20);
    client.options.deflate = options.is_compressed ? &deflate : NULL;
    result = calloc(1, sizeof(*result));
    if (result) {
        status = measure(&options, &client, result);
    } else {
        gw_cli_complain("bench", "out of memory");
        status = GW_CLI_FAILED;
    }
    free(result);
    gw_cli_client_dispose(&client);
    return status;
}

const struct gw_cli_command gw_cli_bench = {
    .name = "bench",
    .summary = "measure how fast a WebSocket server answers",
    .options = table,
    .manual = gw_cli_manual_bench,
    .run = run,
};
