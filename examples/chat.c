/* SPDX-License-Identifier: MIT */
/* A chat in the browser: one conversation of all who are here, and private ones of two.
 *
 *     chat [--port N] [--host ADDRESS] [--public DIRECTORY]
 *
 * The page is in examples/chat/public; chat.js there lists the events between page and server. The
 * server remembers who is here and the latest words to everybody; the pages remember the rest. */
#include <errno.h>
#include <getopt.h>
#include <godwit/godwit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#ifndef GODWIT_CLIENT_DIRECTORY
#define GODWIT_CLIENT_DIRECTORY "node_modules/socket.io-client/dist"
#endif
#ifndef GODWIT_EXAMPLES_DIRECTORY
#define GODWIT_EXAMPLES_DIRECTORY "examples"
#endif

enum {
    NAME_CHARS = 24,
    NAME_BYTES = NAME_CHARS * 4 + 1,       /* UTF-8 and a NUL */
    NAME_JSON_BYTES = NAME_CHARS * 12 + 3, /* each character as two \uXXXX, quotes and a NUL */
    KEY_BYTES = 65,
    ID_JSON_BYTES = 64,
    TEXT_JSON_BYTES = 2000 * 6 + 2,
    KEPT_MESSAGES = 50,
};

/* All who have joined are in this room. Whoever has the page open without a name yet is not. */
static const char here[] = "here";

struct person {
    struct person *next;
    gw_socket *socket;
    char name[NAME_BYTES];
    char name_json[NAME_JSON_BYTES]; /* as it came, quotes included: goes out again like this */
    char key[KEY_BYTES];             /* proves that a page is the one that chose the name */
};

struct chat {
    struct person *people;
    char *kept[KEPT_MESSAGES]; /* arguments of "message": a ring, the oldest at next_kept */
    size_t next_kept;
};

static uint64_t unix_time_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- who is here ---- */

static struct person *find_person(const struct chat *chat, const char *name)
{
    for (struct person *person = chat->people; person; person = person->next)
        if (strcasecmp(person->name, name) == 0)
            return person;
    return NULL;
}

/* Tells everybody, the socket of that person excepted. */
static void announce(const struct person *person, const char *event)
{
    gw_emit(gw_to(gw_broadcast(person->socket), here), event, person->name_json);
}

static void remove_person(struct chat *chat, struct person *person)
{
    struct person **link = &chat->people;

    while (*link != person)
        link = &(*link)->next;
    *link = person->next;
    gw_socket_set_user(person->socket, NULL);
    free(person);
}

/* people (name, ...): to one who has just joined. */
static void tell_people(const struct chat *chat, gw_socket *socket)
{
    char *args = NULL;
    size_t len;
    FILE *out = open_memstream(&args, &len);

    if (!out)
        return;
    for (const struct person *person = chat->people; person; person = person->next)
        fprintf(out, "%s%s", person == chat->people ? "" : ",", person->name_json);
    if (fclose(out) == 0)
        gw_emit(gw_only(socket), "people", args);
    free(args);
}

/* ---- the latest words ---- */

/* Takes args, which malloc gave. */
static void keep_message(struct chat *chat, char *args)
{
    free(chat->kept[chat->next_kept]);
    chat->kept[chat->next_kept] = args;
    chat->next_kept = (chat->next_kept + 1) % KEPT_MESSAGES;
}

/* Who has just joined reads what was said before. A page that knows some of it knows the ids. */
static void tell_messages(const struct chat *chat, gw_socket *socket)
{
    for (size_t i = 0; i < KEPT_MESSAGES; i++) {
        const char *args = chat->kept[(chat->next_kept + i) % KEPT_MESSAGES];

        if (args)
            gw_emit(gw_only(socket), "message", args);
    }
}

/* ---- joining ---- */

static bool is_name(const char *name)
{
    size_t chars = 0;
    size_t len = strlen(name);

    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
        chars +=
            ((unsigned char)*at & 0xc0) != 0x80; /* UTF-8: every byte but the continuing ones */
    }
    return chars > 0 && chars <= NAME_CHARS && name[0] != ' ' && name[len - 1] != ' ';
}

