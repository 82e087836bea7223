/* SPDX-License-Identifier: MIT */
/* Socket.IO (protocol 5 over Engine.IO 4): the server's side, in the words of the JavaScript
 * library.
 *
 *     io.on('connection', fn)             gw_on_connection(gw_io_namespace(io), fn, user)
 *     io.of('/chat')                      gw_io_of(io, "/chat")
 *     io.of(/^\/room-\d+$/)               gw_io_of_pattern(io, "^/room-[0-9]+$")
 *     socket.on('say', fn)                gw_on(nsp, "say", fn, user), or for this socket alone
 *                                         gw_socket_on(socket, "say", fn, user)
 *     socket.emit('news', 1, 'two')       gw_emit(gw_only(socket), "news", "1,\"two\"")
 *     io.emit(...)                        gw_emit(gw_everyone(nsp), ...)
 *     socket.broadcast.emit(...)          gw_emit(gw_broadcast(socket), ...)
 *     socket.to('a').except('b').emit()   gw_emit(gw_except(gw_to(gw_broadcast(socket), "a"), "b"), ...)
 *     io.volatile.emit(...)               gw_emit(gw_volatile(gw_everyone(nsp)), ...)
 *     io.in('a').fetchSockets()           gw_fetch(gw_to(gw_everyone(nsp), "a"), fn, user)
 *     io.serverSideEmit(...)              gw_server_side_emit(nsp, ...)
 *
 * Handlers are registered once per namespace and get the socket as their first argument; a socket
 * may have some of its own beside them, which cost memory only where they are used.
 * Arguments of events are JSON text: a list of values parted by commas,
 * "1,\"two\",{\"three\":3}", on the way in as on the way out (args.h puts them together value by
 * value). On the way in it has been checked already (RFC 8259, UTF-8), so passing it on costs no
 * parse and no second encoding.
 *
 * Everything belongs to the thread of the server's loop; from another thread use gw_loop_post().
 * Any call may be made inside any callback, and any callback may disconnect any socket, its own
 * included. A gw_socket is good until its on_disconnect handlers have returned (a socket that
 * never connected: until its middleware has been answered). */
#ifndef GODWIT_SIO_H
#define GODWIT_SIO_H

#include <godwit/base.h>
#include <godwit/cause.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_server gw_server;   /* server.h */
typedef struct gw_request gw_request; /* server.h */
struct gw_ws_deflate;                 /* ws.h */
struct gw_io_recovery;                /* recovery.h */

typedef struct gw_io gw_io;               /* one Socket.IO server: its namespaces and connections */
typedef struct gw_namespace gw_namespace; /* "/", "/chat": lives as long as its gw_io, save some
                                             that clients made (gw_io_of_pattern) */
typedef struct gw_socket gw_socket;       /* one client in one namespace */
typedef struct gw_event gw_event; /* what a client sent: an event, or the answer to an ack */
typedef struct gw_next gw_next;   /* a client that waits for a middleware's word */
typedef struct gw_match gw_match; /* a client that waits for a predicate's word */
typedef struct gw_pending_ack gw_pending_ack; /* an answer that the application still owes */

enum {
    GW_SOCKET_ID_LEN = 20,
    GW_ATTACHMENTS_MAX = 10 /* the genuine clients take no more in one packet */
};

/* Why a socket was disconnected, with the text that the JavaScript server gives. */
#define GW_REASON_LIST(X)                                                                          \
    X(TRANSPORT_CLOSE, "transport close")                                                          \
    X(TRANSPORT_ERROR, "transport error")                                                          \
    X(PING_TIMEOUT, "ping timeout")                                                                \
    X(PARSE_ERROR, "parse error")                                                                  \
    X(FORCED_CLOSE, "forced close")                                                                \
    X(FORCED_SERVER_CLOSE, "forced server close")                                                  \
    X(CLIENT_NAMESPACE_DISCONNECT, "client namespace disconnect")                                  \
    X(SERVER_NAMESPACE_DISCONNECT, "server namespace disconnect")                                  \
    X(SERVER_SHUTTING_DOWN, "server shutting down")

enum gw_reason {
#define GW_REASON_ENUM(name, text) GW_REASON_##name,
    GW_REASON_LIST(GW_REASON_ENUM)
#undef GW_REASON_ENUM
};

/* "transport close" and so on; "unknown" for other numbers. Static string. */
GW_API const char *gw_reason_text(enum gw_reason reason);

/* ---- the server ---- */

enum gw_io_transports { GW_IO_POLLING = 1, GW_IO_WEBSOCKET = 2 };

/* Which pages of other origins may use the server (the CORS protocol of the Fetch standard). */
struct gw_io_cors {
    const char *const *origins;  /* NULL-terminated list; {"*", NULL}: any */
    bool reflects_origin;        /* any origin, named back to the client: what credentials need */
    bool allows_credentials;     /* cookies and Authorization of the page may travel */
    const char *methods;         /* "GET,HEAD,PUT,PATCH,POST,DELETE" */
    const char *allowed_headers; /* what the preflight asked for */
    const char *exposed_headers; /* none */
    uint64_t max_age_s;          /* how long a preflight is good; not said */
};

