/* SPDX-License-Identifier: MIT */
/* Intrusive doubly linked list: the nodes live in the objects, so
 * adding and removing cannot fail. */
#ifndef GW_BASE_LIST_H
#define GW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* A head is a node that points to itself while the list is empty; so
 * does a node that is in no list. */
struct gw_list {
    struct gw_list *next, *prev;
};

static inline void gw_list_init(struct gw_list *node)
{
    node->next = node->prev = node;
}

static inline bool gw_list_is_empty(const struct gw_list *head)
{
    return head->next == head;
}

/* Whether an initialised node is in some list. */
static inline bool gw_list_is_linked(const struct gw_list *node)
{
    return node->next != node;
}

/* node is in no list. */
static inline void gw_list_insert_before(struct gw_list *at, struct gw_list *node)
{
    node->prev = at->prev;
    node->next = at;
    at->prev->next = node;
    at->prev = node;
}

/* Behind the last. */
static inline void gw_list_push(struct gw_list *head, struct gw_list *node)
{
    gw_list_insert_before(head, node);
}

/* Harmless on a node that is in no list. */
static inline void gw_list_remove(struct gw_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    gw_list_init(node);
}

/* The first node, taken off; NULL when the list is empty. */
static inline struct gw_list *gw_list_pop(struct gw_list *head)
{
    struct gw_list *node = head->next;

    if (node == head)
        return NULL;
    gw_list_remove(node);
    return node;
}

/* All of from, in order, behind the end of to; from is empty afterwards. Safe loops move
 * a list aside first and pop. */
static inline void gw_list_move_all(struct gw_list *to, struct gw_list *from)
{
    if (gw_list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    gw_list_init(from);
}

#endif
