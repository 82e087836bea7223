/* SPDX-License-Identifier: MIT */
/* A time in the words of JavaScript's Date.prototype.toString in UTC (ECMA-262 21.4.4.41.4). */
#ifndef GW_SIO_DATE_H
#define GW_SIO_DATE_H

#include <godwit/base.h>

enum { GW_SIO_DATE_LEN = 62 };

/* unix_ms is since 1970, at most to the end of the year 9999; later ones are written as that. */
void gw_sio_date_format(uint8_t out[static GW_SIO_DATE_LEN], uint64_t unix_ms);

#endif