enum gw_same_site { GW_SAME_SITE_LAX, GW_SAME_SITE_STRICT, GW_SAME_SITE_NONE, GW_SAME_SITE_UNSAID };

/* The cookie with the session's id that the answer to a polling handshake sets, and no other: for a
 * balancer that sends all requests of a session to the same server. It is never read here. */
struct gw_io_cookie {
    const char *name;            /* "io" */
    const char *path;            /* "/"; "": not said */
    const char *domain;          /* not said */
    const char *priority;        /* "Low", "Medium", "High"; not said */
    uint64_t max_age_s;          /* not said: it lasts as long as the browser */
    uint64_t expires_unix_s;     /* not said */
    bool is_readable;            /* by scripts of the page; false: HttpOnly */
    bool is_secure;              /* sent back over TLS only */
    bool is_partitioned;         /* kept apart for each page that embeds this one */
    enum gw_same_site same_site; /* GW_SAME_SITE_LAX */
};

typedef struct gw_engine_next gw_engine_next; /* a request that waits for a hook's word */
/* Asked about a request; engine.h says how to answer, at once or later. */
typedef void gw_engine_use_fn(gw_request *request, gw_engine_next *next, void *user);
/* Makes a session's id: GW_SOCKET_ID_LEN characters of A-Z a-z 0-9 - _, which no other session has
 * and nobody can guess. 0, or anything negative to refuse the client. */
typedef int gw_generate_id_fn(gw_request *request, char out[GW_SOCKET_ID_LEN], void *user);

/* How packets are written. Both sides must agree; nothing on the wire says it. */
enum gw_parser {
    GW_PARSER_DEFAULT, /* text, and a message for each attachment (protocol 5) */
    GW_PARSER_MSGPACK, /* one binary message, socket.io-msgpack-parser's. Handlers see the same
                          JSON and attachments; a date comes as the string that JSON.stringify
                          makes of it, undefined as null, or not at all in an object */
};

/* Zero (or NULL) anywhere means the default that the comment names: the genuine server's, where
 * it has one. In quotes, and where it is another, the name of the genuine option. */
struct gw_io_options {
    const char *path;          /* "/socket.io/" */
    bool omits_trailing_slash; /* "addTrailingSlash: false": path is not made to end in '/' */
    /* With socket.io.js and its kin, served below path: "serveClient". Not served. */
    const char *client_directory;
    const struct gw_io_cors *cors; /* no cross-origin use */
    uint32_t transports;           /* of enum gw_io_transports; both */
    /* "allowUpgrades: false": clients are not told that they may change over to WebSocket; one that
     * does all the same is let. */
    bool hides_upgrades;
    const struct gw_io_cookie *cookie; /* none is set */

    gw_engine_use_fn *allow_request; /* asked about each handshake, and no other request; everybody
                                        is let in. Refused: 403 {"code":4,"message":...} */
    void *allow_request_user;
    gw_generate_id_fn *generate_id; /* random ones are made */
    void *generate_id_user;
    /* A message that each session gets first of all, for programs below Socket.IO: a Socket.IO client
     * takes it for a packet. ptr NULL: none. */
    struct gw_slice initial_packet;
    bool is_initial_packet_binary;

    /* "connectionStateRecovery": clients that were cut off find their sockets again (recovery.h). They
     * do not. */
    const struct gw_io_recovery *recovery;

    /* "perMessageDeflate": compression of WebSocket messages from threshold_bytes on, a broadcast
     * once for all. None. */
    const struct gw_ws_deflate *deflate;
    bool has_no_http_compression;   /* "httpCompression: false" */
    uint8_t http_compression_level; /* 1 (fast) to 9 (small); 6 */
    /* Answers to polls from this length on are compressed when the client likes that; 1,024. */
    uint64_t http_compression_threshold_bytes;

    /* A request for an upgrade at a path that nobody serves: its connection is ended after
     * destroy_upgrade_timeout_ms, without an answer. A server with a gw_ws_endpoint(), or
     * leaves_upgrades ("destroyUpgrade: false"), answers 404 at once. */
    bool leaves_upgrades;
    uint64_t destroy_upgrade_timeout_ms; /* 1,000 */

    uint64_t ping_interval_ms;   /* between a pong and the next ping; 25,000 */
    uint64_t ping_timeout_ms;    /* to wait for the pong; 20,000 */
    uint64_t upgrade_timeout_ms; /* for a WebSocket to finish its upgrade; 10,000 */
    uint64_t connect_timeout_ms; /* to join a first namespace; 45,000 */

    uint64_t
        max_payload_bytes; /* a POST body or WebSocket message, "maxHttpBufferSize"; 1,000,000 */
    uint64_t max_queued_bytes; /* unsent output of one connection, then it is closed; 16 MiB */
    uint32_t max_sessions; /* Engine.IO sessions at once, then handshakes are refused; 1,000,000 */

