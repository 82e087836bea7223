/* SPDX-License-Identifier: MIT */
/* godwit connect URL */
#include "cli/cli.h"
#include "cli/session.h"

struct options {
    struct gw_cli_client_args client;
    struct gw_cli_list execute;
    uint64_t wait_ms, ping_ms, max_message_bytes;
    bool is_binary, has_json, is_quiet, is_uncompressed;
};

static const struct gw_cli_option table[] = {
    GW_CLI_CLIENT_OPTIONS(struct options, client),
    {"execute", 'x', GW_CLI_OPTION_LIST, offsetof(struct options, execute), 0, 0},
    {"wait", 'w', GW_CLI_OPTION_WAIT, offsetof(struct options, wait_ms), 0, 0},
    {"ping", 'p', GW_CLI_OPTION_SECONDS, offsetof(struct options, ping_ms), 100, 86400000},
    {"max-message", 0, GW_CLI_OPTION_BYTES, offsetof(struct options, max_message_bytes), 1,
     UINT32_MAX},
    {"binary", 'b', GW_CLI_OPTION_FLAG, offsetof(struct options, is_binary), 0, 0},
    {"json", 'j', GW_CLI_OPTION_FLAG, offsetof(struct options, has_json), 0, 0},
    {"quiet", 'q', GW_CLI_OPTION_FLAG, offsetof(struct options, is_quiet), 0, 0},
    {"no-compress", 0, GW_CLI_OPTION_FLAG, offsetof(struct options, is_uncompressed), 0, 0},
    {.name = NULL},
};

static int usage(const char *why)
{
    gw_cli_complain("connect", "%s", why);
    return GW_CLI_USAGE;
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
        return usage("the URL is missing; say for example: godwit connect ws://localhost:9001/");
    if (operands.count > 1) {
        gw_cli_complain("connect", "%s: one URL is enough; quote what has spaces in it",
                        operands.items[1]);
        return GW_CLI_USAGE;
    }
    return gw_cli_client_init(client, operands.items[0], &options->client, why) ? 0 : usage(why);
}

static int run(int argc, char **argv)
{
    static const struct gw_ws_deflate deflate;
    struct options options = {
        .client = GW_CLI_CLIENT_DEFAULTS, .wait_ms = 2000, .max_message_bytes = 64 << 20};
    struct gw_cli_client client;
    struct gw_cli_screen screen = {.command = "connect"};
    int status = read_args(argc, argv, &options, &client);

    if (status != 0)
        return status < 0 ? gw_cli_print_manual(gw_cli_manual_connect) : status;
    client.options.max_message_bytes = options.max_message_bytes;
    /* Of what is said no more than one piece is queued above the high-water mark. */
    client.options.max_queued_bytes = options.max_message_bytes + (64 << 20);
    client.options.deflate = options.is_uncompressed ? NULL : &deflate;
    if (options.ping_ms)
        client.options.idle_timeout_ms = 3 * options.ping_ms;
    screen.has_json = options.has_json;
    screen.is_quiet = options.is_quiet;
    screen.is_raw = options.is_binary;
    gw_cli_screen_open(&screen);
    status = gw_cli_session_run(&(struct gw_cli_session_args){
        .client = &client,
        .screen = &screen,
        .execute = &options.execute,
        .is_binary = options.is_binary,
        .wait_ms = options.wait_ms,
        .ping_ms = options.ping_ms,
        .max_line_bytes = options.max_message_bytes,
    });
    gw_cli_client_dispose(&client);
    return status;
}

const struct gw_cli_command gw_cli_connect = {
    .name = "connect",
    .summary = "talk to a WebSocket server, by hand or from a script",
    .options = table,
    .manual = gw_cli_manual_connect,
    .run = run,
};
