/* SPDX-License-Identifier: MIT */
#include "net/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    POOL_BYTES = 256, /* getrandom gives as many in one piece, whatever signals come */
    POOL_SHARE = 64,  /* larger requests go to the kernel directly */
};

/* A pool of each thread, so that nothing is locked. */
static _Thread_local struct {
    size_t left; /* the last left bytes are unused */
    uint8_t bytes[POOL_BYTES];
} pool;

/* The child of a fork has a copy of its parent's pool and must not hand out the same bytes. */
static void forget_pool(void)
{
    pool.left = 0;
}

/* Once for all threads: the child has only the one that forked, and a
 * registration is never taken back. */
static void guard_forks(void)
{
    if (pthread_atfork(NULL, NULL, forget_pool) != 0)
        abort();
}

static void ask_kernel(uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            abort();
        out += n;
        len -= (size_t)n;
    }
}

static void fill_pool(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, guard_forks);
    ask_kernel(pool.bytes, POOL_BYTES);
    pool.left = POOL_BYTES;
}

void gw_random_fill(uint8_t *out, size_t len)
{
    uint8_t *from;

    if (len > POOL_SHARE) {
        ask_kernel(out, len);
        return;
    }
    if (len > pool.left)
        fill_pool();
    from = pool.bytes + POOL_BYTES - pool.left;
    memcpy(out, from, len);
    explicit_bzero(from, len); /* what was handed out cannot be read here later */
    pool.left -= len;
}
