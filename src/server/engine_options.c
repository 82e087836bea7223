/* SPDX-License-Identifier: MIT */
/* What gw_io_options say, in the words of the rooms that do it. */
#include "base/mem.h"
#include "server/engine.h"
#include "ws/deflate.h"

enum {
    COMPRESSION_THRESHOLD_BYTES = 1024,
    COMPRESSION_LEVEL = 6, /* zlib's own default, which the genuine server leaves as it is */
    COMPRESSION_LEVEL_MAX = 9,
};

/* ---- the engine ---- */

static void override_u64(uint64_t *option, uint64_t value)
{
    if (value != 0)
        *option = value;
}

static void fill_eio(struct gw_eio_options *eio, const struct gw_io_options *io)
{
    gw_eio_options_init(eio);
    override_u64(&eio->ping_interval_ms, io->ping_interval_ms);
    override_u64(&eio->ping_timeout_ms, io->ping_timeout_ms);
    override_u64(&eio->upgrade_timeout_ms, io->upgrade_timeout_ms);
    override_u64(&eio->max_http_buffer_bytes, io->max_payload_bytes);
    override_u64(&eio->max_queued_bytes, io->max_queued_bytes);
    if (io->max_sessions != 0)
        eio->max_sessions = io->max_sessions;
    if (io->transports != 0) {
        eio->transports = 0;
        if (io->transports & GW_IO_POLLING)
            eio->transports |= 1u << GW_EIO_POLLING;
        if (io->transports & GW_IO_WEBSOCKET)
            eio->transports |= 1u << GW_EIO_WEBSOCKET;
    }
    eio->can_upgrade = !io->hides_upgrades;
    eio->session_extra_bytes = sizeof(struct gw_engine_session_extra);
}

/* ---- texts, kept for as long as the engine lives ---- */

static size_t text_len(const char *text)
{
    return text ? strlen(text) : 0;
}

/* The room has been reserved, so that what was copied before does not move. */
static struct gw_slice copy_text(struct gw_buf *texts, const char *text)
{
    struct gw_slice copy = gw_slice_of(text);

    if (copy.len == 0)
        return text ? GW_LIT("") : copy;
    gw_buf_append(texts, copy);
    copy.ptr = texts->ptr + texts->len - copy.len;
    return copy;
}

static size_t texts_len(const struct gw_io_options *options)
{
    const struct gw_io_cors *cors = options->cors;
    const struct gw_io_cookie *cookie = options->cookie;
    size_t len = 0;

    if (cors)
        len += text_len(cors->methods) + text_len(cors->allowed_headers) +
               text_len(cors->exposed_headers);
    for (size_t i = 0; cors && cors->origins && cors->origins[i]; i++)
        len += text_len(cors->origins[i]);
    if (cookie)
        len += text_len(cookie->name) + text_len(cookie->path) + text_len(cookie->domain) +
               text_len(cookie->priority);
    return len;
}

/* ---- CORS ---- */

static enum gw_http_cors_origin origin_kind(const struct gw_io_cors *cors, size_t origin_count)
{
    if (cors->reflects_origin)
        return GW_HTTP_CORS_REFLECT;
    if (origin_count == 0 || strcmp(cors->origins[0], "*") == 0)
        return GW_HTTP_CORS_ANY;
    return GW_HTTP_CORS_LIST;
}

static int fill_cors(struct gw_engine *engine, const struct gw_io_cors *cors)
{
    size_t count = 0;

    while (cors->origins && cors->origins[count])
        count++;
    engine->cors_origins = gw_mem_zalloc((count + 1) * sizeof(*engine->cors_origins));
    if (!engine->cors_origins)
        return GW_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        engine->cors_origins[i] = copy_text(&engine->texts, cors->origins[i]);
    engine->cors = (struct gw_http_cors){
        .origin = origin_kind(cors, count),
        .origins = engine->cors_origins,
        .origin_count = count,
        .methods = copy_text(&engine->texts, cors->methods),
        .allowed_headers = copy_text(&engine->texts, cors->allowed_headers),
        .exposed_headers = copy_text(&engine->texts, cors->exposed_headers),
        .has_credentials = cors->allows_credentials,
        .max_age_s = cors->max_age_s,
    };
    return GW_OK;
}

