/* SPDX-License-Identifier: MIT */
#include "cli/args.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    const struct gw_cli_option *options;
    char *values;
    int argc, at;
    char *const *argv;
    char *why;
};

__attribute__((format(printf, 2, 3))) static enum gw_cli_args_result bad(struct parse *parse,
                                                                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(parse->why, GW_CLI_ARGS_WHY_MAX, format, args);
    va_end(args);
    return GW_CLI_ARGS_BAD;
}

/* Multiplies by what the letter behind a number stands for; UINT64_MAX when there is no such
 * letter, or it is too much. */
static uint64_t scaled(uint64_t number, const char *suffix)
{
    static const char letters[] = "KMG";
    const char *letter = memchr(letters, *suffix & ~0x20, 3);
    unsigned shift;

    if (*suffix == '\0')
        return number;
    if (!letter || suffix[1] != '\0')
        return UINT64_MAX;
    shift = 10 * (unsigned)(letter - letters + 1);
    return number > UINT64_MAX >> shift ? UINT64_MAX : number << shift;
}

static enum gw_cli_args_result store_count(struct parse *parse, const struct gw_cli_option *option,
                                           const char *text)
{
    char *end = NULL;
    uint64_t max = option->max ? option->max : UINT64_MAX - 1;
    uint64_t number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || errno != 0)
        number = UINT64_MAX;
    else if (option->kind == GW_CLI_OPTION_BYTES)
        number = scaled(number, end);
    else if (*end != '\0')
        number = UINT64_MAX;
    if (number == UINT64_MAX || number < option->min || number > max) {
        if (option->max)
            return bad(parse, "--%s %s: takes a whole number from %llu to %llu", option->name, text,
                       (unsigned long long)option->min, (unsigned long long)max);
        return bad(parse, "--%s %s: takes a whole number from %llu on", option->name, text,
                   (unsigned long long)option->min);
    }
    memcpy(parse->values + option->offset, &number, sizeof(number));
    return GW_CLI_ARGS_OK;
}

/* Negative: not a number. */
static double decimal(const char *text, char **end)
{
    double number;

    /* Neither "inf" nor "0x10" nor " 1" are what somebody means here. */
    if (text[strspn(text, "0123456789.")] != '\0' && !strchr("kKmM", text[strlen(text) - 1]))
        return -1;
    if (*text == '\0' || strspn(text, "0123456789.") == 0)
        return -1;
    number = strtod(text, end);
    return *end == text || !isfinite(number) ? -1 : number;
}

static enum gw_cli_args_result store_seconds(struct parse *parse,
                                             const struct gw_cli_option *option, const char *text)
{
    char *end = NULL;
    double number = decimal(text, &end);
    double max = option->max ? (double)option->max : 1e12;
    uint64_t ms = UINT64_MAX;

    if (option->kind != GW_CLI_OPTION_WAIT || strcmp(text, "forever") != 0) {
        if (number < 0 || *end != '\0' || number * 1000 < (double)option->min ||
            number * 1000 > max)
            return bad(parse, "--%s %s: takes seconds from %g to %g%s", option->name, text,
                       (double)option->min / 1000, max / 1000,
                       option->kind == GW_CLI_OPTION_WAIT ? ", or \"forever\"" : "");
        ms = (uint64_t)llround(number * 1000);
    }
    memcpy(parse->values + option->offset, &ms, sizeof(ms));
    return GW_CLI_ARGS_OK;
}

static enum gw_cli_args_result store_rate(struct parse *parse, const struct gw_cli_option *option,
                                          const char *text)
{
    char *end = NULL;
    double number = decimal(text, &end);

    if (number > 0 && (*end == 'k' || *end == 'K')) {
        number *= 1e3;
        end++;
    } else if (number > 0 && (*end == 'm' || *end == 'M')) {
        number *= 1e6;
        end++;
    }
    if (number <= 0 || *end != '\0' || (option->max && number > (double)option->max))
        return bad(parse, "--%s %s: takes a number a second above 0, at most %llu", option->name,
                   text, (unsigned long long)option->max);
    memcpy(parse->values + option->offset, &number, sizeof(number));
    return GW_CLI_ARGS_OK;
}

static enum gw_cli_args_result push(struct parse *parse, struct gw_cli_list *list, const char *what,
                                    const char *text)
{
    if (list->count == GW_CLI_ARGS_LIST_MAX)
        return bad(parse, "%s %s: given more than %d times", what, text, GW_CLI_ARGS_LIST_MAX);
    list->items[list->count++] = text;
    return GW_CLI_ARGS_OK;
}

