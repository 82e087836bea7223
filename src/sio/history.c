/* SPDX-License-Identifier: MIT */
#include "sio/history.h"

#include "base/mem.h"
#include "sio/socket.h"
#include "sio/target.h"

/* ---- whom it was for ---- */

/* Filters in a row: 1 for except, 4 bytes of length, the room. */
enum { FILTER_HEAD = 5 };

static size_t filter_len(size_t room_len)
{
    return FILTER_HEAD + room_len;
}

static size_t filters_len(struct gw_target target)
{
    size_t len = target.socket ? filter_len(GW_SOCKET_ID_LEN) : 0;

    for (const struct gw_target_filter *at = target.filters; at; at = at->next) {
        if (at->kind != GW_SIO_FILTER_KEY)
            len += filter_len(at->len);
    }
    return len;
}

static uint8_t *put_filter(uint8_t *at, bool is_except, struct gw_slice room)
{
    uint32_t len = (uint32_t)room.len;

    *at++ = is_except;
    memcpy(at, &len, sizeof(len));
    at += sizeof(len);
    if (room.len > 0)
        memcpy(at, room.ptr, room.len);
    return at + room.len;
}

/* The one socket, or the one left out, is the room of its id: that is what it has in common with
 * the socket that comes back. */
static void put_filters(uint8_t *at, struct gw_target target)
{
    bool is_only = (target.flags & GW_SIO_TARGET_ONLY) != 0;

    if (target.socket)
        at = put_filter(at, !is_only,
                        (struct gw_slice){(const uint8_t *)target.socket->id, GW_SOCKET_ID_LEN});
    for (const struct gw_target_filter *f = target.filters; f; f = f->next) {
        if (f->kind != GW_SIO_FILTER_KEY)
            at =
                put_filter(at, f->kind == GW_SIO_FILTER_EXCEPT, (struct gw_slice){f->room, f->len});
    }
}

static bool is_member(const gw_socket *socket, struct gw_slice room)
{
    if (room.len == GW_SOCKET_ID_LEN && memcmp(room.ptr, socket->id, GW_SOCKET_ID_LEN) == 0)
        return true;
    return gw_socket_is_in_slice(socket, room);
}

static const uint8_t *filters_of(const struct gw_sio_kept *kept)
{
    return (const uint8_t *)(kept->messages + kept->message_count);
}

bool gw_sio_kept_is_for(const struct gw_sio_kept *kept, const gw_socket *socket)
{
    const uint8_t *at = filters_of(kept), *end = at + kept->filters_len;
    bool has_rooms = false, is_in = false;

    while (at < end) {
        bool is_except = *at != 0;
        struct gw_slice room = {at + FILTER_HEAD, 0};
        uint32_t len;

        memcpy(&len, at + 1, sizeof(len));
        room.len = len;
        at += filter_len(len);
        if (is_except && is_member(socket, room))
            return false;
        if (!is_except) {
            has_rooms = true;
            is_in = is_in || is_member(socket, room);
        }
    }
    return !has_rooms || is_in;
}

/* ---- keeping ---- */

void gw_sio_history_init(struct gw_sio_history *history, uint64_t first)
{
    *history = (struct gw_sio_history){.first = first, .next = first};
    gw_list_init(&history->kept);
}

static struct gw_sio_kept *oldest(const struct gw_sio_history *history)
{
    return gw_list_is_empty(&history->kept)
               ? NULL
               : container_of(history->kept.next, struct gw_sio_kept, node);
}

static void drop(struct gw_sio_history *history, struct gw_sio_kept *kept)
{
    gw_list_remove(&kept->node);
    history->count--;
    history->bytes -= kept->bytes;
    for (size_t i = 0; i < kept->message_count; i++)
        gw_eio_message_unref(kept->messages[i]);
    gw_mem_free(kept);
}

void gw_sio_history_dispose(struct gw_sio_history *history)
{
    struct gw_sio_kept *kept;

    while ((kept = oldest(history)) != NULL)
        drop(history, kept);
}

void gw_sio_history_drop_before(struct gw_sio_history *history, uint64_t sent_ms)
{
    struct gw_sio_kept *kept;

    while ((kept = oldest(history)) != NULL && kept->sent_ms < sent_ms)
        drop(history, kept);
}

