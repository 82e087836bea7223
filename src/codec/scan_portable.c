/* SPDX-License-Identifier: MIT */
#include "codec/scan.h"

size_t gw_scan_ascii(const uint8_t *text, size_t len)
{
    return gw_scan_ascii_plain(text, len);
}

size_t gw_scan_unquoted(const uint8_t *text, size_t len)
{
    return gw_scan_unquoted_plain(text, len);
}
