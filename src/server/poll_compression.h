/* SPDX-License-Identifier: MIT */
/* Answers to polls, compressed for clients that like it: "httpCompression". */
#ifndef GW_SERVER_POLL_COMPRESSION_H
#define GW_SERVER_POLL_COMPRESSION_H

#include "base/buf.h"
#include "codec/gzip.h"
#include "http/accept.h"
#include "http/request.h"

/* One for all answers of a gw_io: a compressor takes memory only once an answer has needed it. */
struct gw_poll_compression {
    uint64_t threshold_bytes; /* UINT64_MAX: off */
    int level;
    struct gw_gzip *gzip, *zlib; /* NULL: not needed yet */
    struct gw_buf packed;
};

void gw_poll_compression_init(struct gw_poll_compression *compression, uint64_t threshold_bytes,
                              int level);
void gw_poll_compression_dispose(struct gw_poll_compression *compression);

/* How an answer to this poll may be encoded. */
enum gw_http_encoding gw_poll_compression_choose(const struct gw_poll_compression *compression,
                                                 const struct gw_http_request *request);
/* Encodes body; *packed is good until gw_poll_compression_release. false: send it as it is. */
bool gw_poll_compression_pack(struct gw_poll_compression *compression,
                              enum gw_http_encoding encoding, struct gw_slice body,
                              struct gw_slice *packed);
void gw_poll_compression_release(struct gw_poll_compression *compression);

#endif
