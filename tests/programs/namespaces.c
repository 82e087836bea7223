/* SPDX-License-Identifier: MIT */
/* Namespaces that clients make, handlers of one socket, and many sockets at once, for tests from
 * outside. It says "listening on N". The same app on the genuine packages stands beside the tests
 * (tests/interop/support/reference-namespaces.mjs). */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 64, LATER_MS = 30, LOG_BYTES = 1 << 16 };

static gw_server *server;
static gw_io *io;
static gw_namespace *rooms;      /* parent by pattern */
static char log_text[LOG_BYTES]; /* JSON strings parted by commas */
static size_t log_len;

static void note(const char *format, const char *first, const char *second)
{
    char text[4 * NAME_BYTES];
    gw_args args;
    struct gw_slice json;

    snprintf(text, sizeof(text), format, first, second);
    gw_args_init(&args);
    gw_args_string(&args, text);
    json = gw_args_json_text(&args);
    if (log_len + json.len + 2 < LOG_BYTES) {
        if (log_len > 0)
            log_text[log_len++] = ',';
        memcpy(log_text + log_len, json.ptr, json.len);
        log_len += json.len;
        log_text[log_len] = '\0';
    }
    gw_args_dispose(&args);
}

static void on_log(gw_socket *socket, const gw_event *event, void *user)
{
    static char json[LOG_BYTES + 2];

    (void)socket;
    (void)user;
    snprintf(json, sizeof(json), "[%.*s]", (int)log_len, log_text);
    gw_ack(event, json);
    log_len = 0;
}

/* ---- namespaces that clients make ---- */

struct waiting {
    gw_match *match;
    gw_timer *timer;
    bool is_allowed;
};

static void answer_later(gw_timer *timer, void *user)
{
    struct waiting *waiting = user;

    if (waiting->is_allowed)
        gw_match_ok(waiting->match);
    else
        gw_match_refuse(waiting->match);
    gw_timer_destroy(timer);
    free(waiting);
}

/* "/late-...", for who has the token. */
static void match_late(gw_io *of, const char *name, struct gw_slice auth, gw_match *match,
                       void *user)
{
    struct waiting *waiting;

    (void)of;
    (void)user;
    if (strncmp(name, "/late-", 6) != 0) {
        gw_match_refuse(match);
        return;
    }
    waiting = calloc(1, sizeof(*waiting));
    if (!waiting)
        abort();
    waiting->match = match;
    waiting->is_allowed = gw_slice_equal(auth, GW_LIT("{\"token\":\"ok\"}"));
    waiting->timer = gw_timer_create(gw_server_loop(server), answer_later, waiting);
    gw_timer_start(waiting->timer, LATER_MS);
}

static void on_new_namespace(gw_namespace *nsp, void *user)
{
    (void)user;
    note("new %s", gw_namespace_name(nsp), NULL);
}

static void use_auth(gw_socket *socket, gw_next *next, void *user)
{
    (void)user;
    if (gw_slice_equal(gw_socket_handshake(socket).auth, GW_LIT("{\"refuse\":true}")))
        gw_next_refuse(next, "refused", NULL);
    else
        gw_next_ok(next);
}

static void on_child_connection(gw_socket *socket, void *user)
{
    (void)user;
    gw_emitf(gw_only(socket), "hello", "%s", gw_namespace_name(gw_socket_namespace(socket)));
}

static void on_parent_emit(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_emit_event(gw_everyone(rooms), "from parent", event);
    gw_ack(event, NULL);
}

static void add_name(gw_namespace *nsp, void *user)
{
    gw_args_string(user, gw_namespace_name(nsp));
}

static void on_namespaces(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)socket;
    (void)user;
    gw_args_init(&args);
    gw_args_begin_array(&args);
    gw_io_each_namespace(io, add_name, &args);
    gw_args_end_array(&args);
    gw_ack_args(event, &args);
    gw_args_dispose(&args);
}

/* ---- handlers of one socket ---- */

static void on_mine(gw_socket *socket, const gw_event *event, void *user)
{
    gw_emit_event(gw_only(socket), user, event);
}

static void on_own(gw_socket *socket, const gw_event *event, void *user)
{
    static char once[] = "once answer", on[] = "on answer";

    (void)user;
    gw_socket_once(socket, "once", on_mine, once);
    gw_socket_on(socket, "on", on_mine, on);
    gw_ack(event, NULL);
}

