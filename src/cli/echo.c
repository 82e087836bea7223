/* SPDX-License-Identifier: MIT */
/* godwit echo: a server to try things out with. */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/escape.h"
#include "cli/screen.h"

#include <godwit/server.h>
#include <signal.h>
#include <stdlib.h>

struct options {
    uint64_t port, max_message_bytes;
    const char *host, *cert_file, *key_file;
    bool is_quiet, is_uncompressed;
};

struct echo {
    struct gw_cli_screen screen;
    uint64_t last_number;
};

/* One connection, as the lines name it. */
struct peer {
    struct echo *echo;
    uint64_t number;
};

static const struct gw_cli_option table[] = {
    {"port", 'p', GW_CLI_OPTION_COUNT, offsetof(struct options, port), 0, UINT16_MAX},
    {"host", 0, GW_CLI_OPTION_TEXT, offsetof(struct options, host), 0, 0},
    {"tls-cert", 0, GW_CLI_OPTION_TEXT, offsetof(struct options, cert_file), 0, 0},
    {"tls-key", 0, GW_CLI_OPTION_TEXT, offsetof(struct options, key_file), 0, 0},
    {"max-message", 0, GW_CLI_OPTION_BYTES, offsetof(struct options, max_message_bytes), 1,
     UINT32_MAX},
    {"quiet", 'q', GW_CLI_OPTION_FLAG, offsetof(struct options, is_quiet), 0, 0},
    {"no-compress", 0, GW_CLI_OPTION_FLAG, offsetof(struct options, is_uncompressed), 0, 0},
    {.name = NULL},
};

/* ---- what it tells ---- */

/* "#1 " and what; NULL: nothing is to be told. */
static bool begin_line(const struct peer *peer, struct gw_cli_text *line)
{
    if (peer->echo->screen.is_quiet || peer->echo->screen.has_failed)
        return false;
    gw_cli_text_printf(line, "#%llu ", (unsigned long long)peer->number);
    return true;
}

static void end_line(const struct peer *peer, struct gw_cli_text *line)
{
    gw_cli_text_puts(line, "\n");
    gw_cli_screen_line(&peer->echo->screen, line);
    gw_cli_text_dispose(line);
}

static void tell_connected(const struct peer *peer, gw_request *request,
                           struct gw_slice subprotocol)
{
    struct gw_slice query = gw_request_query(request);
    struct gw_cli_text line = {0};

    if (!begin_line(peer, &line))
        return;
    gw_cli_text_printf(&line, "connected from %s, ", gw_request_address(request));
    gw_cli_escape_line(&line, gw_request_path(request));
    if (query.len > 0) {
        gw_cli_text_puts(&line, "?");
        gw_cli_escape_line(&line, query);
    }
    if (subprotocol.ptr) {
        gw_cli_text_puts(&line, ", subprotocol ");
        gw_cli_escape_line(&line, subprotocol);
    }
    end_line(peer, &line);
}

/* ---- what happens ---- */

/* Agrees to the subprotocol that the client wants most: whatever
 * somebody tries out is fine here. */
static void on_upgrade(gw_ws_upgrade *upgrade, void *user)
{
    struct echo *echo = user;
    struct gw_slice subprotocol = gw_ws_upgrade_subprotocol(upgrade, 0);
    struct peer *peer = malloc(sizeof(*peer));
    char *name = strndup(subprotocol.ptr ? (const char *)subprotocol.ptr : "", subprotocol.len);

    if (!peer || !name) {
        gw_ws_upgrade_refuse(upgrade, 503, NULL, (struct gw_slice){0});
        free(peer);
    } else {
        *peer = (struct peer){.echo = echo, .number = ++echo->last_number};
        tell_connected(peer, gw_ws_upgrade_request(upgrade), subprotocol);
        if (gw_ws_upgrade_accept(upgrade, name, peer) < 0)
            free(peer);
    }
    free(name);
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    const struct peer *peer = gw_ws_user(ws);
    struct gw_cli_text line = {0};

    (void)user;
    if (begin_line(peer, &line)) {
        gw_cli_text_puts(&line, is_binary ? "binary, " : "text, ");
        gw_cli_screen_preview(&line, data, is_binary);
        end_line(peer, &line);
    }
    if (is_binary)
        gw_ws_send_binary(ws, data);
    else
        gw_ws_send_text(ws, data);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    const struct peer *peer = gw_ws_user(ws);
    struct gw_cli_text line = {0};

    (void)user;
    if (!begin_line(peer, &line))
        return;
    gw_cli_text_puts(&line, "error: ");
    gw_cli_escape_line(&line, gw_slice_of(error->why));
    end_line(peer, &line);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    struct peer *peer = gw_ws_user(ws);
    struct gw_cli_text line = {0};

    (void)user;
    if (begin_line(peer, &line)) {
        gw_cli_text_printf(&line, "closed with %d%s", code, was_clean ? "" : ", not cleanly");
        gw_cli_text_puts(&line, reason.len > 0 ? ": " : "");
        gw_cli_escape_line(&line, reason);
        end_line(peer, &line);
    }
    free(peer);
}