    uint32_t max_namespaces;       /* that one connection may be in or ask for; 100 */
    uint32_t max_child_namespaces; /* that clients have made, at once; 10,000 */
    uint32_t max_namespace_bytes;  /* of the name of one that a client asks for; 256 */
    /* Namespaces that clients made end when their last socket has gone; they stay. */
    bool cleanup_empty_child_namespaces;
    enum gw_parser parser;          /* GW_PARSER_DEFAULT */
    uint32_t max_rooms;             /* that one socket may be in; 1,000 */
    uint32_t max_room_bytes;        /* of a room's name; 1,024 */
    uint32_t max_pending_acks;      /* unanswered, of one socket, in each direction; 10,000 */
    uint32_t max_attachments;       /* of one packet, at most GW_ATTACHMENTS_MAX; 10 */
    uint64_t max_packet_bytes;      /* a packet with its attachments; max_payload_bytes times 11 */
    uint64_t attachment_timeout_ms; /* to wait for the next attachment of a packet; 45,000 */
};

/* Serves Socket.IO on a server; several by different paths are possible. options may be NULL and
 * are copied, strings included. The gw_io belongs to the server and ends with it. NULL: memory
 * has run out, or the path is taken. */
GW_API gw_io *gw_io_attach(gw_server *server, const struct gw_io_options *options);

/* The main namespace, "/". */
GW_API gw_namespace *gw_io_namespace(gw_io *io);
/* The namespace of that name, made at the first call; a missing leading '/' is added, "" means
 * "/". Clients can join a namespace only after this call. NULL: memory has run out, or the name
 * holds a ',' or is not UTF-8. */
GW_API gw_namespace *gw_io_of(gw_io *io, const char *name);
/* The namespace of that name (leading '/' included), or NULL. */
GW_API gw_namespace *gw_io_find(const gw_io *io, const char *name);
typedef void gw_on_namespace_fn(gw_namespace *nsp, void *user);
/* Calls fn for each namespace, children included, parents left out, in the order of their making;
 * fn may do anything. */
GW_API void gw_io_each_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);
/* fn runs for each namespace but "/" that comes into being, before its first socket: one that
 * gw_io_of makes, or a child, which has its parent's handlers by then. 0 or GW_E_NOMEM. */
GW_API int gw_on_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);
/* As gw_off. */
GW_API int gw_off_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user);
/* Engine.IO sessions open now, whether or not they have joined a namespace. */
GW_API size_t gw_io_client_count(const gw_io *io);

/* ---- namespaces that clients make ---- */

/* A parent has no sockets and no client can join it. When a client asks for a namespace that does
 * not exist, the parents are asked in the order of their making whether they want it. The first
 * that does gets a child of that name, with a copy of the parent's middlewares and handlers as
 * they are at that moment; the others are not asked. If none does, the client gets CONNECT_ERROR
 * "Invalid namespace". What is emitted to gw_everyone(parent) reaches the sockets of all its
 * children, and gw_each, gw_count and gw_sockets_... work on them alike. Names of parents are
 * "/_0", "/_1", ...
 *
 * Children stay unless cleanup_empty_child_namespaces is set: then one that a client made ends
 * with the turn in which its last socket has gone, and its gw_namespace with it (one that was
 * asked for with gw_io_of stays). At most max_child_namespaces exist at once; who asks for one
 * more gets CONNECT_ERROR "Too many namespaces". Names longer than max_namespace_bytes, or with a
 * NUL, match nothing. */

/* Wants what matches a POSIX extended regular expression anywhere: anchor it ("^/room-[0-9]+$").
 * A gw_io_of whose name matches makes a child too. NULL: memory has run out, or pattern is not an
 * expression, or it refers back to a group (\1), which would let a client choose how long the
 * matching takes. */
GW_API gw_namespace *gw_io_of_pattern(gw_io *io, const char *pattern);
/* name and auth (the JSON object of the client's CONNECT; "{}" when it sent none) are borrowed
 * until match is answered, which must be done once, at once or later, with one of the two calls
 * below; match is gone after that. */
typedef void gw_match_fn(gw_io *io, const char *name, struct gw_slice auth, gw_match *match,
                         void *user);
/* Wants what fn says yes to. NULL: memory has run out. */
GW_API gw_namespace *gw_io_of_predicate(gw_io *io, gw_match_fn *fn, void *user);
/* Yes. Harmless if the client has gone meanwhile. */
GW_API void gw_match_ok(gw_match *match);
/* No: the next parent is asked. */
GW_API void gw_match_refuse(gw_match *match);
/* NULL: no child. */
GW_API gw_namespace *gw_namespace_parent(const gw_namespace *nsp);

/* NUL-terminated, with the leading '/'. Good as long as the namespace. */
GW_API const char *gw_namespace_name(const gw_namespace *nsp);
GW_API gw_io *gw_namespace_io(gw_namespace *nsp);
/* Connected sockets. */
GW_API size_t gw_namespace_socket_count(const gw_namespace *nsp);

/* ---- handlers ---- */

typedef void gw_on_socket_fn(gw_socket *socket, void *user);
/* detail is a short text that says more than the reason does ("invalid heartbeat direction"), or
 * NULL. */
typedef void gw_on_disconnect_fn(gw_socket *socket, enum gw_reason reason, const char *detail,
                                 void *user);
/* event is borrowed until the handler returns. */
typedef void gw_on_event_fn(gw_socket *socket, const gw_event *event, void *user);
/* why names the rule that the client's packet broke (static string), or is what a gw_use_event or
 * gw_socket_use function returned. */
typedef void gw_on_error_fn(gw_socket *socket, const char *why, void *user);
typedef void gw_use_fn(gw_socket *socket, gw_next *next, void *user);

