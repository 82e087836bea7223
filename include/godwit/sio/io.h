/* SPDX-License-Identifier: MIT */
/* A Socket.IO server and its options. */
#ifndef GODWIT_SIO_IO_H
#define GODWIT_SIO_IO_H

#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_server gw_server;   /* server.h */
typedef struct gw_request gw_request; /* server.h */
struct gw_ws_deflate;                 /* ws.h */
struct gw_io_recovery;                /* recovery.h */

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

/* What becomes of an event that is too many (max_events_per_second). */
enum gw_event_rate_policy {
    /* It is dropped, and gw_on_error handlers hear "too many events". Who asked for an ack gets
     * none; a CONNECT is refused with that message. */
    GW_EVENT_RATE_DROP,
    /* The client is disconnected from all its namespaces ("io server disconnect", after which a
     * genuine client does not come back by itself) and its connection closed:
     * GW_CAUSE_TOO_MANY_EVENTS. */
    GW_EVENT_RATE_DISCONNECT,
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
    /* A message that each session gets first of all, for programs below Socket.IO: a Socket.IO
     * client takes it for a packet. ptr NULL: none. */
    struct gw_slice initial_packet;
    bool is_initial_packet_binary;

    /* "connectionStateRecovery": clients that were cut off find their sockets again (recovery.h).
     * They do not. */
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

    /* A POST body or WebSocket message: "maxHttpBufferSize"; 1,000,000. */
    uint64_t max_payload_bytes;
    uint64_t max_queued_bytes; /* unsent output of one connection, then it is closed; 16 MiB */
    uint32_t max_sessions; /* Engine.IO sessions at once, then handshakes are refused; 1,000,000 */
    /* Of them, those that have joined no namespace yet: clients do so at once. One more ends the
     * one that has waited longest; 50,000. */
    uint32_t max_joining_sessions;

    /* That one connection may be in or ask for; each of its packets looks for its own among them,
     * one by one. 100. */
    uint32_t max_namespaces;
    uint32_t max_child_namespaces; /* that clients have made, at once; 10,000 */
    uint32_t max_namespace_bytes;  /* of the name of one that a client asks for; 256 */
    /* Namespaces that clients made end when their last socket has gone; they stay. */
    bool cleanup_empty_child_namespaces;
    enum gw_parser parser;     /* GW_PARSER_DEFAULT */
    uint32_t max_rooms;        /* that one socket may be in; 1,000 */
    uint32_t max_room_bytes;   /* of a room's name; 1,024 */
    uint32_t max_pending_acks; /* unanswered, of one socket, in each direction; 10,000 */
    /* Events of one connection: so many a second, and so many at once when it has been quiet (as
     * many as in a second). To ask for a namespace counts too, answers to acks do not. No limit. */
    uint32_t max_events_per_second, max_event_burst;
    enum gw_event_rate_policy event_rate_policy; /* GW_EVENT_RATE_DROP */
    /* Of one packet that a client sends. GW_PARSER_DEFAULT: at most GW_ATTACHMENTS_MAX; 10.
     * GW_PARSER_MSGPACK: as many as max_packet_bytes allows, which is what the genuine parser
     * takes. */
    uint32_t max_attachments;
    /* A packet with its attachments; with GW_PARSER_MSGPACK what it becomes, the JSON of a packet,
     * and no more than that for the places of its attachments (16 bytes each); max_payload_bytes
     * times 11. */
    uint64_t max_packet_bytes;
    uint64_t attachment_timeout_ms; /* to wait for the next attachment of a packet; 45,000 */
};

/* Serves Socket.IO on a server; several by different paths are possible. options may be NULL and
 * are copied, strings included. The gw_io belongs to the server and ends with it. NULL: memory has
 * run out, the path is taken, an option breaks its rule, or client_directory has no bundle;
 * gw_server_error() says which, and what is wrong. */
GW_API gw_io *gw_io_attach(gw_server *server, const struct gw_io_options *options);
/* Engine.IO sessions open now, whether or not they have joined a namespace. */
GW_API size_t gw_io_client_count(const gw_io *io);

#ifdef __cplusplus
}
#endif
#endif
