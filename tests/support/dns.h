/* SPDX-License-Identifier: MIT */
/* A DNS server on the loopback interface that answers when the test lets it: it knows the names that it is told. */
#ifndef TEST_SUPPORT_DNS_H
#define TEST_SUPPORT_DNS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_A = 1, DNS_AAAA = 28, DNS_NXDOMAIN = 3, DNS_PACKET_MAX = 512 };

/* Several of one name are several addresses. */
struct dns_record {
    const char *name;
    const char *address; /* of IPv4 or IPv6; NULL: the name exists, without any */
};

struct dns_server {
    int fd;
    char text[32]; /* "127.0.0.1:port" */
    const struct dns_record *records;
    size_t record_count;
    bool is_mute;    /* takes questions and says nothing */
    bool keeps_aaaa; /* answers to AAAA wait until dns_release */
    int question_count;
    uint8_t kept[DNS_PACKET_MAX];
    size_t kept_len;
    struct sockaddr_in kept_for;
};

static inline bool dns_start(struct dns_server *dns, const struct dns_record *records, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    *dns = (struct dns_server){.records = records, .record_count = count};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    dns->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dns->fd < 0 || bind(dns->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(dns->fd, (struct sockaddr *)&address, &len) < 0)
        return false;
    snprintf(dns->text, sizeof(dns->text), "127.0.0.1:%d", ntohs(address.sin_port));
    return true;
}

static inline void dns_stop(struct dns_server *dns)
{
    close(dns->fd);
}

/* The name of the question, with dots; gives the place behind it. */
static inline size_t dns_read_name(const uint8_t *packet, size_t len, char name[256])
{
    size_t at = 12, to = 0;

    while (at < len && packet[at] > 0 && to + packet[at] + 1 < 256) {
        if (to > 0)
            name[to++] = '.';
        memcpy(name + to, packet + at + 1, packet[at]);
        to += packet[at];
        at += packet[at] + 1U;
    }
    name[to] = '\0';
    return at + 1;
}

static inline void dns_add_answer(uint8_t *packet, size_t *len, int type, const char *text)
{
    bool is_v6 = strchr(text, ':') != NULL;
    uint8_t head[12] = {0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, 0, is_v6 ? 16 : 4};

    if ((type == DNS_AAAA) != is_v6)
        return;
    memcpy(packet + *len, head, sizeof(head));
    inet_pton(is_v6 ? AF_INET6 : AF_INET, text, packet + *len + sizeof(head));
    *len += sizeof(head) + head[11];
    packet[7]++;
}

/* Turns the question into its answer. */
static inline int dns_answer(const struct dns_server *dns, uint8_t *packet, size_t *len)
{
    char name[256];
    size_t end = dns_read_name(packet, *len, name) + 4;
    int type = packet[end - 3];
    bool is_known = false;

    packet[2] = 0x81; /* an answer, recursion desired */
    packet[3] = 0x80;
    memset(packet + 6, 0, 6); /* no records yet */
    *len = end;
    for (size_t i = 0; i < dns->record_count; i++) {
        if (strcmp(dns->records[i].name, name) != 0)
            continue;
        is_known = true;
        if (dns->records[i].address)
            dns_add_answer(packet, len, type, dns->records[i].address);
    }
    if (!is_known)
        packet[3] |= DNS_NXDOMAIN;
    return type;
}

/* Answers what has come. */
static inline void dns_serve(struct dns_server *dns)
{
    uint8_t packet[DNS_PACKET_MAX];
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof(peer);
    ssize_t n;

    while ((n = recvfrom(dns->fd, packet, sizeof(packet), 0, (struct sockaddr *)&peer, &peer_len)) >
           12) {
        size_t len = (size_t)n;
        int type = dns_answer(dns, packet, &len);

        dns->question_count++;
        if (dns->is_mute)
            continue;
        if (type == DNS_AAAA && dns->keeps_aaaa) {
            memcpy(dns->kept, packet, len);
            dns->kept_len = len;
            dns->kept_for = peer;
            continue;
        }
        sendto(dns->fd, packet, len, 0, (struct sockaddr *)&peer, peer_len);
    }
}

static inline void dns_release(struct dns_server *dns)
{
    sendto(dns->fd, dns->kept, dns->kept_len, 0, (struct sockaddr *)&dns->kept_for,
           sizeof(dns->kept_for));
    dns->keeps_aaaa = false;
}

#endif
