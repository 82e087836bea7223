/* SPDX-License-Identifier: MIT */
/* Inside of gw_args: the text that grows, and where in the grammar it stands. */
#ifndef GW_SIO_BUILDER_H
#define GW_SIO_BUILDER_H

#include <godwit/args.h>

/* The first one counts. */
void gw_sio_builder_fail(gw_args *args, int err);
/* What comes before a value: a comma where one is due. False: no value may stand here, or there was
 * a mistake before. */
bool gw_sio_builder_begin_value(gw_args *args);
/* Text as it is; the grammar is the caller's affair. */
void gw_sio_builder_append(gw_args *args, struct gw_slice text);
/* Text as a JSON string, or what would stand between its quotes. */
void gw_sio_builder_append_quoted(gw_args *args, struct gw_slice text, bool with_quotes);
/* Whether values (not the value of a key) are due: several may come at once. */
bool gw_sio_builder_takes_list(const gw_args *args);

#endif
