/* SPDX-License-Identifier: MIT */
#include "ws/close.h"

#include <assert.h>

bool gw_ws_close_code_is_valid(uint16_t code)
{
    if (code >= 3000)
        return code <= 4999;
    return code >= GW_WS_CLOSE_NORMAL && code <= GW_WS_CLOSE_BAD_GATEWAY && code != 1004 &&
           code != GW_WS_CLOSE_NONE && code != GW_WS_CLOSE_ABNORMAL;
}

void gw_ws_closing_init(struct gw_ws_closing *closing)
{
    *closing = (struct gw_ws_closing){0};
}

bool gw_ws_closing_start(struct gw_ws_closing *closing, uint16_t code)
{
    assert(code == GW_WS_CLOSE_NONE || gw_ws_close_code_is_valid(code));
    if (closing->sent_code || closing->is_failed)
        return false;
    closing->sent_code = code;
    return true;
}

bool gw_ws_closing_receive(struct gw_ws_closing *closing, uint16_t code, uint16_t *reply_code)
{
    if (closing->received_code || closing->is_failed)
        return false;
    closing->received_code = code;
    *reply_code = code;
    return gw_ws_closing_start(closing, code);
}

bool gw_ws_closing_fail(struct gw_ws_closing *closing, uint16_t code)
{
    bool must_send = gw_ws_closing_start(closing, code);

    closing->is_failed = true;
    return must_send;
}

/* Who has failed has sent a close frame too: these two are asked for each message. */
bool gw_ws_closing_can_send(const struct gw_ws_closing *closing)
{
    return !closing->sent_code;
}

bool gw_ws_closing_can_pong(const struct gw_ws_closing *closing)
{
    return !closing->received_code && !closing->is_failed;
}

bool gw_ws_closing_can_receive(const struct gw_ws_closing *closing)
{
    return !closing->sent_code && !closing->received_code;
}

bool gw_ws_closing_is_done(const struct gw_ws_closing *closing)
{
    return closing->is_failed || (closing->sent_code && closing->received_code);
}

bool gw_ws_closing_is_clean(const struct gw_ws_closing *closing)
{
    return !closing->is_failed && closing->sent_code && closing->received_code;
}

uint16_t gw_ws_closing_code(const struct gw_ws_closing *closing)
{
    return closing->received_code ? closing->received_code : GW_WS_CLOSE_ABNORMAL;
}
