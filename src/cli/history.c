/* SPDX-License-Identifier: MIT */
#include "cli/history.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *gw_cli_history_path(const char *name)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int len = -1;

    if (state && *state == '/') /* a relative one is to be ignored, says its specification */
        len = asprintf(&path, "%s/godwit/%s", state, name);
    else if (home && *home == '/')
        len = asprintf(&path, "%s/.local/state/godwit/%s", home, name);
    return len < 0 ? NULL : path;
}

/* The folders above the file. */
static void make_folders(const char *path)
{
    char *folder = strdup(path);

    for (char *slash = folder ? strchr(folder + 1, '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700);
        *slash = '/';
    }
    free(folder);
}

/* Writes beside it and renames, so that a reader sees the one or the other. */
static void rewrite(const char *path, char *const *lines, size_t count)
{
    char *draft = NULL;
    FILE *file = NULL;
    int fd = -1;

    if (asprintf(&draft, "%s.XXXXXX", path) < 0)
        return;
    fd = mkostemp(draft, O_CLOEXEC);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file) {
        for (size_t i = 0; i < count; i++)
            fprintf(file, "%s\n", lines[i]);
        if (fclose(file) != 0 || rename(draft, path) != 0)
            unlink(draft);
    }
    free(draft);
}

void gw_cli_history_load(const char *path, gw_cli_history_fn *fn, void *user)
{
    enum { KEEP = GW_CLI_HISTORY_LINES };
    char *ring[KEEP] = {NULL}, *lines[KEEP];
    char *line = NULL;
    size_t size = 0, total = 0, kept;
    ssize_t len;
    FILE *file = fopen(path, "re");

    if (!file)
        return;
    while ((len = getline(&line, &size, file)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        free(ring[total % KEEP]);
        ring[total++ % KEEP] = strdup(line);
    }
    free(line);
    fclose(file);
    kept = total < KEEP ? total : KEEP;
    for (size_t i = 0; i < kept; i++) {
        lines[i] = ring[(total - kept + i) % KEEP];
        if (lines[i])
            fn(lines[i], user);
        else
            total = 0; /* out of memory: the file is better left as it is */
    }
    if (total >= 2 * KEEP)
        rewrite(path, lines, kept);
    for (size_t i = 0; i < kept; i++)
        free(lines[i]);
}

void gw_cli_history_add(const char *path, const char *line)
{
    char *text = NULL;
    int len, fd;

    if (*line == '\0' || *line == ' ')
        return;
    make_folders(path);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    /* One write, so that the lines of two programs do not mix. */
    len = asprintf(&text, "%s\n", line);
    if (len > 0 && write(fd, text, (size_t)len) < 0)
        len = 0;
    free(text);
    close(fd);
}
