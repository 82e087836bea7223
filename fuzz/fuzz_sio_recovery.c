/* SPDX-License-Identifier: MIT */
/* Clients of a server that recovers: they come, go, miss events and come back, with what they remember or with anything
 * else. The input is a list of lines, the first byte of each says who does what. Whoever is told that it is recovered has missed
 * nothing: the numbers of the events to everyone go on where they stopped. */
#include "codec/utf8.h"
#include "support/sio_fixture.h"

#include <assert.h>
#include <godwit/recovery.h>

enum { CLIENTS = 3, KEPT = 4, OFFSET_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct person {
    struct client *client; /* NULL: not here */
    char pid[GW_SOCKET_ID_LEN + 1];
    char offset[OFFSET_MAX]; /* "": none */
    uint64_t next;           /* the number that must come next */
    bool is_sure;            /* that it is the next one */
    bool is_honest;          /* it has asked with what it remembers */
    bool is_guest;           /* its pid is another's, and it does not know how far that one was */
    bool is_in;
};

static struct app {
    struct fixture fx;
    struct person people[CLIENTS];
    gw_socket *last;
    gw_next *nexts[KEPT];
    uint64_t said; /* events to everyone */
    int connected;
} app;

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    app.connected++;
    app.last = socket;
    assert(gw_socket_recovery(socket) != GW_RECOVERY_OFF);
    assert(gw_socket_is_recovered(socket) || gw_socket_recovery(socket) != GW_RECOVERY_DONE);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)reason;
    (void)detail;
    (void)user;
    app.connected--;
    assert(app.connected >= 0);
    if (app.last == socket)
        app.last = NULL;
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    (void)user;
    for (size_t i = 0; i < KEPT; i++) {
        if (!app.nexts[i] && app.said % 2) {
            app.nexts[i] = next;
            return;
        }
    }
    gw_next_ok(next);
}

static void answer_all(bool is_refused)
{
    for (size_t i = 0; i < KEPT; i++) {
        gw_next *next = app.nexts[i];

        app.nexts[i] = NULL;
        if (next && is_refused)
            gw_next_refuse(next, "no", NULL);
        else if (next)
            gw_next_ok(next);
    }
}

static void ignore_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                        gw_socket *socket, void *user)
{
    (void)nsp;
    (void)change;
    (void)room;
    (void)socket;
    (void)user;
}

/* ---- what a client makes of its messages ---- */

/* As the genuine client does: the last argument of an event, where it is a string. */
static void remember_offset(struct person *person, const char *message, const char *end)
{
    const char *start = end - 2; /* at the quote */

    if (end - message < 4 || memcmp(end - 2, "\"]", 2) != 0)
        return;
    while (start > message && start[-1] != '"')
        start--;
    if (end - 2 - start >= OFFSET_MAX)
        return;
    memset(person->offset, 0, sizeof(person->offset));
    memcpy(person->offset, start, (size_t)(end - 2 - start));
}

static void hear_number(struct person *person, const char *digits)
{
    uint64_t number = strtoull(digits, NULL, 10);

    if (person->is_sure)
        assert(number == person->next);
    person->next = number + 1;
    person->is_sure = true;
}

static bool is_of_another(const struct person *person, const char *pid)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct person *other = &app.people[i];

        if (other != person && strncmp(other->pid, pid, GW_SOCKET_ID_LEN) == 0)
            return true;
    }
    return false;
}

static void hear_connect(struct person *person, const char *message, const char *end)
{
    const char *pid = strstr(message, "\"pid\":\"");

    assert(pid && pid < end);
    if (strncmp(pid + 7, person->pid, GW_SOCKET_ID_LEN) != 0) {
        memcpy(person->pid, pid + 7, GW_SOCKET_ID_LEN);
        memset(person->offset, 0, sizeof(person->offset));
        person->next = app.said;
        person->is_guest = is_of_another(person, person->pid);
        person->is_sure = !person->is_guest;
    } else if (person->is_honest && person->is_sure) {
        assert(person->next == app.said); /* what was missed came ahead of it */
    }
    person->is_in = true;
}

static void hear(struct person *person)
{
    char *message = person->client->out;

    while (*message) {
        char *end = strchr(message, '|');

        if (strncmp(message, "42[\"n\",", 7) == 0)
            hear_number(person, message + 7);
        if (strncmp(message, "42[", 3) == 0 || strncmp(message, "45", 2) == 0)
            remember_offset(person, message, end);
        else if (strncmp(message, "40{", 3) == 0)
            hear_connect(person, message, end);
        message = end + 1;
    }
    forget(person->client);
}

/* ---- what people do ---- */

static void leave(struct person *person)
{
    if (!person->client)
        return;
    hang_up(person->client);
    client_free(person->client);
    person->client = NULL;
    person->is_in = false;
}

static struct client *client_for(struct person *person, uint8_t command)
{
    if (person->client && !person->client->transport.session) {
        hear(person);
        leave(person);
    }
    if (!person->client)
        person->client =
            client_open_on(&app.fx, command & 128 ? &client_polling_ops : &client_stream_ops);
    return person->client;
}

static void ask_with(struct person *person, uint8_t command, const char *pid, const char *offset)
{
    char text[160];

    if (person->is_in)
        return;
    person->is_sure = person->is_sure && !person->is_guest;
    if (!pid[0])
        snprintf(text, sizeof(text), "40");
    else if (!offset[0])
        snprintf(text, sizeof(text), "40{\"pid\":\"%s\"}", pid);
    else
        snprintf(text, sizeof(text), "40{\"pid\":\"%s\",\"offset\":\"%s\"}", pid, offset);
    say(client_for(person, command), text);
}

