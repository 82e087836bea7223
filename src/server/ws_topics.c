/* SPDX-License-Identifier: MIT */
#include "server/ws_topics.h"

#include "base/mem.h"
#include "net/random.h"
#include "server/server.h"
#include "server/ws_endpoint.h"
#include "wire/ws_cast.h"

/* Made for the first subscriber of a server, gone with the server. */
struct gw_ws_topics {
    struct gw_server_part part;
    struct gw_sio_rooms rooms;
};

static void on_stop(struct gw_server_part *part)
{
    (void)part; /* the connections are told one by one */
}

static void destroy(struct gw_server_part *part)
{
    struct gw_ws_topics *topics = container_of(part, struct gw_ws_topics, part);

    gw_sio_rooms_dispose(&topics->rooms);
    gw_mem_free(topics);
}

static struct gw_ws_topics *take_topics(gw_server *server)
{
    struct gw_ws_topics *topics = server->topics;
    uint64_t seed[2];

    if (topics)
        return topics;
    topics = gw_mem_zalloc(sizeof(*topics));
    if (!topics)
        return NULL;
    gw_random_fill((uint8_t *)seed, sizeof(seed));
    gw_sio_rooms_init(&topics->rooms, seed);
    topics->part = (struct gw_server_part){.on_stop = on_stop, .destroy = destroy};
    gw_server_add_part(server, &topics->part);
    server->topics = topics;
    return topics;
}

/* NULL: a client's, or nobody has ever subscribed to anything. */
static struct gw_ws_topics *topics_of(const gw_ws *ws)
{
    const struct gw_ws_endpoint *endpoint = gw_ws_endpoint_of(ws);

    return endpoint ? endpoint->server->topics : NULL;
}

int gw_ws_subscribe(gw_ws *ws, struct gw_slice topic)
{
    const struct gw_ws_endpoint *endpoint = gw_ws_endpoint_of(ws);
    struct gw_sio_member *member = &gw_ws_member_of(ws)->topics;
    struct gw_ws_topics *topics;

    if (!endpoint || topic.len == 0)
        return GW_E_ARG;
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    if (topic.len > endpoint->max_topic_bytes)
        return GW_E_LIMIT;
    topics = take_topics(endpoint->server);
    if (!topics)
        return GW_E_NOMEM;
    if (member->count >= endpoint->max_topics)
        return gw_sio_rooms_is_in(&topics->rooms, member, topic) ? GW_OK : GW_E_LIMIT;
    return gw_sio_rooms_join(&topics->rooms, member, topic);
}

void gw_ws_unsubscribe(gw_ws *ws, struct gw_slice topic)
{
    struct gw_ws_topics *topics = topics_of(ws);

    if (topics)
        gw_sio_rooms_leave(&topics->rooms, &gw_ws_member_of(ws)->topics, topic);
}

void gw_ws_topics_leave_all(gw_ws *ws)
{
    struct gw_ws_topics *topics = topics_of(ws);

    if (topics)
        gw_sio_rooms_leave_all(&topics->rooms, &gw_ws_member_of(ws)->topics);
}

bool gw_ws_is_subscribed(const gw_ws *ws, struct gw_slice topic)
{
    const struct gw_ws_topics *topics = topics_of(ws);
    const struct gw_ws_member *member = (const struct gw_ws_member *)(const void *)ws;

    return topics && gw_sio_rooms_is_in(&topics->rooms, &member->topics, topic);
}

size_t gw_ws_subscriber_count(const gw_server *server, struct gw_slice topic)
{
    const struct gw_sio_room *room =
        server->topics ? gw_sio_rooms_find(&server->topics->rooms, topic) : NULL;

    return room ? room->count : 0;
}

static gw_ws *subscriber_of(const struct gw_list *node)
{
    const struct gw_sio_membership *membership =
        container_of(node, struct gw_sio_membership, in_room);

    return &container_of(membership->member, struct gw_ws_member, topics)->socket.ws;
}

/* Sending calls nobody back: what becomes of a connection is told later in the
 * turn. So the list holds still. */
static int publish(gw_server *server, const gw_ws *except, struct gw_slice topic,
                   struct gw_ws_cast *cast)
{
    const struct gw_sio_room *room =
        server->topics ? gw_sio_rooms_find(&server->topics->rooms, topic) : NULL;
    int count = 0, err = GW_OK;

    if (!room)
        return 0;
    for (struct gw_list *node = room->memberships.next; node != &room->memberships;
         node = node->next) {
        gw_ws *ws = subscriber_of(node);
        int result = ws == except ? GW_E_CLOSED : gw_ws_socket_make_room(ws, cast->data.len);

        if (result == GW_OK)
            result = gw_ws_cast_send(cast, ws);
        if (result == GW_OK)
            gw_ws_count_out(ws, cast->data.len);
        count += result == GW_OK;
        if (result == GW_E_NOMEM)
            err = result;
    }
    return count > 0 ? count : err;
}

static int publish_once(gw_server *server, const gw_ws *except, struct gw_slice topic,
                        struct gw_slice data, bool is_binary)
{
    struct gw_ws_cast cast;
    int result;

    gw_ws_cast_init(&cast, is_binary ? GW_WS_BINARY : GW_WS_TEXT, data);
    result = publish(server, except, topic, &cast);
    gw_ws_cast_dispose(&cast);
    return result;
}

int gw_ws_publish(gw_server *server, struct gw_slice topic, struct gw_slice data, bool is_binary)
{
    return publish_once(server, NULL, topic, data, is_binary);
}

int gw_ws_publish_from(gw_ws *ws, struct gw_slice topic, struct gw_slice data, bool is_binary)
{
    const struct gw_ws_endpoint *endpoint = gw_ws_endpoint_of(ws);

    if (!endpoint)
        return GW_E_ARG;
    return publish_once(endpoint->server, ws, topic, data, is_binary);
}
