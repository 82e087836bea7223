/* SPDX-License-Identifier: MIT */
/* The only door to the heap, so that tests can make the n-th allocation fail. */
#ifndef GW_BASE_MEM_H
#define GW_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* NULL when memory has run out; gw_mem_zalloc gives zeroed bytes. size may be 0 (a
 * unique pointer comes back). */
void *gw_mem_alloc(size_t size);
void *gw_mem_zalloc(size_t size);
/* On failure the old block stays as it is. */
void *gw_mem_realloc(void *old, size_t size);
void gw_mem_free(void *ptr);

/* Gives what has been freed back to the system, as far as whole pages of it are
 * free. Takes time in proportion. */
void gw_mem_trim(void);

/* Tests only: the n-th allocation of this thread from now on fails once (1: the
 * very next). 0 switches it off. */
void gw_mem_fail_at(uint64_t nth);
/* Tests only: allocations of this thread so far. */
uint64_t gw_mem_alloc_count(void);

#endif
