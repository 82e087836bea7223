/* SPDX-License-Identifier: MIT */
#include "sio/draft.h"

#include "base/word.h"

static bool is_list(const struct gw_sio_draft *draft)
{
    return draft->type == GW_SIO_EVENT || draft->type == GW_SIO_ACK;
}

static bool has_namespace(const struct gw_sio_draft *draft)
{
    return draft->nsp.len > 1;
}

/* "7-": at most two digits, since no packet has more than ten attachments. */
static size_t count_len(const struct gw_sio_draft *draft)
{
    if (draft->attachment_count == 0)
        return 0;
    return draft->attachment_count < 10 ? 2 : 3;
}

size_t gw_sio_draft_len(const struct gw_sio_draft *draft)
{
    size_t len = 1 + count_len(draft) + draft->id.len;

    if (has_namespace(draft))
        len += draft->nsp.len + 1;
    if (!is_list(draft))
        return len + draft->data.len;
    len += 2 + draft->args.len;
    if (draft->type == GW_SIO_EVENT)
        len += 2 + draft->name.len + (draft->args.len > 0 ? 1 : 0);
    return len;
}

static uint8_t *put(uint8_t *at, struct gw_slice bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

static uint8_t *put_type(const struct gw_sio_draft *draft, uint8_t *at)
{
    uint32_t count = draft->attachment_count;

    if (count == 0) {
        *at++ = (uint8_t)('0' + draft->type);
        return at;
    }
    *at++ = draft->type == GW_SIO_EVENT ? '0' + GW_SIO_BINARY_EVENT : '0' + GW_SIO_BINARY_ACK;
    if (count >= 10)
        *at++ = (uint8_t)('0' + count / 10);
    *at++ = (uint8_t)('0' + count % 10);
    *at++ = '-';
    return at;
}

static void put_list(const struct gw_sio_draft *draft, uint8_t *at)
{
    *at++ = '[';
    if (draft->type == GW_SIO_EVENT) {
        *at++ = '"';
        at = gw_word_copy(at, draft->name.ptr, draft->name.len);
        *at++ = '"';
        if (draft->args.len > 0)
            *at++ = ',';
    }
    at = put(at, draft->args);
    *at = ']';
}

void gw_sio_draft_write(const struct gw_sio_draft *draft, uint8_t *out)
{
    uint8_t *at = put_type(draft, out);

    if (has_namespace(draft)) {
        at = put(at, draft->nsp);
        *at++ = ',';
    }
    at = put(at, draft->id);
    if (is_list(draft))
        put_list(draft, at);
    else
        put(at, draft->data);
}
