/* SPDX-License-Identifier: MIT */
#include "net/connector.h"

#include "base/mem.h"
#include "net/timer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { V6, V4, FAMILIES };

/* One address, and the attempt to connect to it. */
struct attempt {
    struct gw_watch watch; /* fd -1: not under way */
    struct gw_connector *connector;
    struct gw_address address;
    bool is_tried;
};

struct family {
    bool is_answered;
    int err; /* of the resolver */
    const char *why;
    size_t count;
    struct attempt attempts[GW_RESOLVER_ADDRESSES_MAX];
};

struct gw_connector {
    /* private */
    gw_loop *loop;
    const struct gw_connector_handlers *handlers;
    void *user;
    struct gw_resolver *resolver;
    struct gw_timer timer; /* until the next attempt may start */
    struct family families[FAMILIES];
    int next_family;
    bool is_started; /* the first attempt is made */
    bool is_over;    /* a handler was called */
    int err;         /* of the last attempt that failed */
    size_t why_len;
    char why[GW_CONNECTOR_WHY_MAX]; /* what became of the attempts so far */
    char host[GW_ADDRESS_TEXT_MAX + 256];
};

/* ---- telling ---- */

__attribute__((format(printf, 3, 4))) static size_t append(char *text, size_t len,
                                                           const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text + len, GW_CONNECTOR_WHY_MAX - len, format, args);
    va_end(args);
    len += n > 0 ? (size_t)n : 0;
    return len < GW_CONNECTOR_WHY_MAX ? len : GW_CONNECTOR_WHY_MAX - 1;
}

static void tell_failure(struct gw_connector *connector, int err, const char *why)
{
    assert(!connector->is_over);
    connector->is_over = true;
    gw_timer_stop(&connector->timer);
    connector->handlers->on_failed(connector->user, err, why);
}

static void fail_resolve(struct gw_connector *connector)
{
    const struct family *v4 = &connector->families[V4], *v6 = &connector->families[V6];
    /* That there is no address of one family is no news; what became of the other says more. */
    const struct family *cause = v4->err == GW_E_NOT_FOUND && v6->err < 0 ? v6 : v4;

    append(connector->why, 0, "cannot resolve %.255s: %s", connector->host, cause->why);
    tell_failure(connector, cause->err, connector->why);
}

static int err_of(int errno_value)
{
    switch (errno_value) {
    case ECONNREFUSED:
    case ENOENT:
        return GW_E_REFUSED;
    case ETIMEDOUT:
        return GW_E_TIMEOUT;
    case ENOMEM:
    case ENOBUFS:
        return GW_E_NOMEM;
    default:
        return GW_E_SYSTEM;
    }
}

static void note_failure(struct gw_connector *connector, const struct attempt *attempt,
                         int errno_value)
{
    char address[GW_ADDRESS_TEXT_MAX];

    gw_address_format(&attempt->address, address);
    connector->err = err_of(errno_value);
    connector->why_len = append(connector->why, connector->why_len, "%s%s: %s",
                                connector->why_len == 0 ? "cannot connect to " : "; ", address,
                                strerror(errno_value));
}

/* ---- attempts ---- */

static void stop_attempt(struct attempt *attempt)
{
    if (attempt->watch.fd < 0)
        return;
    gw_loop_unwatch(attempt->connector->loop, &attempt->watch);
    close(attempt->watch.fd);
    attempt->watch.fd = -1;
}

static void stop_attempts(struct gw_connector *connector)
{
    for (size_t f = 0; f < FAMILIES; f++)
        for (size_t i = 0; i < connector->families[f].count; i++)
            stop_attempt(&connector->families[f].attempts[i]);
}

static struct attempt *find_untried(struct family *family)
{
    for (size_t i = 0; i < family->count; i++)
        if (!family->attempts[i].is_tried)
            return &family->attempts[i];
    return NULL;
}

/* Families take turns, IPv6 begins (RFC 8305 4). */
static struct attempt *next_attempt(struct gw_connector *connector)
{
    for (int i = 0; i < FAMILIES; i++) {
        int family = (connector->next_family + i) % FAMILIES;
        struct attempt *attempt = find_untried(&connector->families[family]);

        if (!attempt)
            continue;
        connector->next_family = (family + 1) % FAMILIES;
        return attempt;
    }
    return NULL;
}

