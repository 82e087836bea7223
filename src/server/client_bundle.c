/* SPDX-License-Identifier: MIT */
#include "server/client_bundle.h"

#include "base/mem.h"
#include "codec/json.h"
#include "http/accept.h"
#include "http/condition.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PACKAGE_JSON_BYTES_MAX = 16 * 1024,
    FILE_BYTES_MAX = 8 * 1024 * 1024, /* a longer one is sent as it is */
    LEVEL = 9,                        /* once for all is worth the time */
};

static const char *const names[GW_CLIENT_FILES] = {
    "socket.io.js",
    "socket.io.js.map",
    "socket.io.min.js",
    "socket.io.min.js.map",
    "socket.io.esm.min.js",
    "socket.io.esm.min.js.map",
    "socket.io.msgpack.min.js",
    "socket.io.msgpack.min.js.map",
};

void gw_client_bundle_init(struct gw_client_bundle *bundle)
{
    *bundle = (struct gw_client_bundle){.directory_fd = -1};
    for (size_t i = 0; i < GW_CLIENT_FILES; i++) {
        gw_buf_init(&bundle->files[i][GW_GZIP_GZIP].packed, FILE_BYTES_MAX);
        gw_buf_init(&bundle->files[i][GW_GZIP_ZLIB].packed, FILE_BYTES_MAX);
    }
}

void gw_client_bundle_dispose(struct gw_client_bundle *bundle)
{
    if (bundle->directory_fd >= 0)
        close(bundle->directory_fd);
    for (size_t i = 0; i < GW_CLIENT_FILES; i++) {
        gw_buf_dispose(&bundle->files[i][GW_GZIP_GZIP].packed);
        gw_buf_dispose(&bundle->files[i][GW_GZIP_ZLIB].packed);
    }
    gw_client_bundle_init(bundle);
}

static size_t read_package(int directory_fd, uint8_t out[static PACKAGE_JSON_BYTES_MAX])
{
    int fd = openat(directory_fd, "../package.json", O_RDONLY | O_CLOEXEC);
    ssize_t len;

    if (fd < 0)
        return 0;
    len = read(fd, out, PACKAGE_JSON_BYTES_MAX);
    close(fd);
    return len > 0 ? (size_t)len : 0;
}

/* Without a package.json there is no tag, and clients load the bundle anew
 * each time: slower, not wrong. */
static void find_version(struct gw_client_bundle *bundle)
{
    uint8_t json[PACKAGE_JSON_BYTES_MAX];
    struct gw_slice package = {json, read_package(bundle->directory_fd, json)};
    struct gw_slice version;
    size_t used;

    if (gw_json_skip(package, &used) < 0 || !gw_json_find(package, GW_LIT("version"), &version))
        return;
    if (version.len >= sizeof(bundle->etag) || version.len < 2 || version.ptr[0] != '"')
        return;
    memcpy(bundle->etag, version.ptr, version.len);
    bundle->etag[version.len] = '\0';
}

int gw_client_bundle_open(struct gw_client_bundle *bundle, const char *directory, gw_server *server)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && faccessat(fd, names[0], R_OK, 0) < 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        return gw_server_fail(server, GW_E_SYSTEM, "cannot serve the client bundle: %s/%s: %s",
                              directory, names[0], strerror(errno));
    bundle->directory_fd = fd;
    find_version(bundle);
    return GW_OK;
}

/* Which of the names stands behind the prefix; GW_CLIENT_FILES: none. */
static size_t find_name(struct gw_slice path, size_t prefix_len)
{
    struct gw_slice rest = {path.ptr + prefix_len, path.len - prefix_len};
    size_t i = 0;

    while (i < GW_CLIENT_FILES && !gw_slice_equal(rest, gw_slice_of(names[i])))
        i++;
    return i;
}

static uint64_t changed_ns_of(const struct stat *info)
{
    return (uint64_t)info->st_mtim.tv_sec * 1000000000 + (uint64_t)info->st_mtim.tv_nsec;
}

static int pack(struct gw_buf *packed, enum gw_gzip_wrapping wrapping, struct gw_slice bytes)
{
    struct gw_gzip *gzip = gw_gzip_create(wrapping, LEVEL);
    int err = gzip ? gw_gzip_append(gzip, bytes, packed) : GW_E_NOMEM;

    gw_gzip_destroy(gzip);
    return err;
}