/* text is NULL for a flag. */
static enum gw_cli_args_result store(struct parse *parse, const struct gw_cli_option *option,
                                     const char *text)
{
    void *field = parse->values + option->offset;
    bool yes = true;

    switch (option->kind) {
    case GW_CLI_OPTION_FLAG:
        memcpy(field, &yes, sizeof(yes));
        break;
    case GW_CLI_OPTION_TEXT:
        memcpy(field, &text, sizeof(text));
        break;
    case GW_CLI_OPTION_LIST:
        return push(parse, field, option->name, text);
    case GW_CLI_OPTION_COUNT:
    case GW_CLI_OPTION_BYTES:
        return store_count(parse, option, text);
    case GW_CLI_OPTION_SECONDS:
    case GW_CLI_OPTION_WAIT:
        return store_seconds(parse, option, text);
    case GW_CLI_OPTION_RATE:
        return store_rate(parse, option, text);
    }
    return GW_CLI_ARGS_OK;
}

/* The next argument as the value of an option; NULL when there is none. */
static const char *next_value(struct parse *parse)
{
    return parse->at + 1 < parse->argc ? parse->argv[++parse->at] : NULL;
}

/* How many letters must be inserted, left out or replaced: for names of a few dozen letters. */
static size_t distance(const char *a, size_t a_len, const char *b)
{
    size_t row[64], b_len = strlen(b);

    if (b_len >= 63 || a_len >= 63)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_len];
}

static enum gw_cli_args_result unknown(struct parse *parse, const char *name, size_t len)
{
    const struct gw_cli_option *nearest = NULL;
    size_t least = 3;

    for (const struct gw_cli_option *option = parse->options; option->name; option++) {
        size_t far = distance(name, len, option->name);

        if (far < least) {
            least = far;
            nearest = option;
        }
    }
    if (nearest)
        return bad(parse, "unknown option --%.*s; did you mean --%s?", (int)len, name,
                   nearest->name);
    return bad(parse, "unknown option --%.*s; --help lists them", (int)len, name);
}

static enum gw_cli_args_result parse_long(struct parse *parse, const char *name)
{
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const char *text = equals ? equals + 1 : NULL;
    const struct gw_cli_option *option = parse->options;

    if (strcmp(name, "help") == 0)
        return GW_CLI_ARGS_HELP;
    while (option->name && (strlen(option->name) != len || memcmp(option->name, name, len) != 0))
        option++;
    if (!option->name)
        return unknown(parse, name, len);
    if (option->kind == GW_CLI_OPTION_FLAG)
        return text ? bad(parse, "--%s: takes no value, but has \"%s\"", option->name, text)
                    : store(parse, option, NULL);
    if (!text)
        text = next_value(parse);
    return text ? store(parse, option, text) : bad(parse, "--%s: needs a value", option->name);
}

/* -x, -xVALUE, -x VALUE, and flags in one word. */
static enum gw_cli_args_result parse_letters(struct parse *parse, const char *letters)
{
    for (; *letters; letters++) {
        const struct gw_cli_option *option = parse->options;
        enum gw_cli_args_result result;
        const char *text;

        if (*letters == 'h')
            return GW_CLI_ARGS_HELP;
        while (option->name && option->letter != *letters)
            option++;
        if (!option->name)
            return bad(parse, "unknown option -%c; --help lists them", *letters);
        if (option->kind != GW_CLI_OPTION_FLAG) {
            text = letters[1] ? letters + 1 : next_value(parse);
            return text ? store(parse, option, text)
                        : bad(parse, "-%c (--%s): needs a value", *letters, option->name);
        }
        result = store(parse, option, NULL);
        if (result != GW_CLI_ARGS_OK)
            return result;
    }
    return GW_CLI_ARGS_OK;
}

enum gw_cli_args_result gw_cli_args_parse(const struct gw_cli_option *options, int argc,
                                          char *const *argv, void *values,
                                          struct gw_cli_list *operands,
                                          char why[static GW_CLI_ARGS_WHY_MAX])
{
    struct parse parse = {
        .options = options, .values = values, .argc = argc, .argv = argv, .why = why};
    bool takes_options = true;

    for (parse.at = 1; parse.at < argc; parse.at++) {
        const char *word = argv[parse.at];
        enum gw_cli_args_result result;

        if (takes_options && strcmp(word, "--") == 0) {
            takes_options = false;
            continue;
        }
        if (takes_options && word[0] == '-' && word[1] == '-')
            result = parse_long(&parse, word + 2);
        else if (takes_options && word[0] == '-' && word[1] != '\0')
            result = parse_letters(&parse, word + 1);
        else
            result = push(&parse, operands, "argument", word);
        if (result != GW_CLI_ARGS_OK)
            return result;
    }
    return GW_CLI_ARGS_OK;
}
