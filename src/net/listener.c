/* SPDX-License-Identifier: MIT */
#include "net/listener.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static int err_of(int errno_value)
{
    switch (errno_value) {
    case EADDRINUSE:
    case EEXIST:
        return GW_E_IN_USE;
    case EADDRNOTAVAIL:
        return GW_E_ADDRESS;
    case ENOMEM:
    case ENOBUFS:
        return GW_E_NOMEM;
    default:
        return GW_E_SYSTEM;
    }
}

/* Written from what the caller asked for: a name that cannot be resolved has no address. */
static int complain(struct gw_listener *listener, const struct gw_listener_options *options,
                    int err, const char *why)
{
    const char *host = options->host && *options->host ? options->host : "[::]";
    bool needs_brackets = host[0] != '[' && strchr(host, ':');

    if (options->path)
        snprintf(listener->error, sizeof(listener->error), "cannot listen on unix:%.128s: %s",
                 options->path, why);
    else
        snprintf(listener->error, sizeof(listener->error),
                 needs_brackets ? "cannot listen on [%.128s]:%u: %s"
                                : "cannot listen on %.128s:%u: %s",
                 host, (unsigned int)options->port, why);
    return err;
}

static int complain_errno(struct gw_listener *listener, const struct gw_listener_options *options)
{
    int errno_value = errno;

    return complain(listener, options, err_of(errno_value), strerror(errno_value));
}

static void set_flag(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value,
               sizeof(value)); /* a nicety; bind tells when it mattered */
}

/* Accepted sockets inherit TCP_NODELAY from ours, which saves a system call for each. */
static void set_options(int fd, const struct gw_address *address,
                        const struct gw_listener_options *options)
{
    if (address->storage.ss_family == AF_UNIX)
        return;
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options->is_port_shared)
        set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (address->storage.ss_family == AF_INET6)
        set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

