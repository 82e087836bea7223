/* SPDX-License-Identifier: MIT */
/* c-ares says which of its sockets it wants watched and when it wants to be called again; its
 * answers come in the middle of its work, so they are kept until it has returned. */
#include "net/resolver.h"

#include "base/mem.h"
#include "net/timer.h"

#include <ares.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>

enum {
    QUERY_TIMEOUT_MS = 2000, /* the first wait for a server; it grows with each try */
    QUERY_TRIES = 3,
    HOST_MAX = 256,
};

/* A socket of c-ares. */
struct wait {
    struct gw_watch watch;
    struct gw_list node;
    struct gw_resolver *resolver;
};

/* One of the two questions. */
struct question {
    struct gw_resolver *resolver;
    struct gw_resolver_answer answer;
    bool is_answered, is_told;
};

struct gw_resolver {
    /* private */
    gw_loop *loop;
    ares_channel channel;
    struct gw_list waits;
    struct gw_timer timer;
    gw_resolver_answer_fn *on_answer;
    void *user;
    uint16_t port;
    bool is_asked, is_telling;
    struct question questions[2];
    char host[HOST_MAX];
};

/* ---- answers ---- */

static int err_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOMEM:
        return GW_E_NOMEM;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME:
        return GW_E_NOT_FOUND;
    case ARES_ETIMEOUT:
        return GW_E_TIMEOUT;
    case ARES_ECONNREFUSED:
    case ARES_EREFUSED:
        return GW_E_REFUSED;
    default:
        return GW_E_SYSTEM;
    }
}

static void add_address(struct gw_resolver_answer *answer, const struct ares_addrinfo_node *node,
                        uint16_t port)
{
    struct gw_address *address = &answer->addresses[answer->count];

    if (node->ai_family != answer->family || answer->count == GW_RESOLVER_ADDRESSES_MAX ||
        (size_t)node->ai_addrlen > sizeof(address->storage))
        return;
    *address = (struct gw_address){.len = (socklen_t)node->ai_addrlen};
    memcpy(&address->storage, node->ai_addr, (size_t)node->ai_addrlen);
    if (node->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&address->storage)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)(void *)&address->storage)->sin_port = htons(port);
    answer->count++;
}

static void on_result(void *user, int status, int timeouts, struct ares_addrinfo *result)
{
    struct question *question = user;
    struct gw_resolver_answer *answer = &question->answer;

    (void)timeouts;
    question->is_answered = true;
    for (struct ares_addrinfo_node *node = result ? result->nodes : NULL; node;
         node = node->ai_next)
        add_address(answer, node, question->resolver->port);
    if (status == ARES_SUCCESS && answer->count == 0)
        status = ARES_ENODATA;
    answer->err = err_of(status);
    answer->why = ares_strerror(status);
    if (answer->err)
        answer->count = 0;
    if (result)
        ares_freeaddrinfo(result);
}

/* ---- in the loop ---- */

static void tell(struct gw_resolver *resolver)
{
    resolver->is_telling = true;
    for (size_t i = 0; i < 2; i++) {
        struct question *question = &resolver->questions[i];

        if (!question->is_answered || question->is_told)
            continue;
        question->is_told = true;
        resolver->on_answer(resolver->user, &question->answer);
    }
    resolver->is_telling = false;
}

static void set_timer(struct gw_resolver *resolver)
{
    struct timeval left, *next = ares_timeout(resolver->channel, NULL, &left);

    /* Rounded up, so that something is due when it fires. */
    if (next)
        gw_timer_start(&resolver->timer,
                       (uint64_t)next->tv_sec * 1000 + (uint64_t)next->tv_usec / 1000 + 1);
    else
        gw_timer_stop(&resolver->timer);
}

static void process(struct gw_resolver *resolver, int readable_fd, int writable_fd)
{
    ares_process_fd(resolver->channel, readable_fd, writable_fd);
    set_timer(resolver);
    tell(resolver);
}

