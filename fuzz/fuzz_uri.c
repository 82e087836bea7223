/* SPDX-License-Identifier: MIT */
/* The normal form of a URL is a URL with the same normal form, and holds nothing that could break out of a request. */
#include "codec/uri.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bytes(struct gw_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f || text.ptr[i] == '#')
            abort();
}

static void check_again(const struct gw_uri *uri)
{
    struct gw_uri again = {0};

    check_bytes(uri->text);
    if (uri->target.len == 0 || uri->target.ptr[0] != '/' || uri->host.len == 0 || uri->port == 0)
        abort();
    /* Encoded it may have become longer than a URL may be. */
    if (uri->text.len <= GW_URI_TEXT_MAX &&
        (gw_uri_parse(&again, uri->text) != 0 || !gw_slice_equal(again.text, uri->text) ||
         !gw_slice_equal(again.host, uri->host) || !gw_uri_is_same_origin(&again, uri)))
        abort();
    gw_uri_dispose(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice text = {size > 0 ? data : (const uint8_t *)"", size};
    struct gw_uri uri = {0}, base = {0}, resolved = {0};

    if (gw_uri_parse(&uri, text) == 0)
        check_again(&uri);
    if (gw_uri_parse(&base, GW_LIT("ws://example.org/a/b?c")) != 0)
        abort();
    if (gw_uri_resolve(&resolved, &base, text) == 0)
        check_again(&resolved);
    gw_uri_dispose(&uri);
    gw_uri_dispose(&base);
    gw_uri_dispose(&resolved);
    return 0;
}
