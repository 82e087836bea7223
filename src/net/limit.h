/* SPDX-License-Identifier: MIT */
/* How many descriptors the process may open: each connection is one. */
#ifndef GW_NET_LIMIT_H
#define GW_NET_LIMIT_H

#include <godwit/base.h>

/* Raises the soft RLIMIT_NOFILE to the hard one, which needs no rights. Returns the limit
 * now in force. For programs, not for the library by itself: a limit above 1,024 breaks
 * select() elsewhere in the process. */
uint64_t gw_limit_raise_files(void);

#endif