static void on_disown(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_socket_off(socket, "once", NULL, NULL);
    gw_socket_off(socket, "on", NULL, NULL);
    gw_ack(event, NULL);
}

static const char *drop_forbidden(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    return gw_slice_equal(gw_event_name(event), GW_LIT("forbidden")) ? "forbidden event" : NULL;
}

/* change(bytes) becomes mirror("changed", new bytes, bytes). */
static const char *change(gw_socket *socket, const gw_event *event, void *user)
{
    gw_args args;

    (void)socket;
    (void)user;
    if (!gw_slice_equal(gw_event_name(event), GW_LIT("change")))
        return NULL;
    gw_args_init(&args);
    gw_args_string(&args, "changed");
    gw_args_binary(&args, GW_LIT("new"));
    gw_args_binary(&args, gw_event_arg_attachment(event, 0));
    gw_event_replace_args(event, "mirror", &args);
    gw_args_dispose(&args);
    return NULL;
}

static void on_mirror(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ack_event(event, event);
}

static void on_error(gw_socket *socket, const char *why, void *user)
{
    (void)user;
    gw_emitf(gw_only(socket), "dropped", "%s", why);
}

static void on_guard(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_socket_use(socket, drop_forbidden, NULL);
    gw_socket_use(socket, change, NULL);
    gw_socket_on(socket, "mirror", on_mirror, NULL);
    gw_socket_on_error(socket, on_error, NULL);
    gw_ack(event, NULL);
}

static void note_event(gw_socket *socket, const gw_event *event, void *user)
{
    char name[NAME_BYTES];
    struct gw_slice text = gw_event_name(event);

    (void)socket;
    snprintf(name, sizeof(name), "%.*s", (int)text.len, (const char *)text.ptr);
    if (strcmp(name, "log") != 0)
        note("%s %s", user, name);
}

static void on_listen(gw_socket *socket, const gw_event *event, void *user)
{
    static char in[] = "in", out[] = "out", first[] = "first in";

    (void)user;
    gw_socket_on_any(socket, note_event, in);
    gw_socket_prepend_any(socket, note_event, first);
    gw_socket_on_any_outgoing(socket, note_event, out);
    gw_ack(event, NULL);
}

static void on_emit_both(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit(gw_only(socket), "direct", NULL);
    gw_emit(gw_everyone(gw_socket_namespace(socket)), "broadcast", NULL);
    gw_ack(event, NULL);
}

/* ---- rooms, many sockets ---- */

static void on_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                    gw_socket *socket, void *user)
{
    static const char *const words[] = {"create-room", "join-room", "leave-room", "delete-room"};
    char name[NAME_BYTES];

    (void)nsp;
    (void)socket;
    (void)user;
    snprintf(name, sizeof(name), "%.*s", (int)room.len, (const char *)room.ptr);
    if (strlen(name) != GW_SOCKET_ID_LEN)
        note("%s %s", words[change], name);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[NAME_BYTES];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_join(socket, room);
    gw_ack(event, NULL);
}

static void on_leave(gw_socket *socket, const gw_event *event, void *user)
{
    char room[NAME_BYTES];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_leave(socket, room);
    gw_ack(event, NULL);
}

static void on_data(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice json = gw_event_arg(event, 0);
    char text[4 * NAME_BYTES];

    (void)user;
    snprintf(text, sizeof(text), "%.*s", (int)json.len, (const char *)json.ptr);
    gw_socket_set_data(socket, text);
    gw_ack(event, NULL);
}

static void on_fetched(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    gw_args args;

    (void)err;
    gw_args_init(&args);
    gw_args_begin_array(&args);
    for (size_t i = 0; i < count; i++) {
        gw_args_begin_object(&args);
        gw_args_key(&args, "id");
        gw_args_string(&args, snapshots[i].id);
        gw_args_key(&args, "address");
        gw_args_string_slice(&args, snapshots[i].handshake.address);
        gw_args_key(&args, "data");
        gw_args_json_slice(&args, snapshots[i].data);
        gw_args_key(&args, "rooms");
        gw_args_begin_array(&args);
        for (size_t k = 0; k < snapshots[i].room_count; k++)
            gw_args_string_slice(&args, snapshots[i].rooms[k]);
        gw_args_end_array(&args);
        gw_args_end_object(&args);
    }
    gw_args_end_array(&args);
    gw_ack_args(user, &args);
    gw_args_dispose(&args);
}

