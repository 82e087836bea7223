/* SPDX-License-Identifier: MIT */
/* What the tests of the genuine server make it do, as far as other programs here do not: volatile events one by one, targets
 * with rooms and exceptions, middlewares that think, sockets that end while they begin, and a server that ends and begins
 * again in the same process. It says "listening on N" each time. The same app on the genuine packages is
 * tests/interop/support/reference-server-suite.mjs. */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>

enum { THOUGHTS = 8, THOUGHT_MS = 20, NOTES_BYTES = 4096 };

/* A middleware's word that comes later. */
struct thought {
    gw_timer *timer;
    gw_next *next;
};

static struct thought thoughts[THOUGHTS];
static char notes[NOTES_BYTES]; /* "one|two|" */
static bool begins_again;

static void note(const char *text)
{
    size_t len = strlen(notes);

    snprintf(notes + len, sizeof(notes) - len, "%s|", text);
}

static void flag(const gw_event *event, size_t index, char *out, size_t size)
{
    if (gw_event_string(event, index, out, size) < 0)
        out[0] = '\0';
}

/* ---- the main namespace ---- */

static void emit_ev(struct gw_target target, bool is_binary)
{
    static const uint8_t bytes[] = {1, 2, 3};
    const struct gw_slice slice = {bytes, sizeof(bytes)};

    if (is_binary)
        gw_emit_binary(target, "ev", "{\"_placeholder\":true,\"num\":0}", &slice, 1);
    else
        gw_emit(target, "ev", "\"data\"");
}

/* ("rv", "all", "binary"): an 'ev' for each letter, r as usual, v volatile. */
static void on_letters(gw_socket *socket, const gw_event *event, void *user)
{
    char letters[10], who[10], what[10];
    struct gw_target target;

    (void)user;
    flag(event, 0, letters, sizeof(letters));
    flag(event, 1, who, sizeof(who));
    flag(event, 2, what, sizeof(what));
    target = strcmp(who, "all") == 0 ? gw_everyone(gw_socket_namespace(socket)) : gw_only(socket);
    for (const char *letter = letters; *letter; letter++)
        emit_ev(*letter == 'v' ? gw_volatile(target) : target, strcmp(what, "binary") == 0);
    gw_ack(event, NULL);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[GW_SOCKET_ID_LEN + 1];

    (void)user;
    flag(event, 0, room, sizeof(room));
    gw_socket_join(socket, room);
    gw_ack(event, NULL);
}

static struct gw_target narrow(struct gw_target target, struct gw_slice rooms,
                               struct gw_target (*by)(struct gw_target, struct gw_slice))
{
    char room[GW_SOCKET_ID_LEN + 1];

    for (size_t i = 0; i < gw_value_count(rooms); i++)
        if (gw_value_string(gw_value_element(rooms, i), room, sizeof(room)) >= 0)
            target = by(target, gw_slice_of(room));
    return target;
}

/* ({all, to: [room], except: [room]}, value): 'spread' to those, from everybody or from this socket. */
static void on_spread(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice to_whom = gw_event_arg(event, 0);
    struct gw_slice all = gw_value_member(to_whom, "all");
    struct gw_target target = gw_slice_equal(all, GW_LIT("true"))
                                  ? gw_everyone(gw_socket_namespace(socket))
                                  : gw_broadcast(socket);

    (void)user;
    target = narrow(target, gw_value_member(to_whom, "to"), gw_to_slice);
    target = narrow(target, gw_value_member(to_whom, "except"), gw_except_slice);
    gw_emit_event_from(target, GW_LIT("spread"), event, 1);
    gw_ack(event, NULL);
}

/* ("/guard", "room"): how many are there. */
static void on_count(gw_socket *socket, const gw_event *event, void *user)
{
    gw_io *io = gw_namespace_io(gw_socket_namespace(socket));
    char name[10], room[GW_SOCKET_ID_LEN + 1];

    (void)user;
    flag(event, 0, name, sizeof(name));
    flag(event, 1, room, sizeof(room));
    gw_ackf(event, "%d", gw_count(gw_to(gw_everyone(gw_io_of(io, name)), room)));
}

