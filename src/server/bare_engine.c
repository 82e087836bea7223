/* SPDX-License-Identifier: MIT */
/* An engine without Socket.IO: its sessions' messages go to the application as they are. */
#include "base/mem.h"
#include "server/engine.h"

#include <assert.h>

/* The session's user is the application's pointer, so a bare session needs no memory of its own. */
static const struct gw_eio_session_handlers session_handlers = {
    .on_message = gw_engine_tell_message,
};

static int on_session(struct gw_engine *engine, struct gw_eio_session *session,
                      const struct gw_http_request *request, const struct gw_client *client)
{
    (void)engine;
    (void)request;
    (void)client;
    gw_eio_session_set_handlers(session, &session_handlers, NULL);
    return GW_OK;
}

static const struct gw_engine_guest guest = {
    .name = "Engine.IO",
    .default_path = "/engine.io/",
    .on_session = on_session,
};

void gw_session_set_user(gw_session *session, void *user)
{
    assert(session->handlers == &session_handlers);
    session->user = user;
}

void *gw_session_user(const gw_session *session)
{
    assert(session->handlers == &session_handlers);
    return session->user;
}

/* ---- life ---- */

static void on_stop(struct gw_server_part *part)
{
    gw_engine_close(container_of(part, struct gw_engine, part));
}

/* Those who poll outlive their connections: the application hears of their end too. */
static void destroy(struct gw_server_part *part)
{
    struct gw_engine *engine = container_of(part, struct gw_engine, part);

    gw_engine_close(engine);
    gw_engine_dispose(engine);
    gw_mem_free(engine);
}

gw_engine *gw_engine_attach(gw_server *server, const struct gw_io_options *options)
{
    static const struct gw_io_options defaults;
    struct gw_engine *engine = gw_mem_zalloc(sizeof(*engine));
    int err;

    if (!engine) {
        gw_server_fail(server, GW_E_NOMEM, "cannot attach Engine.IO: out of memory");
        return NULL;
    }
    if (!options)
        options = &defaults;
    err = gw_engine_init(engine, server, &guest, options);
    engine->part.on_stop = on_stop;
    engine->part.destroy = destroy;
    if (err == GW_OK)
        err = gw_engine_start(engine, options);
    if (err == GW_OK)
        return engine;
    gw_engine_fail(engine, err);
    destroy(&engine->part);
    return NULL;
}
