/* SPDX-License-Identifier: MIT */
#include "server/admission.h"

#include "net/random.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/server.h"

#include <sys/socket.h>
#include <unistd.h>

enum { LOG_MS = 1000 /* between two lines of one limit: a crowd must not fill the disk */ };

static const struct {
    const char *option, *answer;
} rows[GW_ADMISSION_LIMITS] = {
#define ROW(name, option, status)                                                                  \
    {#option,                                                                                      \
     "HTTP/1.1 " status "\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"},
    GW_ADMISSION_LIMIT_LIST(ROW)
#undef ROW
};

void gw_admission_init(struct gw_admission *admission, const struct gw_server_options *options)
{
    struct gw_rate_limit rate;
    uint64_t seed[2];

#define SET_MAX(name, option, status) admission->max[GW_ADMISSION_##name] = options->option;
    GW_ADMISSION_LIMIT_LIST(SET_MAX)
#undef SET_MAX
    gw_rate_limit_init(&rate, options->connection_rate_per_address,
                       options->connection_burst_per_address);
    gw_random_fill((uint8_t *)seed, sizeof(seed));
    gw_origins_init(&admission->origins, options->max_connections_per_address, &rate, seed);
    admission->counts_addresses =
        options->max_connections_per_address > 0 || gw_rate_limit_is_on(&rate);
}

void gw_admission_dispose(struct gw_admission *admission)
{
    gw_origins_dispose(&admission->origins);
}

const char *gw_admission_option(enum gw_admission_limit limit)
{
    return rows[limit].option;
}

/* address: of whom it strikes. */
static void count(gw_server *server, enum gw_admission_limit limit, const char *address)
{
    struct gw_admission *admission = &server->admission;
    uint64_t now_ms = gw_loop_now_ms(server->loop);
    char value[GW_LOG_VALUE_SIZE];

    admission->refused[limit]++;
    if (now_ms < admission->log_ms[limit])
        return;
    admission->log_ms[limit] = now_ms + LOG_MS;
    gw_log_write(
        &server->log, GW_LOG_WARN, "connection_refused reason=%s limit=%u refused=%llu address=%s",
        rows[limit].option, admission->max[limit], (unsigned long long)admission->refused[limit],
        gw_log_value(value, gw_slice_of(address)));
}

/* ---- connections ---- */

static enum gw_origin_verdict find_seat(gw_server *server, const struct gw_address *peer,
                                        struct gw_seat *seat)
{
    struct gw_slice key = gw_address_origin(peer);

    seat->is_lent = gw_proxies_have(&server->proxies, peer);
    if (seat->is_lent || key.len == 0)
        return GW_ORIGIN_IN;
    return gw_origins_enter(&server->admission.origins, key, GW_ORIGIN_BY_ITSELF,
                            gw_loop_now_ms(server->loop), &seat->origin);
}

/* One line that a person can read, then the end. It fits into any fresh socket's buffer, so it is
 * not queued. With TLS it would take a handshake to say it. */
static void turn_away(gw_server *server, int fd, const struct gw_address *peer, bool is_secure,
                      enum gw_admission_limit limit)
{
    const char *answer = rows[limit].answer;
    char address[GW_ADDRESS_TEXT_MAX];

