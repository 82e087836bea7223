/* SPDX-License-Identifier: MIT */
#include "sio/adapter.h"

#include "base/list.h"
#include "sio/dynamic.h"
#include "sio/emit.h"
#include "sio/many.h"
#include "sio/namespace.h"
#include "sio/survey.h"

/* ---- alone ---- */

static int emit_to_nobody(gw_namespace *nsp, const struct gw_sio_draft *draft, uint64_t timeout_ms,
                          gw_on_server_answers_fn *fn, void *user)
{
    (void)draft;
    (void)timeout_ms;
    if (fn)
        fn(nsp, NULL, 0, 0, user);
    return 0;
}

static size_t count_one(gw_namespace *nsp)
{
    (void)nsp;
    return 1;
}

const struct gw_sio_adapter gw_sio_adapter_memory = {
    .broadcast = gw_sio_emit_broadcast,
    .ask = gw_sio_survey_ask,
    .fetch = gw_sio_many_fetch,
    .join = gw_sio_many_join,
    .leave = gw_sio_many_leave,
    .disconnect = gw_sio_many_disconnect,
    .server_side_emit = emit_to_nobody,
    .server_count = count_one,
};

/* ---- parents ---- */

/* The next child behind `at` (NULL: the first); NULL: none. Children are not freed before the end
 * of the turn, and new ones go to the end. */
static gw_namespace *next_child(const gw_namespace *parent, const gw_namespace *at)
{
    const struct gw_list *head = &parent->as_parent->children;
    struct gw_list *next = at ? at->in_parent.next : head->next;

    return next == head ? NULL : container_of(next, gw_namespace, in_parent);
}

static struct gw_target move_to(struct gw_target target, gw_namespace *child)
{
    target.nsp = child;
    return target;
}

static int parent_broadcast(struct gw_target target, struct gw_sio_draft *draft)
{
    gw_namespace *child = NULL;
    int sum = 0;

    while ((child = next_child(target.nsp, child)) != NULL) {
        int count;

        draft->nsp = gw_sio_namespace_name(child);
        count = child->adapter->broadcast(move_to(target, child), draft);
        if (count < 0)
            return count;
        sum += count;
    }
    return sum;
}

/* Ids are each child's own. */
static int parent_ask(struct gw_target target, struct gw_sio_draft *draft, uint64_t timeout_ms,
                      gw_on_answers_fn *fn, void *user)
{
    (void)target;
    (void)draft;
    (void)timeout_ms;
    (void)fn;
    (void)user;
    return GW_E_ARG;
}

static int parent_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user)
{
    (void)target;
    (void)fn;
    (void)user;
    return GW_E_ARG;
}

static int parent_join(struct gw_target target, struct gw_slice room)
{
    gw_namespace *child = NULL;
    int sum = 0;

    while ((child = next_child(target.nsp, child)) != NULL) {
        int count = child->adapter->join(move_to(target, child), room);

        if (count < 0)
            return count;
        sum += count;
    }
    return sum;
}

static int parent_leave(struct gw_target target, struct gw_slice room)
{
    gw_namespace *child = NULL;
    int sum = 0;

    while ((child = next_child(target.nsp, child)) != NULL) {
        int count = child->adapter->leave(move_to(target, child), room);

        if (count < 0)
            return count;
        sum += count;
    }
    return sum;
}

static int parent_disconnect(struct gw_target target, enum gw_disconnect_flags flags)
{
    gw_namespace *child = NULL;
    int sum = 0;

    while ((child = next_child(target.nsp, child)) != NULL) {
        int count = child->adapter->disconnect(move_to(target, child), flags);

        if (count < 0)
            return count;
        sum += count;
    }
    return sum;
}

static int parent_server_side_emit(gw_namespace *nsp, const struct gw_sio_draft *draft,
                                   uint64_t timeout_ms, gw_on_server_answers_fn *fn, void *user)
{
    (void)nsp;
    (void)draft;
    (void)timeout_ms;
    (void)fn;
    (void)user;
    return GW_E_ARG;
}

const struct gw_sio_adapter gw_sio_adapter_parent = {
    .broadcast = parent_broadcast,
    .ask = parent_ask,
    .fetch = parent_fetch,
    .join = parent_join,
    .leave = parent_leave,
    .disconnect = parent_disconnect,
    .server_side_emit = parent_server_side_emit,
    .server_count = count_one,
};