static bool is_under_way(const struct gw_connector *connector)
{
    for (size_t f = 0; f < FAMILIES; f++)
        for (size_t i = 0; i < connector->families[f].count; i++)
            if (connector->families[f].attempts[i].watch.fd >= 0)
                return true;
    return false;
}

static bool is_answered(const struct gw_connector *connector)
{
    return connector->families[V6].is_answered && connector->families[V4].is_answered;
}

/* A port of ours that nobody listens on may be given to the very socket
 * that wants to connect to it. */
static bool is_connected_to_itself(int fd)
{
    struct gw_address local, peer;

    if (gw_address_of_local(&local, fd) < 0 || gw_address_of_peer(&peer, fd) < 0)
        return false;
    return local.storage.ss_family != AF_UNIX && local.len == peer.len &&
           memcmp(&local.storage, &peer.storage, local.len) == 0;
}

static int result_of(int fd)
{
    int errno_value = 0;
    socklen_t len = sizeof(errno_value);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno_value, &len) < 0)
        return errno;
    if (errno_value == 0 && is_connected_to_itself(fd))
        return ECONNREFUSED;
    return errno_value;
}

static void proceed(struct gw_connector *connector);

static void on_connected(struct gw_connector *connector, struct attempt *attempt)
{
    int fd = attempt->watch.fd;

    gw_loop_unwatch(connector->loop, &attempt->watch);
    attempt->watch.fd = -1;
    stop_attempts(connector);
    gw_timer_stop(&connector->timer);
    connector->is_over = true;
    connector->handlers->on_connected(connector->user, fd);
}

static void on_events(struct gw_watch *watch, uint32_t events)
{
    struct attempt *attempt = container_of(watch, struct attempt, watch);
    struct gw_connector *connector = attempt->connector;
    int errno_value = result_of(watch->fd);

    (void)events;
    if (connector->is_over)
        return;
    if (errno_value == 0) {
        on_connected(connector, attempt);
        return;
    }
    note_failure(connector, attempt, errno_value);
    stop_attempt(attempt);
    gw_timer_stop(&connector->timer);
    proceed(connector);
}

/* 0 or an errno. That it is connected is always told by an event, also when it is so at once. */
static int start_attempt(struct gw_connector *connector, struct attempt *attempt)
{
    const struct sockaddr *address = (const struct sockaddr *)&attempt->address.storage;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    attempt->is_tried = true;
    if (fd < 0)
        return errno;
    if (address->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    attempt->watch = (struct gw_watch){.on_events = on_events, .fd = fd};
    if (connect(fd, address, attempt->address.len) < 0 && errno != EINPROGRESS) {
        int errno_value = errno;

        close(fd);
        attempt->watch.fd = -1;
        return errno_value;
    }
    if (gw_loop_watch(connector->loop, &attempt->watch, EPOLLOUT) == 0)
        return 0;
    close(fd);
    attempt->watch.fd = -1;
    return ENOMEM;
}

/* Starts the next attempt; those that fail at once are passed over. Afterwards something is under
 * way, or to come, or it is over. */
static void proceed(struct gw_connector *connector)
{
    struct attempt *attempt;

    while ((attempt = next_attempt(connector))) {
        int errno_value = start_attempt(connector, attempt);

        connector->is_started = true;
        if (errno_value == 0) {
            gw_timer_start(&connector->timer, GW_CONNECTOR_STAGGER_MS);
            return;
        }
        note_failure(connector, attempt, errno_value);
    }
    if (is_under_way(connector) || !is_answered(connector))
        return;
    if (connector->is_started)
        tell_failure(connector, connector->err, connector->why);
    else
        fail_resolve(connector);
}

static void on_timer(struct gw_timer *timer)
{
    struct gw_connector *connector = container_of(timer, struct gw_connector, timer);

    if (!connector->is_over)
        proceed(connector);
}

/* ---- addresses ---- */

static void add_addresses(struct gw_connector *connector, struct family *family,
                          const struct gw_address *addresses, size_t count)
{
    family->is_answered = true;
    family->count = count;
    for (size_t i = 0; i < count; i++)
        family->attempts[i] =
            (struct attempt){.watch = {.fd = -1}, .connector = connector, .address = addresses[i]};
}

static void on_answer(void *user, const struct gw_resolver_answer *answer)
{
    struct gw_connector *connector = user;
    struct family *family = &connector->families[answer->family == AF_INET6 ? V6 : V4];

    add_addresses(connector, family, answer->addresses, answer->count);
    family->err = answer->err;
    family->why = answer->why;
    if (connector->is_over)
        return;
    if (!is_answered(connector) && answer->family == AF_INET && answer->count > 0)
        gw_timer_start(&connector->timer, GW_CONNECTOR_RESOLUTION_DELAY_MS);
    else if (!connector->is_started || !gw_timer_is_running(&connector->timer))
        proceed(connector);
}

/* An address that needs nobody to be asked. */
static bool set_literal(struct gw_connector *connector, const struct gw_connector_target *target)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(target->port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(target->port)};
    struct gw_address address = {0};
    int family = V4;

    if (target->path) {
        if (gw_address_of_path(&address, target->path) < 0)
            return false;
    } else if (inet_pton(AF_INET, target->host, &v4.sin_addr) == 1) {
        address.len = sizeof(v4);
        memcpy(&address.storage, &v4, sizeof(v4));
    } else if (inet_pton(AF_INET6, target->host, &v6.sin6_addr) == 1) {
        address.len = sizeof(v6);
        memcpy(&address.storage, &v6, sizeof(v6));
        family = V6;
    } else {
        return false;
    }
    connector->families[V4].is_answered = connector->families[V6].is_answered = true;
    add_addresses(connector, &connector->families[family], &address, 1);
    gw_timer_start(&connector->timer, 0);
    return true;
}

