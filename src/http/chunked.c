/* SPDX-License-Identifier: MIT */
/* Not left to llhttp, which ends a trailer at a bare LF, takes any number of zeros in front of a
 * size, and does not bound extensions: each of these has been the way into a server. */
#include "http/chunked.h"

#include "http/field.h"

/* 16 hexadecimal digits fill 64 bits; zeros in front count too. */
enum { DIGITS_MAX = 16 };

static int fail(struct gw_http_chunked *chunked, const char *why)
{
    chunked->state = GW_HTTP_CHUNKED_FAILED;
    chunked->why = why;
    return GW_E_PROTO;
}

static int hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_text(uint8_t byte)
{
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

static int count_extra(struct gw_http_chunked *chunked)
{
    if (chunked->extra_bytes >= chunked->extra_limit_bytes)
        return fail(chunked, "chunk extensions and trailer are too long");
    chunked->extra_bytes++;
    return 0;
}

static int take_size(struct gw_http_chunked *chunked, uint8_t byte)
{
    int digit = hex_value(byte);

    if (digit >= 0) {
        if (chunked->digit_count == DIGITS_MAX)
            return fail(chunked, "chunk size has more than 16 digits");
        chunked->digit_count++;
        chunked->chunk_left = chunked->chunk_left << 4 | (uint64_t)digit;
        return 0;
    }
    if (chunked->digit_count == 0 || (byte != '\r' && byte != ';'))
        return fail(chunked, "chunk size is not a hexadecimal number");
    chunked->state = byte == '\r' ? GW_HTTP_CHUNKED_SIZE_LF : GW_HTTP_CHUNKED_EXTENSION;
    return 0;
}

static int take_extension(struct gw_http_chunked *chunked, uint8_t byte)
{
    if (byte == '\r') {
        chunked->state = GW_HTTP_CHUNKED_SIZE_LF;
        return 0;
    }
    if (!is_text(byte))
        return fail(chunked, "control character in a chunk extension");
    return count_extra(chunked);
}

static int take_trailer_start(struct gw_http_chunked *chunked, uint8_t byte)
{
    if (byte == '\r') {
        chunked->state = GW_HTTP_CHUNKED_END_LF;
        return 0;
    }
    if (!gw_http_is_tchar(byte))
        return fail(chunked, "trailer line does not begin with a field name");
    chunked->state = GW_HTTP_CHUNKED_TRAILER_NAME;
    return count_extra(chunked);
}

static int take_trailer_name(struct gw_http_chunked *chunked, uint8_t byte)
{
    if (byte == ':')
        chunked->state = GW_HTTP_CHUNKED_TRAILER_VALUE;
    else if (!gw_http_is_tchar(byte))
        return fail(chunked, "bad character in a trailer name");
    return count_extra(chunked);
}

static int take_trailer_value(struct gw_http_chunked *chunked, uint8_t byte)
{
    if (byte == '\r') {
        chunked->state = GW_HTTP_CHUNKED_TRAILER_LF;
        return 0;
    }
    if (!is_text(byte))
        return fail(chunked, "control character in a trailer value");
    return count_extra(chunked);
}

static int expect(struct gw_http_chunked *chunked, uint8_t byte, uint8_t expected,
                  enum gw_http_chunked_state next)
{
    if (byte != expected)
        return fail(chunked, "CRLF is missing in a chunked body");
    chunked->state = next;
    return 0;
}

static int take_size_lf(struct gw_http_chunked *chunked, uint8_t byte)
{
    chunked->digit_count = 0;
    return expect(chunked, byte, '\n',
                  chunked->chunk_left > 0 ? GW_HTTP_CHUNKED_DATA : GW_HTTP_CHUNKED_TRAILER_START);
}

/* One byte that is not data. */
static int take(struct gw_http_chunked *chunked, uint8_t byte)
{
    switch (chunked->state) {
    case GW_HTTP_CHUNKED_SIZE:
        return take_size(chunked, byte);
    case GW_HTTP_CHUNKED_EXTENSION:
        return take_extension(chunked, byte);
    case GW_HTTP_CHUNKED_SIZE_LF:
        return take_size_lf(chunked, byte);
    case GW_HTTP_CHUNKED_DATA_CR:
        return expect(chunked, byte, '\r', GW_HTTP_CHUNKED_DATA_LF);
    case GW_HTTP_CHUNKED_DATA_LF:
        return expect(chunked, byte, '\n', GW_HTTP_CHUNKED_SIZE);
    case GW_HTTP_CHUNKED_TRAILER_START:
        return take_trailer_start(chunked, byte);
    case GW_HTTP_CHUNKED_TRAILER_NAME:
        return take_trailer_name(chunked, byte);
    case GW_HTTP_CHUNKED_TRAILER_VALUE:
        return take_trailer_value(chunked, byte);
    case GW_HTTP_CHUNKED_TRAILER_LF:
        return expect(chunked, byte, '\n', GW_HTTP_CHUNKED_TRAILER_START);
    case GW_HTTP_CHUNKED_END_LF:
        return expect(chunked, byte, '\n', GW_HTTP_CHUNKED_DONE);
    case GW_HTTP_CHUNKED_DATA:
    case GW_HTTP_CHUNKED_DONE:
    case GW_HTTP_CHUNKED_FAILED:
        break;
    }
    return GW_E_PROTO;
}

static void take_data(struct gw_http_chunked *chunked, struct gw_slice *in, struct gw_slice *data)
{
    size_t len = in->len < chunked->chunk_left ? in->len : (size_t)chunked->chunk_left;

    *data = (struct gw_slice){in->ptr, len};
    in->ptr += len;
    in->len -= len;
    chunked->chunk_left -= len;
    if (chunked->chunk_left == 0)
        chunked->state = GW_HTTP_CHUNKED_DATA_CR;
}

void gw_http_chunked_init(struct gw_http_chunked *chunked, uint32_t extra_limit_bytes)
{
    *chunked = (struct gw_http_chunked){.extra_limit_bytes = extra_limit_bytes};
}

int gw_http_chunked_next(struct gw_http_chunked *chunked, struct gw_slice *in,
                         struct gw_slice *data)
{
    while (in->len > 0 && chunked->state != GW_HTTP_CHUNKED_DONE) {
        int err;

        if (chunked->state == GW_HTTP_CHUNKED_DATA) {
            take_data(chunked, in, data);
            return 1;
        }
        err = take(chunked, *in->ptr);
        if (err)
            return err;
        in->ptr++;
        in->len--;
    }
    return chunked->state == GW_HTTP_CHUNKED_FAILED ? GW_E_PROTO : 0;
}

uint64_t gw_http_chunked_announced(const struct gw_http_chunked *chunked)
{
    return chunked->state == GW_HTTP_CHUNKED_DATA ? chunked->chunk_left : 0;
}

bool gw_http_chunked_is_done(const struct gw_http_chunked *chunked)
{
    return chunked->state == GW_HTTP_CHUNKED_DONE;
}