static int read_and_pack(struct gw_client_file *file, enum gw_gzip_wrapping wrapping, int fd,
                         size_t len)
{
    uint8_t *bytes = gw_mem_alloc(len);
    int err = GW_E_NOMEM;

    gw_buf_dispose(&file->packed);
    if (bytes)
        err = pread(fd, bytes, len, 0) == (ssize_t)len
                  ? pack(&file->packed, wrapping, (struct gw_slice){bytes, len})
                  : GW_E_SYSTEM;
    gw_mem_free(bytes);
    return err;
}

/* The compressed form of an open file; the absent slice: there is none. */
static struct gw_slice find_packed(struct gw_client_file *file, enum gw_gzip_wrapping wrapping,
                                   int fd, const struct stat *info)
{
    uint64_t len = (uint64_t)info->st_size;

    if (file->packed.len == 0 || file->len != len || file->changed_ns != changed_ns_of(info)) {
        if (len == 0 || len > FILE_BYTES_MAX || read_and_pack(file, wrapping, fd, len) < 0)
            return (struct gw_slice){0};
        file->len = len;
        file->changed_ns = changed_ns_of(info);
    }
    return gw_buf_slice(&file->packed);
}

static struct gw_slice type_of(const char *name)
{
    bool is_map = name[strlen(name) - 1] == 'p';

    return is_map ? GW_LIT("application/json; charset=utf-8")
                  : GW_LIT("application/javascript; charset=utf-8");
}

/* fd is taken. */
static void answer_open_file(struct gw_client_bundle *bundle, struct gw_exchange *exchange,
                             size_t index, int fd, const struct stat *info)
{
    enum gw_http_encoding encoding =
        gw_http_accept_encoding(gw_http_request_field(exchange->request, GW_LIT("Accept-Encoding")),
                                GW_HTTP_GZIP | GW_HTTP_DEFLATE);
    enum gw_gzip_wrapping wrapping = encoding == GW_HTTP_GZIP ? GW_GZIP_GZIP : GW_GZIP_ZLIB;
    struct gw_slice packed = {0};

    if (encoding != GW_HTTP_IDENTITY)
        packed = find_packed(&bundle->files[index][wrapping], wrapping, fd, info);
    gw_exchange_field(exchange, GW_LIT("Vary"), GW_LIT("Accept-Encoding"));
    if (!packed.ptr) {
        gw_exchange_answer_file_take(exchange, 200, type_of(names[index]), fd, 0,
                                     (uint64_t)info->st_size);
        return;
    }
    close(fd);
    gw_exchange_field(exchange, GW_LIT("Content-Encoding"), gw_http_encoding_name(encoding));
    gw_exchange_answer(exchange, 200, type_of(names[index]), packed);
}

static void answer_file(struct gw_client_bundle *bundle, struct gw_exchange *exchange, size_t index)
{
    int fd = openat(bundle->directory_fd, names[index], O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd >= 0 && fstat(fd, &info) == 0) {
        answer_open_file(bundle, exchange, index, fd, &info);
        return;
    }
    if (fd >= 0)
        close(fd);
    gw_exchange_refuse(exchange, 404, "this file is not in the client bundle\n");
}

bool gw_client_bundle_answer(struct gw_client_bundle *bundle, struct gw_exchange *exchange,
                             size_t prefix_len)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_slice etag = gw_slice_of(bundle->etag);
    struct gw_slice known;
    size_t index;

    if (bundle->directory_fd < 0 || request->path.len < prefix_len ||
        request->path.ptr[prefix_len - 1] != '/')
        return false;
    index = find_name(request->path, prefix_len);
    if (index == GW_CLIENT_FILES)
        return false;
    known = gw_http_request_field(request, GW_LIT("If-None-Match"));
    gw_exchange_field(exchange, GW_LIT("Cache-Control"), GW_LIT("public, max-age=0"));
    if (etag.len > 0)
        gw_exchange_field(exchange, GW_LIT("ETag"), etag);
    if (known.ptr && etag.len > 0 && gw_http_etag_matches(known, etag))
        gw_exchange_answer_empty(exchange, 304);
    else
        answer_file(bundle, exchange, index);
    return true;
}
