/* SPDX-License-Identifier: MIT */
/* gw_args_format: see <godwit/args.h>. The format is copied, with each conversion replaced by a
 * JSON value, or inside a string by escaped text; then the result is checked as a whole. That way
 * nothing that goes into a conversion can end the string it stands in, or begin another value. */
#include "codec/json.h"
#include "codec/number.h"
#include "codec/utf8.h"
#include "sio/builder.h"

struct formatter {
    const char *at;
    gw_args text; /* only its bytes and its first mistake are of use */
    char quote;   /* of the string that is open; 0: none */
    va_list *list;
};

enum length { LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG, LENGTH_SIZE, LENGTH_MAX };

/* ---- values ---- */

/* Numbers, and true and false, are the same inside a string. */
static void put(struct formatter *f, struct gw_slice text)
{
    gw_sio_builder_append(&f->text, text);
}

static void put_string(struct formatter *f, struct gw_slice text)
{
    if (!text.ptr)
        put(f, GW_LIT("null"));
    else
        gw_sio_builder_append_quoted(&f->text, text, f->quote == 0);
}

static void put_unsigned(struct formatter *f, uint64_t value)
{
    uint8_t digits[GW_U64_DIGITS_MAX];

    put(f, (struct gw_slice){digits, gw_u64_format(digits, value)});
}

