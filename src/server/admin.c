/* SPDX-License-Identifier: MIT */
#include "server/admin.h"

#include "base/mem.h"
#include "codec/json.h"
#include "net/clock.h"
#include "sio/link.h"
#include "sio/next.h"
#include "sio/socket.h"

#include <unistd.h>

enum {
    WORD_BYTES = 1100, /* the longest name of a room or namespace, and more */
    CREDENTIAL_BYTES_MAX = 1024,
};

static const char invalid_credentials[] = "invalid credentials"; /* the page knows these words */

void gw_admin_emit(struct gw_admin *admin, const char *event, const gw_args *args)
{
    if (gw_namespace_socket_count(admin->nsp) > 0)
        gw_emit_args(gw_everyone(admin->nsp), event, args);
}

/* ---- numbers ---- */

static void add_namespace(gw_namespace *nsp, void *user)
{
    gw_args *args = user;

    gw_args_begin_object(args);
    gw_args_key(args, "name");
    gw_args_string(args, gw_namespace_name(nsp));
    gw_args_key(args, "socketsCount");
    gw_args_uint(args, gw_namespace_socket_count(nsp));
    gw_args_end_object(args);
}

static void add_uint(gw_args *args, const char *key, uint64_t value)
{
    gw_args_key(args, key);
    gw_args_uint(args, value);
}

static void add_server(struct gw_admin *admin, gw_args *args)
{
    uint64_t up_ms = gw_io_now_ms(admin->host->io) - admin->began_ms;

    gw_args_key(args, "serverId");
    gw_args_string(args, admin->server_id);
    gw_args_key(args, "hostname");
    gw_args_string(args, admin->hostname);
    add_uint(args, "pid", (uint64_t)getpid());
    gw_args_key(args, "uptime");
    gw_args_number(args, (double)up_ms / 1000);
}

static uint64_t polling_count(const struct gw_eio_counts *counts)
{
    uint64_t sum = 0;

    for (int revision = 0; revision < GW_EIO_REVISIONS; revision++)
        sum += counts->open[GW_EIO_POLLING][revision];
    return sum;
}

static void report(struct gw_admin *admin)
{
    gw_io *io = admin->host->io;
    gw_args args;

    gw_args_init(&args);
    gw_args_begin_object(&args);
    add_server(admin, &args);
    add_uint(&args, "clientsCount", gw_io_client_count(io));
    add_uint(&args, "pollingClientsCount", polling_count(&admin->host->engine.eio.counts));
    gw_args_key(&args, "aggregatedEvents");
    gw_admin_stats_write(&admin->stats, &args);
    gw_args_key(&args, "namespaces");
    gw_args_begin_array(&args);
    gw_io_each_namespace(io, add_namespace, &args);
    gw_args_end_array(&args);
    gw_args_end_object(&args);
    gw_admin_emit(admin, "server_stats", &args);
    gw_args_dispose(&args);
}

/* The next second of the calendar. */
static void start_timer(struct gw_admin *admin)
{
    gw_timer_start(&admin->timer, 1000 - gw_clock_unix_ms() % 1000);
}

static void on_second(struct gw_timer *timer)
{
    struct gw_admin *admin = container_of(timer, struct gw_admin, timer);

    gw_admin_stats_take(&admin->stats, &admin->host->engine.eio.counts, gw_clock_unix_ms());
    if (admin->is_report_due)
        report(admin);
    admin->is_report_due = !admin->is_report_due;
    start_timer(admin);
}

/* ---- who is let in ---- */

/* A string of the client's auth, decoded; false: there is none. */
static bool find_text(struct gw_slice auth, const char *key, struct gw_buf *out)
{
    struct gw_slice value;

    gw_buf_init(out, CREDENTIAL_BYTES_MAX);
    return gw_json_find(auth, gw_slice_of(key), &value) && gw_json_type(value) == GW_JSON_STRING &&
           gw_json_string_decode(value, out) == GW_OK;
}

static void wipe(struct gw_buf *secret)
{
    if (secret->ptr)
        explicit_bzero(secret->ptr, secret->cap);
    gw_buf_dispose(secret);
}

