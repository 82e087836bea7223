/* SPDX-License-Identifier: MIT */
/* What a measurement came to: for people, or as one object of JSON. */
#ifndef GW_CLI_REPORT_H
#define GW_CLI_REPORT_H

#include "cli/load.h"
#include "cli/text.h"

struct gw_cli_report {
    const char *url;
    const struct gw_cli_load_args *args;
    const struct gw_cli_load_result *result;
};

void gw_cli_report_text(const struct gw_cli_report *report, struct gw_cli_text *out);
void gw_cli_report_json(const struct gw_cli_report *report, struct gw_cli_text *out);
/* To standard output. False: it does not take it. */
bool gw_cli_report_write(const struct gw_cli_report *report, bool has_json);

#endif
