/* SPDX-License-Identifier: MIT */
/* What the TLS streams of a loop share: the buffers between OpenSSL and the kernel, and the one BIO
 * by which OpenSSL gets at them. In use only while a call of tls.c is on the stack. */
#ifndef GW_NET_TLS_SHARED_H
#define GW_NET_TLS_SHARED_H

#include "base/buf.h"
#include "net/tls.h"

struct bio_st;
struct bio_method_st;

enum {
    /* Cipher text of one recv. Together with the record that OpenSSL may hold in part it gives less
     * plain text than fits into the loop's read buffer, so all of it is decrypted at once. */
    GW_TLS_INPUT_BYTES = GW_LOOP_READ_BYTES - GW_TLS_RECORD_BYTES - 1024,
    /* Flights and answers to key updates that the peer does not read; the longest flight is one
     * with 100 KiB of certificates. */
    GW_TLS_UNSENT_MAX = 256 * 1024,
};

struct gw_tls_shared {
    struct bio_method_st *method;
    struct bio_st *bio; /* every SSL's, for both directions */
    struct gw_slice in; /* cipher text that OpenSSL has still to take */
    struct gw_buf out;  /* what it has made */
    uint8_t input[GW_TLS_INPUT_BYTES];
    uint8_t record[GW_TLS_RECORD_BYTES]; /* plain text gathered from small slices */
};

/* The loop's; made when there is none yet. NULL when memory has run out. The loop frees it by
 * gw_tls_shared_destroy (tls.h). */
struct gw_tls_shared *gw_tls_shared_of(gw_loop *loop);

#endif
