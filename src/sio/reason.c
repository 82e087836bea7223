/* SPDX-License-Identifier: MIT */
#include "sio/reason.h"

const char *gw_reason_text(enum gw_reason reason)
{
    switch (reason) {
#define REASON_CASE(name, text)                                                                    \
    case GW_REASON_##name:                                                                         \
        return text;
        GW_REASON_LIST(REASON_CASE)
#undef REASON_CASE
    }
    return "unknown";
}

enum gw_reason gw_sio_reason_of(enum gw_eio_reason reason)
{
    switch (reason) {
    case GW_EIO_TRANSPORT_CLOSE:
        return GW_REASON_TRANSPORT_CLOSE;
    case GW_EIO_TRANSPORT_ERROR:
        return GW_REASON_TRANSPORT_ERROR;
    case GW_EIO_PING_TIMEOUT:
        return GW_REASON_PING_TIMEOUT;
    case GW_EIO_PARSE_ERROR:
        return GW_REASON_PARSE_ERROR;
    case GW_EIO_FORCED_CLOSE:
        break;
    }
    return GW_REASON_FORCED_CLOSE;
}
