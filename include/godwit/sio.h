/* SPDX-License-Identifier: MIT */
/* Socket.IO (protocol 5 over Engine.IO 4): the server's side, in the words of the JavaScript
 * library.
 *
 *     io.on('connection', fn)             gw_on_connection(gw_io_namespace(io), fn, user)
 *     io.of('/chat')                      gw_io_of(io, "/chat")
 *     io.of(/^\/room-\d+$/)               gw_io_of_pattern(io, "^/room-[0-9]+$")
 *     socket.on('say', fn)                gw_on(nsp, "say", fn, user), or for this socket alone
 *                                         gw_socket_on(socket, "say", fn, user)
 *     socket.emit('news', 1, 'two')       gw_emit(gw_only(socket), "news", "1,\"two\"")
 *     io.emit(...)                        gw_emit(gw_everyone(nsp), ...)
 *     socket.broadcast.emit(...)          gw_emit(gw_broadcast(socket), ...)
 *     socket.to('a').except('b').emit()   gw_emit(gw_except(gw_to(gw_broadcast(socket), "a"), "b"), ...)
 *     io.volatile.emit(...)               gw_emit(gw_volatile(gw_everyone(nsp)), ...)
 *     io.in('a').fetchSockets()           gw_fetch(gw_to(gw_everyone(nsp), "a"), fn, user)
 *     io.serverSideEmit(...)              gw_server_side_emit(nsp, ...)
 *
 * The pages, in the order to read them:
 *
 *     sio/types.h        what there is
 *     sio/io.h           a server and its options
 *     sio/namespace.h    "/", "/chat", and those that clients make
 *     sio/handlers.h     on, once, off; middleware
 *     sio/socket.h       one client: id, data, handshake, rooms, disconnect
 *     sio/target.h       who gets it; doing something to many sockets
 *     sio/emit.h         emit, and asking for answers
 *     sio/event.h        what came in, and answering it
 *     sio/value.h        looking into an argument, auth or data
 *     sio/servers.h      between servers
 *
 * and what stands beside them: args.h (arguments value by value), cause.h (why a socket went),
 * engine.h (the requests and sessions below), recovery.h, pressure.h, admin.h.
 *
 * Handlers are registered once per namespace and get the socket as their first argument; a socket
 * may have some of its own beside them, which cost memory only where they are used. Arguments of
 * events are JSON text: a list of values parted by commas, "1,\"two\",{\"three\":3}", on the way in
 * as on the way out (args.h puts them together value by value). On the way in it has been checked
 * already (RFC 8259, UTF-8), so passing it on costs no parse and no second encoding.
 *
 * Everything belongs to the thread of the server's loop; from another thread use gw_loop_post().
 * Any call may be made inside any callback, and any callback may disconnect any socket, its own
 * included. A gw_socket is good until its on_disconnect handlers have returned (a socket that never
 * connected: until its middleware has been answered). */
#ifndef GODWIT_SIO_H
#define GODWIT_SIO_H

#include <godwit/base.h>
#include <godwit/cause.h>
#include <godwit/sio/emit.h>
#include <godwit/sio/event.h>
#include <godwit/sio/handlers.h>
#include <godwit/sio/io.h>
#include <godwit/sio/namespace.h>
#include <godwit/sio/servers.h>
#include <godwit/sio/socket.h>
#include <godwit/sio/target.h>
#include <godwit/sio/types.h>
#include <godwit/sio/value.h>

#endif
