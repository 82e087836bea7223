/* SPDX-License-Identifier: MIT */
/* Encoding and decoding there and back; the decoder against one that takes a character at a time. */
#include "codec/base64.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static uint8_t *block(size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);

    must(bytes != NULL);
    return bytes;
}

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static size_t decode(uint8_t *out, struct gw_slice text)
{
    uint32_t bits = 0;
    int bit_count = 0;
    size_t len = 0;

    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        int value = value_of(text.ptr[i]);

        if (value < 0)
            continue;
        bits = (bits << 6 | (uint32_t)value) & 0xffff;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            out[len++] = (uint8_t)(bits >> bit_count);
        }
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice in = {data, size};
    size_t encoded_len = gw_base64_encoded_len(size), max_len = gw_base64_decoded_max_len(size);
    uint8_t *encoded = block(encoded_len), *back = block(gw_base64_decoded_max_len(encoded_len));
    uint8_t *decoded = block(max_len), *expected = block(max_len);
    size_t len;

    must(gw_base64_encode(encoded, in) == encoded_len);
    len = gw_base64_decode(back, (struct gw_slice){encoded, encoded_len});
    must(gw_slice_equal((struct gw_slice){back, len}, in));

    len = decode(expected, in);
    must(gw_base64_decode(decoded, in) == len);
    must(len == 0 || memcmp(decoded, expected, len) == 0);
    free(encoded);
    free(back);
    free(decoded);
    free(expected);
    return 0;
}