static const struct gw_ws_handlers handlers = {
    .on_upgrade = on_upgrade,
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

/* ---- the program ---- */

static int usage(const char *why)
{
    gw_cli_complain("echo", "%s", why);
    return GW_CLI_USAGE;
}

static int read_args(int argc, char **argv, struct options *options)
{
    struct gw_cli_list operands = {.count = 0};
    int status = gw_cli_read_args(table, argc, argv, options, &operands);

    if (status != 0)
        return status;
    if (operands.count > 0) {
        gw_cli_complain("echo", "%s: takes options only; --port N chooses the port",
                        operands.items[0]);
        return GW_CLI_USAGE;
    }
    if (options->key_file && !options->cert_file)
        return usage("--tls-key: needs the --tls-cert FILE that it belongs to");
    return 0;
}

/* One address or, when none was asked for, both that stand for this machine
 * alone. The port, or negative. */
static int listen_on(gw_server *server, const struct options *options, const char *host, int port)
{
    const struct gw_tls_certificate certificate = {.cert_file = options->cert_file,
                                                   .key_file = options->key_file};
    const struct gw_tls_options tls = {.certificates = &certificate, .certificate_count = 1};

    if (options->cert_file)
        return gw_server_listen_tls(server, host, (uint16_t)port, &tls);
    return gw_server_listen(server, host, (uint16_t)port);
}

static int open_port(gw_server *server, const struct options *options)
{
    const char *host = options->host ? options->host : "127.0.0.1";
    int port = listen_on(server, options, host, (int)options->port);

    if (port > 0 && !options->host)
        listen_on(server, options, "::1",
                  port); /* where there is no IPv6, or it is taken: so be it */
    return port;
}

static void tell_port(struct gw_cli_screen *screen, const struct options *options, int port)
{
    const char *host = options->host ? options->host : "localhost";
    bool is_ipv6 = strchr(host, ':') != NULL;
    struct gw_cli_text line = {0};

    gw_cli_text_printf(&line, "listening on %s://%s%s%s:%d/\n", options->cert_file ? "wss" : "ws",
                       is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
    gw_cli_screen_line(screen, &line);
    gw_cli_text_dispose(&line);
}

static int serve(gw_server *server, struct echo *echo, const struct options *options,
                 const struct gw_ws_options *ws_options)
{
    int result = gw_ws_endpoint(server, "/*", &handlers, ws_options, echo);
    int port = 0;

    if (result == GW_OK)
        result = gw_server_watch_signals(server);
    if (result == GW_OK)
        result = port = open_port(server, options);
    if (result < 0) {
        const char *why = gw_server_error(server);

        gw_cli_complain("echo", "%s%s", *why ? why : gw_err_text(result),
                        result == GW_E_IN_USE ? "; --port 0 takes a free one" : "");
        return GW_CLI_FAILED;
    }
    tell_port(&echo->screen, options, port);
    return gw_server_run(server) == GW_OK ? GW_CLI_OK : GW_CLI_FAILED;
}

static int run(int argc, char **argv)
{
    static const struct gw_ws_deflate deflate;
    struct options options = {.port = 9001, .max_message_bytes = 64 << 20};
    struct echo echo = {.screen = {.command = "echo"}};
    struct gw_ws_options ws_options = {0};
    gw_server *server;
    int status = read_args(argc, argv, &options);

    if (status != 0)
        return status < 0 ? gw_cli_print_manual(gw_cli_manual_echo) : status;
    ws_options.max_message_bytes = options.max_message_bytes;
    ws_options.max_queued_bytes = options.max_message_bytes + (64 << 20);
    ws_options.deflate = options.is_uncompressed ? NULL : &deflate;
    echo.screen.is_quiet = options.is_quiet;
    gw_cli_screen_open(&echo.screen);
    server = gw_server_create(NULL);
    if (!server) {
        gw_cli_complain("echo", "out of memory or descriptors");
        return GW_CLI_FAILED;
    }
    status = serve(server, &echo, &options, &ws_options);
    gw_server_destroy(server);
    return status;
}

const struct gw_cli_command gw_cli_echo = {
    .name = "echo",
    .summary = "a WebSocket server that sends back what it gets",
    .options = table,
    .manual = gw_cli_manual_echo,
    .run = run,
};
