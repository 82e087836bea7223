/* SPDX-License-Identifier: MIT */
#include "wire/ws_cast.h"

#include "ws/encoder.h"

void gw_ws_cast_init(struct gw_ws_cast *cast, enum gw_ws_opcode opcode, struct gw_slice data)
{
    *cast = (struct gw_ws_cast){.opcode = opcode, .data = data};
}

void gw_ws_cast_dispose(struct gw_ws_cast *cast)
{
    gw_blob_unref(cast->bare);
    for (size_t i = 0; i < cast->form_count; i++)
        gw_blob_unref(cast->forms[i].frame);
}

static struct gw_blob *make_frame(enum gw_ws_opcode opcode, uint8_t rsv, struct gw_slice payload)
{
    struct gw_blob *frame = gw_blob_create(gw_ws_head_len(payload.len) + payload.len);
    uint8_t head[GW_WS_HEAD_MAX];
    size_t head_len = gw_ws_encode_head(head, opcode, payload.len, NULL);

    if (!frame)
        return NULL;
    head[0] |= (uint8_t)(rsv << 4);
    memcpy(frame->bytes, head, head_len);
    if (payload.len > 0)
        memcpy(frame->bytes + head_len, payload.ptr, payload.len);
    return frame;
}

static int send_frame(gw_ws *ws, struct gw_blob *frame)
{
    return gw_ws_send_blob(ws, frame, (struct gw_slice){frame->bytes, frame->len});
}

static int send_bare(struct gw_ws_cast *cast, gw_ws *ws)
{
    if (!cast->bare)
        cast->bare = make_frame(cast->opcode, 0, cast->data);
    return cast->bare ? send_frame(ws, cast->bare) : GW_E_NOMEM;
}

static struct gw_ws_cast_form *find_form(struct gw_ws_cast *cast,
                                         const struct gw_ws_compression *compression)
{
    for (size_t i = 0; i < cast->form_count; i++)
        if (gw_ws_compression_is_alike(compression, &cast->forms[i].options))
            return &cast->forms[i];
    return NULL;
}

/* Where it does not become shorter, or there is no memory for it, the form is the bare one. */
static struct gw_ws_cast_form *make_form(struct gw_ws_cast *cast,
                                         struct gw_ws_compression *compression)
{
    struct gw_ws_cast_form *form = &cast->forms[cast->form_count++];
    struct gw_slice packed;

    *form = (struct gw_ws_cast_form){.options = compression->deflate};
    if (gw_ws_compression_pack_for_all(compression, cast->data, &packed) == GW_OK)
        form->frame = make_frame(cast->opcode, GW_WS_RSV1, packed);
    gw_ws_compression_release(compression);
    return form;
}

static int send_compressed(struct gw_ws_cast *cast, gw_ws *ws)
{
    struct gw_ws_cast_form *form = find_form(cast, ws->compression);
    int err;

    if (!form && cast->form_count == GW_WS_CAST_FORMS_MAX)
        return gw_ws_send_message(ws, cast->opcode, cast->data);
    if (!form)
        form = make_form(cast, ws->compression);
    if (!form->frame)
        return send_bare(cast, ws);
    err = send_frame(ws, form->frame);
    if (err == GW_OK)
        gw_ws_compression_learn(ws->compression, cast->data);
    return err;
}

int gw_ws_cast_send(struct gw_ws_cast *cast, gw_ws *ws)
{
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    if (ws->setup->decoder.role == GW_WS_CLIENT) /* each frame has a mask of its own */
        return gw_ws_send_message(ws, cast->opcode, cast->data);
    if (ws->compression && gw_ws_compression_wants(ws->compression, cast->data.len))
        return send_compressed(cast, ws);
    return send_bare(cast, ws);
}
