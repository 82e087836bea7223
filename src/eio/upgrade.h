/* SPDX-License-Identifier: MIT */
/* How far a session's change of transport has come, as a value: told the time, it says what is
 * due. */
#ifndef GW_EIO_UPGRADE_H
#define GW_EIO_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GW_EIO_UPGRADE_CHECK_MS = 100, /* how often a poll is let go after the probe: the peer may have
                                      sent another before it pauses */
};

enum gw_eio_upgrade_state {
    GW_EIO_UPGRADE_IDLE,    /* a candidate may come */
    GW_EIO_UPGRADE_RUNNING, /* a candidate is there */
    GW_EIO_UPGRADE_PROBED,  /* and has been probed */
    GW_EIO_UPGRADE_DONE,    /* the switch was made; no second one */
};

enum gw_eio_upgrade_due {
    GW_EIO_UPGRADE_NOTHING,
    GW_EIO_UPGRADE_RELEASE, /* let the waiting poll go */
    GW_EIO_UPGRADE_TIMEOUT, /* the candidate took too long */
};

struct gw_eio_upgrade {
    uint64_t deadline_ms; /* of the candidate; UINT64_MAX without one */
    uint64_t check_ms;    /* of the next release; UINT64_MAX before the probe */
    uint8_t state;        /* enum gw_eio_upgrade_state */
};

void gw_eio_upgrade_init(struct gw_eio_upgrade *upgrade);
/* IDLE only. */
void gw_eio_upgrade_start(struct gw_eio_upgrade *upgrade, uint64_t now_ms, uint64_t timeout_ms);
/* The candidate was probed (again): the releases start anew. The timeout does not. */
void gw_eio_upgrade_probe(struct gw_eio_upgrade *upgrade, uint64_t now_ms);
/* Back to IDLE: the peer may try again. */
void gw_eio_upgrade_abandon(struct gw_eio_upgrade *upgrade);
void gw_eio_upgrade_finish(struct gw_eio_upgrade *upgrade);
/* TIMEOUT leaves the value as it is: the caller abandons. */
enum gw_eio_upgrade_due gw_eio_upgrade_tick(struct gw_eio_upgrade *upgrade, uint64_t now_ms);
/* UINT64_MAX: none. */
uint64_t gw_eio_upgrade_deadline_ms(const struct gw_eio_upgrade *upgrade);

static inline bool gw_eio_upgrade_is_running(const struct gw_eio_upgrade *upgrade)
{
    return upgrade->state == GW_EIO_UPGRADE_RUNNING || upgrade->state == GW_EIO_UPGRADE_PROBED;
}

#endif
