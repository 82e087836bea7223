/* SPDX-License-Identifier: MIT */
#include "sio/survey.h"

#include "base/later.h"
#include "base/mem.h"
#include "codec/number.h"
#include "sio/adapter.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/fan_out.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/outgoing.h"
#include "sio/server_side.h"
#include "sio/socket.h"
#include "sio/target.h"

enum { DEFAULT_TIMEOUT_MS = 5000 };

/* A copy, with all that it points to behind it. */
struct gw_sio_survey_answer {
    struct gw_sio_server_event origin; /* what an event without a socket comes from */
    gw_event event;
    bool is_answered;
    struct gw_slice attachments[]; /* and the bytes behind them */
};

/* ---- life ---- */

static struct gw_answers *create(struct gw_target target, size_t count)
{
    struct gw_answers *answers = NULL;

    if (count < SIZE_MAX / 4 / sizeof(answers->members[0]))
        answers = gw_mem_zalloc(sizeof(*answers) + count * sizeof(answers->members[0]));
    if (!answers)
        return NULL;
    answers->order = gw_mem_alloc((count + 1) * sizeof(*answers->order));
    if (!answers->order) {
        gw_mem_free(answers);
        return NULL;
    }
    answers->nsp = target.nsp;
    answers->clock.survey = answers;
    gw_sio_namespace_pin(target.nsp);
    return answers;
}

void gw_sio_survey_free(struct gw_answers *answers)
{
    gw_sio_timeouts_stop(&answers->nsp->io->timeouts, &answers->clock.timeout);
    for (size_t i = 0; i < answers->count; i++)
        gw_mem_free(answers->members[i].answer);
    gw_sio_namespace_unpin(answers->nsp);
    gw_mem_free(answers->order);
    gw_mem_free(answers);
}

static void release_members(struct gw_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        gw_sio_ack_detach(&answers->members[i].ack);
    answers->waiting = 0;
}

/* Those who are missing come behind those who answered. */
static void finish(struct gw_answers *answers)
{
    size_t at = answers->answered;

    for (size_t i = 0; i < answers->count; i++) {
        if (!answers->members[i].answer)
            answers->order[at++] = &answers->members[i];
    }
    if (answers->err == 0 && answers->answered < answers->count)
        answers->err = GW_E_CLOSED;
    answers->fn(answers->nsp, answers, answers->err, answers->user);
    gw_sio_survey_free(answers);
}

/* ---- answers ---- */

static size_t len_of(const gw_event *event)
{
    size_t len = event->attachment_count * sizeof(event->attachments[0]) + event->args.len;

    for (size_t i = 0; i < event->attachment_count; i++)
        len += event->attachments[i].len;
    return len;
}

static uint8_t *copy(uint8_t *place, struct gw_slice from, struct gw_slice *to)
{
    if (from.len > 0)
        memcpy(place, from.ptr, from.len);
    *to = (struct gw_slice){place, from.len};
    return place + from.len;
}

/* Without its socket, which need not live as long. */
static struct gw_sio_survey_answer *keep(gw_namespace *nsp, const gw_event *event)
{
    struct gw_sio_survey_answer *answer = gw_mem_zalloc(sizeof(*answer) + len_of(event));
    uint8_t *place;

    if (!answer)
        return NULL;
    answer->is_answered = true;
    answer->origin.nsp = nsp;
    answer->event.from_server = &answer->origin;
    answer->event.is_answered = &answer->is_answered;
    answer->event.attachments = answer->attachments;
    answer->event.attachment_count = event->attachment_count;
    place = copy((uint8_t *)(answer->attachments + event->attachment_count), event->args,
                 &answer->event.args);
    for (size_t i = 0; i < event->attachment_count; i++)
        place = copy(place, event->attachments[i], &answer->attachments[i]);
    return answer;
}

void gw_sio_survey_receive(struct gw_sio_ack *ack, const gw_event *event)
{
    struct gw_answers *answers = ack->survey;
    struct gw_sio_survey_member *member = container_of(ack, struct gw_sio_survey_member, ack);

    answers->waiting--;
    if (event) {
        member->answer = keep(answers->nsp, event);
        if (member->answer)
            answers->order[answers->answered++] = member;
        else
            answers->err = GW_E_NOMEM;
    }
    if (answers->waiting == 0)
        finish(answers);
}

void gw_sio_survey_drop(struct gw_sio_ack *ack)
{
    if (--ack->survey->waiting == 0)
        gw_sio_survey_free(ack->survey);
}

void gw_sio_survey_expire(struct gw_answers *answers)
{
    if (answers->waiting > 0)
        answers->err = GW_E_TIMEOUT;
    release_members(answers);
    finish(answers);
}

/* ---- asking ---- */

/* Sends first: no answer can come before this has returned. */
static int ask_one(struct gw_answers *answers, struct gw_sio_fan_out *out, gw_socket *socket,
                   uint64_t id)
{
    struct gw_sio_survey_member *member = &answers->members[answers->count];
    int reached = out->reached, err;

    gw_sio_fan_out_send(socket, out);
    if (out->err < 0 || out->reached == reached)
        return out->err;
    member->ack.id = id;
    member->ack.socket = socket;
    member->ack.survey = answers;
    memcpy(member->id, socket->id, sizeof(member->id));
    err = gw_sio_ack_register(&member->ack);
    if (err < 0)
        return err;
    answers->count++;
    answers->waiting++;
    return 0;
}