/* $P and $O stand for what the other one remembers. What would end a message of the fixture's is left out. */
static void ask_with_junk(struct person *person, const struct person *other, uint8_t command,
                          struct gw_slice rest)
{
    char text[512];
    size_t len = 2;

    if (person->is_in || rest.len > 256)
        return;
    memcpy(text, "40", 2);
    for (size_t i = 0; i < rest.len && len < sizeof(text) - OFFSET_MAX; i++) {
        const char *with = NULL;

        if (i + 1 < rest.len && rest.ptr[i] == '$')
            with = rest.ptr[i + 1] == 'P'   ? other->pid
                   : rest.ptr[i + 1] == 'O' ? other->offset
                                            : NULL;
        if (with) {
            memcpy(text + len, with, strlen(with));
            len += strlen(with);
            i++;
        } else {
            text[len++] = rest.ptr[i] == '|' || rest.ptr[i] == 0 ? '.' : (char)rest.ptr[i];
        }
    }
    person->is_honest = false;
    person->is_sure = false;
    if (gw_utf8_is_valid((struct gw_slice){(const uint8_t *)text, len}))
        say_slice(client_for(person, command), (struct gw_slice){(const uint8_t *)text, len});
}

/* Another tab of the same browser, say, with all that this one knows. */
static void become(struct person *person, const struct person *other)
{
    if (person->is_in || person == other || !other->pid[0])
        return;
    memcpy(person->pid, other->pid, sizeof(person->pid));
    memcpy(person->offset, other->offset, sizeof(person->offset));
    person->next = other->next;
    person->is_sure = other->is_sure;
    person->is_guest = other->is_guest;
    person->is_honest = true;
}

static void emit_some(uint8_t kind)
{
    static const struct gw_slice bytes = {(const uint8_t *)"abc", 3};
    struct gw_target all = gw_everyone(app.fx.nsp);
    char number[24];

    switch (kind % 5) {
    case 0:
        gw_emit(gw_to(all, "a"), "room", "\"x\"");
        break;
    case 1:
        if (app.last)
            gw_emit(gw_only(app.last), "only", NULL);
        break;
    case 2:
        gw_emit_binary(gw_except(all, "a"), "bytes", "{\"_placeholder\":true,\"num\":0}", &bytes,
                       1);
        break;
    case 3:
        gw_emit(gw_volatile(all), "v", "1");
        break;
    default:
        snprintf(number, sizeof(number), "%llu", (unsigned long long)app.said++);
        gw_emit(all, "n", number);
    }
}

static void do_to_last(uint8_t kind, struct gw_slice text)
{
    if (!app.last)
        return;
    switch (kind % 4) {
    case 0:
        gw_socket_join_slice(app.last, text);
        break;
    case 1:
        gw_socket_join(app.last, "a");
        gw_socket_set_data(app.last, "[1]");
        break;
    case 2:
        gw_socket_disconnect(app.last, GW_NAMESPACE_ONLY);
        break;
    default:
        gw_socket_disconnect(app.last, GW_CLOSE_CONNECTION);
    }
}

/* Whoever is told of the end has to ask again. */
static void look_around(void)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        struct person *person = &app.people[i];

        if (!person->client)
            continue;
        if (strstr(person->client->out, "41|") || !person->client->transport.session)
            person->is_in = false;
        hear(person);
        if (!person->client->transport.session)
            leave(person);
    }
}

static void run_line(struct gw_slice line)
{
    uint8_t command = line.ptr[0];
    struct person *person = &app.people[command % CLIENTS];
    const struct person *other = &app.people[(command / 64 + 1) % CLIENTS];
    struct gw_slice rest = {line.ptr + 1, line.len - 1};

    switch (command / 4 % 8) {
    case 0:
        person->is_honest = true;
        ask_with(person, command, person->pid, person->offset);
        break;
    case 1:
        ask_with_junk(person, other, command, rest);
        break;
    case 2:
        leave(person);
        break;
    case 3:
        do_to_last((uint8_t)rest.len, rest);
        break;
    case 4:
        app.fx.now_ms += rest.len * 1000;
        gw_io_tick(app.fx.io);
        break;
    case 5:
        answer_all(command & 32);
        break;
    case 6: /* the same pid while the old connection is still there */
        become(person, other);
        ask_with(person, command, person->pid, person->offset);
        break;
    default:
        emit_some((uint8_t)rest.len);
    }
    turn(&app.fx);
    look_around();
}

static void app_open(uint8_t first)
{
    const struct gw_io_recovery recovery = {
        .max_disconnection_duration_ms = 20000,
        .runs_middlewares = first & 1,
        .max_kept_packets = first & 2 ? 3 : 0,
        .max_kept_bytes = first & 4 ? 400 : 0,
        .max_away = first & 8 ? 1 : 0,
        .max_socket_bytes = first & 16 ? 20 : 0,
    };

    memset(&app, 0, sizeof(app));
    fixture_open(&app.fx, &(struct gw_io_options){.recovery = &recovery, .max_rooms = 3});
    gw_on_connection(app.fx.nsp, on_connection, NULL);
    gw_on_disconnect(app.fx.nsp, on_disconnect, NULL);
    if (first & 32)
        gw_use(app.fx.nsp, on_use, NULL);
    if (first & 64)
        gw_on_room(app.fx.nsp, ignore_room, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 1;

    if (size == 0 || size > 2000)
        return 0;
    app_open(data[0]);
    while (at < size) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;

        if (len > 0)
            run_line((struct gw_slice){data + at, len});
        at += len + 1;
    }
    for (size_t i = 0; i < CLIENTS; i++)
        leave(&app.people[i]);
    answer_all(false);
    turn(&app.fx);
    assert(app.connected == 0);
    assert(gw_io_client_count(app.fx.io) == 0);
    fixture_close(&app.fx);
    return 0;
}