/* Each gw_on_... adds a handler: several for the same thing run in the order in which they were
 * added, those of the namespace before those of the socket. One that is added inside a handler of
 * the same thing has its first turn next time, one that is taken out has none any more. They
 * return 0 or GW_E_NOMEM.
 *
 * gw_once_... adds one that is taken out before its first call. gw_off_... takes out the one added
 * last with that fn and user; with fn NULL all of them. It returns how many it took out. */

/* A client has joined: CONNECT was answered, the socket is connected and in the room of its id. */
GW_API int gw_on_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
/* A connected socket is about to go: it is still in its rooms, and emits to others work as
 * before. */
GW_API int gw_on_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
/* It has gone: it is in no room, its unanswered acks have been called with GW_E_CLOSED. Exactly
 * once for each socket that had on_connection, and the last call for it. */
GW_API int gw_on_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
/* A client sent an event of that name. GW_E_ARG: the name is one that a client cannot send
 * (gw_emit lists them). */
GW_API int gw_on(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);
/* Any event, before the handlers of its name. */
GW_API int gw_on_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* The same, in front of those that are there. */
GW_API int gw_prepend_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* Any event on its way to a socket, once for each socket that it is sent to, before it is written
 * (also one that gw_volatile then drops); answers to acks are no events. fn may do anything;
 * event is not answered. Costs a broadcast its shared walk: every socket is visited by hand. */
GW_API int gw_on_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
GW_API int gw_prepend_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
/* A connected client sent what is not a packet; its connection will be closed ("forced close").
 * Or a function of gw_use_event or gw_socket_use has dropped an event; the connection stays. */
GW_API int gw_on_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user);
/* The client's connection has another transport now (gw_socket_conn). */
GW_API int gw_on_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);

enum gw_room_change {
    GW_ROOM_CREATED, /* its first member is about to be told */
    GW_ROOM_JOINED,
    GW_ROOM_LEFT,
    GW_ROOM_DELETED, /* its last member has been told */
};

typedef void gw_on_room_fn(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                           gw_socket *socket, void *user);
/* Rooms that come and go and who joins and leaves them, the rooms of the sockets' own ids
 * included: CREATED, JOINED just before a socket is connected, LEFT, DELETED for each room just
 * after it was disconnected. socket is NULL for CREATED and DELETED; fn may do anything. The
 * adapter's "create-room", "join-room", "leave-room" and "delete-room". */
GW_API int gw_on_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user);

GW_API int gw_once_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_once(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);

GW_API int gw_off_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_off_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_off_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_off(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_off_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
GW_API int gw_off_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user);
GW_API int gw_off_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user);
GW_API int gw_off_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user);
GW_API int gw_off_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user);
/* Handlers of that event. */
GW_API size_t gw_listener_count(const gw_namespace *nsp, const char *event);

/* The same for one socket. They end with it, after its last on_disconnect; GW_E_CLOSED: it has
 * gone. */
GW_API int gw_socket_on(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_once(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_prepend_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_prepend_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_on_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_on_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_on_error(gw_socket *socket, gw_on_error_fn *fn, void *user);
GW_API int gw_socket_on_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user);

GW_API int gw_socket_off(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_any(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user);
GW_API int gw_socket_off_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_off_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user);
GW_API int gw_socket_off_error(gw_socket *socket, gw_on_error_fn *fn, void *user);
GW_API int gw_socket_off_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user);
GW_API size_t gw_socket_listener_count(const gw_socket *socket, const char *event);

/* ---- middleware ---- */

/* Runs for each client that asks to join, before it is connected, in the order of the calls.
 * Each must answer next exactly once, at once or later, with one of the two calls below; next is
 * gone after that. While it waits the socket is not connected: gw_emit(gw_only(socket)) works
 * and its rooms can be joined, but no broadcast reaches it. 0 or GW_E_NOMEM. */
GW_API int gw_use(gw_namespace *nsp, gw_use_fn *fn, void *user);
/* Goes on to the next middleware, and joins after the last. Harmless if the client has gone
 * meanwhile. */
GW_API void gw_next_ok(gw_next *next);
/* Answers CONNECT_ERROR {"message":message,"data":data}. data_json is one JSON value or NULL (no
 * data; invalid JSON counts as none); message NULL leaves the message out. The client's
 * connection stays open. */
GW_API void gw_next_refuse(gw_next *next, const char *message, const char *data_json);

/* Looks at an event behind the any handlers and before those of its name. NULL lets it pass; a
 * text drops it: the socket's error handlers get that text, and nothing is said to the client.
 * The text must stay as it is until those have returned. */
typedef const char *gw_use_event_fn(gw_socket *socket, const gw_event *event, void *user);
/* For all sockets of the namespace, and for one, which comes after. Several are asked in the order
 * of the calls until one drops the event. 0, GW_E_NOMEM; GW_E_CLOSED: the socket has gone. */
GW_API int gw_use_event(gw_namespace *nsp, gw_use_event_fn *fn, void *user);
GW_API int gw_socket_use(gw_socket *socket, gw_use_event_fn *fn, void *user);

/* ---- sockets ---- */

/* 20 characters, NUL-terminated. Not the Engine.IO session's id, which is a secret of that
 * client. */