/* Handlers of outgoing events may do anything, even send those away who have been asked. The member
 * that stands for the asking keeps the survey from its end meanwhile. */
static int ask_all(struct gw_answers *answers, struct gw_sio_fan_out *out,
                   struct gw_sio_draft *draft, const struct gw_sio_picked *picked)
{
    const bool is_told = answers->nsp->outgoing_count > 0;
    uint64_t id = answers->nsp->next_ack_id++;
    uint8_t digits[GW_U64_DIGITS_MAX];
    int err;

    draft->nsp = gw_sio_namespace_name(answers->nsp);
    draft->id = (struct gw_slice){digits, gw_u64_format(digits, id)};
    err = picked->count > 0 ? gw_sio_fan_out_encode(out) : 0;
    for (size_t i = 0; i < picked->count && err == 0; i++) {
        gw_socket *socket = picked->sockets[i];

        if (is_told && gw_socket_is_connected(socket))
            err = gw_sio_outgoing_tell(socket, draft);
        if (err == 0 && gw_socket_is_connected(socket))
            err = ask_one(answers, out, socket, id);
        else if (err == GW_E_CLOSED)
            err = 0;
    }
    return err;
}

/* Without anybody to wait for it ends soon: not inside the call, nor in the tick that the call was
 * made in, which would never end if fn asked again. */
static int start_clock(struct gw_answers *answers, uint64_t timeout_ms)
{
    gw_io *io = answers->nsp->io;

    if (timeout_ms == 0)
        timeout_ms = DEFAULT_TIMEOUT_MS;
    if (answers->waiting == 0)
        timeout_ms = 1;
    gw_io_tell_work(io);
    return gw_sio_timeouts_start(&io->timeouts, &answers->clock.timeout,
                                 gw_later_ms(gw_io_now_ms(io), timeout_ms));
}

int gw_sio_survey_ask(struct gw_target target, struct gw_sio_draft *draft, uint64_t timeout_ms,
                      gw_on_answers_fn *fn, void *user)
{
    struct gw_sio_picked picked;
    struct gw_sio_fan_out out;
    struct gw_answers *answers;
    int err = gw_sio_target_pick(target, &picked);

    if (err < 0)
        return err;
    answers = create(target, picked.count);
    if (!answers) {
        gw_mem_free(picked.sockets);
        return GW_E_NOMEM;
    }
    answers->fn = fn;
    answers->user = user;
    /* Dropped, it would be answered by nobody and missed by nobody; what asks must wait. */
    target.flags = gw_sio_target_with_pressure(target.flags, GW_PRESSURE_DEFAULT);
    gw_sio_fan_out_init(&out, target, draft);
    answers->waiting++;
    err = ask_all(answers, &out, draft, &picked);
    answers->waiting--;
    gw_sio_fan_out_dispose(&out);
    gw_mem_free(picked.sockets);
    if (err == 0)
        err = start_clock(answers, timeout_ms);
    if (err == 0)
        return out.reached;
    release_members(answers);
    gw_sio_survey_free(answers);
    return err;
}

/* ---- the application's calls ---- */

static int ask(struct gw_target target, struct gw_sio_draft *draft, uint64_t timeout_ms,
               gw_on_answers_fn *fn, void *user)
{
    return target.nsp->adapter->ask(target, draft, timeout_ms, fn, user);
}

int gw_emit_ack_all(struct gw_target target, const char *event, const char *args_json,
                    uint64_t timeout_ms, gw_on_answers_fn *fn, void *user)
{
    struct gw_sio_draft draft;
    int err = gw_sio_emit_draft_event(target.nsp->io, gw_slice_of(event), &draft);

    if (err == 0)
        err = gw_sio_emit_draft_args(target.nsp->io, &draft, args_json, NULL, 0);
    return err < 0 ? gw_sio_emit_refuse(target.nsp->io, gw_slice_of(event), err)
                   : ask(target, &draft, timeout_ms, fn, user);
}

int gw_emit_ack_all_args(struct gw_target target, const char *event, const gw_args *args,
                         uint64_t timeout_ms, gw_on_answers_fn *fn, void *user)
{
    struct gw_sio_draft draft;
    int err = gw_sio_emit_draft_event(target.nsp->io, gw_slice_of(event), &draft);

    if (err == 0)
        err = gw_sio_emit_draft_built(&draft, args);
    return err < 0 ? gw_sio_emit_refuse(target.nsp->io, gw_slice_of(event), err)
                   : ask(target, &draft, timeout_ms, fn, user);
}

size_t gw_answers_count(const gw_answers *answers)
{
    return answers->answered;
}

const gw_event *gw_answers_at(const gw_answers *answers, size_t index)
{
    return index < answers->answered ? &answers->order[index]->answer->event : NULL;
}

const char *gw_answers_id(const gw_answers *answers, size_t index)
{
    return index < answers->answered ? answers->order[index]->id : NULL;
}

size_t gw_answers_missing_count(const gw_answers *answers)
{
    return answers->count - answers->answered;
}

const char *gw_answers_missing_id(const gw_answers *answers, size_t index)
{
    return index < gw_answers_missing_count(answers) ? answers->order[answers->answered + index]->id
                                                     : NULL;
}
