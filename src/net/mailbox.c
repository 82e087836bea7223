/* SPDX-License-Identifier: MIT */
#include "net/mailbox.h"

#include "base/mem.h"

#include <errno.h>
#include <stdalign.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct gw_mailbox_letter {
    struct gw_mailbox_letter *next;
    gw_loop_post_fn *fn;
    size_t len;
    alignas(max_align_t) uint8_t bytes[];
};

int gw_mailbox_init(struct gw_mailbox *box)
{
    box->first = box->last = NULL;
    box->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (box->event_fd < 0)
        return GW_E_SYSTEM;
    pthread_mutex_init(&box->lock, NULL); /* with default attributes it cannot fail on Linux */
    return 0;
}

static struct gw_mailbox_letter *take_all(struct gw_mailbox *box)
{
    struct gw_mailbox_letter *first;

    pthread_mutex_lock(&box->lock);
    first = box->first;
    box->first = box->last = NULL;
    pthread_mutex_unlock(&box->lock);
    return first;
}

void gw_mailbox_dispose(struct gw_mailbox *box)
{
    struct gw_mailbox_letter *letter = take_all(box);

    while (letter) {
        struct gw_mailbox_letter *next = letter->next;

        gw_mem_free(letter);
        letter = next;
    }
    pthread_mutex_destroy(&box->lock);
    close(box->event_fd);
}

/* Returns whether the box was empty: then the loop may sleep. Whoever finds it filled
 * leaves the waking to the first. */
static bool push(struct gw_mailbox *box, struct gw_mailbox_letter *letter)
{
    bool was_empty;

    pthread_mutex_lock(&box->lock);
    was_empty = !box->first;
    if (was_empty)
        box->first = letter;
    else
        box->last->next = letter;
    box->last = letter;
    pthread_mutex_unlock(&box->lock);
    return was_empty;
}

int gw_mailbox_post(struct gw_mailbox *box, gw_loop_post_fn *fn, const void *bytes, size_t len)
{
    struct gw_mailbox_letter *letter = NULL;
    uint64_t one = 1;

    if (len <= SIZE_MAX - sizeof(*letter))
        letter = gw_mem_alloc(sizeof(*letter) + len);
    if (!letter)
        return GW_E_NOMEM;
    letter->next = NULL;
    letter->fn = fn;
    letter->len = len;
    if (len > 0)
        memcpy(letter->bytes, bytes, len);
    if (push(box, letter)) {
        while (write(box->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
            ;
    }
    return 0;
}

/* The bell is switched off before the box is emptied: a letter that comes in between is taken
 * along, one that comes later finds an empty box and rings again. */
void gw_mailbox_deliver(struct gw_mailbox *box, gw_loop *loop)
{
    struct gw_mailbox_letter *letter;
    uint64_t rings;

    while (read(box->event_fd, &rings, sizeof(rings)) < 0 && errno == EINTR)
        ;
    letter = take_all(box);
    while (letter) {
        struct gw_mailbox_letter *next = letter->next;

        letter->fn(loop, letter->bytes, letter->len);
        gw_mem_free(letter);
        letter = next;
    }
}
