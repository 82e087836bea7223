/* SPDX-License-Identifier: MIT */
/* The public name of the client's TLS context. */
#include "net/tls_client.h"

#include <godwit/client.h>
#include <stdio.h>

gw_client_tls *gw_client_tls_create(const struct gw_client_tls_options *options, char *why,
                                    size_t why_size)
{
    static const struct gw_client_tls_options defaults;
    char text[GW_TLS_WHY_MAX] = "";
    gw_client_tls *tls;

    if (!options)
        options = &defaults;
    tls = gw_tls_client_context_create(
        &(struct gw_tls_client_options){
            .ca_file = options->ca_file,
            .cert_file = options->cert_file,
            .key_file = options->key_file,
            .is_insecure = options->is_insecure,
        },
        text);
    if (why_size > 0)
        snprintf(why, why_size, "%s", tls ? "" : text);
    return tls;
}

void gw_client_tls_destroy(gw_client_tls *tls)
{
    gw_tls_client_context_destroy(tls);
}
