/* SPDX-License-Identifier: MIT */
/* Some clients in "/" at once, for tests of what is sent to many. */
#ifndef GW_TESTS_SIO_CROWD_H
#define GW_TESTS_SIO_CROWD_H

#include "support/sio_fixture.h"

enum { CROWD_MAX = 8 };

struct crowd {
    struct fixture fx;
    struct client *clients[CROWD_MAX]; /* in the order of their coming, as the sockets */
    gw_socket *sockets[CROWD_MAX];
    size_t count;
};

static inline void crowd_on_connection(gw_socket *socket, void *user)
{
    struct crowd *crowd = user;

    if (crowd->count < CROWD_MAX)
        crowd->sockets[crowd->count] = socket;
}

/* With count clients, which have not been told anything. options may be NULL. */
static inline void crowd_open_with(struct crowd *crowd, const struct gw_io_options *options,
                                   size_t count)
{
    memset(crowd, 0, sizeof(*crowd));
    fixture_open(&crowd->fx, options);
    if (count > CROWD_MAX || gw_on_connection(crowd->fx.nsp, crowd_on_connection, crowd) < 0)
        abort();
    for (; crowd->count < count; crowd->count++) {
        struct client *client = client_open(&crowd->fx);

        say(client, "40");
        forget(client);
        client->message_count = 0;
        crowd->clients[crowd->count] = client;
    }
}

static inline void crowd_open(struct crowd *crowd, size_t count)
{
    crowd_open_with(crowd, NULL, count);
}

static inline void crowd_close(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        client_free(crowd->clients[i]);
    fixture_close(&crowd->fx);
}

/* What three clients have got since the last time. */
static inline bool crowd_heard(struct crowd *crowd, const char *a, const char *b, const char *c)
{
    const char *const wanted[] = {a, b, c};
    bool is_good = true;

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(crowd->clients[i]->out, wanted[i]) == 0)
            continue;
        fprintf(stderr, "client %zu got %s and not %s\n", i, crowd->clients[i]->out, wanted[i]);
        is_good = false;
    }
    for (size_t i = 0; i < crowd->count; i++)
        forget(crowd->clients[i]);
    return is_good;
}

#endif
