/* SPDX-License-Identifier: MIT */
/* Feeds one input to a decoder in every way in which a network may cut it: whole, byte by byte, in pieces of each small
 * size, at every single split point, and at random cuts that repeat with their seed. What the decoder makes of
 * it must be the same each time.
 *
 *     static const struct gw_feed feed = {.begin = fresh_decoder, .feed = decode, .finish = compare};
 *     gw_feed_all_ways(&feed, GW_LIT("..."), &my_test);
 *
 * Each piece is a heap block of exactly its size, which is the callback's to change (WebSocket unmasks in place) and
 * is gone when the callback returns: the sanitizer sees a read behind it, and a slice that was kept too long. */
#ifndef GW_TESTS_FEED_H
#define GW_TESTS_FEED_H

#include <godwit/base.h>

#include <stdio.h>
#include <stdlib.h>

/* A longer input is split at that many points in all, evenly spread. */
enum { GW_FEED_SPLITS_MAX = 2048, GW_FEED_RANDOM_RUNS = 32, GW_FEED_SMALL_PIECE_MAX = 9 };

typedef void gw_feed_fn(void *user, uint8_t *bytes, size_t len);

struct gw_feed {
    void (*begin)(void *user); /* a fresh decoder; NULL: nothing to do */
    gw_feed_fn *feed;          /* the next piece, len > 0 */
    void (*finish)(
        void *user,
        const char *how); /* the input is over: compare; how says which cutting this was */
};

/* xorshift64*: plain, seeded and good enough to cut with. *state must not be 0. */
static inline uint64_t gw_feed_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dU;
}

static inline void gw_feed_piece(const struct gw_feed *feed, struct gw_slice piece, void *user)
{
    uint8_t *copy;

    if (piece.len == 0)
        return;
    copy = malloc(piece.len);
    if (!copy)
        abort();
    memcpy(copy, piece.ptr, piece.len);
    feed->feed(user, copy, piece.len);
    free(copy);
}

static inline void gw_feed_begin(const struct gw_feed *feed, void *user)
{
    if (feed->begin)
        feed->begin(user);
}

/* In pieces of `size` bytes. */
static inline void gw_feed_in_pieces(const struct gw_feed *feed, struct gw_slice input, size_t size,
                                     void *user)
{
    char how[64];

    gw_feed_begin(feed, user);
    for (size_t at = 0; at < input.len; at += size) {
        size_t left = input.len - at;

        gw_feed_piece(feed, (struct gw_slice){input.ptr + at, left < size ? left : size}, user);
    }
    snprintf(how, sizeof(how), "in pieces of %zu", size);
    feed->finish(user, how);
}

static inline void gw_feed_whole(const struct gw_feed *feed, struct gw_slice input, void *user)
{
    gw_feed_begin(feed, user);
    gw_feed_piece(feed, input, user);
    feed->finish(user, "whole");
}

/* In two pieces. */
static inline void gw_feed_split_at(const struct gw_feed *feed, struct gw_slice input, size_t at,
                                    void *user)
{
    char how[64];

    gw_feed_begin(feed, user);
    gw_feed_piece(feed, (struct gw_slice){input.ptr, at}, user);
    gw_feed_piece(feed, (struct gw_slice){input.ptr + at, input.len - at}, user);
    snprintf(how, sizeof(how), "split at %zu", at);
    feed->finish(user, how);
}

/* At cuts that depend on seed alone; mostly short pieces, sometimes long ones. Fuzz targets use it on its own. */
static inline void gw_feed_at_random(const struct gw_feed *feed, struct gw_slice input,
                                     uint64_t seed, void *user)
{
    uint64_t state = seed * 2 + 1;
    char how[64];

    gw_feed_begin(feed, user);
    for (size_t at = 0; at < input.len;) {
        size_t left = input.len - at;
        size_t longest = gw_feed_random(&state) % 4 == 0 ? left : left < 16 ? left : 16;
        size_t len = 1 + (size_t)(gw_feed_random(&state) % longest);

        gw_feed_piece(feed, (struct gw_slice){input.ptr + at, len}, user);
        at += len;
    }
    snprintf(how, sizeof(how), "at random cuts, seed %llu", (unsigned long long)seed);
    feed->finish(user, how);
}

static inline void gw_feed_all_ways(const struct gw_feed *feed, struct gw_slice input, void *user)
{
    size_t step = 1 + input.len / GW_FEED_SPLITS_MAX;

    gw_feed_whole(feed, input, user);
    for (size_t size = 1; size <= GW_FEED_SMALL_PIECE_MAX && size < input.len; size++)
        gw_feed_in_pieces(feed, input, size, user);
    for (size_t at = 1; at < input.len; at += step)
        gw_feed_split_at(feed, input, at, user);
    for (uint64_t seed = 1; seed <= GW_FEED_RANDOM_RUNS && input.len > 2; seed++)
        gw_feed_at_random(feed, input, seed, user);
}

#endif
