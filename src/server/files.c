/* SPDX-License-Identifier: MIT */
/* Static files: below one folder, by sendfile, with conditional requests and single ranges. */
#include "base/mem.h"
#include "codec/url.h"
#include "http/condition.h"
#include "http/date.h"
#include "http/mime.h"
#include "http/range.h"
#include "server/exchange.h"
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 };

/* With its NUL. */
#define INDEX_HTML ((struct gw_slice){(const uint8_t *)"index.html", sizeof("index.html")})

struct files {
    gw_server *server;
    int directory_fd;
    size_t prefix_len; /* with its trailing slash */
};

struct found {
    int fd;
    uint64_t size_bytes;
    uint64_t modified_ns;
};

/* The kernel walks the path and refuses links and ".." that lead outside (Linux 5.6). */
static int open_beneath(int directory_fd, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));
}

static bool is_dot_path(struct gw_slice path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] == '.' && (i == 0 || path.ptr[i - 1] == '/'))
            return true;
    return false;
}

/* The file's path below the folder: "/", "/a.html", "/docs/"; NUL-terminated in out. */
static int clean_path(const struct files *files, struct gw_slice raw, struct gw_buf *out)
{
    struct gw_slice below = {raw.ptr + files->prefix_len - 1, raw.len - files->prefix_len + 1};
    int err = gw_url_path_clean(below, out);

    if (err < 0)
        return err;
    if (is_dot_path(gw_buf_slice(out)))
        return GW_E_NOT_FOUND;
    return gw_buf_append(out, (struct gw_slice){(const uint8_t *)"", 1});
}

/* path is what clean_path made. */
static bool find_file(const struct files *files, const struct gw_buf *path, struct found *found,
                      bool *is_folder)
{
    const char *below = (const char *)path->ptr + 1;
    struct stat info = {0};

    *is_folder = false;
    found->fd = open_beneath(files->directory_fd, *below ? below : ".");
    if (found->fd < 0)
        return false;
    if (fstat(found->fd, &info) == 0 && S_ISREG(info.st_mode)) {
        found->size_bytes = (uint64_t)info.st_size;
        found->modified_ns =
            (uint64_t)info.st_mtim.tv_sec * 1000000000u + (uint64_t)info.st_mtim.tv_nsec;
        return true;
    }
    *is_folder = S_ISDIR(info.st_mode);
    close(found->fd);
    return false;
}

static void add_validators(struct gw_exchange *exchange, const struct gw_http_validators *now)
{
    uint8_t date[GW_HTTP_DATE_LEN];

    gw_http_date(date, now->modified_s);
    gw_exchange_field(exchange, GW_LIT("ETag"), now->etag);
    gw_exchange_field(exchange, GW_LIT("Last-Modified"), (struct gw_slice){date, GW_HTTP_DATE_LEN});
    gw_exchange_field(exchange, GW_LIT("Cache-Control"), GW_LIT("no-cache"));
}

static void add_content_range(struct gw_exchange *exchange, const struct gw_http_range *range,
                              uint64_t total_bytes)
{
    uint8_t text[GW_HTTP_CONTENT_RANGE_MAX];
    size_t len = gw_http_content_range(text, range, total_bytes);

    gw_exchange_field(exchange, GW_LIT("Content-Range"), (struct gw_slice){text, len});
}

static void answer_range(struct gw_exchange *exchange, const struct found *found,
                         struct gw_slice type, const struct gw_http_validators *now)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_slice wanted = gw_http_request_field(request, GW_LIT("Range"));
    struct gw_http_range range;
    int status = 200;

    if (request->verb != GW_HTTP_METHOD_GET || !gw_http_condition_allows_range(request, now))
        wanted = (struct gw_slice){0};
    gw_exchange_field(exchange, GW_LIT("Accept-Ranges"), GW_LIT("bytes"));
    switch (gw_http_range_choose(wanted, found->size_bytes, &range)) {
    case GW_HTTP_RANGE_WHOLE:
        break;
    case GW_HTTP_RANGE_PART:
        status = 206;
        add_content_range(exchange, &range, found->size_bytes);
        break;
    case GW_HTTP_RANGE_UNSATISFIABLE:
        add_content_range(exchange, NULL, found->size_bytes);
        close(found->fd);
        gw_exchange_refuse(exchange, 416, "the file is shorter than that\n");
        return;
    }
    gw_exchange_answer_file_take(exchange, status, type, found->fd, range.first, range.len);
}