GW_API const char *gw_socket_id(const gw_socket *socket);
GW_API gw_namespace *gw_socket_namespace(const gw_socket *socket);
/* The connected socket with that id, or NULL. */
GW_API gw_socket *gw_socket_find(const gw_namespace *nsp, const char *id);
/* From the CONNECT answer until on_disconnecting has returned. */
GW_API bool gw_socket_is_connected(const gw_socket *socket);
/* Which limit, which time-out, which side it was; GW_CAUSE_NONE before on_disconnecting. */
GW_API enum gw_cause gw_socket_cause(const gw_socket *socket);
/* "polling" or "websocket"; "" once the connection has gone. */
GW_API const char *gw_socket_transport(const gw_socket *socket);

/* How the client's connection stands now. */
struct gw_conn_info {
    const char *transport; /* "polling" or "websocket"; "" once the connection has gone */
    uint32_t protocol;     /* revision of Engine.IO; 0 once it has gone */
    bool is_upgraded;      /* it began with another transport */
    struct gw_slice id;    /* the session's: a secret of that client. Good as long as the session */
};

GW_API struct gw_conn_info gw_socket_conn(const gw_socket *socket);

/* A pointer of the application's; NULL at first. With gw_socket_set_user what it points to is
 * freed by the application, in on_disconnect say. */
GW_API void *gw_socket_user(const gw_socket *socket);
GW_API void gw_socket_set_user(gw_socket *socket, void *user);
/* The same, but destroy(user) is called when another pointer takes its place, or when the socket
 * is freed: at the end of a turn, after its last handler, and also when it never connected.
 * destroy may use nothing of the gw_io. GW_E_NOMEM: destroy has been called, the user is NULL. */
GW_API int gw_socket_set_user_take(gw_socket *socket, void *user, void (*destroy)(void *user));
/* The socket's data: one JSON value, "{}" at first, which others see in gw_fetch, on other servers
 * too. Good until it is set again. */
GW_API struct gw_slice gw_socket_data(const gw_socket *socket);
/* Copied. 0; GW_E_ARG: not one JSON value in UTF-8; GW_E_NOMEM (the old one stays). */
GW_API int gw_socket_set_data(gw_socket *socket, const char *json);

struct gw_header {
    struct gw_slice name; /* lower case in what gw_socket_header_at gives */
    struct gw_slice value;
};

/* What is known of how the client came. Slices are good as long as the socket. */
struct gw_handshake {
    struct gw_slice auth;    /* JSON object from the client's CONNECT; "{}" when it sent none */
    struct gw_slice url;     /* target of the session's first request */
    struct gw_slice query;   /* its part behind the '?', raw */
    struct gw_slice address; /* the peer's IP address as text */
    uint64_t issued_ms;      /* since 1970: when the client asked to join */
    bool is_secure;          /* over TLS */
    bool is_xdomain;         /* the request had an Origin */
};

GW_API struct gw_handshake gw_socket_handshake(const gw_socket *socket);

enum { GW_HANDSHAKE_TIME_BYTES = 63 };
/* issued_ms in the words of JavaScript's Date, NUL-terminated:
 * "Sat Nov 21 2026 02:43:26 GMT+0000 (Coordinated Universal Time)". */
GW_API void gw_handshake_time(const struct gw_handshake *handshake,
                              char out[GW_HANDSHAKE_TIME_BYTES]);
/* A field of the session's first HTTP request, name in any case; ptr NULL: absent. Good as long
 * as the socket. */
GW_API struct gw_slice gw_socket_header(const gw_socket *socket, const char *name);
/* The index-th field into *out; false behind the last. */
GW_API bool gw_socket_header_at(const gw_socket *socket, size_t index, struct gw_header *out);
/* A decoded parameter of the handshake's query, NUL-terminated. Returns its length;
 * GW_E_NOT_FOUND; GW_E_LIMIT: does not fit into size bytes; GW_E_ARG: holds a NUL. */
GW_API int gw_socket_query(const gw_socket *socket, const char *name, char *out, size_t size);

/* Puts the socket into a room, which comes into being with its first member. In already: 0. Each
 * socket is in the room of its own id from the start. GW_E_LIMIT: max_rooms or max_room_bytes;
 * GW_E_CLOSED; GW_E_NOMEM. */
GW_API int gw_socket_join_slice(gw_socket *socket, struct gw_slice room);
/* Takes it out; not in: nothing happens. */
GW_API void gw_socket_leave_slice(gw_socket *socket, struct gw_slice room);
GW_API bool gw_socket_is_in_slice(const gw_socket *socket, struct gw_slice room);

static inline int gw_socket_join(gw_socket *socket, const char *room)
{
    return gw_socket_join_slice(socket, gw_slice_of(room));
}

static inline void gw_socket_leave(gw_socket *socket, const char *room)
{
    gw_socket_leave_slice(socket, gw_slice_of(room));
}

static inline bool gw_socket_is_in(const gw_socket *socket, const char *room)
{
    return gw_socket_is_in_slice(socket, gw_slice_of(room));
}

/* Rooms that the socket is in, that of its own id included. */
GW_API size_t gw_socket_room_count(const gw_socket *socket);
typedef void gw_each_room_fn(gw_socket *socket, struct gw_slice room, void *user);
/* Calls fn for each of them; fn may join and leave (a room left meanwhile may still come). 0 or
 * GW_E_NOMEM. */
