/* SPDX-License-Identifier: MIT */
#include "http/mime.h"

#include "http/field.h"

struct type {
    struct gw_slice extension;
    struct gw_slice name;
};

#define TEXT(extension, name) TYPE(extension, name "; charset=utf-8")
#define TYPE(extension, name)                                                                      \
    {                                                                                              \
        BYTES(extension), BYTES(name)                                                              \
    }
#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)text, sizeof(text) - 1                                                    \
    }

static const struct type types[] = {
    TEXT("html", "text/html"),        TEXT("htm", "text/html"),
    TEXT("css", "text/css"),          TEXT("js", "text/javascript"),
    TEXT("mjs", "text/javascript"),   TEXT("json", "application/json"),
    TEXT("map", "application/json"),  TEXT("txt", "text/plain"),
    TEXT("md", "text/markdown"),      TEXT("csv", "text/csv"),
    TEXT("xml", "application/xml"),   TEXT("webmanifest", "application/manifest+json"),
    TYPE("svg", "image/svg+xml"),     TYPE("png", "image/png"),
    TYPE("jpg", "image/jpeg"),        TYPE("jpeg", "image/jpeg"),
    TYPE("gif", "image/gif"),         TYPE("webp", "image/webp"),
    TYPE("avif", "image/avif"),       TYPE("ico", "image/x-icon"),
    TYPE("woff", "font/woff"),        TYPE("woff2", "font/woff2"),
    TYPE("ttf", "font/ttf"),          TYPE("otf", "font/otf"),
    TYPE("mp3", "audio/mpeg"),        TYPE("ogg", "audio/ogg"),
    TYPE("wav", "audio/wav"),         TYPE("mp4", "video/mp4"),
    TYPE("webm", "video/webm"),       TYPE("pdf", "application/pdf"),
    TYPE("wasm", "application/wasm"), TYPE("zip", "application/zip"),
    TYPE("gz", "application/gzip"),
};

#undef TEXT
#undef TYPE
#undef BYTES

/* What follows the last dot of the last segment; empty for "/a.b/c" and for
 * the hidden file "/.profile". */
static struct gw_slice extension_of(struct gw_slice path)
{
    for (size_t at = path.len; at > 0 && path.ptr[at - 1] != '/'; at--) {
        bool is_first = at == 1 || path.ptr[at - 2] == '/';

        if (path.ptr[at - 1] == '.' && !is_first)
            return (struct gw_slice){path.ptr + at, path.len - at};
    }
    return GW_LIT("");
}

struct gw_slice gw_http_mime_type(struct gw_slice path)
{
    struct gw_slice extension = extension_of(path);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (gw_http_text_equals(extension, types[i].extension))
            return types[i].name;
    }
    return GW_LIT("application/octet-stream");
}
