/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_BYTES = 1024 };

/* initial-exec: in a shared library the default model would cost a function call per allocation. */
static _Thread_local uint64_t alloc_count __attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t countdown __attribute__((tls_model("initial-exec")));

static bool must_fail(void)
{
    alloc_count++;
    return countdown != 0 && --countdown == 0;
}

void *gw_mem_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size ? size : 1);
}

/* calloc passes glibc's cache of small blocks by (until 2.41), which costs
 * more than to clear one by hand. */
void *gw_mem_zalloc(size_t size)
{
    void *block;

    if (must_fail())
        return NULL;
    if (size > SMALL_BYTES)
        return calloc(1, size);
    block = malloc(size ? size : 1);
    return block ? memset(block, 0, size) : NULL;
}

/* realloc(old, 0) would free old and leave the caller with a dangling pointer. */
void *gw_mem_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : realloc(old, size ? size : 1);
}

void gw_mem_free(void *ptr)
{
    free(ptr);
}

void gw_mem_trim(void)
{
    malloc_trim(0);
}

void gw_mem_fail_at(uint64_t nth)
{
    countdown = nth;
}

uint64_t gw_mem_alloc_count(void)
{
    return alloc_count;
}