GW_API int gw_socket_each_room(gw_socket *socket, gw_each_room_fn *fn, void *user);

enum gw_disconnect_flags {
    GW_NAMESPACE_ONLY = 0, /* DISCONNECT for this namespace; the connection stays */
    GW_CLOSE_CONNECTION =
        1, /* DISCONNECT for all namespaces of the connection, then it is closed */
};

/* The handlers run before it returns, with GW_REASON_SERVER_NAMESPACE_DISCONNECT. Harmless on a
 * disconnected socket. */
GW_API void gw_socket_disconnect(gw_socket *socket, enum gw_disconnect_flags flags);

/* The event that tells a client why: socket.on("disconnect_reason", (why) => ...). */
#define GW_DISCONNECT_REASON_EVENT "disconnect_reason"
/* The same, but first the client gets that event with the text, which no packet of the protocol has
 * a place for; the handlers get the text as detail. With GW_CLOSE_CONNECTION the connection's other
 * sockets go too, without a text. 0; GW_E_CLOSED: it is disconnected; GW_E_LIMIT, GW_E_NOMEM: it is
 * disconnected, but the client does not learn why. */
GW_API int gw_socket_disconnect_because(gw_socket *socket, enum gw_disconnect_flags flags,
                                        const char *why);

/* ---- targets: who gets it ---- */

struct gw_target_filter;

/* A value: every function below returns a new one and leaves its argument as it is. Good until
 * control returns to the loop. What went wrong while it was made is told by the call that uses
 * it. */
struct gw_target {
    gw_namespace *nsp;
    gw_socket *socket;                      /* the only one, or the one left out */
    const struct gw_target_filter *filters; /* rooms to reach and rooms to leave out */
    uint32_t flags;
};

/* This socket alone. */
GW_API struct gw_target gw_only(gw_socket *socket);
/* All connected sockets of the namespace. */
GW_API struct gw_target gw_everyone(gw_namespace *nsp);
/* All connected sockets of the socket's namespace but itself. */
GW_API struct gw_target gw_broadcast(gw_socket *socket);
/* Only members of the room. Several gw_to add up: members of any of them, each once. A socket's
 * id is a room too. Not on gw_only: its use returns GW_E_ARG. */
GW_API struct gw_target gw_to_slice(struct gw_target target, struct gw_slice room);
/* Nobody who is in that room. Several add up. */
GW_API struct gw_target gw_except_slice(struct gw_target target, struct gw_slice room);
/* May be dropped for those who cannot take it at once: a poll that is not waiting, output that
 * is still queued. */
GW_API struct gw_target gw_volatile(struct gw_target target);
/* false: not worth compressing (a picture, say), over WebSocket or HTTP. Compression is off unless
 * options.deflate is set, and the client's word counts too. */
GW_API struct gw_target gw_compress(struct gw_target target, bool is_wanted);
/* Only those who are connected to this server, of several. */
GW_API struct gw_target gw_local(struct gw_target target);

static inline struct gw_target gw_to(struct gw_target target, const char *room)
{
    return gw_to_slice(target, gw_slice_of(room));
}

/* The same as gw_to, for who likes the other word. */
static inline struct gw_target gw_in(struct gw_target target, const char *room)
{
    return gw_to_slice(target, gw_slice_of(room));
}

static inline struct gw_target gw_except(struct gw_target target, const char *room)
{
    return gw_except_slice(target, gw_slice_of(room));
}

/* Calls fn once for each connected socket of the target; fn may do anything. Sockets that are
 * disconnected meanwhile are passed over. Returns how many calls, or GW_E_ARG, GW_E_NOMEM. */
GW_API int gw_each(struct gw_target target, gw_on_socket_fn *fn, void *user);
/* How many connected sockets the target has; GW_E_ARG, GW_E_NOMEM. */
GW_API int gw_count(struct gw_target target);

/* ---- many sockets at once ---- */

/* One socket as it was when it was asked for. All is borrowed until the handler returns. */
struct gw_snapshot {
    const char *id; /* NUL-terminated */
    struct gw_handshake handshake;
    const struct gw_slice *rooms; /* that of its own id included */
    size_t room_count;
    struct gw_slice data; /* as gw_socket_data */
    gw_socket *socket;    /* NULL: it lives on another server */
};

/* err is 0; or GW_E_TIMEOUT: other servers owe their answer, and these are those that came. */
typedef void gw_on_fetch_fn(const struct gw_snapshot *snapshots, size_t count, int err, void *user);
/* Asks for all connected sockets of the target. fn is called exactly once if this returns 0, never
 * otherwise: before it returns where there are no other servers. GW_E_ARG (also for a parent
 * namespace), GW_E_NOMEM. */
GW_API int gw_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user);
/* A field of the handshake's request; ptr NULL: absent. */
GW_API struct gw_slice gw_snapshot_header(const struct gw_snapshot *snapshot, const char *name);

/* Each connected socket of the target, on other servers too, joins or leaves a room, or is
 * disconnected (as gw_socket_disconnect). They return how many it was here, or GW_E_ARG,
 * GW_E_NOMEM; a single socket's trouble, max_rooms say, is its own. */
