/* SPDX-License-Identifier: MIT */
/* Numbers of a running server in the text format 0.0.4 of Prometheus.
 *
 *     gw_serve_metrics(server, "/metrics", NULL);
 *
 * serves them beside everything else, for everybody who can reach the server. A listener of their
 * own, which only the machine itself can reach, is a second server on the same loop:
 *
 *     gw_server *watch = gw_server_create(&(struct gw_server_options){.loop = gw_server_loop(server)});
 *
 *     gw_serve_metrics(watch, "/metrics", &(struct gw_metrics_options){.subject = server});
 *     gw_server_listen(watch, "127.0.0.1", 9100);
 *     ...
 *     gw_server_destroy(watch);
 *     gw_server_destroy(server);
 *
 * The counters are there in any case, as plain additions to what a message costs; text is made when
 * it is asked for. docs/metrics.md lists the names. */
#ifndef GODWIT_METRICS_H
#define GODWIT_METRICS_H

#include <godwit/server.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero (or NULL) anywhere means the default that the comment names. */
struct gw_metrics_options {
    /* Whose numbers they are: another server on the same loop, which is destroyed later; the one
     * that serves them. */
    gw_server *subject;
    /* Times one Socket.IO event in so many, from its packet to the end of its handlers, which costs
     * two calls of the clock each time, for the histogram godwit_socketio_event_seconds. Only
     * events of clients that come after the call, or half a second after the gw_io. None. */
    uint32_t event_sample;
    /* Namespaces that are shown by name; those beyond, in the order of their making, are added up
     * under the empty name; 100. */
    uint32_t max_namespaces;
};

/* Answers GET requests for path with the numbers. Each answer walks the open connections once for
 * the sizes of their queues, but not more often than once a second. Until the server stops a timer
 * looks twice a second how late the loop is (godwit_loop_lag_seconds). options may be NULL and are
 * copied. 0, GW_E_ARG (path without a leading '/'), GW_E_NOMEM. Example: docs/metrics.md. */
GW_API int gw_serve_metrics(gw_server *server, const char *path,
                            const struct gw_metrics_options *options);

#ifdef __cplusplus
}
#endif
#endif