/* What cannot even begin is told from the loop, like everything else. */
static void set_failed(struct gw_connector *connector, int err, const char *why)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        connector->families[f].is_answered = true;
        connector->families[f].err = err;
        connector->families[f].why = why;
    }
    gw_timer_start(&connector->timer, 0);
}

static void begin(struct gw_connector *connector, const struct gw_connector_target *target)
{
    int err;

    if (set_literal(connector, target))
        return;
    if (target->path || strlen(target->host) > 254) {
        set_failed(connector, GW_E_ARG, "it is too long");
        return;
    }
    connector->resolver = gw_resolver_start(connector->loop, target->host, target->port,
                                            target->servers, on_answer, connector, &err);
    if (!connector->resolver)
        set_failed(connector, err,
                   err == GW_E_ARG ? "the DNS servers are no addresses" : gw_err_text(err));
}

struct gw_connector *gw_connector_start(gw_loop *loop, const struct gw_connector_target *target,
                                        const struct gw_connector_handlers *handlers, void *user)
{
    struct gw_connector *connector = gw_mem_zalloc(sizeof(*connector));

    if (!connector)
        return NULL;
    connector->loop = loop;
    connector->handlers = handlers;
    connector->user = user;
    gw_timer_init(&connector->timer, loop, on_timer);
    snprintf(connector->host, sizeof(connector->host), "%s",
             target->path ? target->path : target->host);
    begin(connector, target);
    return connector;
}

void gw_connector_destroy(struct gw_connector *connector)
{
    if (!connector)
        return;
    gw_timer_stop(&connector->timer);
    stop_attempts(connector);
    gw_resolver_destroy(connector->resolver);
    gw_mem_free(connector);
}

bool gw_connector_is_resolving(const struct gw_connector *connector)
{
    return connector->families[V4].count + connector->families[V6].count == 0;
}

void gw_connector_describe(const struct gw_connector *connector,
                           char out[static GW_CONNECTOR_WHY_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t f = 0; f < FAMILIES; f++)
        for (size_t i = 0; i < connector->families[f].count; i++) {
            const struct attempt *attempt = &connector->families[f].attempts[i];
            char address[GW_ADDRESS_TEXT_MAX];

            if (attempt->watch.fd < 0)
                continue;
            gw_address_format(&attempt->address, address);
            len = append(out, len, "%s%s", len > 0 ? ", " : "", address);
        }
    if (len == 0)
        append(out, 0, "%.255s", connector->host);
}