/* The room that the first argument names; null: everybody. */
static struct gw_target target_of(gw_socket *socket, const gw_event *event)
{
    struct gw_target all = gw_everyone(gw_socket_namespace(socket));
    char room[NAME_BYTES];

    return gw_event_string(event, 0, room, sizeof(room)) < 0 ? all : gw_to(all, room);
}

static void on_fetch(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_fetch(target_of(socket, event), on_fetched, (void *)(uintptr_t)event);
}

static void on_many_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[NAME_BYTES];

    (void)user;
    if (gw_event_string(event, 1, room, sizeof(room)) >= 0)
        gw_sockets_join(target_of(socket, event), room);
    gw_ack(event, NULL);
}

static void on_many_leave(gw_socket *socket, const gw_event *event, void *user)
{
    char room[NAME_BYTES];

    (void)user;
    if (gw_event_string(event, 1, room, sizeof(room)) >= 0)
        gw_sockets_leave(target_of(socket, event), room);
    gw_ack(event, NULL);
}

static void on_many_disconnect(gw_socket *socket, const gw_event *event, void *user)
{
    bool closes = gw_slice_equal(gw_event_arg(event, 1), GW_LIT("true"));

    (void)user;
    gw_ack(event, NULL);
    gw_sockets_disconnect(target_of(socket, event),
                          closes ? GW_CLOSE_CONNECTION : GW_NAMESPACE_ONLY);
}

/* ---- what is known of a client ---- */

static void on_handshake(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_handshake handshake = gw_socket_handshake(socket);
    struct gw_slice agent = gw_socket_header(socket, "user-agent");
    char time[GW_HANDSHAKE_TIME_BYTES], query[NAME_BYTES];

    (void)user;
    gw_handshake_time(&handshake, time);
    if (gw_socket_query(socket, "name", query, sizeof(query)) < 0)
        query[0] = '\0';
    gw_ackf(event,
            "{'time':%s,'issued':%llu,'address':'%.*s','secure':%b,'xdomain':%b,'url':'%.*s',"
            "'query':%s,'agent':'%.*s'}",
            time, (unsigned long long)handshake.issued_ms, (int)handshake.address.len,
            (const char *)handshake.address.ptr, handshake.is_secure, handshake.is_xdomain,
            (int)handshake.url.len, (const char *)handshake.url.ptr, query, (int)agent.len,
            (const char *)agent.ptr);
}

static void on_conn(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_conn_info conn = gw_socket_conn(socket);

    (void)user;
    gw_ackf(event, "%s,%u", conn.transport, (unsigned int)conn.protocol);
}

static void on_upgrade(gw_socket *socket, void *user)
{
    (void)user;
    note("upgrade %s", gw_socket_conn(socket).transport, NULL);
}

static void serve(void)
{
    gw_namespace *nsp = gw_io_namespace(io);
    static const struct {
        const char *event;
        gw_on_event_fn *fn;
    } handlers[] = {
        {"log", on_log},
        {"parent emit", on_parent_emit},
        {"namespaces", on_namespaces},
        {"own", on_own},
        {"disown", on_disown},
        {"guard", on_guard},
        {"listen", on_listen},
        {"emit both", on_emit_both},
        {"join", on_join},
        {"leave", on_leave},
        {"data", on_data},
        {"fetch", on_fetch},
        {"many join", on_many_join},
        {"many leave", on_many_leave},
        {"many disconnect", on_many_disconnect},
        {"handshake", on_handshake},
        {"conn", on_conn},
    };

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        gw_on(nsp, handlers[i].event, handlers[i].fn, NULL);
    gw_on_room(nsp, on_room, NULL);
    gw_on_upgrade(nsp, on_upgrade, NULL);
    gw_on_new_namespace(io, on_new_namespace, NULL);
    rooms = gw_io_of_pattern(io, "^/room-[0-9]+$");
    gw_use(rooms, use_auth, NULL);
    gw_on_connection(rooms, on_child_connection, NULL);
    gw_on_connection(gw_io_of_predicate(io, match_late, NULL), on_child_connection, NULL);
}

int main(void)
{
    server = gw_server_create(NULL);
    io = server
             ? gw_io_attach(server, &(struct gw_io_options){.cleanup_empty_child_namespaces = true})
             : NULL;
    if (!io)
        return 1;
    serve();
    return program_run(server, "127.0.0.1", 0);
}