static void answer_found(struct gw_exchange *exchange, const struct found *found,
                         struct gw_slice type)
{
    uint8_t etag[GW_HTTP_ETAG_MAX];
    struct gw_http_validators now = {
        .etag = {etag, gw_http_etag_make(etag, found->size_bytes, found->modified_ns)},
        .has_modified = true,
        .modified_s = found->modified_ns / 1000000000u,
    };

    add_validators(exchange, &now);
    switch (gw_http_condition_check(exchange->request, &now)) {
    case GW_HTTP_CONDITION_PASSED:
        answer_range(exchange, found, type, &now);
        return;
    case GW_HTTP_CONDITION_NOT_MODIFIED:
        gw_exchange_answer_empty(exchange, 304);
        break;
    case GW_HTTP_CONDITION_FAILED:
        gw_exchange_refuse(exchange, 412, "the file has changed\n");
        break;
    }
    close(found->fd);
}

/* "/docs" and "/docs/" must not be two pages with different relative links. Where the path began
 * with two slashes, a browser would take its first segment for another host (RFC 3986 4.2). */
static void redirect_to_folder(struct gw_exchange *exchange)
{
    struct gw_slice path = exchange->request->path;
    struct gw_buf location;

    for (; path.len > 1 && path.ptr[1] == '/'; path.len--)
        path.ptr++;
    gw_buf_init(&location, PATH_BYTES_MAX + 2);
    if (gw_buf_append(&location, path) == GW_OK && gw_buf_append(&location, GW_LIT("/")) == GW_OK &&
        gw_exchange_field(exchange, GW_LIT("Location"), gw_buf_slice(&location)) == GW_OK)
        gw_exchange_refuse(exchange, 301, "the folder is at its path with a slash behind\n");
    else
        gw_exchange_refuse(exchange, 404, "no such file\n");
    gw_buf_dispose(&location);
}

static void answer_path(const struct files *files, struct gw_exchange *exchange,
                        struct gw_buf *path)
{
    struct found found;
    bool is_folder;

    if (find_file(files, path, &found, &is_folder)) {
        answer_found(exchange, &found, gw_http_mime_type(gw_slice_of((const char *)path->ptr)));
        return;
    }
    if (is_folder && path->ptr[path->len - 2] != '/') {
        redirect_to_folder(exchange);
        return;
    }
    path->len--; /* the NUL */
    if (is_folder && gw_buf_append(path, INDEX_HTML) == GW_OK &&
        find_file(files, path, &found, &is_folder))
        answer_found(exchange, &found, GW_LIT("text/html; charset=utf-8"));
    else
        gw_exchange_refuse(exchange, 404, "no such file\n");
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    const struct files *files = data;
    struct gw_buf path;

    gw_buf_init(&path, PATH_BYTES_MAX);
    if (clean_path(files, exchange->request->path, &path) == GW_OK)
        answer_path(files, exchange, &path);
    else
        gw_exchange_refuse(exchange, 404, "no such file\n");
    gw_buf_dispose(&path);
}

static void destroy(void *data)
{
    struct files *files = data;

    close(files->directory_fd);
    gw_mem_free(files);
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .destroy = destroy,
};

int gw_serve_files(gw_server *server, const char *prefix, const char *directory)
{
    size_t len = strlen(prefix);
    bool has_slash = len > 0 && prefix[len - 1] == '/';
    struct files *files;
    int err;

    if (!has_slash && len > 1)
        return gw_server_fail(server, GW_E_ARG, "cannot serve files at \"%s\": it must end in '/'",
                              prefix);
    files = gw_mem_zalloc(sizeof(*files));
    if (!files)
        return gw_server_fail(server, GW_E_NOMEM, "cannot serve files: out of memory");
    files->server = server;
    files->prefix_len = len;
    files->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->directory_fd < 0) {
        gw_mem_free(files);
        return gw_server_fail(server, GW_E_SYSTEM, "cannot serve files from %s: %s", directory,
                              strerror(errno));
    }
    err = gw_router_add_take(&server->router, "GET", gw_slice_of(prefix), true, &tenant, files);
    return err < 0 ? gw_server_fail(server, err, "cannot serve files at \"%s\": %s", prefix,
                                    gw_err_text(err))
                   : GW_OK;
}
