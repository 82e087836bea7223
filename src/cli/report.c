/* SPDX-License-Identifier: MIT */
#include "cli/report.h"
#include "cli/escape.h"

#include <stdio.h>

static const struct {
    const char *name;
    double percent;
} percentiles[] = {{"p50", 50}, {"p75", 75},     {"p90", 90},
                   {"p99", 99}, {"p99.9", 99.9}, {"p99.99", 99.99}};

enum { PERCENTILE_COUNT = sizeof(percentiles) / sizeof(*percentiles) };

/* Above this share of a core the load generator itself may be what is slow. */
static const double cpu_limit = 0.9;

static double per_second(const struct gw_cli_load_result *result)
{
    return result->seconds > 0 ? (double)result->answers / result->seconds : 0;
}

/* ---- for people ---- */

/* Three digits and a unit. */
static void put_time(struct gw_cli_text *out, double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;

    while (unit < 3 && ns >= 999.5) {
        ns /= 1000;
        unit++;
    }
    gw_cli_text_printf(out, "%.*f %s", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns, units[unit]);
}

static void put_bytes(struct gw_cli_text *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;

    while (unit < 3 && bytes >= 1024) {
        bytes /= 1024;
        unit++;
    }
    gw_cli_text_printf(out, "%.*f %s", unit && bytes < 100 ? 1 : 0, bytes, units[unit]);
}

static void put_label(struct gw_cli_text *out, const char *label)
{
    gw_cli_text_printf(out, "  %-12s", label);
}

static void put_histogram(struct gw_cli_text *out, const char *label,
                          const struct gw_cli_histogram *histogram)
{
    put_label(out, label);
    if (histogram->count == 0) {
        gw_cli_text_puts(out, "none\n");
        return;
    }
    gw_cli_text_puts(out, "min ");
    put_time(out, (double)histogram->min);
    gw_cli_text_puts(out, ", mean ");
    put_time(out, gw_cli_histogram_mean(histogram));
    gw_cli_text_puts(out, ", max ");
    put_time(out, (double)histogram->max);
    gw_cli_text_puts(out, "\n");
    put_label(out, "");
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        gw_cli_text_printf(out, "%s%s ", i ? ", " : "", percentiles[i].name);
        put_time(out, (double)gw_cli_histogram_percentile(histogram, percentiles[i].percent));
    }
    gw_cli_text_puts(out, "\n");
}

static void put_setting(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_args *args = report->args;

    gw_cli_escape_line(out, gw_slice_of(report->url));
    gw_cli_text_puts(out, "\n");
    put_label(out, "load");
    gw_cli_text_number(out, args->connections);
    gw_cli_text_printf(out, " connection%s, ", args->connections == 1 ? "" : "s");
    gw_cli_text_number(out, args->size);
    gw_cli_text_printf(out, " bytes of %s%s, ", args->is_binary ? "binary" : "text",
                       report->result->is_compressed ? ", compressed" : "");
    if (args->rate > 0)
        gw_cli_text_printf(out, "%.6g messages/s, at most %llu under way on each", args->rate,
                           (unsigned long long)args->depth);
    else
        gw_cli_text_printf(out, "closed loop, %llu under way on each",
                           (unsigned long long)args->depth);
    gw_cli_text_printf(out, ", %.3g s\n", report->result->seconds);
}

static void put_connections(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_result *result = report->result;

    put_label(out, "connected");
    gw_cli_text_number(out, result->connected);
    gw_cli_text_puts(out, " of ");
    gw_cli_text_number(out, report->args->connections);
    if (result->connected > 0) {
        gw_cli_text_puts(out, ", within p50 ");
        put_time(out, (double)gw_cli_histogram_percentile(&result->connect, 50));
        gw_cli_text_puts(out, ", max ");
        put_time(out, (double)result->connect.max);
    }
    gw_cli_text_puts(out, "\n");
}

static void put_messages(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_result *result = report->result;

    put_label(out, "answers");
    gw_cli_text_number(out, (uint64_t)(per_second(result) + 0.5));
    gw_cli_text_puts(out, " a second, ");
    put_bytes(out, per_second(result) * (double)report->args->size);
    gw_cli_text_puts(out, "/s each way; ");
    gw_cli_text_number(out, result->answers);
    gw_cli_text_puts(out, " in all\n");
}

/* Each on a line of its own, so that nothing bad is overlooked. */
static void put_problem(struct gw_cli_text *out, uint64_t count, const char *what)
{
    if (count == 0)
        return;
    put_label(out, "PROBLEM");
    gw_cli_text_number(out, count);
    gw_cli_text_printf(out, " %s\n", what);
}

static void put_problems(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_result *result = report->result;

    put_problem(out, result->failed, "connections could not be opened");
    put_problem(out, result->broken, "connections were lost before the end");
    put_problem(out, result->unanswered,
                "messages never answered: the latencies are without them, so the truth is worse");
    if (result->connected > 0 && result->answers == 0) {
        put_label(out, "PROBLEM");
        gw_cli_text_puts(out, "not one answer came while it was measured\n");
    }
    put_problem(out, result->wrong,
                "messages that were not what had been sent: is it an echo server?");
    for (size_t i = 0; i < result->error_count; i++) {
        const struct gw_cli_load_error *error = &result->errors[i];

        put_label(out, "error");
        gw_cli_text_number(out, error->count);
        gw_cli_text_printf(out, " times %s: ", gw_ws_step_name(error->step));
        gw_cli_escape_line(out, gw_slice_of(error->why));
        gw_cli_text_puts(out, "\n");
    }
}

