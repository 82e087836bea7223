/* SPDX-License-Identifier: MIT */
/* How to reach a server: the options that connect and bench have in common, and
 * what the library makes of them. */
#ifndef GW_CLI_CLIENT_H
#define GW_CLI_CLIENT_H

#include "cli/args.h"

#include <godwit/client.h>

/* As the command line said it. */
struct gw_cli_client_args {
    struct gw_cli_list headers, subprotocols;
    const char *origin, *ca_file, *cert_file, *key_file, *proxy, *unix_path;
    bool is_insecure;
    uint64_t timeout_ms, max_redirects;
};

#define GW_CLI_CLIENT_DEFAULTS                                                                     \
    {                                                                                              \
        .timeout_ms = 10000                                                                        \
    }

/* Rows of a table of options, for a struct that has a struct gw_cli_client_args as member. */
#define GW_CLI_CLIENT_OPTION(name, letter, kind, type, field, min, max)                            \
    {                                                                                              \
        name, letter, GW_CLI_OPTION_##kind, offsetof(type, field), min, max                        \
    }
#define GW_CLI_CLIENT_OPTIONS(type, member)                                                        \
    GW_CLI_CLIENT_OPTION("header", 'H', LIST, type, member.headers, 0, 0),                         \
        GW_CLI_CLIENT_OPTION("subprotocol", 's', LIST, type, member.subprotocols, 0, 0),           \
        GW_CLI_CLIENT_OPTION("origin", 'o', TEXT, type, member.origin, 0, 0),                      \
        GW_CLI_CLIENT_OPTION("cacert", 0, TEXT, type, member.ca_file, 0, 0),                       \
        GW_CLI_CLIENT_OPTION("cert", 0, TEXT, type, member.cert_file, 0, 0),                       \
        GW_CLI_CLIENT_OPTION("key", 0, TEXT, type, member.key_file, 0, 0),                         \
        GW_CLI_CLIENT_OPTION("insecure", 'k', FLAG, type, member.is_insecure, 0, 0),               \
        GW_CLI_CLIENT_OPTION("proxy", 0, TEXT, type, member.proxy, 0, 0),                          \
        GW_CLI_CLIENT_OPTION("unix", 0, TEXT, type, member.unix_path, 0, 0),                       \
        GW_CLI_CLIENT_OPTION("redirects", 0, COUNT, type, member.max_redirects, 0, 50),            \
        GW_CLI_CLIENT_OPTION("timeout", 0, SECONDS, type, member.timeout_ms, 1, 3600000)

/* Texts are borrowed from args and argv. */
struct gw_cli_client {
    struct gw_ws_client_options options; /* to be completed by the command */
    char *url;                           /* with "ws://" in front when there was no scheme */
    /* private */
    struct gw_client_tls_options tls_options;
    gw_client_tls *tls;
};

/* False: why tells; nothing is to be disposed of then. */
bool gw_cli_client_init(struct gw_cli_client *client, const char *url,
                        const struct gw_cli_client_args *args,
                        char why[static GW_CLI_ARGS_WHY_MAX]);
void gw_cli_client_dispose(struct gw_cli_client *client);

#endif
