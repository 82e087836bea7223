/* SPDX-License-Identifier: MIT */
#include "server/tls.h"

#include "base/mem.h"
#include "server/server.h"

enum { DEFAULT_HANDSHAKE_TIMEOUT_MS = 10000 };

struct gw_server_tls *gw_server_tls_open(gw_server *server, const struct gw_tls_options *options,
                                         int *err)
{
    struct gw_server_tls *tls = gw_mem_zalloc(sizeof(*tls));
    char why[GW_TLS_WHY_MAX] = "out of memory";

    *err = GW_E_NOMEM;
    if (tls)
        *err = gw_tls_server_create(&tls->tls, options, why);
    if (*err < 0) {
        gw_server_fail(server, *err, "cannot listen with TLS: %s", why);
        gw_mem_free(tls);
        return NULL;
    }
    tls->handshake_timeout_ms = options->handshake_timeout_ms > 0 ? options->handshake_timeout_ms
                                                                  : DEFAULT_HANDSHAKE_TIMEOUT_MS;
    gw_list_push(&server->tls_list, &tls->node);
    return tls;
}

void gw_server_tls_close(struct gw_server_tls *tls)
{
    gw_list_remove(&tls->node);
    gw_tls_server_destroy(tls->tls);
    gw_mem_free(tls);
}

void gw_server_tls_close_all(gw_server *server)
{
    while (!gw_list_is_empty(&server->tls_list))
        gw_server_tls_close(container_of(server->tls_list.next, struct gw_server_tls, node));
}

static int reload(gw_server *server, struct gw_server_tls *tls)
{
    char why[GW_TLS_WHY_MAX];
    int err = gw_tls_server_reload(tls->tls, why);

    if (err == GW_OK) {
        gw_log_write(&server->log, GW_LOG_INFO, "tls_reloaded");
        return err;
    }
    gw_log_write(&server->log, GW_LOG_ERROR, "tls_reload_failed error=\"%s\"", why);
    return gw_server_fail(server, err, "cannot reload TLS: %s", why);
}

int gw_server_reload_tls(gw_server *server)
{
    int result = GW_OK;

    for (struct gw_list *node = server->tls_list.next; node != &server->tls_list;
         node = node->next) {
        int err = reload(server, container_of(node, struct gw_server_tls, node));

        if (err < 0)
            result = err;
    }
    return result;
}