static bool has_session(const struct gw_admin *admin, struct gw_slice auth)
{
    struct gw_buf id;
    bool is_open =
        find_text(auth, "sessionId", &id) &&
        gw_admin_login_is_open(&admin->login, gw_buf_slice(&id), gw_io_now_ms(admin->host->io));

    wipe(&id);
    return is_open;
}

static void on_decided(struct gw_admin_login *login, bool is_right, void *user)
{
    struct gw_admin *admin = container_of(login, struct gw_admin, login);
    const struct gw_log *log = &admin->host->engine.server->log;
    gw_next *next = user;
    gw_socket *socket = next->socket;
    char *id;

    if (!is_right) {
        gw_log_write(log, GW_LOG_INFO, "admin_login_failed namespace=%s",
                     gw_namespace_name(admin->nsp));
        gw_next_refuse(next, invalid_credentials, NULL);
        return;
    }
    gw_log_write(log, GW_LOG_INFO, "admin_login namespace=%s", gw_namespace_name(admin->nsp));
    id = gw_mem_zalloc(GW_ADMIN_SESSION_ID_LEN + 1);
    if (id) {
        gw_admin_login_open(login, gw_io_now_ms(admin->host->io), id);
        gw_socket_set_user_take(socket, id, gw_mem_free);
    }
    gw_next_ok(next);
}

static int check_password(struct gw_admin *admin, struct gw_slice auth, gw_next *next)
{
    struct gw_buf username, password;
    bool has_username = find_text(auth, "username", &username);
    bool has_password = find_text(auth, "password", &password);
    int err = GW_E_ARG;

    /* A NUL would end the password early for crypt. */
    if (has_username && has_password && password.len > 0 && !memchr(password.ptr, 0, password.len))
        err = gw_admin_login_check(
            &admin->login, gw_slice_equal(gw_buf_slice(&username), gw_slice_of(admin->username)),
            gw_buf_slice(&password), next);
    wipe(&username);
    wipe(&password);
    return err;
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    struct gw_admin *admin = user;
    struct gw_slice auth = gw_socket_handshake(socket).auth;
    int err = GW_OK;

    if (admin->no_auth || has_session(admin, auth)) {
        gw_next_ok(next);
        return;
    }
    err = check_password(admin, auth, next);
    if (err == GW_E_ARG) {
        gw_next_refuse(next, invalid_credentials, NULL);
    } else if (err < 0) {
        gw_log_write(&admin->host->engine.server->log, GW_LOG_WARN, "admin_busy error=\"%s\"",
                     gw_err_text(err));
        gw_next_refuse(next, "too many logins, try again later", NULL);
    }
}

static void send_session(gw_socket *socket)
{
    const char *id = gw_socket_user(socket);

    if (id)
        gw_emitf(gw_only(socket), "session", "%s", id);
    gw_socket_set_user(socket, NULL);
}

static void send_config(const struct gw_admin *admin, gw_socket *socket)
{
    static const char *const commands[] = {"EMIT",  "JOIN",   "LEAVE",      "DISCONNECT",
                                           "MJOIN", "MLEAVE", "MDISCONNECT"};
    gw_args args;

    gw_args_init(&args);
    gw_args_begin_object(&args);
    gw_args_key(&args, "supportedFeatures");
    gw_args_begin_array(&args);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && !admin->is_readonly; i++)
        gw_args_string(&args, commands[i]);
    gw_args_string(&args, "AGGREGATED_EVENTS");
    if (admin->mode == GW_ADMIN_DEVELOPMENT)
        gw_args_string(&args, "ALL_EVENTS");
    gw_args_end_array(&args);
    gw_args_end_object(&args);
    gw_emit_args(gw_only(socket), "config", &args);
    gw_args_dispose(&args);
}