static void put_signed(struct formatter *f, int64_t value)
{
    if (value < 0)
        put(f, GW_LIT("-"));
    put_unsigned(f, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_double(struct formatter *f, double value)
{
    uint8_t text[GW_JSON_DOUBLE_MAX];

    put(f, (struct gw_slice){text, gw_json_double_format(text, value)});
}

static void put_json(struct formatter *f, struct gw_slice json)
{
    if (f->quote || !json.ptr || gw_json_check(json) < 0 || !gw_utf8_is_valid(json))
        gw_sio_builder_fail(&f->text, GW_E_ARG);
    else
        put(f, json);
}

/* ---- conversions ---- */

static enum length take_length(struct formatter *f)
{
    switch (*f->at) {
    case 'l':
        if (*++f->at != 'l')
            return LENGTH_LONG;
        f->at++;
        return LENGTH_LONG_LONG;
    case 'z':
        f->at++;
        return LENGTH_SIZE;
    case 'j':
        if (f->at[1] != 'd' && f->at[1] != 'i' && f->at[1] != 'u') /* the conversion of its own */
            return LENGTH_INT;
        f->at++;
        return LENGTH_MAX;
    default:
        return LENGTH_INT;
    }
}

static int64_t take_signed(struct formatter *f, enum length length)
{
    switch (length) {
    case LENGTH_LONG:
        return va_arg(*f->list, long);
    case LENGTH_LONG_LONG:
        return va_arg(*f->list, long long);
    case LENGTH_SIZE:
        return va_arg(*f->list, ptrdiff_t); /* what ssize_t is on Linux */
    case LENGTH_MAX:
        return va_arg(*f->list, intmax_t);
    default:
        return va_arg(*f->list, int);
    }
}

static uint64_t take_unsigned(struct formatter *f, enum length length)
{
    switch (length) {
    case LENGTH_LONG:
        return va_arg(*f->list, unsigned long);
    case LENGTH_LONG_LONG:
        return va_arg(*f->list, unsigned long long);
    case LENGTH_SIZE:
        return va_arg(*f->list, size_t);
    case LENGTH_MAX:
        return va_arg(*f->list, uintmax_t);
    default:
        return va_arg(*f->list, unsigned int);
    }
}

static struct gw_slice take_measured(struct formatter *f)
{
    int len = va_arg(*f->list, int);
    const char *bytes = va_arg(*f->list, const char *);

    if (len < 0)
        gw_sio_builder_fail(&f->text, GW_E_ARG);
    return (struct gw_slice){(const uint8_t *)bytes, len < 0 ? 0 : (size_t)len};
}

static void convert_without_length(struct formatter *f, char conversion)
{
    switch (conversion) {
    case 's':
        put_string(f, gw_slice_of(va_arg(*f->list, const char *)));
        break;
    case 'f':
    case 'g':
        put_double(f, va_arg(*f->list, double));
        break;
    case 'b':
        put(f, va_arg(*f->list, int) ? GW_LIT("true") : GW_LIT("false"));
        break;
    case 'j':
        put_json(f, gw_slice_of(va_arg(*f->list, const char *)));
        break;
    case '%':
        put(f, GW_LIT("%"));
        break;
    default:
        gw_sio_builder_fail(&f->text, GW_E_ARG);
    }
}

/* f->at stands behind the '%'. What is no conversion ends the format: nobody knows which argument
 * comes next. */
static void convert(struct formatter *f)
{
    enum length length;

    if (strncmp(f->at, ".*s", 3) == 0) {
        f->at += 3;
        put_string(f, take_measured(f));
        return;
    }
    length = take_length(f);
    switch (*f->at) {
    case 'd':
    case 'i':
        put_signed(f, take_signed(f, length));
        break;
    case 'u':
        put_unsigned(f, take_unsigned(f, length));
        break;
    default:
        convert_without_length(f, length == LENGTH_INT ? *f->at : '\0');
    }
    if (f->text.err == 0)
        f->at++;
}

/* ---- the text around them ---- */

static void copy_escape(struct formatter *f)
{
    if (f->at[0] == '\0') {
        gw_sio_builder_fail(&f->text, GW_E_ARG);
        return;
    }
    if (f->at[0] == '\'')
        put(f, GW_LIT("'"));
    else
        put(f, (struct gw_slice){(const uint8_t *)f->at - 1, 2});
    f->at++;
}

static void copy_character(struct formatter *f)
{
    char c = *f->at++;
    bool is_quote = c == '"' || c == '\'';

    if (f->quote == 0 && is_quote)
        f->quote = c;
    else if (f->quote == c && is_quote)
        f->quote = 0;
    else if (f->quote && c == '\\') {
        copy_escape(f);
        return;
    } else {
        if (c == '"') /* inside '...' */
            put(f, GW_LIT("\\"));
        is_quote = false;
    }
    put(f, is_quote ? GW_LIT("\"") : (struct gw_slice){(const uint8_t *)f->at - 1, 1});
}

static void run(struct formatter *f)
{
    while (*f->at && f->text.err == 0) {
        if (*f->at == '%') {
            f->at++;
            convert(f);
        } else {
            copy_character(f);
        }
    }
}

static void add_values(gw_args *args, struct gw_slice values)
{
    size_t count;

    if (gw_json_values_check(values, &count) < 0 || !gw_utf8_is_valid(values) ||
        (count != 1 && !gw_sio_builder_takes_list(args)))
        gw_sio_builder_fail(args, GW_E_ARG);
    else if (count > 0 && gw_sio_builder_begin_value(args))
        gw_sio_builder_append(args, values);
}

static void format_list(gw_args *args, const char *format, va_list *list)
{
    struct formatter f = {.at = format, .list = list};

    gw_args_init(&f.text);
    run(&f);
    if (f.text.err < 0)
        gw_sio_builder_fail(args, f.text.err);
    else
        add_values(args, gw_args_json_text(&f.text));
    gw_args_dispose(&f.text);
}

/* On many machines a va_list is an array, which a parameter makes a pointer of; a copy has an
 * address of the right type. */
void gw_args_vformat(gw_args *args, const char *format, va_list list)
{
    va_list copy;

    va_copy(copy, list);
    format_list(args, format, &copy);
    va_end(copy);
}

void gw_args_format(gw_args *args, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_list(args, format, &list);
    va_end(list);
}

int gw_emitf(struct gw_target target, const char *event, const char *format, ...)
{
    gw_args args;
    va_list list;
    int err;

    gw_args_init(&args);
    va_start(list, format);
    format_list(&args, format, &list);
    va_end(list);
    err = gw_emit_args(target, event, &args);
    gw_args_dispose(&args);
    return err;
}

int gw_ackf(const gw_event *event, const char *format, ...)
{
    gw_args args;
    va_list list;
    int err;

    gw_args_init(&args);
    va_start(list, format);
    format_list(&args, format, &list);
    va_end(list);
    err = gw_ack_args(event, &args);
    gw_args_dispose(&args);
    return err;
}

int gw_pending_ack_answerf(gw_pending_ack *ack, const char *format, ...)
{
    gw_args args;
    va_list list;
    int err;

    gw_args_init(&args);
    va_start(list, format);
    format_list(&args, format, &list);
    va_end(list);
    err = gw_pending_ack_answer_args(ack, &args);
    gw_args_dispose(&args);
    return err;
}

int gw_socket_set_dataf(gw_socket *socket, const char *format, ...)
{
    gw_args args;
    va_list list;
    int err;

    gw_args_init(&args);
    va_start(list, format);
    format_list(&args, format, &list);
    va_end(list);
    err = gw_args_error(&args);
    if (err == 0)
        err = gw_socket_set_data_slice(socket, gw_args_json_text(&args));
    gw_args_dispose(&args);
    return err;
}