static void on_notes(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ackf(event, "%s", notes);
    notes[0] = '\0';
}

static void on_restart(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)event;
    begins_again = true;
    gw_server_stop(user);
}

/* ---- others ---- */

static void on_thought(gw_timer *timer, void *user)
{
    struct thought *thought = user;
    gw_next *next = thought->next;

    (void)timer;
    thought->next = NULL;
    gw_next_ok(next);
}

static void think(gw_socket *socket, gw_next *next, void *user)
{
    size_t i = 0;

    note(gw_socket_is_connected(socket) ? "connected" : user);
    while (i < THOUGHTS - 1 && thoughts[i].next)
        i++;
    thoughts[i].next = next;
    gw_timer_start(thoughts[i].timer, THOUGHT_MS);
}

static void refuse_some(gw_socket *socket, gw_next *next, void *user)
{
    (void)user;
    gw_socket_join(socket, "guarded");
    if (gw_value_member(gw_socket_handshake(socket).auth, "refuse").ptr)
        gw_next_refuse(next, "Go away", "{\"a\":\"b\",\"c\":3}");
    else
        gw_next_ok(next);
}

static void note_connection(gw_socket *socket, void *user)
{
    (void)user;
    note(gw_socket_is_connected(socket) ? "in" : "not in");
}

static void emit_in_haste(gw_socket *socket, void *user)
{
    (void)user;
    gw_emit(gw_only(socket), "ev", "\"data\"");
    gw_emit(gw_volatile(gw_only(socket)), "ev", "\"data\"");
}

static void leave_at_once(gw_socket *socket, void *user)
{
    (void)user;
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    note(gw_err_name(gw_socket_join(socket, "room")));
}

static void close_all(gw_socket *socket, void *user)
{
    (void)user;
    gw_socket_disconnect(socket, GW_CLOSE_CONNECTION);
}

static void serve(gw_server *server, gw_io *io)
{
    static const struct {
        const char *event;
        gw_on_event_fn *fn;
    } handlers[] = {{"letters", on_letters}, {"join", on_join},   {"spread", on_spread},
                    {"count", on_count},     {"notes", on_notes}, {"restart", on_restart}};
    gw_namespace *guard = gw_io_of(io, "/guard");

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        gw_on(gw_io_namespace(io), handlers[i].event, handlers[i].fn, server);
    gw_use(guard, refuse_some, NULL);
    gw_use(guard, think, "1");
    gw_use(guard, think, "2");
    gw_use(guard, think, "3");
    gw_on_connection(guard, note_connection, NULL);
    gw_on_connection(gw_io_of(io, "/hasty"), emit_in_haste, NULL);
    gw_on_connection(gw_io_of(io, "/gone"), leave_at_once, NULL);
    gw_on_connection(gw_io_of(io, "/bar"), close_all, NULL);
    gw_io_of(io, "/foo");
}

static int run(uint16_t *port)
{
    gw_server *server = gw_server_create(NULL);
    gw_io *io = server ? gw_io_attach(server, NULL) : NULL;
    int result = io ? gw_server_listen(server, "127.0.0.1", *port) : -1;

    if (result < 0 || gw_server_watch_signals(server) < 0) {
        gw_server_destroy(server);
        return -1;
    }
    *port = (uint16_t)result;
    for (size_t i = 0; i < THOUGHTS; i++) {
        thoughts[i].next = NULL;
        thoughts[i].timer = gw_timer_create(gw_server_loop(server), on_thought, &thoughts[i]);
    }
    serve(server, io);
    printf("listening on %d\n", result);
    fflush(stdout);
    result = gw_server_run(server);
    for (size_t i = 0; i < THOUGHTS; i++)
        gw_timer_destroy(thoughts[i].timer);
    gw_server_destroy(server);
    return result;
}

int main(void)
{
    uint16_t port = 0;
    int err;

    do {
        begins_again = false;
        err = run(&port);
    } while (err == 0 && begins_again);
    return err < 0;
}
