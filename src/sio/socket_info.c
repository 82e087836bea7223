/* SPDX-License-Identifier: MIT */
/* What is known of a socket and of the connection it came by. */
#include "codec/url.h"
#include "sio/auth.h"
#include "sio/date.h"
#include "sio/extra.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/placeholder.h"
#include "sio/socket.h"

#include <godwit/engine.h>

const char *gw_socket_id(const gw_socket *socket)
{
    return socket->id;
}

gw_namespace *gw_socket_namespace(const gw_socket *socket)
{
    return socket->nsp;
}

bool gw_socket_is_connected(const gw_socket *socket)
{
    return socket->state == GW_SIO_SOCKET_CONNECTED || socket->state == GW_SIO_SOCKET_LEAVING;
}

enum gw_cause gw_socket_cause(const gw_socket *socket)
{
    return (enum gw_cause)socket->cause;
}

const char *gw_socket_transport(const gw_socket *socket)
{
    const struct gw_eio_session *session = socket->link->session;

    return session && session->transport ? gw_eio_transport_name(session->transport->ops->kind)
                                         : "";
}

gw_session *gw_socket_session(const gw_socket *socket)
{
    return socket->link->session;
}

struct gw_conn_info gw_socket_conn(const gw_socket *socket)
{
    const struct gw_eio_session *session = socket->link->session;

    if (!session || !session->transport)
        return (struct gw_conn_info){.transport = ""};
    return (struct gw_conn_info){
        .transport = gw_eio_transport_name(session->transport->ops->kind),
        .protocol = session->revision,
        .is_upgraded = session->upgrade.state == GW_EIO_UPGRADE_DONE,
        .id = {(const uint8_t *)session->sid, sizeof(session->sid)},
    };
}

void gw_handshake_time(const struct gw_handshake *handshake, char out[GW_HANDSHAKE_TIME_BYTES])
{
    uint8_t text[GW_SIO_DATE_LEN];

    gw_sio_date_format(text, handshake->issued_ms);
    memcpy(out, text, sizeof(text));
    out[sizeof(text)] = '\0';
}

struct gw_handshake gw_socket_handshake(const gw_socket *socket)
{
    const struct gw_sio_handshake *kept = gw_sio_link_handshake(socket->link);
    struct gw_handshake handshake = {
        .auth = GW_LIT("{}"),
        .url = gw_sio_handshake_url(kept),
        .query = gw_sio_handshake_query(kept),
        .address = gw_sio_handshake_address(kept),
        .issued_ms = socket->issued_ms,
        .is_secure = kept->is_secure,
        .is_xdomain = gw_sio_handshake_find(kept, GW_LIT("origin")).len > 0,
    };

    if (socket->auth)
        handshake.auth = (struct gw_slice){socket->auth->bytes, socket->auth->len};
    return handshake;
}

struct gw_slice gw_socket_auth_bytes(const gw_socket *socket, struct gw_slice value)
{
    const struct gw_blob *bytes = socket->extra ? socket->extra->auth_bytes : NULL;
    int at = bytes && value.ptr ? gw_sio_placeholder_index(value, gw_sio_auth_count(bytes)) : -1;

    return at < 0 ? (struct gw_slice){NULL, 0} : gw_sio_auth_at(bytes, (size_t)at);
}

struct gw_slice gw_socket_header(const gw_socket *socket, const char *name)
{
    return gw_sio_handshake_find(gw_sio_link_handshake(socket->link), gw_slice_of(name));
}

bool gw_socket_header_at(const gw_socket *socket, size_t index, struct gw_header *out)
{
    size_t cursor = 0;

    do {
        if (!gw_sio_handshake_next(gw_sio_link_handshake(socket->link), &cursor, out))
            return false;
    } while (index-- > 0);
    return true;
}

int gw_socket_query(const gw_socket *socket, const char *name, char *out, size_t size)
{
    struct gw_slice query = gw_sio_handshake_query(gw_sio_link_handshake(socket->link));

    return gw_url_query_text(query, gw_slice_of(name), out, size);
}
