/* SPDX-License-Identifier: MIT */
#include "eio/handshake.h"

#include "codec/number.h"

#include <assert.h>

struct writer {
    uint8_t *out;
    size_t len;
};

static void put(struct writer *w, struct gw_slice text)
{
    assert(text.len <= GW_EIO_HANDSHAKE_MAX - w->len);
    memcpy(w->out + w->len, text.ptr, text.len);
    w->len += text.len;
}

static void put_number(struct writer *w, uint64_t value)
{
    uint8_t digits[GW_U64_DIGITS_MAX];

    put(w, (struct gw_slice){digits, gw_u64_format(digits, value)});
}

static struct gw_slice upgrades_of(const struct gw_eio_session *session)
{
    const struct gw_eio_options *options = &session->engine->options;
    bool has_websocket = (options->transports & 1U << GW_EIO_WEBSOCKET) != 0;

    if (session->transport->ops->is_stream || !options->can_upgrade || !has_websocket)
        return GW_LIT("[]");
    return GW_LIT("[\"websocket\"]");
}

size_t gw_eio_handshake_encode(uint8_t out[static GW_EIO_HANDSHAKE_MAX],
                               const struct gw_eio_session *session)
{
    const struct gw_eio_options *options = &session->engine->options;
    struct writer w = {out, 0};

    put(&w, GW_LIT("0{\"sid\":\""));
    put(&w, (struct gw_slice){(const uint8_t *)session->sid, GW_ID_LEN});
    put(&w, GW_LIT("\",\"upgrades\":"));
    put(&w, upgrades_of(session));
    put(&w, GW_LIT(",\"pingInterval\":"));
    put_number(&w, options->ping_interval_ms);
    put(&w, GW_LIT(",\"pingTimeout\":"));
    put_number(&w, options->ping_timeout_ms);
    put(&w, GW_LIT(",\"maxPayload\":"));
    put_number(&w, options->max_http_buffer_bytes);
    put(&w, GW_LIT("}"));
    return w.len;
}
