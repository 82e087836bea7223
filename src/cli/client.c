/* SPDX-License-Identifier: MIT */
#include "cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* "localhost:9001/echo" is what people type. */
static char *full_url(const char *url)
{
    char *full = NULL;

    return asprintf(&full, "%s%s", strstr(url, "://") ? "" : "ws://", url) < 0 ? NULL : full;
}

static bool wants_tls(const char *url)
{
    return strncasecmp(url, "wss:", 4) == 0 || strncasecmp(url, "https:", 6) == 0;
}

static bool fail(struct gw_cli_client *client, char *why, const char *format, const char *value)
{
    snprintf(why, GW_CLI_ARGS_WHY_MAX, "%s%s", format, value);
    gw_cli_client_dispose(client);
    return false;
}

bool gw_cli_client_init(struct gw_cli_client *client, const char *url,
                        const struct gw_cli_client_args *args, char why[static GW_CLI_ARGS_WHY_MAX])
{
    char tls_why[256] = "";

    *client = (struct gw_cli_client){
        .options =
            {
                .subprotocols = args->subprotocols.items,
                .headers = args->headers.items,
                .origin = args->origin,
                .proxy = args->proxy,
                .unix_path = args->unix_path,
                .connect_timeout_ms = args->timeout_ms,
                .handshake_timeout_ms = args->timeout_ms,
                .max_redirects = (uint32_t)args->max_redirects,
            },
        .tls_options =
            {
                .ca_file = args->ca_file,
                .cert_file = args->cert_file,
                .key_file = args->key_file,
                .is_insecure = args->is_insecure,
            },
        .url = full_url(url),
    };
    if (!client->url)
        return fail(client, why, "out of memory", "");
    if (args->key_file && !args->cert_file)
        return fail(client, why, "--key needs the --cert FILE that it belongs to: --key ",
                    args->key_file);
    if (!wants_tls(client->url) && args->max_redirects == 0)
        return true;
    client->tls = gw_client_tls_create(&client->tls_options, tls_why, sizeof(tls_why));
    if (!client->tls)
        return fail(client, why, tls_why, "");
    client->options.tls = client->tls;
    return true;
}

void gw_cli_client_dispose(struct gw_cli_client *client)
{
    gw_client_tls_destroy(client->tls);
    free(client->url);
    *client = (struct gw_cli_client){0};
}