/* ---- the cookie ---- */

static enum gw_http_same_site same_site_of(enum gw_same_site same_site)
{
    switch (same_site) {
    case GW_SAME_SITE_LAX:
        return GW_HTTP_SAME_SITE_LAX;
    case GW_SAME_SITE_STRICT:
        return GW_HTTP_SAME_SITE_STRICT;
    case GW_SAME_SITE_NONE:
        return GW_HTTP_SAME_SITE_NONE;
    case GW_SAME_SITE_UNSAID:
        break;
    }
    return GW_HTTP_SAME_SITE_UNSAID;
}

static int fill_cookie(struct gw_engine *engine, const struct gw_io_cookie *cookie)
{
    engine->cookie = (struct gw_http_cookie){
        .name = cookie->name ? copy_text(&engine->texts, cookie->name) : GW_LIT("io"),
        .path = cookie->path ? copy_text(&engine->texts, cookie->path) : GW_LIT("/"),
        .domain = copy_text(&engine->texts, cookie->domain),
        .priority = copy_text(&engine->texts, cookie->priority),
        .max_age_s = cookie->max_age_s,
        .expires_unix_s = cookie->expires_unix_s,
        .is_http_only = !cookie->is_readable,
        .is_secure = cookie->is_secure,
        .is_partitioned = cookie->is_partitioned,
        .same_site = same_site_of(cookie->same_site),
    };
    if (gw_http_cookie_is_valid(&engine->cookie))
        return GW_OK;
    return gw_server_fail(engine->server, GW_E_ARG,
                          "cannot attach %s: the cookie cannot be written", engine->guest->name);
}

/* ---- compression ---- */

static int fill_compression(struct gw_engine *engine, const struct gw_io_options *options)
{
    uint64_t threshold_bytes = options->http_compression_threshold_bytes;
    int level = options->http_compression_level;

    if (threshold_bytes == 0)
        threshold_bytes = COMPRESSION_THRESHOLD_BYTES;
    if (options->has_no_http_compression)
        threshold_bytes = UINT64_MAX;
    if (level == 0)
        level = COMPRESSION_LEVEL;
    gw_poll_compression_init(&engine->poll_compression, threshold_bytes, level);
    if (level > COMPRESSION_LEVEL_MAX ||
        (options->deflate && gw_ws_deflate_fill(&engine->deflate, options->deflate) < 0))
        return gw_server_fail(engine->server, GW_E_ARG,
                              "cannot attach %s: an option of compression is out of its range",
                              engine->guest->name);
    engine->deflate_form = (struct gw_deflate_options){
        .level = engine->deflate.level,
        .window_bits = engine->deflate.window_bits,
        .mem_level = engine->deflate.mem_level,
    };
    return GW_OK;
}

int gw_engine_fill_options(struct gw_engine *engine, const struct gw_io_options *options,
                           struct gw_eio_options *eio)
{
    uint8_t *unused;
    int err;

    fill_eio(eio, options);
    gw_buf_init(&engine->texts, SIZE_MAX);
    gw_buf_init(&engine->cookie_value, SIZE_MAX);
    engine->allow_request =
        (struct gw_engine_hook){.use = options->allow_request, .user = options->allow_request_user};
    engine->generate_id = options->generate_id;
    engine->generate_id_user = options->generate_id_user;
    err = fill_compression(engine, options);
    if (err == GW_OK)
        err = gw_buf_reserve(&engine->texts, texts_len(options), &unused);
    if (err == GW_OK && options->cors)
        err = fill_cors(engine, options->cors);
    if (err == GW_OK && options->cookie)
        err = fill_cookie(engine, options->cookie);
    return err;
}

void gw_engine_dispose_options(struct gw_engine *engine)
{
    gw_mem_free(engine->cors_origins);
    gw_buf_dispose(&engine->texts);
    gw_buf_dispose(&engine->cookie_value);
}
