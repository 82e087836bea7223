/* SPDX-License-Identifier: MIT */
/* One question to many sockets, and their answers: gw_emit_ack_all. All have the same id, and each
 * a gw_sio_ack of its own, so that an answer finds its way as any other does. */
#ifndef GW_SIO_SURVEY_H
#define GW_SIO_SURVEY_H

#include "sio/ack.h"

struct gw_sio_draft;
struct gw_sio_survey_answer;

/* One who was asked. */
struct gw_sio_survey_member {
    struct gw_sio_ack ack;               /* registered while the answer is owed */
    struct gw_sio_survey_answer *answer; /* NULL: none yet */
    char id[GW_SOCKET_ID_LEN + 1];       /* the socket may be gone by the time */
};

struct gw_answers {
    /* private */
    struct gw_sio_ack clock; /* socket NULL: for its timeout only */
    gw_namespace *nsp;       /* pinned */
    gw_on_answers_fn *fn;
    void *user;
    int err;
    size_t count, waiting, answered;
    struct gw_sio_survey_member **order; /* those who answered, in the order of arrival */
    struct gw_sio_survey_member members[];
};

/* gw_sio_adapter_memory's way. The draft has neither namespace nor id yet. */
int gw_sio_survey_ask(struct gw_target target, struct gw_sio_draft *draft, uint64_t timeout_ms,
                      gw_on_answers_fn *fn, void *user);

/* ack, detached, has its answer; or none will come, and event is NULL. */
void gw_sio_survey_receive(struct gw_sio_ack *ack, const gw_event *event);
/* The same without a word to the application. */
void gw_sio_survey_drop(struct gw_sio_ack *ack);
/* Nobody owes an answer. */
void gw_sio_survey_free(struct gw_answers *answers);
/* The time is over. */
void gw_sio_survey_expire(struct gw_answers *answers);

#endif
