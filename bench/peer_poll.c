/* SPDX-License-Identifier: MIT */
#include "peer_poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SID_BYTES = 32, ANSWER_BYTES = 1024, REQUEST_BYTES = 512, SEPARATOR = 0x1e };

struct peer_poll {
    char sid[SID_BYTES];
    bool is_posting; /* the answer that is awaited is that of a POST */
    bool owes_pong;
    size_t len;
    char answer[ANSWER_BYTES + 1]; /* as far as it has come, and a NUL */
};

static const char *send_request(struct peer *peer, const char *request, int len)
{
    if (len < 0 || len >= REQUEST_BYTES)
        return "a request is too long";
    return send(peer->fd, request, (size_t)len, MSG_NOSIGNAL) == len
               ? NULL
               : "a request could not be sent";
}

static const char *get(struct peer *peer, const struct peer_script *script)
{
    char request[REQUEST_BYTES];
    const char *sid = peer->poll->sid;

    peer->poll->is_posting = false;
    return send_request(
        peer, request,
        snprintf(
            request, sizeof request,
            "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
            *sid ? "&sid=" : "", sid, script->port));
}

static const char *post(struct peer *peer, const struct peer_script *script, const char *body)
{
    char request[REQUEST_BYTES];

    peer->poll->is_posting = true;
    return send_request(
        peer, request,
        snprintf(
            request, sizeof request,
            "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: localhost:%u\r\n"
            "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n%s",
            peer->poll->sid, script->port, strlen(body), body));
}

const char *peer_poll_begin(struct peer *peer, const struct peer_script *script)
{
    peer->poll = calloc(1, sizeof *peer->poll);
    peer->state = PEER_OPENING;
    return peer->poll ? get(peer, script) : "out of memory";
}

const char *peer_poll_send(struct peer *peer, const struct peer_script *script)
{
    return script->depth == 1 ? post(peer, script, (const char *)script->reply)
                              : "over polling messages go one by one";
}

static const char *take_sid(struct peer *peer, const struct peer_script *script, const char *open)
{
    static const char before[] = "0{\"sid\":\"";
    const char *sid = open + sizeof before - 1;
    size_t len = strcspn(sid, "\"");

    if (strncmp(open, before, sizeof before - 1) != 0 || len >= SID_BYTES)
        return "the handshake was not answered with a session";
    memcpy(peer->poll->sid, sid, len);
    return post(peer, script, "40");
}

static const char *take_packet(struct peer *peer, const struct peer_script *script,
                               const char *packet, size_t len)
{
    if (len == 1 && packet[0] == '2') {
        peer->poll->owes_pong = true;
    } else if (len >= 2 && memcmp(packet, "40", 2) == 0) {
        peer->state = PEER_READY;
    } else if (len == script->reply_len && memcmp(packet, script->reply, len) == 0) {
        peer->received++;
        peer->total++;
    } else {
        return "an unexpected packet";
    }
    return NULL;
}

static const char *take_payload(struct peer *peer, const struct peer_script *script,
                                const char *payload)
{
    bool was_ready = peer->state == PEER_READY;

    while (*payload) {
        size_t len = strcspn(payload, "\x1e");
        const char *why = take_packet(peer, script, payload, len);

        if (why)
            return why;
        payload += len + (payload[len] == SEPARATOR);
    }
    if (peer->poll->owes_pong) {
        peer->poll->owes_pong = false;
        return post(peer, script, "3");
    }
    /* One that has just become ready will post first. */
    return was_ready || peer->state != PEER_READY ? get(peer, script) : NULL;
}

static const char *take_answer(struct peer *peer, const struct peer_script *script,
                               const char *body)
{
    if (strncmp(peer->poll->answer, "HTTP/1.1 200", 12) != 0)
        return "a request was refused";
    if (!*peer->poll->sid)
        return take_sid(peer, script, body);
    return peer->poll->is_posting ? get(peer, script) : take_payload(peer, script, body);
}

const char *peer_poll_take(struct peer *peer, const struct peer_script *script, const char *bytes,
                           size_t len)
{
    struct peer_poll *poll = peer->poll;
    const char *head_end, *length;

    if (len > ANSWER_BYTES - poll->len)
        return "an answer is too long";
    memcpy(poll->answer + poll->len, bytes, len);
    poll->len += len;
    poll->answer[poll->len] = '\0';
    head_end = strstr(poll->answer, "\r\n\r\n");
    if (!head_end)
        return NULL;
    length = strcasestr(poll->answer, "\r\nContent-Length:");
    if (!length || length > head_end)
        return "an answer without a length";
    if (strlen(head_end + 4) < strtoul(length + 17, NULL, 10))
        return NULL;
    poll->len = 0;
    return take_answer(peer, script, head_end + 4);
}

void peer_poll_close(struct peer *peer)
{
    free(peer->poll);
    peer->poll = NULL;
}
