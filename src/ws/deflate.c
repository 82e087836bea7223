/* SPDX-License-Identifier: MIT */
#include "ws/deflate.h"

#include "codec/deflate.h"
#include "codec/number.h"

enum {
    DEFAULT_LEVEL = 1,
    DEFAULT_MEM_LEVEL = 8,
    DEFAULT_THRESHOLD_BYTES = 1024,
    BITS_MIN = 8, /* on the wire; zlib compresses with GW_DEFLATE_WINDOW_BITS_MIN and more */
    BITS_MAX = GW_DEFLATE_WINDOW_BITS_MAX,
};

/* ---- options ---- */

static bool is_number_good(uint8_t *number, uint8_t if_zero, uint8_t least, uint8_t most)
{
    if (*number == 0)
        *number = if_zero;
    return *number >= least && *number <= most;
}

int gw_ws_deflate_fill(struct gw_ws_deflate *filled, const struct gw_ws_deflate *options)
{
    *filled = *options;
    if (filled->threshold_bytes == 0)
        filled->threshold_bytes = DEFAULT_THRESHOLD_BYTES;
    if (is_number_good(&filled->level, DEFAULT_LEVEL, 1, 9) &&
        is_number_good(&filled->mem_level, DEFAULT_MEM_LEVEL, 1, 9) &&
        is_number_good(&filled->window_bits, BITS_MAX, GW_DEFLATE_WINDOW_BITS_MIN, BITS_MAX) &&
        is_number_good(&filled->peer_window_bits, BITS_MAX, GW_DEFLATE_WINDOW_BITS_MIN, BITS_MAX))
        return GW_OK;
    return GW_E_ARG;
}

/* ---- what an offer or an answer says ---- */

enum param {
    SERVER_NO_TAKEOVER,
    CLIENT_NO_TAKEOVER,
    SERVER_BITS,
    CLIENT_BITS,
    PARAM_COUNT,
};

static const char *const param_names[PARAM_COUNT] = {
    [SERVER_NO_TAKEOVER] = "server_no_context_takeover",
    [CLIENT_NO_TAKEOVER] = "client_no_context_takeover",
    [SERVER_BITS] = "server_max_window_bits",
    [CLIENT_BITS] = "client_max_window_bits",
};

struct said {
    bool has[PARAM_COUNT];
    uint8_t bits[PARAM_COUNT]; /* 0: the parameter came without a value */
};

/* 7.1.2: a decimal number from 8 to 15 without leading zeros. */
static bool read_bits(const struct gw_ws_param *param, uint8_t *bits)
{
    uint8_t text[8];
    uint64_t number;
    size_t len;

    if (param->value.len > sizeof text)
        return false;
    len = gw_ws_param_unescape(param, text);
    if (text[0] == '0' || gw_u64_parse((struct gw_slice){text, len}, &number) < 0 ||
        number < BITS_MIN || number > BITS_MAX)
        return false;
    *bits = (uint8_t)number;
    return true;
}

static bool read_param(const struct gw_ws_param *param, struct said *said)
{
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        if (!gw_slice_equal(param->name, gw_slice_of(param_names[i])))
            continue;
        if (said->has[i])
            return false;
        said->has[i] = true;
        if (!param->value.ptr)
            return true;
        return i >= SERVER_BITS && read_bits(param, &said->bits[i]);
    }
    return false;
}

/* 7.1: false when a parameter is unknown, comes twice, or has a value that it must not have. */
static bool read_params(struct gw_ws_extension extension, struct said *said)
{
    struct gw_ws_param param;

    *said = (struct said){0};
    while (gw_ws_extension_param_next(&extension, &param))
        if (!read_param(&param, said))
            return false;
    return true;
}

static bool is_ours(const struct gw_ws_extension *extension)
{
    return gw_slice_equal(extension->name, GW_LIT("permessage-deflate"));
}