static void lose(struct gw_sio_history *history, uint64_t number, uint64_t sent_ms,
                 enum gw_sio_lost_to to)
{
    history->lost = number;
    history->lost_sent_ms = sent_ms;
    history->lost_to = to;
    history->lost_bytes = history->bytes;
}

static void enforce(struct gw_sio_history *history, const struct gw_sio_history_caps *caps)
{
    struct gw_sio_kept *kept;

    while ((history->count > caps->count || history->bytes > caps->bytes) &&
           (kept = oldest(history)) != NULL) {
        lose(history, kept->number, kept->sent_ms,
             history->count > caps->count ? GW_SIO_LOST_TO_COUNT : GW_SIO_LOST_TO_BYTES);
        drop(history, kept);
    }
}

static struct gw_sio_kept *create(struct gw_target target, struct gw_eio_message *const *messages,
                                  size_t message_count)
{
    size_t len = filters_len(target);
    size_t size =
        sizeof(struct gw_sio_kept) + message_count * sizeof(struct gw_eio_message *) + len;
    struct gw_sio_kept *kept = len > UINT32_MAX ? NULL : gw_mem_alloc(size);

    if (!kept)
        return NULL;
    gw_list_init(&kept->node);
    kept->is_only = (target.flags & GW_SIO_TARGET_ONLY) != 0;
    kept->message_count = (uint8_t)message_count;
    kept->filters_len = (uint32_t)len;
    kept->bytes = size;
    for (size_t i = 0; i < message_count; i++) {
        kept->messages[i] = gw_eio_message_ref(messages[i]);
        kept->bytes += sizeof(struct gw_eio_message) + messages[i]->blob->len;
    }
    put_filters((uint8_t *)(kept->messages + message_count), target);
    return kept;
}

int gw_sio_history_push(struct gw_sio_history *history, struct gw_target target,
                        struct gw_eio_message *const *messages, size_t message_count,
                        uint64_t now_ms, const struct gw_sio_history_caps *caps)
{
    struct gw_sio_kept *kept = create(target, messages, message_count);
    uint64_t number = history->next++;

    if (!kept) {
        lose(history, number, now_ms, GW_SIO_LOST_TO_MEMORY);
        return GW_E_NOMEM;
    }
    kept->number = number;
    kept->sent_ms = now_ms;
    gw_list_push(&history->kept, &kept->node);
    history->count++;
    history->bytes += kept->bytes;
    enforce(history, caps);
    return 0;
}

/* ---- looking back ---- */

/* From the newest back: who comes back has missed little, as a rule. */
const struct gw_sio_kept *gw_sio_history_after(const struct gw_sio_history *history,
                                               uint64_t number)
{
    const struct gw_sio_kept *found = NULL;

    for (const struct gw_list *at = history->kept.prev; at != &history->kept; at = at->prev) {
        const struct gw_sio_kept *kept = container_of(at, const struct gw_sio_kept, node);

        if (kept->number <= number)
            break;
        found = kept;
    }
    return found;
}

const struct gw_sio_kept *gw_sio_history_next(const struct gw_sio_history *history,
                                              const struct gw_sio_kept *kept)
{
    const struct gw_list *next = kept->node.next;

    return next == &history->kept ? NULL : container_of(next, const struct gw_sio_kept, node);
}

uint64_t gw_sio_history_gap(const struct gw_sio_history *history, uint64_t number,
                            uint64_t since_ms)
{
    if (history->lost <= number || history->lost_sent_ms < since_ms)
        return 0;
    return history->lost - number;
}

/* ---- numbers for clients ---- */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

size_t gw_sio_offset_format(char out[static GW_SIO_OFFSET_MAX], uint64_t number)
{
    size_t len = 1;

    for (uint64_t rest = number >> 6; rest > 0; rest >>= 6)
        len++;
    for (size_t i = len; i-- > 0; number >>= 6)
        out[i] = digits[number & 63];
    return len;
}

int gw_sio_offset_parse(struct gw_slice text, uint64_t *number)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len >= GW_SIO_OFFSET_MAX)
        return GW_E_ARG;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.ptr[i] == 0 ? NULL : strchr(digits, text.ptr[i]);

        if (!digit)
            return GW_E_ARG;
        value = value << 6 | (uint64_t)(digit - digits);
    }
    *number = value;
    return 0;
}