static void on_connection(gw_socket *socket, void *user)
{
    struct gw_admin *admin = user;

    if (gw_namespace_socket_count(admin->nsp) == 1) {
        /* The page opens a connection for itself; it is the first that its graph shows. */
        gw_admin_stats_start(&admin->stats, &admin->host->engine.eio.counts,
                             socket->link->socket_count == 1, gw_clock_unix_ms());
        start_timer(admin);
    }
    send_session(socket);
    if (admin->mode == GW_ADMIN_DEVELOPMENT) {
        gw_admin_events_start(admin);
        gw_admin_events_connected(admin, socket);
    }
    send_config(admin, socket);
    if (admin->mode == GW_ADMIN_DEVELOPMENT)
        gw_admin_events_list(admin, socket);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct gw_admin *admin = user;

    (void)socket;
    (void)reason;
    (void)detail;
    if (gw_namespace_socket_count(admin->nsp) > 0)
        return;
    gw_timer_stop(&admin->timer);
    gw_admin_events_stop(admin);
}

/* ---- commands ---- */

/* The namespace that the first argument names, or NULL. */
static gw_namespace *find_namespace(struct gw_admin *admin, const gw_event *event)
{
    char name[WORD_BYTES];

    if (gw_event_string(event, 0, name, sizeof(name)) < 0)
        return NULL;
    return gw_io_find(admin->host->io, name);
}

/* False: it is neither a room nor absent nor null, nor "" (which the
 * genuine server takes for all too). */
static bool find_target(gw_namespace *nsp, const gw_event *event, size_t index,
                        struct gw_target *out)
{
    struct gw_slice filter = gw_event_arg(event, index);
    char room[WORD_BYTES];
    int len;

    *out = gw_everyone(nsp);
    if (!filter.ptr || gw_json_type(filter) == GW_JSON_NULL)
        return true;
    len = gw_event_string(event, index, room, sizeof(room));
    if (len > 0)
        *out = gw_to(*out, room);
    return len >= 0;
}

static void on_emit(gw_socket *socket, const gw_event *event, void *user)
{
    gw_namespace *nsp = find_namespace(user, event);
    struct gw_target target;
    char name[WORD_BYTES];

    (void)socket;
    if (nsp && find_target(nsp, event, 1, &target) &&
        gw_event_string(event, 2, name, sizeof(name)) >= 0)
        gw_emit_event_from(target, gw_slice_of(name), event, 3);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    gw_namespace *nsp = find_namespace(user, event);
    struct gw_target target;
    char room[WORD_BYTES];

    (void)socket;
    if (nsp && gw_event_string(event, 1, room, sizeof(room)) >= 0 &&
        find_target(nsp, event, 2, &target))
        gw_sockets_join(target, room);
}

static void on_leave(gw_socket *socket, const gw_event *event, void *user)
{
    gw_namespace *nsp = find_namespace(user, event);
    struct gw_target target;
    char room[WORD_BYTES];

    (void)socket;
    if (nsp && gw_event_string(event, 1, room, sizeof(room)) >= 0 &&
        find_target(nsp, event, 2, &target))
        gw_sockets_leave(target, room);
}

static void on_disconnect_command(gw_socket *socket, const gw_event *event, void *user)
{
    gw_namespace *nsp = find_namespace(user, event);
    bool is_closing = gw_slice_equal(gw_event_arg(event, 1), GW_LIT("true"));
    struct gw_target target;

    (void)socket;
    if (nsp && find_target(nsp, event, 2, &target))
        gw_sockets_disconnect(target, is_closing ? GW_CLOSE_CONNECTION : GW_NAMESPACE_ONLY);
}

static int add_commands(struct gw_admin *admin)
{
    gw_namespace *nsp = admin->nsp;

    if (admin->is_readonly)
        return GW_OK;
    if (gw_on(nsp, "emit", on_emit, admin) < 0 || gw_on(nsp, "join", on_join, admin) < 0 ||
        gw_on(nsp, "leave", on_leave, admin) < 0 ||
        gw_on(nsp, "_disconnect", on_disconnect_command, admin) < 0)
        return GW_E_NOMEM;
    return GW_OK;
}

/* ---- life ---- */

