/* SPDX-License-Identifier: MIT */
/* Paths never leave the root and mean the same when cleaned again; queries are walked and searched alike. */
#include "codec/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void check_clean(struct gw_slice path)
{
    size_t begin = 1;

    must(path.len > 0 && path.ptr[0] == '/');
    for (size_t i = 1; i <= path.len; i++) {
        struct gw_slice segment;

        if (i < path.len) {
            must(path.ptr[i] != '\0' && path.ptr[i] != '\\');
            if (path.ptr[i] != '/')
                continue;
        }
        segment = (struct gw_slice){path.ptr + begin, i - begin};
        must(segment.len > 0 || i == path.len);
        must(!gw_slice_equal(segment, GW_LIT(".")) && !gw_slice_equal(segment, GW_LIT("..")));
        begin = i + 1;
    }
}

static void clean(struct gw_slice raw)
{
    struct gw_buf out;

    gw_buf_init(&out, raw.len);
    if (gw_url_path_clean(raw, &out) == 0)
        check_clean(gw_buf_slice(&out));
    else
        must(out.len == 0);
    gw_buf_dispose(&out);
}

static void decode(struct gw_slice in)
{
    uint8_t *out = malloc(in.len), *in_place = malloc(in.len);
    size_t len;

    must(out && in_place);
    memcpy(in_place, in.ptr, in.len);
    len = gw_url_decode(out, in, true);
    must(len <= in.len);
    must(gw_url_decode(in_place, (struct gw_slice){in_place, in.len}, true) == len);
    must(memcmp(out, in_place, len) == 0);
    free(out);
    free(in_place);
}

static void query(struct gw_slice in)
{
    struct gw_slice rest = in, name, value;

    while (gw_url_query_next(&rest, &name, &value)) {
        uint8_t *decoded = malloc(name.len + 1);
        char *text = malloc(in.len + 1);
        int len;

        must(decoded != NULL && text != NULL);
        len = gw_url_query_text(in, (struct gw_slice){decoded, gw_url_decode(decoded, name, true)},
                                text, in.len + 1);
        must(len == GW_E_ARG || (len >= 0 && strlen(text) == (size_t)len));
        free(text);
        free(decoded);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice in = {data, size};

    if (size == 0 || size > 4096) /* the search is made once for each name */
        return 0;
    clean(in);
    decode(in);
    query(in);
    return 0;
}