static void put_notes(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_result *result = report->result;
    double wanted = report->args->rate;

    if (wanted > 0 && result->seconds > 0 && per_second(result) < 0.99 * wanted) {
        put_label(out, "note");
        gw_cli_text_printf(out,
                           "answers came at %.1f %% of the rate: the latencies grow with the "
                           "duration\n",
                           100 * per_second(result) / wanted);
    }
    if (result->cpu > cpu_limit) {
        put_label(out, "note");
        gw_cli_text_printf(out, "this program used %.0f %% of a core: %s\n", 100 * result->cpu,
                           wanted > 0 ? "some of the latency may be its own"
                                      : "the server may be faster");
    }
    if (wanted <= 0 && result->answers > 0) {
        put_label(out, "note");
        gw_cli_text_puts(out, "a closed loop hides stalls (coordinated omission); --rate shows "
                              "them\n");
    }
    if (result->is_interrupted) {
        put_label(out, "note");
        gw_cli_text_puts(out, "interrupted; this is what was measured until then\n");
    }
}

void gw_cli_report_text(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    put_setting(report, out);
    put_connections(report, out);
    if (report->result->connected > 0) {
        put_messages(report, out);
        put_histogram(out, "latency", &report->result->latency);
        if (report->args->rate > 0)
            put_histogram(out, "once sent", &report->result->service);
    }
    put_problems(report, out);
    put_notes(report, out);
}

/* ---- JSON ---- */

static void json_number(struct gw_cli_text *out, const char *name, uint64_t number)
{
    gw_cli_text_printf(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

/* Microseconds. */
static void json_histogram(struct gw_cli_text *out, const char *name,
                           const struct gw_cli_histogram *histogram)
{
    gw_cli_text_printf(out, ",\"%s\":{\"count\":%llu", name, (unsigned long long)histogram->count);
    if (histogram->count > 0) {
        gw_cli_text_printf(out, ",\"min\":%.3f,\"mean\":%.3f", (double)histogram->min / 1000,
                           gw_cli_histogram_mean(histogram) / 1000);
        for (size_t i = 0; i < PERCENTILE_COUNT; i++)
            gw_cli_text_printf(
                out, ",\"%s\":%.3f", percentiles[i].name,
                (double)gw_cli_histogram_percentile(histogram, percentiles[i].percent) / 1000);
        gw_cli_text_printf(out, ",\"max\":%.3f", (double)histogram->max / 1000);
    }
    gw_cli_text_puts(out, "}");
}

static void json_errors(struct gw_cli_text *out, const struct gw_cli_load_result *result)
{
    gw_cli_text_puts(out, ",\"errors\":[");
    for (size_t i = 0; i < result->error_count; i++) {
        const struct gw_cli_load_error *error = &result->errors[i];

        gw_cli_text_printf(out, "%s{\"step\":\"%s\",\"error\":\"%s\",\"why\":", i ? "," : "",
                           gw_ws_step_name(error->step), gw_err_name(error->err));
        gw_cli_escape_json(out, gw_slice_of(error->why));
        json_number(out, "count", error->count);
        gw_cli_text_puts(out, "}");
    }
    gw_cli_text_puts(out, "]");
}

void gw_cli_report_json(const struct gw_cli_report *report, struct gw_cli_text *out)
{
    const struct gw_cli_load_args *args = report->args;
    const struct gw_cli_load_result *result = report->result;

    gw_cli_text_puts(out, "{\"url\":");
    gw_cli_escape_json(out, gw_slice_of(report->url));
    gw_cli_text_printf(out, ",\"mode\":\"%s\"", args->rate > 0 ? "rate" : "closed loop");
    if (args->rate > 0)
        gw_cli_text_printf(out, ",\"rate\":%.6g", args->rate);
    json_number(out, "connections", args->connections);
    json_number(out, "depth", args->depth);
    json_number(out, "size", args->size);
    gw_cli_text_printf(out, ",\"type\":\"%s\",\"isCompressed\":%s,\"seconds\":%.3f",
                       args->is_binary ? "binary" : "text",
                       result->is_compressed ? "true" : "false", result->seconds);
    json_number(out, "connected", result->connected);
    json_number(out, "failed", result->failed);
    json_number(out, "broken", result->broken);
    json_number(out, "due", result->due);
    json_number(out, "sent", result->sent);
    json_number(out, "answered", result->answered);
    json_number(out, "unanswered", result->unanswered);
    json_number(out, "wrong", result->wrong);
    json_number(out, "answers", result->answers);
    gw_cli_text_printf(out, ",\"answersPerSecond\":%.1f,\"bytesPerSecond\":%.1f",
                       per_second(result), per_second(result) * (double)args->size);
    gw_cli_text_puts(out, ",\"latencyUnit\":\"us\"");
    json_histogram(out, "latency", &result->latency);
    json_histogram(out, "serviceTime", &result->service);
    json_histogram(out, "connectTime", &result->connect);
    gw_cli_text_printf(out, ",\"cpu\":%.3f,\"isInterrupted\":%s", result->cpu,
                       result->is_interrupted ? "true" : "false");
    json_errors(out, result);
    gw_cli_text_puts(out, "}\n");
}

bool gw_cli_report_write(const struct gw_cli_report *report, bool has_json)
{
    struct gw_cli_text text = {0};
    bool is_good;

    if (has_json)
        gw_cli_report_json(report, &text);
    else
        gw_cli_report_text(report, &text);
    is_good = fwrite(text.bytes, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    gw_cli_text_dispose(&text);
    return is_good;
}