/* Reads join's arguments. False: they are not what they should be. */
static bool read_person(const gw_event *event, struct person *person)
{
    struct gw_slice json = gw_event_arg(event, 0);

    if (gw_event_string(event, 0, person->name, sizeof(person->name)) < 0 ||
        gw_event_string(event, 1, person->key, sizeof(person->key)) < 0 || !is_name(person->name) ||
        json.len >= sizeof(person->name_json))
        return false;
    memcpy(person->name_json, json.ptr, json.len);
    person->name_json[json.len] = '\0';
    return true;
}

/* The page has come back before the server noticed that its old connection is dead, or its name
 * was opened in another window. */
static void take_over(struct person *person, gw_socket *socket)
{
    gw_socket *old = person->socket;

    person->socket = socket;
    gw_socket_set_user(old, NULL);
    gw_emit(gw_only(old), "replaced", NULL);
    gw_socket_disconnect(old, GW_CLOSE_CONNECTION);
}

static struct person *add_person(struct chat *chat, const struct person *asked, gw_socket *socket)
{
    struct person *person = malloc(sizeof(*person));

    if (!person)
        return NULL;
    *person = *asked;
    person->socket = socket;
    person->next = chat->people;
    chat->people = person;
    return person;
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    struct chat *chat = user;
    struct person asked = {0};
    struct person *before = gw_socket_user(socket);
    struct person *person;
    bool is_new;

    if (!read_person(event, &asked)) {
        gw_ack(event, "\"invalid\"");
        return;
    }
    person = find_person(chat, asked.name);
    if (person && person != before && strcmp(person->key, asked.key) != 0) {
        gw_ack(event, "\"taken\"");
        return;
    }
    if (before && person != before) {
        announce(before, "left");
        remove_person(chat, before);
    }
    is_new = !person;
    if (is_new)
        person = add_person(chat, &asked, socket);
    else if (person->socket != socket)
        take_over(person, socket);
    if (!person || gw_socket_join(socket, here) < 0) {
        gw_socket_disconnect(socket, GW_CLOSE_CONNECTION);
        return;
    }
    gw_socket_set_user(socket, person);
    gw_ack(event, "null");
    tell_people(chat, socket);
    tell_messages(chat, socket);
    if (is_new)
        announce(person, "joined");
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct person *person = gw_socket_user(socket);

    (void)reason;
    (void)detail;
    if (!person)
        return;
    announce(person, "left");
    remove_person(user, person);
}

/* ---- talking ---- */

static bool is_short_string(struct gw_slice json, size_t most)
{
    return json.ptr && json.len <= most && json.ptr[0] == '"';
}

/* The arguments (from, id, text, time) of what goes out, with id and text from first_arg of the
 * event on; the caller frees them. Acks with the time, or with null and returns NULL when the
 * arguments are not right. */
static char *take_message(const struct person *from, const gw_event *event, size_t first_arg)
{
    struct gw_slice id = gw_event_arg(event, first_arg);
    struct gw_slice text = gw_event_arg(event, first_arg + 1);
    char time[24];
    char *args;

    snprintf(time, sizeof(time), "%" PRIu64, unix_time_ms());
    if (!is_short_string(id, ID_JSON_BYTES) || !is_short_string(text, TEXT_JSON_BYTES) ||
        asprintf(&args, "%s,%.*s,%.*s,%s", from->name_json, (int)id.len, (const char *)id.ptr,
                 (int)text.len, (const char *)text.ptr, time) < 0) {
        gw_ack(event, "null");
        return NULL;
    }
    gw_ack(event, time);
    return args;
}

static void on_say(gw_socket *socket, const gw_event *event, void *user)
{
    const struct person *from = gw_socket_user(socket);
    char *args;

    if (!from) {
        gw_ack(event, "null");
        return;
    }
    args = take_message(from, event, 0);
    if (!args)
        return;
    gw_emit(gw_to(gw_broadcast(socket), here), "message", args);
    keep_message(user, args);
}

