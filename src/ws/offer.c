/* SPDX-License-Identifier: MIT */
#include "ws/offer.h"

void gw_ws_offers_init(struct gw_ws_offers *offers, const struct gw_http_field *fields,
                       size_t field_count, struct gw_slice name)
{
    *offers = (struct gw_ws_offers){
        .field = fields,
        .end = field_count > 0 ? fields + field_count : fields,
        .name = name,
    };
}

static bool next_element(struct gw_ws_offers *offers, struct gw_slice *element)
{
    while (!gw_http_list_next(&offers->rest, element)) {
        while (offers->field != offers->end &&
               !gw_http_text_equals(offers->field->name, offers->name))
            offers->field++;
        if (offers->field == offers->end)
            return false;
        offers->rest = offers->field++->value;
    }
    return true;
}

int gw_ws_offers_next_token(struct gw_ws_offers *offers, struct gw_slice *token)
{
    if (!next_element(offers, token))
        return 0;
    return gw_http_is_token(*token) ? 1 : GW_E_PROTO;
}

static struct gw_slice after(struct gw_slice text, size_t n)
{
    return (struct gw_slice){text.ptr + n, text.len - n};
}

static struct gw_slice skip_blanks(struct gw_slice text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = after(text, 1);
    return text;
}

/* Takes a token off *rest, with the blanks around it. */
static bool take_token(struct gw_slice *rest, struct gw_slice *token)
{
    size_t len = 0;

    *rest = skip_blanks(*rest);
    while (len < rest->len && gw_http_is_token((struct gw_slice){rest->ptr + len, 1}))
        len++;
    *token = (struct gw_slice){rest->ptr, len};
    *rest = skip_blanks(after(*rest, len));
    return len > 0;
}

static bool take_byte(struct gw_slice *rest, uint8_t byte)
{
    if (rest->len == 0 || rest->ptr[0] != byte)
        return false;
    *rest = after(*rest, 1);
    return true;
}

/* What stands between two quotes, the first of which is taken already. Without its
 * backslashes it has to be a token (9.1), so none of the characters that only a quoted string
 * could carry is let through. */
static bool take_quoted(struct gw_slice *rest, struct gw_ws_param *param)
{
    size_t len = 0;

    while (len < rest->len && rest->ptr[len] != '"') {
        if (rest->ptr[len] == '\\') {
            param->is_escaped = true;
            len++;
        }
        if (len == rest->len || !gw_http_is_token((struct gw_slice){rest->ptr + len, 1}))
            return false;
        len++;
    }
    if (len == rest->len || len == 0)
        return false;
    param->value = (struct gw_slice){rest->ptr, len};
    *rest = skip_blanks(after(*rest, len + 1));
    return true;
}

/* Takes `; name`, `; name=token` or `; name="token"` off *rest. */
static bool take_param(struct gw_slice *rest, struct gw_ws_param *param)
{
    *param = (struct gw_ws_param){0};
    if (!take_byte(rest, ';') || !take_token(rest, &param->name))
        return false;
    if (!take_byte(rest, '='))
        return true;
    *rest = skip_blanks(*rest);
    if (take_byte(rest, '"'))
        return take_quoted(rest, param);
    return take_token(rest, &param->value);
}

int gw_ws_offers_next_extension(struct gw_ws_offers *offers, struct gw_ws_extension *extension)
{
    struct gw_slice rest;

    if (!next_element(offers, &rest))
        return 0;
    if (!take_token(&rest, &extension->name))
        return GW_E_PROTO;
    extension->params = rest;
    while (rest.len > 0) {
        struct gw_ws_param param;

        if (!take_param(&rest, &param))
            return GW_E_PROTO;
    }
    return 1;
}

bool gw_ws_extension_param_next(struct gw_ws_extension *extension, struct gw_ws_param *param)
{
    return extension->params.len > 0 && take_param(&extension->params, param);
}

size_t gw_ws_param_unescape(const struct gw_ws_param *param, uint8_t *out)
{
    size_t len = 0;

    for (size_t i = 0; i < param->value.len; i++) {
        if (param->is_escaped && param->value.ptr[i] == '\\')
            i++;
        out[len++] = param->value.ptr[i];
    }
    return len;
}
