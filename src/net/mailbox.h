/* SPDX-License-Identifier: MIT */
/* The way into a loop from other threads: the only lock of the tree. */
#ifndef GW_NET_MAILBOX_H
#define GW_NET_MAILBOX_H

#include <godwit/loop.h>
#include <pthread.h>

struct gw_mailbox_letter;

struct gw_mailbox {
    int event_fd; /* readable while letters wait */
    /* private */
    pthread_mutex_t lock;
    struct gw_mailbox_letter *first, *last;
};

/* 0 or GW_E_SYSTEM. */
int gw_mailbox_init(struct gw_mailbox *box);
/* Drops what was not delivered. No other thread may use the box any more. */
void gw_mailbox_dispose(struct gw_mailbox *box);

/* Any thread; copies. 0 or GW_E_NOMEM. Only the first letter of an
 * empty box costs a system call. */
int gw_mailbox_post(struct gw_mailbox *box, gw_loop_post_fn *fn, const void *bytes, size_t len);
/* Loop thread: calls fn of every letter that is there now; letters posted
 * meanwhile wait for the next call. */
void gw_mailbox_deliver(struct gw_mailbox *box, gw_loop *loop);

#endif
