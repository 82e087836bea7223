/* SPDX-License-Identifier: MIT */
#include "server/client_bundle.h"

#include "codec/json.h"
#include "http/condition.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKAGE_JSON_BYTES_MAX = 16 * 1024 };

static const char *const names[] = {
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
    bundle->directory_fd = -1;
    bundle->etag[0] = '\0';
}

void gw_client_bundle_dispose(struct gw_client_bundle *bundle)
{
    if (bundle->directory_fd >= 0)
        close(bundle->directory_fd);
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

/* Without a package.json there is no tag, and clients load the bundle anew each time: slower, not wrong. */
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

static const char *find_name(struct gw_slice path, size_t prefix_len)
{
    struct gw_slice rest = {path.ptr + prefix_len, path.len - prefix_len};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (gw_slice_equal(rest, gw_slice_of(names[i])))
            return names[i];
    return NULL;
}

static void answer_file(const struct gw_client_bundle *bundle, struct gw_exchange *exchange,
                        const char *name)
{
    bool is_map = name[strlen(name) - 1] == 'p';
    struct gw_slice type = is_map ? GW_LIT("application/json; charset=utf-8")
                                  : GW_LIT("application/javascript; charset=utf-8");
    int fd = openat(bundle->directory_fd, name, O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) < 0) {
        if (fd >= 0)
            close(fd);
        gw_exchange_refuse(exchange, 404, "this file is not in the client bundle\n");
        return;
    }
    gw_exchange_answer_file_take(exchange, 200, type, fd, 0, (uint64_t)info.st_size);
}

bool gw_client_bundle_answer(const struct gw_client_bundle *bundle, struct gw_exchange *exchange,
                             size_t prefix_len)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_slice etag = gw_slice_of(bundle->etag);
    struct gw_slice known = gw_http_request_field(request, GW_LIT("If-None-Match"));
    const char *name = bundle->directory_fd < 0 ? NULL : find_name(request->path, prefix_len);

    if (!name)
        return false;
    gw_exchange_field(exchange, GW_LIT("Cache-Control"), GW_LIT("public, max-age=0"));
    if (etag.len > 0)
        gw_exchange_field(exchange, GW_LIT("ETag"), etag);
    if (known.ptr && etag.len > 0 && gw_http_etag_matches(known, etag))
        gw_exchange_answer_empty(exchange, 304);
    else
        answer_file(bundle, exchange, name);
    return true;
}
