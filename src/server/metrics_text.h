/* SPDX-License-Identifier: MIT */
/* Writes the text format 0.0.4 of Prometheus: families of samples with labels, and histograms. */
#ifndef GW_SERVER_METRICS_TEXT_H
#define GW_SERVER_METRICS_TEXT_H

#include "base/buf.h"

enum { GW_METRICS_BUCKETS = 12 };

struct gw_metrics_label {
    const char *name;
    struct gw_slice value; /* any bytes */
};

/* What is written next belongs to one family. The first failure stays,
 * and nothing more is written. */
struct gw_metrics_text {
    struct gw_buf *out;
    const char *family;
    int err; /* 0, GW_E_LIMIT, GW_E_NOMEM */
};

/* From 10 microseconds to 1 second. */
struct gw_metrics_histogram {
    uint64_t counts[GW_METRICS_BUCKETS + 1]; /* not added up; the last is beyond all bounds */
    uint64_t sum_ns;
};

void gw_metrics_text_init(struct gw_metrics_text *text, struct gw_buf *out);
/* type is "counter", "gauge" or "histogram"; all three are static strings without special
 * characters. */
void gw_metrics_text_family(struct gw_metrics_text *text, const char *name, const char *type,
                            const char *help);
/* labels end with one whose name is NULL; NULL: none. */
void gw_metrics_text_sample(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                            uint64_t value);
void gw_metrics_text_seconds(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                             uint64_t value_ns);
void gw_metrics_text_histogram(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                               const struct gw_metrics_histogram *histogram);

void gw_metrics_histogram_add(struct gw_metrics_histogram *histogram, uint64_t value_ns);

#endif