static void on_whisper(gw_socket *socket, const gw_event *event, void *user)
{
    const struct person *from = gw_socket_user(socket);
    const struct person *to = NULL;
    char name[NAME_BYTES];
    char *args;

    if (from && gw_event_string(event, 0, name, sizeof(name)) > 0)
        to = find_person(user, name);
    if (!to) {
        gw_ack(event, "null");
        return;
    }
    args = take_message(from, event, 1);
    if (!args)
        return;
    gw_emit(gw_only(to->socket), "whisper", args);
    free(args);
}

static void on_typing(gw_socket *socket, const gw_event *event, void *user)
{
    const struct person *from = gw_socket_user(socket);
    const struct person *to;
    char name[NAME_BYTES];
    char args[NAME_JSON_BYTES + 2];

    if (!from || gw_event_string(event, 0, name, sizeof(name)) < 0)
        return;
    to = find_person(user, name);
    snprintf(args, sizeof(args), "%s,%d", from->name_json, to != NULL);
    if (to)
        gw_emit(gw_volatile(gw_only(to->socket)), "typing", args);
    else if (name[0] == '\0')
        gw_emit(gw_volatile(gw_to(gw_broadcast(socket), here)), "typing", args);
}

/* ---- the program ---- */

static int serve(gw_server *server, struct chat *chat, const char *directory)
{
    struct gw_io_options options = {.client_directory = GODWIT_CLIENT_DIRECTORY};
    gw_io *io = gw_io_attach(server, &options);
    gw_namespace *nsp;

    if (!io)
        return GW_E_NOMEM;
    nsp = gw_io_namespace(io);
    if (gw_on(nsp, "join", on_join, chat) < 0 || gw_on(nsp, "say", on_say, chat) < 0 ||
        gw_on(nsp, "whisper", on_whisper, chat) < 0 || gw_on(nsp, "typing", on_typing, chat) < 0 ||
        gw_on_disconnect(nsp, on_disconnect, chat) < 0)
        return GW_E_NOMEM;
    return gw_serve_files(server, "/", directory);
}

struct arguments {
    const char *host;
    const char *directory;
    uint16_t port;
};

static void usage(const char *problem, const char *what)
{
    fprintf(stderr, "chat: %s: %s (usage: chat [--port N] [--host ADDRESS] [--public DIRECTORY])\n",
            problem, what);
    exit(2);
}

static uint16_t port_number(const char *text)
{
    char *end;
    unsigned long port;

    errno = 0;
    port = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || port > UINT16_MAX)
        usage("not a port", text);
    return (uint16_t)port;
}

static struct arguments parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"host", required_argument, NULL, 'h'},
        {"public", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {
        .directory = GODWIT_EXAMPLES_DIRECTORY "/chat/public",
        .port = 3000,
    };
    int option;

    opterr = 0; /* one line says it, ours */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'p')
            arguments.port = port_number(optarg);
        else if (option == 'h')
            arguments.host = optarg;
        else if (option == 'd')
            arguments.directory = optarg;
        else
            usage("unknown option, or one without its value", argv[optind - 1]);
    }
    if (optind < argc)
        usage("what is this for", argv[optind]);
    return arguments;
}

int main(int argc, char **argv)
{
    struct arguments arguments = parse(argc, argv);
    struct chat chat = {0};
    gw_server *server = gw_server_create(NULL);
    int result;

    if (!server) {
        fprintf(stderr, "chat: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    result = serve(server, &chat, arguments.directory);
    if (result == GW_OK)
        result = gw_server_watch_signals(server);
    if (result == GW_OK)
        result = gw_server_listen(server, arguments.host, arguments.port);
    if (result < 0) {
        const char *why = gw_server_error(server);

        fprintf(stderr, "chat: %s\n", *why ? why : gw_err_text(result));
        gw_server_destroy(server);
        return EXIT_FAILURE;
    }
    printf("chat: http://localhost:%d\n", result);
    fflush(stdout);
    result = gw_server_run(server);
    gw_server_destroy(server);
    for (size_t i = 0; i < KEPT_MESSAGES; i++)
        free(chat.kept[i]);
    return result == GW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