static void on_events(struct gw_watch *watch, uint32_t events)
{
    struct wait *wait = container_of(watch, struct wait, watch);
    int fd = watch->fd;

    /* An error is found by reading. */
    process(wait->resolver, events & ~(uint32_t)EPOLLOUT ? fd : ARES_SOCKET_BAD,
            events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
}

static struct wait *find_wait(struct gw_resolver *resolver, int fd)
{
    for (struct gw_list *node = resolver->waits.next; node != &resolver->waits; node = node->next) {
        struct wait *wait = container_of(node, struct wait, node);

        if (wait->watch.fd == fd)
            return wait;
    }
    return NULL;
}

static void forget_wait(struct gw_resolver *resolver, struct wait *wait)
{
    gw_loop_unwatch(resolver->loop, &wait->watch);
    gw_list_remove(&wait->node);
    gw_mem_free(wait);
}

/* Without memory nobody hears the answer on this socket, and the query runs into its timeout. */
static void start_wait(struct gw_resolver *resolver, int fd, uint32_t events)
{
    struct wait *wait = gw_mem_zalloc(sizeof(*wait));

    if (!wait)
        return;
    wait->watch = (struct gw_watch){.on_events = on_events, .fd = fd};
    wait->resolver = resolver;
    if (gw_loop_watch(resolver->loop, &wait->watch, events) < 0)
        gw_mem_free(wait);
    else
        gw_list_push(&resolver->waits, &wait->node);
}

static void on_socket(void *user, ares_socket_t fd, int is_readable, int is_writable)
{
    struct gw_resolver *resolver = user;
    uint32_t events = (is_readable ? EPOLLIN : 0U) | (is_writable ? EPOLLOUT : 0U);
    struct wait *wait = find_wait(resolver, fd);

    if (!wait && events)
        start_wait(resolver, fd, events);
    else if (wait && events)
        gw_loop_rewatch(resolver->loop, &wait->watch, events);
    else if (wait)
        forget_wait(resolver, wait);
}

/* "localhost" and what is below it are this machine, whatever a server may say (RFC 6761 6.3). */
static bool is_localhost(const char *host)
{
    static const char name[] = "localhost";
    size_t len = strlen(host), name_len = sizeof(name) - 1;

    if (len > 0 && host[len - 1] == '.')
        len--;
    return len >= name_len && strncasecmp(host + len - name_len, name, name_len) == 0 &&
           (len == name_len || host[len - name_len - 1] == '.');
}

static void answer_localhost(struct gw_resolver *resolver)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct ares_addrinfo_node nodes[] = {
        {.ai_family = AF_INET6, .ai_addr = (void *)&v6, .ai_addrlen = sizeof(v6)},
        {.ai_family = AF_INET, .ai_addr = (void *)&v4, .ai_addrlen = sizeof(v4)},
    };

    for (size_t i = 0; i < 2; i++) {
        add_address(&resolver->questions[i].answer, &nodes[i], resolver->port);
        resolver->questions[i].is_answered = true;
    }
}

static void ask(struct gw_resolver *resolver)
{
    struct ares_addrinfo_hints hints = {.ai_socktype = SOCK_STREAM};

    resolver->is_asked = true;
    if (is_localhost(resolver->host)) {
        answer_localhost(resolver);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        hints.ai_family = resolver->questions[i].answer.family;
        ares_getaddrinfo(resolver->channel, resolver->host, NULL, &hints, on_result,
                         &resolver->questions[i]);
    }
}

static void on_timer(struct gw_timer *timer)
{
    struct gw_resolver *resolver = container_of(timer, struct gw_resolver, timer);

    if (!resolver->is_asked)
        ask(resolver);
    process(resolver, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* ---- life ---- */

static void init_library(void)
{
    ares_library_init(ARES_LIB_INIT_ALL);
}

static int open_channel(struct gw_resolver *resolver, const char *servers)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ares_options options = {
        .timeout = QUERY_TIMEOUT_MS,
        .tries = QUERY_TRIES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = resolver,
    };
    int status;

    pthread_once(&once, init_library);
    status = ares_init_options(&resolver->channel, &options,
                               ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS)
        return status == ARES_ENOMEM ? GW_E_NOMEM : GW_E_SYSTEM;
    if (!servers)
        return 0;
    status = ares_set_servers_ports_csv(resolver->channel, servers);
    if (status == ARES_SUCCESS)
        return 0;
    ares_destroy(resolver->channel);
    return status == ARES_ENOMEM ? GW_E_NOMEM : GW_E_ARG;
}

struct gw_resolver *gw_resolver_start(gw_loop *loop, const char *host, uint16_t port,
                                      const char *servers, gw_resolver_answer_fn *on_answer,
                                      void *user, int *err)
{
    static const int families[] = {AF_INET6, AF_INET};
    struct gw_resolver *resolver = gw_mem_zalloc(sizeof(*resolver));
    size_t len = strlen(host);

    assert(len < HOST_MAX);
    *err = GW_E_NOMEM;
    if (!resolver)
        return NULL;
    resolver->loop = loop;
    resolver->port = port;
    resolver->on_answer = on_answer;
    resolver->user = user;
    memcpy(resolver->host, host, len);
    gw_list_init(&resolver->waits);
    for (size_t i = 0; i < 2; i++) {
        resolver->questions[i].resolver = resolver;
        resolver->questions[i].answer.family = families[i];
    }
    *err = open_channel(resolver, servers);
    if (*err < 0) {
        gw_mem_free(resolver);
        return NULL;
    }
    gw_timer_init(&resolver->timer, loop, on_timer);
    gw_timer_start(&resolver->timer, 0);
    return resolver;
}

void gw_resolver_destroy(struct gw_resolver *resolver)
{
    if (!resolver)
        return;
    assert(!resolver->is_telling);
    gw_timer_stop(&resolver->timer);
    ares_destroy(resolver->channel); /* gives back its sockets through on_socket */
    while (!gw_list_is_empty(&resolver->waits))
        forget_wait(resolver, container_of(resolver->waits.next, struct wait, node));
    gw_mem_free(resolver);
}
