/* SPDX-License-Identifier: MIT */
/* A WebSocket client for the interop tests: connects as its options say and writes what happens as lines of JSON.
 *
 *     wsprobe [--send TEXT]... [--close-after N] [--close CODE] [--reason TEXT] [--give-up MS] ... URL
 */
#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIST_MAX = 64 };

struct probe {
    gw_loop *loop;
    gw_ws *ws;
    gw_timer *timer;
    const char *sends[LIST_MAX];
    uint64_t close_after; /* messages; UINT64_MAX: never */
    uint64_t give_up_ms;  /* UINT64_MAX: never */
    uint64_t count;       /* messages so far */
    uint16_t close_code;
    bool terminates, echoes;
    const char *reason;
};

static void print_text(const char *name, struct gw_slice text)
{
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c == '"' || c == '\\' || c < ' ')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void begin_line(gw_ws *ws, const char *event)
{
    printf("{\"event\":\"%s\",\"readyState\":%d", event, (int)gw_ws_ready_state(ws));
}

static void end_line(void)
{
    puts("}");
    fflush(stdout);
}

static void end(struct probe *probe, gw_ws *ws)
{
    if (probe->terminates)
        gw_ws_terminate(ws);
    else
        gw_ws_close(ws, probe->close_code, probe->reason);
}

static void on_open(gw_ws *ws, void *user)
{
    struct probe *probe = user;

    begin_line(ws, "open");
    print_text("url", gw_slice_of(gw_ws_url(ws)));
    print_text("protocol", gw_slice_of(gw_ws_protocol(ws)));
    print_text("extensions", gw_slice_of(gw_ws_extensions(ws)));
    end_line();
    for (size_t i = 0; probe->sends[i]; i++)
        gw_ws_send_text(ws, gw_slice_of(probe->sends[i]));
    if (probe->close_after == 0)
        end(probe, ws);
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    struct probe *probe = user;

    begin_line(ws, "message");
    if (is_binary)
        printf(",\"binary\":%zu", data.len);
    else
        print_text("text", data);
    end_line();
    if (probe->echoes && is_binary)
        gw_ws_send_binary(ws, data);
    else if (probe->echoes)
        gw_ws_send_text(ws, data);
    if (++probe->count == probe->close_after)
        end(probe, ws);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    (void)user;
    begin_line(ws, "error");
    printf(",\"step\":\"%s\",\"err\":\"%s\",\"status\":%d", gw_ws_step_name(error->step),
           gw_err_name(error->err), error->status);
    print_text("why", gw_slice_of(error->why));
    end_line();
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    struct probe *probe = user;

    begin_line(ws, "close");
    printf(",\"code\":%d,\"wasClean\":%s,\"buffered\":%llu", code, was_clean ? "true" : "false",
           (unsigned long long)gw_ws_buffered_amount(ws));
    print_text("reason", reason);
    end_line();
    /* Nothing of this must do anything any more. */
    gw_ws_send_text(ws, GW_LIT("late"));
    gw_ws_close(ws, 1000, NULL);
    gw_ws_terminate(ws);
    gw_loop_stop(probe->loop);
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

static void on_give_up(gw_timer *timer, void *user)
{
    struct probe *probe = user;

    (void)timer;
    end(probe, probe->ws);
    begin_line(probe->ws, "gave up");
    end_line();
}

struct setting {
    const char *name;
    const char **text; /* one of these three is where it goes */
    const char **list;
    uint64_t *number;
};

static void set(const struct setting *setting, const char *value)
{
    size_t at = 0;

    if (setting->text)
        *setting->text = value;
    if (setting->number)
        *setting->number = strtoull(value, NULL, 10);
    while (setting->list && setting->list[at])
        at++;
    if (setting->list && at < LIST_MAX - 1)
        setting->list[at] = value;
}

static int run(struct probe *probe, const char *url, const struct gw_ws_client_options *options)
{
    probe->loop = gw_loop_create();
    probe->timer = gw_timer_create(probe->loop, on_give_up, probe);
    probe->ws = gw_ws_connect(probe->loop, url, options, &handlers, probe);
    if (!probe->ws)
        return EXIT_FAILURE;
    begin_line(probe->ws, "connecting");
    printf(",\"sent\":\"%s\"", gw_err_name(gw_ws_send_text(probe->ws, GW_LIT("too early"))));
    end_line();
    if (probe->give_up_ms == 0)
        end(probe, probe->ws);
    else if (probe->give_up_ms != UINT64_MAX)
        gw_timer_start(probe->timer, probe->give_up_ms);
    gw_loop_run(probe->loop);
    gw_timer_destroy(probe->timer);
    gw_loop_destroy(probe->loop);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct probe probe = {.close_after = UINT64_MAX, .give_up_ms = UINT64_MAX};
    static const char *subprotocols[LIST_MAX], *headers[LIST_MAX];
    static const struct gw_ws_deflate deflate = {0};
    struct gw_client_tls_options tls = {0};
    struct gw_ws_client_options options = {
        .subprotocols = subprotocols, .headers = headers, .tls_options = &tls};
    uint64_t code = 0, redirects = 0, max_message = 0;
    const struct setting settings[] = {
        {.name = "--send", .list = probe.sends},
        {.name = "--close-after", .number = &probe.close_after},
        {.name = "--give-up", .number = &probe.give_up_ms},
        {.name = "--close", .number = &code},
        {.name = "--reason", .text = &probe.reason},
        {.name = "--subprotocol", .list = subprotocols},
        {.name = "--header", .list = headers},
        {.name = "--origin", .text = &options.origin},
        {.name = "--proxy", .text = &options.proxy},
        {.name = "--unix", .text = &options.unix_path},
        {.name = "--dns", .text = &options.dns_servers},
        {.name = "--connect-timeout", .number = &options.connect_timeout_ms},
        {.name = "--handshake-timeout", .number = &options.handshake_timeout_ms},
        {.name = "--close-timeout", .number = &options.close_timeout_ms},
        {.name = "--idle-timeout", .number = &options.idle_timeout_ms},
        {.name = "--redirects", .number = &redirects},
        {.name = "--max-message", .number = &max_message},
        {.name = "--ca", .text = &tls.ca_file},
        {.name = "--cert", .text = &tls.cert_file},
        {.name = "--key", .text = &tls.key_file},
    };
    const char *url = NULL;

    for (int i = 1; i < argc; i++) {
        bool is_setting = false;

        for (size_t k = 0; k < sizeof(settings) / sizeof(*settings) && i + 1 < argc; k++)
            if (strcmp(argv[i], settings[k].name) == 0) {
                set(&settings[k], argv[++i]);
                is_setting = true;
                break;
            }
        if (is_setting)
            continue;
        if (strcmp(argv[i], "--insecure") == 0)
            tls.is_insecure = true;
        else if (strcmp(argv[i], "--deflate") == 0)
            options.deflate = &deflate;
        else if (strcmp(argv[i], "--terminate") == 0)
            probe.terminates = true;
        else if (strcmp(argv[i], "--echo") == 0)
            probe.echoes = true;
        else
            url = argv[i];
    }
    probe.close_code = (uint16_t)code;
    options.max_redirects = (uint32_t)redirects;
    options.max_message_bytes = max_message;
    return run(&probe, url, &options);
}