GW_API int gw_sockets_join_slice(struct gw_target target, struct gw_slice room);
GW_API int gw_sockets_leave_slice(struct gw_target target, struct gw_slice room);
GW_API int gw_sockets_disconnect(struct gw_target target, enum gw_disconnect_flags flags);

static inline int gw_sockets_join(struct gw_target target, const char *room)
{
    return gw_sockets_join_slice(target, gw_slice_of(room));
}

static inline int gw_sockets_leave(struct gw_target target, const char *room)
{
    return gw_sockets_leave_slice(target, gw_slice_of(room));
}

/* ---- between servers ---- */

/* Events from one server to the others that serve the same namespace, never to itself: a server
 * that stands alone reaches nobody. */

/* event is borrowed until the handler returns; where an answer is wanted, gw_ack(event, "value")
 * gives it, inside the handler. */
typedef void gw_on_server_event_fn(gw_namespace *nsp, const gw_event *event, void *user);
/* Another server has emitted that event. As gw_on; GW_E_ARG: connect, connection or
 * new_namespace. */
GW_API int gw_on_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn,
                              void *user);
GW_API int gw_off_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn,
                               void *user);

/* answers are JSON values, one for each server that has answered, borrowed for the call. err is 0;
 * or GW_E_TIMEOUT: others owe theirs. */
typedef void gw_on_server_answers_fn(gw_namespace *nsp, const struct gw_slice *answers,
                                     size_t count, int err, void *user);
/* Returns how many other servers it was sent to. GW_E_ARG: as gw_emit, or a name that
 * gw_on_server_event refuses, or a parent namespace. GW_E_NOMEM. */
GW_API int gw_server_side_emit(gw_namespace *nsp, const char *event, const char *args_json);
/* fn is called exactly once if this returns 0 or more, never otherwise: with all answers, or when
 * timeout_ms (0: 5,000) are over; before it returns where there are no other servers. */
GW_API int gw_server_side_emit_ack(gw_namespace *nsp, const char *event, const char *args_json,
                                   uint64_t timeout_ms, gw_on_server_answers_fn *fn, void *user);
/* Servers that serve this namespace, this one included. */
GW_API size_t gw_server_count(gw_namespace *nsp);

/* ---- emitting ---- */

/* All emits return the number of sockets here that it was sent to, or
 *   GW_E_ARG     args are not a list of JSON values; the event is not UTF-8, or is one of connect,
 *                connect_error, disconnect, disconnecting, newListener, removeListener, which the
 *                protocol keeps to itself
 *   GW_E_LIMIT   too many attachments
 *   GW_E_CLOSED  gw_only of a socket whose connection has gone
 *   GW_E_NOMEM   no memory, or with gw_only more than max_queued_bytes would wait: then that
 *                connection is closed at the end of the turn, as it is with the other targets
 * Everything given is copied (once, however many receive it).
 *
 * Order: what is sent to a socket arrives in the order of the calls, whichever they are (emits to it
 * alone, to rooms or to everyone, questions, answers, with attachments or without), also while its
 * connection changes over from polling to WebSocket. What is lost was gw_volatile, or the connection
 * has ended. */

/* args_json is "" or NULL for none, or values parted by commas: "1,\"two\",{\"three\":3}".
 * Example: examples/chat. */
GW_API int gw_emit(struct gw_target target, const char *event, const char *args_json);
GW_API int gw_emit_slice(struct gw_target target, struct gw_slice event, struct gw_slice args);
/* The event "message", which a JavaScript client's socket.on('message') hears: socket.send(). */
static inline int gw_send(struct gw_target target, const char *args_json)
{
    return gw_emit(target, "message", args_json);
}

/* Where args_json holds {"_placeholder":true,"num":N} the receiver finds the N-th attachment, as
 * bytes. Every N must be below attachment_count; 0 attachments make it a plain gw_emit. At most
 * GW_ATTACHMENTS_MAX, else GW_E_LIMIT. */
GW_API int gw_emit_binary(struct gw_target target, const char *event, const char *args_json,
                          const struct gw_slice *attachments, size_t attachment_count);
/* Passes on the arguments of a received event, attachments included, under any name: no parse,
 * no second encoding. */
GW_API int gw_emit_event(struct gw_target target, const char *event, const gw_event *arguments);
/* The same without the first first_arg arguments. */
GW_API int gw_emit_event_from(struct gw_target target, struct gw_slice event,
                              const gw_event *arguments, size_t first_arg);

/* answer holds the client's arguments (it has no name), borrowed for the call, and err is 0; or
 * answer is NULL and err is GW_E_TIMEOUT or GW_E_CLOSED (disconnected). */
typedef void gw_on_ack_fn(gw_socket *socket, const gw_event *answer, int err, void *user);

/* Emits and asks for an answer: fn is called exactly once if this returns 0, never otherwise.
 * timeout_ms 0 waits as long as the socket is connected. 0; GW_E_LIMIT too: max_pending_acks. */
GW_API int gw_emit_ack(gw_socket *socket, const char *event, const char *args_json,
                       uint64_t timeout_ms, gw_on_ack_fn *fn, void *user);