    gw_address_format_host(peer, address);
    count(server, limit, address);
    if (!is_secure)
        (void)send(fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

/* Whoever asks for something does so at once: the one that has not for longest makes room, or some
 * that never ask would keep all others out. */
static void make_room(gw_server *server)
{
    struct gw_list *oldest = gw_list_pop(&server->half_open);
    struct gw_conn *conn = container_of(oldest, struct gw_conn, node);
    struct gw_address peer = {0};
    char address[GW_ADDRESS_TEXT_MAX];

    if (!oldest)
        return;
    (void)gw_stream_peer(&conn->wire.stream, &peer);
    gw_address_format_host(&peer, address);
    count(server, GW_ADMISSION_HALF_OPEN, address);
    gw_list_push(&server->conns, oldest); /* until the end of the turn */
    gw_conn_close(conn);
}

bool gw_admission_let_in(gw_server *server, int fd, const struct gw_address *peer, bool is_secure,
                         struct gw_seat *seat)
{
    enum gw_origin_verdict verdict = GW_ORIGIN_IN;

    *seat = (struct gw_seat){0};
    if (server->conn_count >= server->admission.max[GW_ADMISSION_CONNECTIONS]) {
        turn_away(server, fd, peer, is_secure, GW_ADMISSION_CONNECTIONS);
        return false;
    }
    if (server->admission.counts_addresses)
        verdict = find_seat(server, peer, seat);
    switch (verdict) {
    case GW_ORIGIN_IN:
        if (server->half_open_count >= server->admission.max[GW_ADMISSION_HALF_OPEN])
            make_room(server);
        return true;
    case GW_ORIGIN_CROWDED:
        turn_away(server, fd, peer, is_secure, GW_ADMISSION_PER_ADDRESS);
        return false;
    case GW_ORIGIN_TOO_FAST:
        turn_away(server, fd, peer, is_secure, GW_ADMISSION_RATE);
        return false;
    case GW_ORIGIN_NO_MEMORY:
        break;
    }
    gw_log_write(&server->log, GW_LOG_ERROR, "connection_lost error=\"%s\"",
                 gw_err_text(GW_E_NOMEM));
    close(fd);
    return false;
}

void gw_admission_leave(gw_server *server, struct gw_seat *seat)
{
    if (seat->origin)
        gw_origins_leave(&server->admission.origins, seat->origin, gw_loop_now_ms(server->loop));
    seat->origin = NULL;
}

/* ---- requests of proxies ---- */

/* As gw_address_origin has it of other addresses. */
static struct gw_slice origin_of(const uint8_t ip[static GW_IPV6_LEN])
{
    static const uint8_t mapped[GW_IPV6_LEN - GW_IPV4_LEN] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(ip, mapped, sizeof(mapped)) == 0)
        return (struct gw_slice){ip + sizeof(mapped), GW_IPV4_LEN};
    return (struct gw_slice){ip, GW_ORIGIN_BYTES};
}

static void refuse(struct gw_exchange *exchange, const uint8_t ip[static GW_IPV6_LEN])
{
    char address[GW_IPV6_TEXT_MAX + 1];

    address[gw_ip_format((uint8_t *)address, ip)] = '\0';
    count(exchange->conn->server, GW_ADMISSION_PER_ADDRESS, address);
    if (exchange->request->is_upgrade)
        gw_exchange_close_after(exchange); /* what follows may be frames */
    gw_exchange_field(exchange, GW_LIT("Retry-After"), GW_LIT("5"));
    gw_exchange_refuse(exchange, 429, "too many connections from your address\n");
}

bool gw_admission_begin_request(struct gw_exchange *exchange)
{
    gw_server *server = exchange->conn->server;
    struct gw_seat *seat = gw_conn_seat(exchange->conn);
    struct gw_http_client client;
    enum gw_origin_verdict verdict;

    if (!seat->is_lent ||
        !gw_http_forwarded_find(&server->proxies.http, exchange->request, &client))
        return true;
    verdict = gw_origins_enter(&server->admission.origins, origin_of(client.ip), GW_ORIGIN_BY_PROXY,
                               gw_loop_now_ms(server->loop), &seat->origin);
    if (verdict == GW_ORIGIN_NO_MEMORY)
        gw_exchange_drop(exchange);
    else if (verdict != GW_ORIGIN_IN)
        refuse(exchange, client.ip);
    return verdict == GW_ORIGIN_IN;
}

void gw_admission_end_request(struct gw_conn *conn)
{
    struct gw_seat *seat = gw_conn_seat(conn);

    if (seat->is_lent)
        gw_admission_leave(conn->server, seat);
}