static void on_stop(struct gw_server_part *part)
{
    struct gw_admin *admin = container_of(part, struct gw_admin, part);

    gw_timer_stop(&admin->timer);
}

/* The gw_io has gone before, or ends with it: none of its handlers is called any more. */
static void destroy(struct gw_server_part *part)
{
    struct gw_admin *admin = container_of(part, struct gw_admin, part);

    gw_timer_stop(&admin->timer);
    gw_admin_login_dispose(&admin->login);
    gw_buf_dispose(&admin->text);
    gw_mem_free(admin->texts);
    gw_mem_free(admin);
}

static int copy_texts(struct gw_admin *admin, const struct gw_admin_options *options)
{
    const char *username = options->username ? options->username : "";
    const char *server_id;
    size_t username_size = strlen(username) + 1, id_size;

    if (gethostname(admin->hostname, sizeof(admin->hostname) - 1) < 0)
        admin->hostname[0] = '\0';
    server_id = options->server_id ? options->server_id : admin->hostname;
    id_size = strlen(server_id) + 1;
    admin->texts = gw_mem_alloc(username_size + id_size);
    if (!admin->texts)
        return GW_E_NOMEM;
    memcpy(admin->texts, username, username_size);
    memcpy(admin->texts + username_size, server_id, id_size);
    admin->username = admin->texts;
    admin->server_id = admin->texts + username_size;
    return GW_OK;
}

static int open_namespace(struct gw_admin *admin, const char *name)
{
    admin->nsp = gw_io_of(admin->host->io, name);
    if (!admin->nsp || gw_use(admin->nsp, on_use, admin) < 0 ||
        gw_on_connection(admin->nsp, on_connection, admin) < 0 ||
        gw_on_disconnect(admin->nsp, on_disconnect, admin) < 0)
        return GW_E_NOMEM;
    return add_commands(admin);
}

static int check_options(gw_io *io, const struct gw_admin_options *options, const char *name)
{
    gw_server *server = gw_io_host_of(io)->engine.server;

    if (!options->no_auth && (!options->username || !options->username[0] ||
                              !gw_admin_login_is_hash(options->password_hash)))
        return gw_server_fail(
            server, GW_E_ARG,
            "cannot attach the Admin UI: it needs a username and a hash of bcrypt, "
            "or no_auth");
    if (gw_io_find(io, name))
        return gw_server_fail(server, GW_E_IN_USE,
                              "cannot attach the Admin UI: there is a namespace \"%s\" already",
                              name);
    return GW_OK;
}

int gw_admin_attach(gw_io *io, const struct gw_admin_options *options)
{
    const char *name = options->namespace_name ? options->namespace_name : "/admin";
    struct gw_io_host *host = gw_io_host_of(io);
    struct gw_admin *admin;
    int err = check_options(io, options, name);

    if (err < 0)
        return err;
    admin = gw_mem_zalloc(sizeof(*admin));
    if (!admin)
        return gw_server_fail(host->engine.server, GW_E_NOMEM,
                              "cannot attach the Admin UI: out of memory");
    admin->host = host;
    admin->mode = options->mode;
    admin->no_auth = options->no_auth;
    admin->is_readonly = options->is_readonly;
    admin->began_ms = gw_io_now_ms(io);
    admin->part = (struct gw_server_part){.on_stop = on_stop, .destroy = destroy};
    gw_list_init(&admin->part.node);
    gw_buf_init(&admin->text, GW_ADMIN_TEXT_BYTES_MAX);
    gw_timer_init(&admin->timer, host->engine.server->loop, on_second);
    err = gw_admin_login_init(&admin->login, host->engine.server->loop,
                              options->no_auth ? NULL : options->password_hash, on_decided);
    gw_server_add_part(host->engine.server,
                       &admin->part); /* whatever of it is there ends with it */
    if (err == GW_OK)
        err = copy_texts(admin, options);
    if (err == GW_OK)
        err = open_namespace(admin, name);
    return err < 0 ? gw_server_fail(host->engine.server, err, "cannot attach the Admin UI: %s",
                                    gw_err_text(err))
                   : GW_OK;
}
