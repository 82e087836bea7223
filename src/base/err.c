/* SPDX-License-Identifier: MIT */
#include <godwit/base.h>

const char *gw_err_name(int err)
{
    switch (err) {
    case GW_OK:
        return "GW_OK";
#define GW_ERR_CASE(name, value, text)                                                             \
    case value:                                                                                    \
        return "GW_E_" #name;
        GW_ERR_LIST(GW_ERR_CASE)
#undef GW_ERR_CASE
    default:
        return "GW_E_?";
    }
}

const char *gw_err_text(int err)
{
    switch (err) {
    case GW_OK:
        return "success";
#define GW_ERR_CASE(name, value, text)                                                             \
    case value:                                                                                    \
        return text;
        GW_ERR_LIST(GW_ERR_CASE)
#undef GW_ERR_CASE
    default:
        return "unknown error";
    }
}
