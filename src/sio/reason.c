/* SPDX-License-Identifier: MIT */
#include <godwit/sio.h>

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