static uint8_t least(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

/* ---- the server ---- */

/* What we ask of a client that lets itself be asked. 8 would be in vain with those that use zlib,
 * and 15 is what they do anyway. */
static uint8_t client_bits_wanted(const struct gw_ws_deflate *options, const struct said *offer)
{
    uint8_t hint = offer->bits[CLIENT_BITS] ? offer->bits[CLIENT_BITS] : BITS_MAX;
    uint8_t wanted = least(options->peer_window_bits, hint);

    if (!offer->has[CLIENT_BITS] || wanted < GW_DEFLATE_WINDOW_BITS_MIN || wanted == BITS_MAX)
        return 0;
    return wanted;
}

static bool can_meet(const struct said *offer)
{
    return !offer->has[SERVER_BITS] || offer->bits[SERVER_BITS] >= GW_DEFLATE_WINDOW_BITS_MIN;
}

bool gw_ws_deflate_accept(const struct gw_ws_deflate *options,
                          const struct gw_http_request *request,
                          struct gw_ws_deflate_params *params)
{
    struct gw_ws_offers offers;
    struct gw_ws_extension extension;
    struct said offer;

    gw_ws_offers_init(&offers, request->fields, request->field_count,
                      GW_LIT("Sec-WebSocket-Extensions"));
    while (gw_ws_offers_next_extension(&offers, &extension) == 1) {
        if (!is_ours(&extension) || !read_params(extension, &offer) || !can_meet(&offer))
            continue;
        *params = (struct gw_ws_deflate_params){
            .server_no_context_takeover =
                offer.has[SERVER_NO_TAKEOVER] || !options->has_own_compressor,
            .client_no_context_takeover =
                offer.has[CLIENT_NO_TAKEOVER] || !options->has_own_decompressor,
            .server_max_window_bits = least(offer.bits[SERVER_BITS], options->window_bits),
            .client_max_window_bits = client_bits_wanted(options, &offer),
        };
        return true;
    }
    return false;
}

/* ---- writing ---- */

struct text {
    uint8_t *out;
    size_t len;
};

static void add(struct text *text, const char *words)
{
    size_t len = strlen(words);

    memcpy(text->out + text->len, words, len);
    text->len += len;
}

static void add_param(struct text *text, enum param param)
{
    add(text, "; ");
    add(text, param_names[param]);
}

static void add_bits(struct text *text, enum param param, uint8_t bits)
{
    uint8_t digits[20];

    add_param(text, param);
    add(text, "=");
    digits[gw_u64_format(digits, bits)] = '\0';
    add(text, (const char *)digits);
}

size_t gw_ws_deflate_encode_answer(uint8_t out[static GW_WS_DEFLATE_TEXT_MAX],
                                   const struct gw_ws_deflate_params *params)
{
    struct text text = {out, 0};

    add(&text, "permessage-deflate");
    if (params->server_no_context_takeover)
        add_param(&text, SERVER_NO_TAKEOVER);
    if (params->client_no_context_takeover)
        add_param(&text, CLIENT_NO_TAKEOVER);
    if (params->server_max_window_bits)
        add_bits(&text, SERVER_BITS, params->server_max_window_bits);
    if (params->client_max_window_bits)
        add_bits(&text, CLIENT_BITS, params->client_max_window_bits);
    return text.len;
}

/* ---- the client ---- */

/* client_max_window_bits stands in every offer: a server may only ask for a smaller
 * window of a client that says so. */
size_t gw_ws_deflate_encode_offer(uint8_t out[static GW_WS_DEFLATE_TEXT_MAX],
                                  const struct gw_ws_deflate *options)
{
    struct text text = {out, 0};

    add(&text, "permessage-deflate");
    if (!options->has_own_decompressor)
        add_param(&text, SERVER_NO_TAKEOVER);
    if (!options->has_own_compressor)
        add_param(&text, CLIENT_NO_TAKEOVER);
    if (options->peer_window_bits < BITS_MAX)
        add_bits(&text, SERVER_BITS, options->peer_window_bits);
    if (options->window_bits < BITS_MAX)
        add_bits(&text, CLIENT_BITS, options->window_bits);
    else
        add_param(&text, CLIENT_BITS);
    return text.len;
}

static const char *fault_of_answer(const struct gw_ws_deflate *options, const struct said *answer)
{
    if ((answer->has[SERVER_BITS] && !answer->bits[SERVER_BITS]) ||
        (answer->has[CLIENT_BITS] && !answer->bits[CLIENT_BITS]))
        return "window bits without a value in the answer";
    /* 7.1.1.1, 7.1.2.1: these were demands, to be met or declined. */
    if (!options->has_own_decompressor && !answer->has[SERVER_NO_TAKEOVER])
        return "server_no_context_takeover was demanded and is not in the answer";
    if (options->peer_window_bits < BITS_MAX && !answer->has[SERVER_BITS])
        return "server_max_window_bits was demanded and is not in the answer";
    if (answer->bits[SERVER_BITS] > options->peer_window_bits)
        return "server_max_window_bits is larger than demanded";
    if (answer->bits[CLIENT_BITS] > options->window_bits)
        return "client_max_window_bits is larger than offered";
    return NULL;
}

static const char *read_answer(const struct gw_ws_deflate *options,
                               const struct gw_ws_extension *extension,
                               struct gw_ws_deflate_params *params)
{
    struct said answer;
    const char *fault;

    if (!options || !is_ours(extension))
        return "an extension that was not offered";
    if (!read_params(*extension, &answer))
        return "malformed parameter of permessage-deflate";
    fault = fault_of_answer(options, &answer);
    *params = (struct gw_ws_deflate_params){
        .server_no_context_takeover = answer.has[SERVER_NO_TAKEOVER],
        .client_no_context_takeover =
            answer.has[CLIENT_NO_TAKEOVER] || !options->has_own_compressor,
        .server_max_window_bits = answer.bits[SERVER_BITS],
        .client_max_window_bits = answer.bits[CLIENT_BITS],
    };
    return fault;
}

int gw_ws_deflate_check_answer(const struct gw_ws_deflate *options,
                               const struct gw_http_field *fields, size_t field_count,
                               struct gw_ws_deflate_params *params, const char **why)
{
    struct gw_ws_offers answers;
    struct gw_ws_extension extension;
    int count = 0, found;

    gw_ws_offers_init(&answers, fields, field_count, GW_LIT("Sec-WebSocket-Extensions"));
    *why = NULL;
    while (!*why && (found = gw_ws_offers_next_extension(&answers, &extension)) != 0) {
        if (found < 0)
            *why = "Sec-WebSocket-Extensions is malformed";
        else if (++count > 1)
            *why = "more than one extension in the answer";
        else
            *why = read_answer(options, &extension, params);
    }
    return *why ? GW_E_PROTO : count;
}
