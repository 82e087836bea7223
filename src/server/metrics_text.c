/* SPDX-License-Identifier: MIT */
#include "server/metrics_text.h"

#include "codec/number.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBER_BYTES = 40 };

static const struct {
    uint64_t ns;
    const char *text;
} bounds[GW_METRICS_BUCKETS] = {
    {10000, "0.00001"},  {25000, "0.000025"}, {50000, "0.00005"}, {100000, "0.0001"},
    {250000, "0.00025"}, {500000, "0.0005"},  {1000000, "0.001"}, {5000000, "0.005"},
    {10000000, "0.01"},  {50000000, "0.05"},  {100000000, "0.1"}, {1000000000, "1"},
};

void gw_metrics_text_init(struct gw_metrics_text *text, struct gw_buf *out)
{
    *text = (struct gw_metrics_text){.out = out};
}

static void put(struct gw_metrics_text *text, struct gw_slice bytes)
{
    if (text->err == GW_OK)
        text->err = gw_buf_append(text->out, bytes);
}

static void put_text(struct gw_metrics_text *text, const char *bytes)
{
    put(text, gw_slice_of(bytes));
}

static void put_number(struct gw_metrics_text *text, uint64_t value)
{
    uint8_t digits[20];

    put(text, (struct gw_slice){digits, gw_u64_format(digits, value)});
}

static void put_seconds(struct gw_metrics_text *text, uint64_t value_ns)
{
    char number[NUMBER_BYTES];

    snprintf(number, sizeof(number), "%" PRIu64 ".%09" PRIu64, value_ns / 1000000000,
             value_ns % 1000000000);
    put_text(text, number);
}

void gw_metrics_text_family(struct gw_metrics_text *text, const char *name, const char *type,
                            const char *help)
{
    text->family = name;
    put_text(text, "# HELP ");
    put_text(text, name);
    put_text(text, " ");
    put_text(text, help);
    put_text(text, "\n# TYPE ");
    put_text(text, name);
    put_text(text, " ");
    put_text(text, type);
    put_text(text, "\n");
}

/* A backslash, a quote and a line feed are the three that a value cannot hold as they are. */
static void put_escaped(struct gw_metrics_text *text, struct gw_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        struct gw_slice byte = {value.ptr + i, 1};

        if (value.ptr[i] == '\\' || value.ptr[i] == '"')
            put_text(text, "\\");
        put(text, value.ptr[i] == '\n' ? GW_LIT("\\n") : byte);
    }
}

static void put_label(struct gw_metrics_text *text, const struct gw_metrics_label *label,
                      bool is_first)
{
    put_text(text, is_first ? "{" : ",");
    put_text(text, label->name);
    put_text(text, "=\"");
    put_escaped(text, label->value);
    put_text(text, "\"");
}

/* The name with its labels, and le where it is not NULL. */
static void put_name(struct gw_metrics_text *text, const char *suffix,
                     const struct gw_metrics_label *labels, const char *le)
{
    bool is_first = true;

    put_text(text, text->family);
    put_text(text, suffix);
    for (; labels && labels->name; labels++) {
        put_label(text, labels, is_first);
        is_first = false;
    }
    if (le) {
        put_label(text, &(struct gw_metrics_label){"le", gw_slice_of(le)}, is_first);
        is_first = false;
    }
    put_text(text, is_first ? " " : "} ");
}

void gw_metrics_text_sample(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                            uint64_t value)
{
    put_name(text, "", labels, NULL);
    put_number(text, value);
    put_text(text, "\n");
}

void gw_metrics_text_seconds(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                             uint64_t value_ns)
{
    put_name(text, "", labels, NULL);
    put_seconds(text, value_ns);
    put_text(text, "\n");
}

void gw_metrics_text_histogram(struct gw_metrics_text *text, const struct gw_metrics_label *labels,
                               const struct gw_metrics_histogram *histogram)
{
    uint64_t below = 0;

    for (size_t i = 0; i <= GW_METRICS_BUCKETS; i++) {
        below += histogram->counts[i];
        put_name(text, "_bucket", labels, i < GW_METRICS_BUCKETS ? bounds[i].text : "+Inf");
        put_number(text, below);
        put_text(text, "\n");
    }
    put_name(text, "_sum", labels, NULL);
    put_seconds(text, histogram->sum_ns);
    put_text(text, "\n");
    put_name(text, "_count", labels, NULL);
    put_number(text, below);
    put_text(text, "\n");
}

void gw_metrics_histogram_add(struct gw_metrics_histogram *histogram, uint64_t value_ns)
{
    size_t i = 0;

    while (i < GW_METRICS_BUCKETS && value_ns > bounds[i].ns)
        i++;
    histogram->counts[i]++;
    histogram->sum_ns += value_ns;
}
