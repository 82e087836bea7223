/* SPDX-License-Identifier: MIT */
/* Stands in for libFuzzer where it is not linked: runs a fuzz target once over each file named on the command line,
 * or each file of each directory named there. So `make test` replays every corpus with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t len = 0, got;

    if (!file) {
        perror(path);
        return -1;
    }
    do {
        uint8_t *grown = realloc(bytes, len + 4096);

        if (!grown)
            abort();
        bytes = grown;
        got = fread(bytes + len, 1, 4096, file);
        len += got;
    } while (got > 0);
    fclose(file);

    /* A block of exactly this size, so that the sanitizer sees a read one byte behind it. */
    uint8_t *exact = malloc(len ? len : 1);

    if (!exact)
        abort();
    for (size_t i = 0; i < len; i++)
        exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    free(bytes);
    return 1;
}

static int replay(const char *path);

static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    if (!directory) {
        perror(path);
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char child[4096];
        int n = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);

        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof child)
            continue;
        int done = replay(child);

        if (done < 0) {
            closedir(directory);
            return -1;
        }
        count += done;
    }
    closedir(directory);
    return count;
}

static int replay(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        perror(path);
        return -1;
    }
    return S_ISDIR(info.st_mode) ? replay_directory(path) : replay_file(path);
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        int done = replay(argv[i]);

        if (done < 0)
            return 1;
        count += done;
    }
    printf("replayed %d inputs\n", count);
    return 0;
}
