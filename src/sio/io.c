/* SPDX-License-Identifier: MIT */
#include "sio/io.h"

#include "base/later.h"
#include "base/mem.h"
#include "eio/session.h"
#include "sio/ack.h"
#include "sio/adapter.h"
#include "sio/answer.h"
#include "sio/dynamic.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/next.h"
#include "sio/parser.h"
#include "sio/recovery.h"
#include "sio/socket.h"

enum {
    KEEP_SCRATCH_BYTES = 4096,
    PACKET_MESSAGES = 1 + GW_ATTACHMENTS_MAX, /* the most that one packet consists of */
};

/* ---- options ---- */

static void default_u64(uint64_t *value, uint64_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

static void default_u32(uint32_t *value, uint32_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

/* With the other parser all of a packet is one message, whose length is bounded already. */
static void fill_max_attachments(struct gw_io_options *options)
{
    uint32_t most = options->parser == GW_PARSER_DEFAULT ? GW_ATTACHMENTS_MAX : INT32_MAX;

    default_u32(&options->max_attachments, most);
    if (options->max_attachments > most)
        options->max_attachments = most;
}

/* Only those that this room looks at; the engine has its own. */
static void fill_defaults(struct gw_io_options *options)
{
    default_u64(&options->connect_timeout_ms, 45000);
    default_u64(&options->attachment_timeout_ms, 45000);
    default_u64(&options->max_payload_bytes, 1000000);
    default_u64(&options->max_packet_bytes,
                options->max_payload_bytes < UINT64_MAX / PACKET_MESSAGES
                    ? options->max_payload_bytes * PACKET_MESSAGES
                    : UINT64_MAX);
    default_u32(&options->max_joining_sessions, 50000);
    default_u32(&options->max_namespaces, 100);
    default_u32(&options->max_child_namespaces, 10000);
    default_u32(&options->max_namespace_bytes, 256);
    default_u32(&options->max_rooms, 1000);
    default_u32(&options->max_room_bytes, 1024);
    default_u32(&options->max_pending_acks, 10000);
    fill_max_attachments(options);
}

/* ---- life ---- */

gw_io *gw_io_create(const struct gw_io_options *options, const struct gw_io_env *env)
{
    const struct gw_io_recovery *recovery = options ? options->recovery : NULL;
    gw_io *io = gw_mem_zalloc(sizeof(*io));

    if (!io)
        return NULL;
    if (options)
        io->options = *options;
    fill_defaults(&io->options);
    gw_rate_limit_init(&io->event_rate, io->options.max_events_per_second,
                       io->options.max_event_burst);
    io->env = *env;
    gw_map_init(&io->namespaces, env->seed);
    gw_list_init(&io->namespace_list);
    gw_list_init(&io->parents);
    gw_list_init(&io->idle_namespaces);
    gw_list_init(&io->matches);
    io->adapter = &gw_sio_adapter_memory;
    io->options.recovery = NULL; /* good only as long as the call */
    if (recovery)
        io->recovery = gw_sio_recovery_create(&io->options, recovery);
    if (io->recovery)
        io->adapter = &io->recovery->adapter;
    gw_list_init(&io->links);
    gw_list_init(&io->joining);
    gw_list_init(&io->receiving);
    gw_list_init(&io->dead_sockets);
    gw_sio_leavers_init(&io->leavers, env->seed);
    gw_list_init(&io->dead_links);
    gw_list_init(&io->nexts);
    gw_list_init(&io->orphans);
    gw_sio_timeouts_init(&io->timeouts);
    gw_buf_init(&io->name, SIZE_MAX / 2);
    gw_buf_init(&io->quote, SIZE_MAX / 2);
    gw_buf_init(&io->parsed, io->options.max_packet_bytes);
    gw_buf_init(&io->parsed_slices, io->options.max_packet_bytes);
    io->parser = gw_sio_parser_of(io->options.parser);
    if (!recovery || io->recovery)
        io->main = gw_sio_namespace_create(io, GW_LIT("/"));
    if (io->main)
        return io;
    gw_sio_recovery_destroy(io->recovery);
    gw_map_dispose(&io->namespaces);
    gw_mem_free(io);
    return NULL;
}

/* Out of all lists and free, whatever its state: nobody is told. */
static void drop_socket(gw_socket *socket)
{
    gw_sio_ack_drop_all(socket);
    gw_sio_answer_orphan_all(socket);
    gw_sio_rooms_leave_all(&socket->nsp->rooms, &socket->member);
    if (gw_socket_is_connected(socket))
        gw_map_remove(&socket->nsp->sockets, &socket->by_id);
    gw_list_remove(&socket->node);
    gw_sio_socket_free(socket);
}

static void drop_link(struct gw_sio_link *link)
{
    while (link->sockets) {
        gw_socket *socket = link->sockets;

        gw_sio_link_remove(link, socket);
        drop_socket(socket);
    }
    if (link->session)
        gw_eio_session_set_handlers(link->session, NULL, NULL);
    gw_sio_link_joined(link);
    gw_list_remove(&link->node);
    gw_sio_link_free(link);
}

/* Sockets that are gone, but whose middleware still owes its word, hang on nothing else. */
static void drop_nexts(gw_io *io)
{
    while (!gw_list_is_empty(&io->nexts))
        gw_sio_next_release(container_of(io->nexts.next, gw_next, node));
}

/* Nobody is told of the rooms that go now. */
static void unwatch_rooms(gw_io *io)
{
    const struct gw_list *head = &io->namespace_list;

    for (struct gw_list *at = head->next; at != head; at = at->next)
        container_of(at, gw_namespace, node)->rooms.on_change = NULL;
}

static void destroy_namespaces(struct gw_list *namespaces)
{
    while (!gw_list_is_empty(namespaces))
        gw_sio_namespace_destroy(container_of(namespaces->next, gw_namespace, node));
}

void gw_io_destroy(gw_io *io)
{
    if (!io)
        return;
    unwatch_rooms(io);
    gw_sio_dynamic_drop_matches(io);
    drop_nexts(io);
    while (!gw_list_is_empty(&io->links))
        drop_link(container_of(io->links.next, struct gw_sio_link, node));
    gw_sio_ack_drop_rest(io);
    gw_io_reap(io);
    gw_sio_recovery_destroy(io->recovery);
    destroy_namespaces(&io->namespace_list);
    destroy_namespaces(&io->parents);
    gw_sio_listeners_dispose(&io->new_namespace);
    gw_sio_dead_listeners_free(&io->dead_listeners);
    gw_sio_answer_free_orphans(io);
    gw_map_dispose(&io->namespaces);
    gw_sio_timeouts_dispose(&io->timeouts);
    gw_sio_arena_dispose(&io->arena);
    gw_buf_dispose(&io->name);
    gw_buf_dispose(&io->quote);
    gw_buf_dispose(&io->parsed);
    gw_buf_dispose(&io->parsed_slices);
    gw_mem_free(io);
}

gw_namespace *gw_io_namespace(gw_io *io)
{
    return io->main;
}

size_t gw_io_client_count(const gw_io *io)
{
    return io->link_count;
}

/* ---- the server's calls ---- */

static const struct gw_eio_session_handlers *handlers_for(const gw_io *io)
{
    if (io->sampler.every > 0)
        return &gw_sio_link_timed_handlers;
    return io->parser ? &gw_sio_link_parser_handlers : &gw_sio_link_handlers;
}

static struct gw_sio_link *first_joining(const gw_io *io)
{
    return gw_list_is_empty(&io->joining)
               ? NULL
               : container_of(io->joining.next, struct gw_sio_link, joining);
}

/* Clients join at once: the one that has not for longest makes room, or some that never join would
 * keep all others out. At once, too: a session that polls would wait for a poll to say so in. */
static void make_room_to_join(gw_io *io)
{
    uint32_t max = io->options.max_joining_sessions;
    struct gw_sio_link *link = first_joining(io);

    if (io->joining_count < max)
        return;
    gw_sio_limit_reached(io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_JOINING_SESSIONS,
                                                        max + UINT64_C(1), max, NULL, NULL});
    gw_sio_link_blame(link, GW_CAUSE_CROWDED_OUT);
    link->detail = "too many sessions have joined no namespace";
    gw_eio_session_discard(link->session);
}

int gw_io_open_link(gw_io *io, struct gw_eio_session *session, const struct gw_sio_request *request)
{
    struct gw_sio_link *link;

    if (io->is_shut_down)
        return GW_E_CLOSED;
    link = gw_sio_link_create(io, request);
    if (!link)
        return GW_E_NOMEM;
    make_room_to_join(io);
    link->session = session;
    link->joining_deadline_ms = gw_later_ms(gw_io_now_ms(io), io->options.connect_timeout_ms);
    gw_list_push(&io->links, &link->node);
    gw_list_push(&io->joining, &link->joining);
    io->joining_count++;
    gw_io_tell_work(io);
    io->link_count++;
    gw_eio_session_set_handlers(session, handlers_for(io), link);
    return 0;
}

static struct gw_sio_binary *first_receiving(const gw_io *io)
{
    return gw_list_is_empty(&io->receiving)
               ? NULL
               : container_of(io->receiving.next, struct gw_sio_binary, node);
}

uint64_t gw_io_deadline_ms(const gw_io *io)
{
    const struct gw_sio_link *joining = first_joining(io);
    const struct gw_sio_binary *receiving = first_receiving(io);
    uint64_t deadline_ms = gw_sio_timeouts_deadline_ms(&io->timeouts);

    if (joining && joining->joining_deadline_ms < deadline_ms)
        deadline_ms = joining->joining_deadline_ms;
    if (receiving && receiving->deadline_ms < deadline_ms)
        deadline_ms = receiving->deadline_ms;
    if (io->recovery && io->recovery->sweep_ms < deadline_ms)
        deadline_ms = io->recovery->sweep_ms;
    return deadline_ms;
}

static void expire_joining(gw_io *io)
{
    struct gw_sio_link *link;

    while ((link = first_joining(io)) != NULL && link->joining_deadline_ms <= gw_io_now_ms(io)) {
        gw_sio_link_joined(link);
        gw_sio_link_blame(link, GW_CAUSE_CONNECT_TIMEOUT);
        gw_sio_link_close(link, "no namespace joined in time");
    }
}

static void expire_receiving(gw_io *io)
{
    struct gw_sio_binary *binary;

    while ((binary = first_receiving(io)) != NULL && binary->deadline_ms <= gw_io_now_ms(io)) {
        struct gw_sio_link *link = binary->link;

        link->binary = NULL;
        gw_sio_binary_destroy(binary);
        gw_sio_link_blame(link, GW_CAUSE_ATTACHMENT_TIMEOUT);
        gw_sio_link_fail(link, "attachments did not come in time");
    }
}

void gw_io_tick(gw_io *io)
{
    expire_joining(io);
    expire_receiving(io);
    gw_sio_ack_tick(io);
    if (io->recovery)
        gw_sio_recovery_tick(io);
}

static void trim_scratch(struct gw_buf *scratch)
{
    if (scratch->cap > KEEP_SCRATCH_BYTES)
        gw_buf_dispose(scratch);
}

void gw_io_end_turn(gw_io *io)
{
    gw_sio_arena_reset(&io->arena);
    trim_scratch(&io->name);
    trim_scratch(&io->quote);
    trim_scratch(&io->parsed);
    trim_scratch(&io->parsed_slices);
}

void gw_io_reap(gw_io *io)
{
    struct gw_list *node;

    gw_sio_leavers_reset(&io->leavers);
    while ((node = gw_list_pop(&io->dead_sockets)) != NULL)
        gw_sio_socket_free(container_of(node, gw_socket, node));
    while ((node = gw_list_pop(&io->dead_links)) != NULL)
        gw_sio_link_free(container_of(node, struct gw_sio_link, node));
    gw_sio_dynamic_sweep(io);
    gw_sio_dead_listeners_free(&io->dead_listeners);
}

void gw_io_shutdown(gw_io *io)
{
    const struct gw_list *namespaces = &io->namespace_list;

    io->is_shut_down = true;
    for (struct gw_list *at = namespaces->next; at != namespaces; at = at->next) {
        struct gw_list *sockets = &container_of(at, gw_namespace, node)->socket_list;
        struct gw_list leaving;

        gw_list_init(&leaving);
        while (!gw_list_is_empty(sockets)) {
            gw_socket *socket = container_of(sockets->next, gw_socket, node);

            /* One that is leaving already, with its handlers on the stack below, must not be met
             * again and again. */
            if (socket->state != GW_SIO_SOCKET_CONNECTED) {
                gw_list_remove(&socket->node);
                gw_list_push(&leaving, &socket->node);
                continue;
            }
            gw_sio_socket_close(socket, GW_REASON_SERVER_SHUTTING_DOWN, NULL);
        }
        gw_list_move_all(sockets, &leaving);
    }
}
