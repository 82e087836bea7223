/* SPDX-License-Identifier: MIT */
/* Prices that change faster than some clients read them.
 *
 *     prices [port]        then open http://localhost:3000, and http://localhost:3001/metrics for the numbers
 *
 * Each symbol is a room. A client that is too slow gets the latest price of each symbol in place of all that it has missed;
 * one that was cut off for less than two minutes finds its rooms again. */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef GODWIT_CLIENT_DIRECTORY
#define GODWIT_CLIENT_DIRECTORY "node_modules/socket.io-client/dist"
#endif
#ifndef GODWIT_EXAMPLES_DIRECTORY
#define GODWIT_EXAMPLES_DIRECTORY "examples"
#endif

enum { EVERY_MS = 100, SYMBOL_BYTES = 16 };

struct stock {
    const char *symbol;
    int64_t cents;
};

struct market {
    gw_namespace *nsp;
    gw_timer *timer;
    struct stock stocks[4];
};

static const struct stock *find(const struct market *market, const char *symbol)
{
    for (size_t i = 0; i < sizeof(market->stocks) / sizeof(market->stocks[0]); i++)
        if (strcmp(market->stocks[i].symbol, symbol) == 0)
            return &market->stocks[i];
    return NULL;
}

static void tell(struct gw_target target, const struct stock *stock)
{
    gw_emitf(gw_latest(target, stock->symbol), "price", "%s,%jd", stock->symbol,
             (intmax_t)stock->cents);
}

/* socket.emit('subscribe', 'GDWT', (answer) => ...) */
static void on_subscribe(gw_socket *socket, const gw_event *event, void *user)
{
    const struct stock *stock = NULL;
    char symbol[SYMBOL_BYTES];

    if (gw_event_string(event, 0, symbol, sizeof(symbol)) >= 0)
        stock = find(user, symbol);
    if (!stock) {
        gw_ackf(event, "{'error':'there is no such symbol'}");
        return;
    }
    gw_socket_join(socket, stock->symbol);
    gw_ackf(event, "{'price':%jd}", (intmax_t)stock->cents);
}

static void on_unsubscribe(gw_socket *socket, const gw_event *event, void *user)
{
    char symbol[SYMBOL_BYTES];

    (void)user;
    if (gw_event_string(event, 0, symbol, sizeof(symbol)) >= 0)
        gw_socket_leave(socket, symbol);
    gw_ack(event, NULL);
}

static void on_connection(gw_socket *socket, void *user)
{
    const struct market *market = user;
    gw_args args;

    gw_args_init(&args);
    gw_args_begin_array(&args);
    for (size_t i = 0; i < sizeof(market->stocks) / sizeof(market->stocks[0]); i++)
        gw_args_string(&args, market->stocks[i].symbol);
    gw_args_end_array(&args);
    gw_emit_args(gw_only(socket), "symbols", &args);
    gw_args_dispose(&args);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct gw_pressure_stats stats = gw_socket_pressure_stats(socket);

    (void)detail;
    (void)user;
    printf("prices: %s left (%s): %s\n", gw_socket_id(socket), gw_reason_text(reason),
           gw_cause_text(gw_socket_cause(socket)));
    if (stats.replaced > 0)
        printf("prices: it was too slow for %llu prices\n", (unsigned long long)stats.replaced);
}

static void on_tick(gw_timer *timer, void *user)
{
    struct market *market = user;

    for (size_t i = 0; i < sizeof(market->stocks) / sizeof(market->stocks[0]); i++) {
        struct stock *stock = &market->stocks[i];

        stock->cents += random() % 21 - 10;
        if (stock->cents < 1)
            stock->cents = 1;
        tell(gw_to(gw_everyone(market->nsp), stock->symbol), stock);
    }
    gw_timer_start(timer, EVERY_MS);
}

static int serve(gw_server *server, gw_server *watch, struct market *market, uint16_t port)
{
    struct gw_io_recovery recovery = {0}; /* two minutes */
    gw_io *io = gw_io_attach(server, &(struct gw_io_options){
                                         .client_directory = GODWIT_CLIENT_DIRECTORY,
                                         .recovery = &recovery,
                                     });
    int err;

    market->timer = gw_timer_create(gw_server_loop(server), on_tick, market);
    if (!io || !market->timer)
        return GW_E_NOMEM;
    market->nsp = gw_io_namespace(io);
    err = gw_on_connection(market->nsp, on_connection, market);
    if (err == GW_OK)
        err = gw_on(market->nsp, "subscribe", on_subscribe, market);
    if (err == GW_OK)
        err = gw_on(market->nsp, "unsubscribe", on_unsubscribe, market);
    if (err == GW_OK)
        err = gw_on_disconnect(market->nsp, on_disconnect, market);
    if (err == GW_OK)
        err = gw_serve_files(server, "/", GODWIT_EXAMPLES_DIRECTORY "/prices/public");
    if (err == GW_OK)
        err = gw_serve_metrics(watch, "/metrics", &(struct gw_metrics_options){.subject = server});
    if (err == GW_OK)
        err = gw_server_watch_signals(server);
    gw_timer_start(market->timer, EVERY_MS);
    return err == GW_OK ? gw_server_listen(server, NULL, port) : err;
}

/* -1: not a port. */
static int port_of(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    return end != text && *end == '\0' && port <= UINT16_MAX ? (int)port : -1;
}

int main(int argc, char **argv)
{
    struct market market = {
        .stocks = {{"AVOC", 1250}, {"GDWT", 4200}, {"KNOT", 725}, {"RUFF", 9900}}};
    int port = argc > 1 ? port_of(argv[1]) : 3000;
    gw_server *server;
    gw_server *watch = NULL; /* the numbers, for this machine alone */
    int status = EXIT_FAILURE;
    int result = GW_E_NOMEM;
    int watch_port = 0;

    if (port < 0 || argc > 2) {
        fprintf(stderr, "usage: prices [PORT]\n");
        return 2;
    }
    server = gw_server_create(NULL);
    if (server)
        watch = gw_server_create(&(struct gw_server_options){.loop = gw_server_loop(server)});
    if (watch)
        result = serve(server, watch, &market, (uint16_t)port);
    if (result > 0)
        watch_port = gw_server_listen(watch, "127.0.0.1", port ? (uint16_t)(port + 1) : 0);
    if (result < 0) {
        const char *why = server ? gw_server_error(server) : "";

        fprintf(stderr, "prices: %s\n", *why ? why : gw_err_text(result));
    } else if (watch_port < 0) {
        fprintf(stderr, "prices: %s\n", gw_server_error(watch));
    } else {
        printf("prices: http://localhost:%d, numbers at http://localhost:%d/metrics\n", result,
               watch_port);
        fflush(stdout);
        status = gw_server_run(server) == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    gw_server_destroy(watch);
    gw_timer_destroy(market.timer);
    gw_server_destroy(server);
    return status;
}
