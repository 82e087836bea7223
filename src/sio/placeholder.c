/* SPDX-License-Identifier: MIT */
#include "sio/placeholder.h"

#include "codec/json.h"

/* What is known of an object (or array) that has not ended yet. A later member of the same name
 * wins, as in JSON.parse. */
struct level {
    bool is_object;
    bool is_placeholder;
    int32_t index; /* -1: not a usable number */
};

struct walk {
    size_t count;
    size_t depth;
    struct level levels[GW_JSON_DEPTH_MAX + 1];
};

static int index_of(struct gw_slice value, size_t count)
{
    double number;

    if (gw_json_type(value) != GW_JSON_NUMBER || gw_json_number(value, &number) < 0)
        return -1;
    if (!(number >= 0 && number < (double)count && number < INT32_MAX))
        return -1;
    return number == (double)(int32_t)number ? (int32_t)number : -1;
}

/* A member that is a scalar (or the placeholder's word for a container: then it is neither true
 * nor a number). */
static void note_member(struct walk *w, struct gw_slice key, struct gw_slice value)
{
    struct level *level = &w->levels[w->depth];

    if (gw_json_string_equals(key, GW_LIT("_placeholder")))
        level->is_placeholder = gw_slice_equal(value, GW_LIT("true"));
    else if (gw_json_string_equals(key, GW_LIT("num")))
        level->index = index_of(value, w->count);
}

static bool end_level(struct walk *w)
{
    const struct level *level = &w->levels[w->depth--];

    return !level->is_placeholder || level->index >= 0;
}

static int walk_values(struct walk *w, struct gw_slice text)
{
    struct gw_slice key = {NULL, 0}; /* of the member whose value comes next */

    while (text.len > 0) {
        struct gw_slice token = {text.ptr, 1};

        switch (text.ptr[0]) {
        case '{':
        case '[':
            if (key.ptr)
                note_member(w, key, token);
            key.ptr = NULL;
            if (w->depth == GW_JSON_DEPTH_MAX)
                return GW_E_PROTO;
            w->levels[++w->depth] = (struct level){.is_object = token.ptr[0] == '{', .index = -1};
            break;
        case '}':
        case ']':
            if (!end_level(w))
                return GW_E_PROTO;
            break;
        case ',':
        case ':':
        case ' ':
        case '\t':
        case '\n':
        case '\r':
            break;
        default:
            token.len = gw_json_scalar_len(text);
            if (key.ptr)
                note_member(w, key, token);
            /* In an object the scalar that is no member's value is the next member's key. */
            key = !key.ptr && w->levels[w->depth].is_object ? token : (struct gw_slice){NULL, 0};
        }
        text.ptr += token.len;
        text.len -= token.len;
    }
    return 0;
}

int gw_sio_placeholder_check(struct gw_slice values, size_t count)
{
    struct walk w;

    w.count = count;
    w.depth = 0;
    w.levels[0] = (struct level){.index = -1};
    return walk_values(&w, values);
}

int gw_sio_placeholder_index(struct gw_slice value, size_t count)
{
    struct gw_slice member;

    if (gw_json_type(value) != GW_JSON_OBJECT)
        return -1;
    if (!gw_json_find(value, GW_LIT("_placeholder"), &member) ||
        !gw_slice_equal(member, GW_LIT("true")))
        return -1;
    return gw_json_find(value, GW_LIT("num"), &member) ? index_of(member, count) : -1;
}