static bool is_socket(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* Whether a process has left the socket behind when it ended: nobody answers there. */
static bool is_stale(const struct gw_address *address)
{
    bool is_refused;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    is_refused = connect(fd, (const struct sockaddr *)&address->storage, address->len) < 0 &&
                 errno == ECONNREFUSED;
    close(fd);
    return is_refused;
}

static int bind_address(int fd, const struct gw_address *address,
                        const struct gw_listener_options *options)
{
    const struct sockaddr *to = (const struct sockaddr *)&address->storage;
    int result = bind(fd, to, address->len);

    if (result == 0 || errno != EADDRINUSE || !options->path)
        return result;
    if (!is_socket(options->path)) {
        errno = EEXIST;
        return -1;
    }
    if (!is_stale(address)) {
        errno = EADDRINUSE;
        return -1;
    }
    if (unlink(options->path) < 0)
        return -1;
    return bind(fd, to, address->len);
}

static bool is_path(const struct gw_listener *listener)
{
    return listener->address.len > 0 && listener->address.storage.ss_family == AF_UNIX;
}

/* In full, where that can be found out: the process may change its directory. */
static int keep_path(struct gw_listener *listener, const char *path)
{
    char real[PATH_MAX];
    const char *full = realpath(path, real) ? real : path;
    size_t size = strlen(full) + 1;

    listener->path = gw_mem_alloc(size);
    if (!listener->path) {
        unlink(path);
        errno = ENOMEM;
        return -1;
    }
    memcpy(listener->path, full, size);
    return 0;
}

/* Before listen, so that nobody gets in with the wrong mode. */
static int claim_path(struct gw_listener *listener, const struct gw_listener_options *options)
{
    struct stat status;

    if (!is_path(listener))
        return 0;
    if (keep_path(listener, options->path) < 0 || lstat(listener->path, &status) < 0)
        return -1;
    listener->path_device = status.st_dev;
    listener->path_inode = status.st_ino;
    return options->path_mode != 0 ? chmod(options->path, (mode_t)options->path_mode) : 0;
}

/* Another process may have put its own socket there since: that one stays. */
static void release_path(struct gw_listener *listener)
{
    struct stat status;

    if (listener->path_inode != 0 && lstat(listener->path, &status) == 0 &&
        status.st_dev == listener->path_device && status.st_ino == listener->path_inode)
        unlink(listener->path);
    gw_mem_free(listener->path);
    listener->path = NULL;
    listener->path_inode = 0;
}

static bool is_exhaustion(int errno_value)
{
    return errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOBUFS ||
           errno_value == ENOMEM;
}

/* Without a pause epoll would wake us again at once, for a connection that we cannot take. It waits
 * in the backlog, where it loses nothing but time. */
static void back_off(struct gw_listener *listener, int errno_value)
{
    gw_loop_rewatch(listener->loop, &listener->watch, 0);
    gw_timer_start(&listener->backoff, GW_LISTENER_BACKOFF_MS);
    if (!listener->is_starved && listener->log)
        gw_log_write(listener->log, GW_LOG_WARN, "accept_paused why=\"%s\" accepted=%llu",
                     strerror(errno_value), (unsigned long long)listener->accept_count);
    listener->is_starved = true;
}

static void on_backoff_over(struct gw_timer *timer)
{
    struct gw_listener *listener = container_of(timer, struct gw_listener, backoff);

    gw_loop_rewatch(listener->loop, &listener->watch, EPOLLIN);
}

static void on_accepted(struct gw_listener *listener, int fd, struct gw_address *peer)
{
    listener->accept_count++;
    if (listener->is_starved && listener->log)
        gw_log_write(listener->log, GW_LOG_INFO, "accept_resumed");
    listener->is_starved = false;
    listener->on_accept(listener, fd, peer);
}

static void on_connections(struct gw_watch *watch, uint32_t events)
{
    struct gw_listener *listener = container_of(watch, struct gw_listener, watch);

    (void)events;
    for (int i = 0; i < GW_LISTENER_BURST && gw_listener_is_started(listener); i++) {
        struct gw_address peer = {.len = sizeof(peer.storage)};
        int fd = accept4(watch->fd, (struct sockaddr *)&peer.storage, &peer.len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            on_accepted(listener, fd, &peer);
        } else if (errno == EAGAIN) {
            return;
        } else if (is_exhaustion(errno)) {
            back_off(listener, errno);
            return;
        }
        /* Any other error is that of a connection which broke while it waited
         * (accept(2)): on to the next. */
    }
}

void gw_listener_init(struct gw_listener *listener, gw_loop *loop, gw_listener_accept_fn *on_accept)
{
    *listener = (struct gw_listener){
        .watch = {.on_events = on_connections, .fd = -1},
        .loop = loop,
        .on_accept = on_accept,
    };
    gw_timer_init(&listener->backoff, loop, on_backoff_over);
}

static int open_socket(struct gw_listener *listener, const struct gw_listener_options *options)
{
    uint32_t backlog = options->backlog ? options->backlog : BACKLOG;
    int fd =
        socket(listener->address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int err;

    if (fd < 0)
        return complain_errno(listener, options);
    set_options(fd, &listener->address, options);
    if (bind_address(fd, &listener->address, options) < 0 || claim_path(listener, options) < 0 ||
        listen(fd, (int)(backlog < INT32_MAX ? backlog : INT32_MAX)) < 0) {
        err = complain_errno(listener, options);
        goto fail;
    }
    listener->watch.fd = fd;
    err = gw_loop_watch(listener->loop, &listener->watch, EPOLLIN);
    if (err < 0) {
        complain(listener, options, err, gw_err_text(err));
        goto fail;
    }
    if (!is_path(listener))
        gw_address_of_local(&listener->address, fd);
    return 0;

fail:
    listener->watch.fd = -1;
    release_path(listener);
    close(fd);
    return err;
}

int gw_listener_start(struct gw_listener *listener, const struct gw_listener_options *options)
{
    const char *why = "the path is empty or too long";
    int err;

    assert(!gw_listener_is_started(listener));
    listener->error[0] = '\0';
    listener->log = options->log;
    listener->path_device = listener->path_inode = 0;
    listener->is_starved = false;
    if (options->path)
        err = gw_address_of_path(&listener->address, options->path);
    else
        err = gw_address_resolve(&listener->address, options->host, options->port, &why);
    if (err < 0)
        return complain(listener, options, err, why);
    return open_socket(listener, options);
}

void gw_listener_stop(struct gw_listener *listener)
{
    if (!gw_listener_is_started(listener))
        return;
    gw_timer_stop(&listener->backoff);
    gw_loop_unwatch(listener->loop, &listener->watch);
    close(listener->watch.fd);
    listener->watch.fd = -1;
    release_path(listener);
}

bool gw_listener_is_started(const struct gw_listener *listener)
{
    return listener->watch.fd >= 0;
}

const struct gw_address *gw_listener_address(const struct gw_listener *listener)
{
    return &listener->address;
}

const char *gw_listener_error(const struct gw_listener *listener)
{
    return listener->error;
}