/* As gw_emit_binary. */
GW_API int gw_emit_ack_binary(gw_socket *socket, const char *event, const char *args_json,
                              const struct gw_slice *attachments, size_t attachment_count,
                              uint64_t timeout_ms, gw_on_ack_fn *fn, void *user);

/* Who answered a question to many, and who did not. */
typedef struct gw_answers gw_answers;
/* answers is borrowed for the call. err is 0: all have answered; GW_E_TIMEOUT: the time ran out;
 * GW_E_CLOSED: those who are missing have disconnected, so that nobody is left to wait for;
 * GW_E_NOMEM: an answer could not be kept. */
typedef void gw_on_answers_fn(gw_namespace *nsp, const gw_answers *answers, int err, void *user);

/* Emits to all of the target and asks each for an answer, as gw_emit; timeout_ms 0: 5,000. fn is
 * called exactly once if this returns 0 or more, never otherwise, and never inside the call: also
 * when nobody was there it is called at the next turn of the loop, with 0 answers and err 0. Those
 * who were passed over (gw_volatile) or whom a write could not reach count as not asked. All get the
 * same packet with one ack id. They count as pending acks of each socket, and are never refused for
 * max_pending_acks. Returns how many were asked; GW_E_ARG also for a parent namespace. */
GW_API int gw_emit_ack_all(struct gw_target target, const char *event, const char *args_json,
                           uint64_t timeout_ms, gw_on_answers_fn *fn, void *user);

/* How many have answered. */
GW_API size_t gw_answers_count(const gw_answers *answers);
/* The index-th answer in the order of arrival; it has arguments and attachments and no name. NULL:
 * there are not so many. */
GW_API const gw_event *gw_answers_at(const gw_answers *answers, size_t index);
/* The id of the socket that gave it; it may have gone since (gw_socket_find). */
GW_API const char *gw_answers_id(const gw_answers *answers, size_t index);
/* How many were asked and have not answered, and their ids. */
GW_API size_t gw_answers_missing_count(const gw_answers *answers);
GW_API const char *gw_answers_missing_id(const gw_answers *answers, size_t index);

/* ---- events ---- */

/* Decoded. A number as event name is given as its text. ptr NULL: a packet without name and
 * arguments (gw_on_any only). */
GW_API struct gw_slice gw_event_name(const gw_event *event);
/* The arguments as they came, values parted by commas. */
GW_API struct gw_slice gw_event_args(const gw_event *event);
GW_API size_t gw_event_arg_count(const gw_event *event);
/* One argument's JSON text; ptr NULL: there are not so many. */
GW_API struct gw_slice gw_event_arg(const gw_event *event, size_t index);
/* A string argument, decoded, NUL-terminated. Returns its length in bytes; GW_E_NOT_FOUND: there
 * are not so many arguments; GW_E_ARG: not a string, or it holds a NUL; GW_E_LIMIT: does not fit
 * into size bytes. */
GW_API int gw_event_string(const gw_event *event, size_t index, char *out, size_t size);
/* Infinite when no double can hold it, as in JavaScript. 0, GW_E_NOT_FOUND, GW_E_ARG (not a
 * number). */
GW_API int gw_event_number(const gw_event *event, size_t index, double *out);

GW_API size_t gw_event_attachment_count(const gw_event *event);
/* Bytes of an attachment; ptr NULL: there are not so many. */
GW_API struct gw_slice gw_event_attachment(const gw_event *event, size_t index);
/* The bytes when the whole argument is a placeholder for them, else ptr NULL. */
GW_API struct gw_slice gw_event_arg_attachment(const gw_event *event, size_t index);

/* Whether the client waits for an answer and has none yet. */
GW_API bool gw_event_wants_ack(const gw_event *event);
/* Answers it, once. 0; GW_E_ARG: not JSON values, or no answer was asked for; GW_E_CLOSED:
 * answered already, or the socket has gone; GW_E_LIMIT, GW_E_NOMEM. */
GW_API int gw_ack(const gw_event *event, const char *args_json);
/* Answers with the arguments of a received event (the same one, say). */
GW_API int gw_ack_event(const gw_event *event, const gw_event *arguments);
/* As gw_emit_binary. */
GW_API int gw_ack_binary(const gw_event *event, const char *args_json,
                         const struct gw_slice *attachments, size_t attachment_count);

/* Takes the duty to answer out of the event, to be done after the handler has returned. The
 * caller owns it and ends it with gw_pending_ack_answer or gw_pending_ack_drop, before the
 * server is destroyed. NULL: no answer wanted (any more), max_pending_acks of this socket are
 * taken already, or memory has run out. */
GW_API gw_pending_ack *gw_event_ack_take(const gw_event *event);
/* Answers and frees. The results of gw_ack; GW_E_CLOSED if the socket has gone meanwhile. On
 * GW_E_ARG it is freed too. */
GW_API int gw_pending_ack_answer(gw_pending_ack *ack, const char *args_json);
/* As gw_emit_binary. */
GW_API int gw_pending_ack_answer_binary(gw_pending_ack *ack, const char *args_json,
                                        const struct gw_slice *attachments,
                                        size_t attachment_count);
/* Frees without an answer. NULL is fine. */
GW_API void gw_pending_ack_drop(gw_pending_ack *ack);

#ifdef __cplusplus
}
#endif
#endif
