/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include "base/mem.h"
#include "support/tls_pair.h"

#include <fcntl.h>

static gw_loop *loop;
static struct certs certs;
static struct cert authority, leaf;
static struct gw_tls_server *tls_server;
static struct gw_tls_client_context *tls_client;
static struct end server, client;
static struct hand hand;
static int theirs; /* the other end of server, when nobody is there */

static int set_up_group(void **state)
{
    struct gw_tls_certificate file;
    char why[GW_TLS_WHY_MAX];

    (void)state;
    certs_begin(&certs);
    authority = cert_make(&certs, "ca", (struct cert_wish){.is_authority = true, .name = "CA"});
    leaf = cert_make(&certs, "leaf",
                     (struct cert_wish){.issuer = &authority, .names = "DNS:a.example"});
    file = (struct gw_tls_certificate){leaf.cert_file, leaf.key_file};
    assert_int_equal(gw_tls_server_create(
                         &tls_server,
                         &(struct gw_tls_options){.certificates = &file, .certificate_count = 1},
                         why),
                     0);
    tls_client = gw_tls_client_context_create(
        &(struct gw_tls_client_options){.ca_file = authority.cert_file}, why);
    assert_non_null(tls_client);
    return 0;
}

static int tear_down_group(void **state)
{
    (void)state;
    gw_tls_server_destroy(tls_server);
    gw_tls_client_context_destroy(tls_client);
    cert_free(&leaf);
    cert_free(&authority);
    certs_end(&certs);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    loop = gw_loop_create();
    theirs = -1;
    hand = (struct hand){.fd = -1};
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_mem_fail_at(0);
    end_close(&server, loop);
    end_close(&client, loop);
    if (hand.ssl)
        hand_close(&hand);
    if (theirs >= 0)
        close(theirs);
    gw_loop_destroy(loop);
    return 0;
}

static void narrow(int fd)
{
    int bytes = 16 * 1024;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void start_server(int fd)
{
    end_open(&server, loop, fd);
    assert_int_equal(gw_tls_server_start(tls_server, &server.stream, end_on_ready), 0);
}

static void start_both(bool is_narrow)
{
    struct socket_pair pair = tcp_pair(AF_INET);

    if (is_narrow) {
        narrow(pair.ours);
        narrow(pair.theirs);
    }
    start_server(pair.ours);
    end_open(&client, loop, pair.theirs);
    assert_int_equal(gw_tls_client_start(&client.stream, tls_client, "a.example", end_on_ready), 0);
}

static void connect_both(bool is_narrow)
{
    start_both(is_narrow);
    await(loop, &client.ready_count);
    await(loop, &server.ready_count);
}

static void start_server_alone(void)
{
    struct socket_pair pair = unix_pair();

    theirs = pair.theirs;
    start_server(pair.ours);
}

static void connect_hand(size_t piece)
{
    struct socket_pair pair = tcp_pair(AF_INET);

    start_server(pair.ours);
    hand_open(&hand, loop, pair.theirs);
    hand.piece = piece;
}

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i ^ i >> 8 ^ i >> 16);
}

static uint8_t *make_pattern(size_t len)
{
    uint8_t *bytes = malloc(len);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = pattern(i);
    return bytes;
}

static void check_pattern(const struct end *end, size_t len)
{
    assert_int_equal(end->heard_len, len);
    for (size_t i = 0; i < len; i++) {
        if (end->heard[i] != pattern(i))
            fail_msg("byte %zu is wrong", i);
    }
}

/* The handshake */

static void words_go_both_ways(void **state)
{
    (void)state;
    connect_both(false);
    end_say(&client, "hello");
    end_hears(loop, &server, "hello");
    end_say(&server, "good day");
    end_hears(loop, &client, "good day");
    assert_true(gw_tls_is_on(&client.stream));
    assert_string_equal(gw_tls_version(&client.stream), "TLSv1.3");
    assert_non_null(gw_tls_cipher(&server.stream));
    assert_true(gw_slice_equal(gw_tls_alpn(&server.stream), GW_LIT("http/1.1")));
    assert_true(gw_slice_equal(gw_tls_alpn(&client.stream), GW_LIT("http/1.1")));
    assert_null(gw_tls_why(&client.stream));
    assert_int_equal(client.drain_count, 0);
    assert_int_equal(server.drain_count, 0);
}

static void output_waits_for_the_handshake(void **state)
{
    (void)state;
    start_both(false);
    end_say(&client, "too early");
    assert_true(gw_stream_is_blocked(&client.stream));
    end_hears(loop, &server, "too early");
    await(loop, &client.drain_count); /* it had been held back */
    assert_int_equal(gw_stream_queued_bytes(&client.stream), 0);
}

static void an_end_asked_for_early_comes_behind_the_handshake(void **state)
{
    (void)state;
    start_both(false);
    end_say(&client, "last words");
    gw_stream_finish(&client.stream);
    end_hears(loop, &server, "last words");
    await(loop, &server.end_count);
    gw_stream_finish(&server.stream);
    await(loop, &client.closed_count);
    await(loop, &server.closed_count);
    assert_int_equal(client.error_count + server.error_count, 0);
}

static void an_open_handshake_does_not_keep_the_loop_busy(void **state)
{
    uint64_t before_ms;

    (void)state;
    start_server_alone();
    gw_loop_step(loop, 0);
    before_ms = gw_loop_now_ms(loop);
    end_say(&server, "waiting");
    gw_loop_step(loop, 0);
    for (int i = 0; i < 3; i++)
        gw_loop_step(loop, 20);
    assert_true(gw_loop_now_ms(loop) - before_ms >= 50);
}

static void every_byte_may_come_alone(void **state)
{
    char answer[16];

    (void)state;
    connect_hand(1);
    server.echoes = true;
    hand_shake(&hand);
    hand_say(&hand, "piecemeal", 9);
    assert_int_equal(hand_hear(&hand, answer, sizeof(answer)), 9);
    assert_memory_equal(answer, "piecemeal", 9);
}

static void tls_1_2_works_too(void **state)
{
    char answer[16];

    (void)state;
    connect_hand(0);
    SSL_set_max_proto_version(hand.ssl, TLS1_2_VERSION);
    server.echoes = true;
    hand_shake(&hand);
    assert_string_equal(gw_tls_version(&server.stream), "TLSv1.2");
    hand_say(&hand, "old", 3);
    assert_int_equal(hand_hear(&hand, answer, sizeof(answer)), 3);
}

static void tls_1_1_is_refused(void **state)
{
    (void)state;
    connect_hand(0);
    SSL_set_security_level(hand.ssl, 0);
    SSL_set_min_proto_version(hand.ssl, TLS1_VERSION);
    SSL_set_max_proto_version(hand.ssl, TLS1_1_VERSION);
    SSL_do_handshake(hand.ssl);
    hand_pump(&hand);
    await(loop, &server.closed_count);
    assert_string_equal(server.why, "the client speaks only TLS versions that are too old");
    assert_int_equal(server.last_errno, EPROTO);
}

static void old_ciphers_are_refused(void **state)
{
    (void)state;
    connect_hand(0);
    SSL_set_max_proto_version(hand.ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(hand.ssl, "ECDHE-ECDSA-AES128-SHA256");
    SSL_do_handshake(hand.ssl);
    hand_pump(&hand);
    await(loop, &server.closed_count);
    assert_string_equal(server.why, "the client speaks none of our ciphers");
}

static void another_protocol_than_http_1_1_is_refused(void **state)
{
    (void)state;
    connect_hand(0);
    SSL_set_alpn_protos(hand.ssl, (const unsigned char *)"\x02h2", 3);
    SSL_do_handshake(hand.ssl);
    hand_pump(&hand);
    await(loop, &server.closed_count);
    assert_string_equal(server.why, "the client does not speak HTTP/1.1");
}

static void a_client_that_leaves_in_the_handshake_is_told_of(void **state)
{
    (void)state;
    start_server_alone();
    assert_true(write_exactly(theirs, (const uint8_t *)"\x16\x03\x01", 3));
    gw_loop_step(loop, 5);
    close(theirs);
    theirs = -1;
    await(loop, &server.closed_count);
    assert_int_equal(server.error_count, 1);
    assert_string_equal(server.why, "the client closed the connection during the TLS handshake");
}

static void the_owner_may_close_when_ready(void **state)
{
    (void)state;
    start_both(false);
    server.closes_when_ready = client.closes_when_ready = true;
    await(loop, &client.closed_count);
    await(loop, &server.closed_count);
    assert_int_equal(client.ready_count, 1);
}

/* What is not TLS */

static void check_http(const char *request)
{
    static const char *const expected[] = {"HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n",
                                           "Content-Length: 45\r\n\r\n",
                                           "this port speaks TLS: use https:// or wss://\n"};
    char answer[1024];
    size_t len = 0;
    ssize_t n = -1;

    start_server_alone();
    assert_true(write_exactly(theirs, (const uint8_t *)request, strlen(request)));
    set_nonblocking(theirs);
    for (int i = 0; i < END_TURNS_MAX && n != 0; i++) {
        gw_loop_step(loop, 1);
        n = read(theirs, answer + len, sizeof(answer) - 1 - len);
        if (n > 0)
            len += (size_t)n;
    }
    assert_int_equal(n, 0);
    answer[len] = '\0';
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_non_null(strstr(answer, expected[i]));
    assert_false(gw_tls_is_on(&server.stream));
    close(theirs);
    theirs = -1;
    await(loop, &server.closed_count);
    assert_int_equal(server.heard_len, 0);
    assert_int_equal(server.error_count, 0);
}

static void plain_http_is_answered_in_words(void **state)
{
    (void)state;
    check_http("GET /echo HTTP/1.1\r\nHost: a.example\r\n\r\n");
}

static void half_a_method_is_enough_to_know_http(void **state)
{
    (void)state;
    check_http("POS");
}

static void garbage_closes_at_once(void **state)
{
    static const char *const garbage[] = {"\x80\x2e\x01", "garbage", "GARBAGE", "\r\n\r\n",
                                          "SSH-2.0-OpenSSH_9.2\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        uint8_t byte;

        start_server_alone();
        assert_true(write_exactly(theirs, (const uint8_t *)garbage[i], strlen(garbage[i])));
        await(loop, &server.closed_count);
        assert_string_equal(server.why, "the client does not speak TLS");
        assert_true(read(theirs, &byte, 1) <= 0);
        close(theirs);
        theirs = -1;
        end_close(&server, loop);
    }
}

static void garbage_dressed_as_a_handshake_closes(void **state)
{
    uint8_t bytes[600];

    (void)state;
    memset(bytes, 0x5a, sizeof(bytes));
    memcpy(bytes, "\x16\x03\x01\x02\x00", 5);
    start_server_alone();
    assert_true(write_exactly(theirs, bytes, sizeof(bytes)));
    await(loop, &server.closed_count);
    assert_int_equal(server.last_errno, EPROTO);
    assert_string_not_equal(server.why, "");
}

static void a_spoiled_record_breaks_the_connection(void **state)
{
    uint8_t record[] = {0x17, 0x03, 0x03, 0x00, 0x20, 1,  2,  3,  4,  5,  6,  7,  8,
                        9,    10,   11,   12,   13,   14, 15, 16, 17, 18, 19, 20, 21,
                        22,   23,   24,   25,   26,   27, 28, 29, 30, 31, 32};

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    hand_say(&hand, "good", 4);
    assert_true(write_exactly(hand.fd, record, sizeof(record)));
    await(loop, &server.closed_count);
    assert_int_equal(server.heard_len, 4);
    assert_int_equal(server.error_count, 1);
    assert_string_not_equal(server.why, "");
}

/* Bytes before a spoiled record in the same packet still reach the owner, and the failure comes behind them. */
static void bytes_before_a_failure_are_heard(void **state)
{
    uint8_t bytes[256];
    int len;

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    assert_int_equal(SSL_write(hand.ssl, "before", 6), 6);
    len = BIO_read(SSL_get_wbio(hand.ssl), bytes, 128);
    memset(bytes + len, 0x17, 64);
    memcpy(bytes + len, "\x17\x03\x03\x00\x20", 5);
    assert_true(write_exactly(hand.fd, bytes, (size_t)len + 64));
    await(loop, &server.closed_count);
    assert_int_equal(server.heard_len, 6);
    assert_int_equal(server.error_count, 1);
}

/* Much */

static void megabytes_go_both_ways(void **state)
{
    const size_t len = 3 * 1000 * 1000;
    uint8_t *bytes = make_pattern(len);

    (void)state;
    connect_both(true);
    assert_int_equal(gw_stream_write(&client.stream, (struct gw_slice){bytes, len}), 0);
    assert_int_equal(gw_stream_write(&server.stream, (struct gw_slice){bytes, len}), 0);
    await_bytes(loop, &server, len);
    await_bytes(loop, &client, len);
    check_pattern(&server, len);
    check_pattern(&client, len);
    await(loop, &client.drain_count);
    assert_int_equal(gw_stream_queued_bytes(&client.stream), 0);
    assert_false(gw_stream_is_blocked(&client.stream));
    free(bytes);
}

static void many_small_pieces_stay_in_order(void **state)
{
    const size_t len = 400 * 1000;
    uint8_t *bytes = make_pattern(len);
    size_t at = 0;

    (void)state;
    connect_both(true);
    for (size_t piece = 1; at < len; piece = piece % 977 + 31) {
        size_t n = piece < len - at ? piece : len - at;

        assert_int_equal(gw_stream_write(&client.stream, (struct gw_slice){bytes + at, n}), 0);
        at += n;
        if (piece % 64 == 0)
            gw_loop_step(loop, 0);
    }
    await_bytes(loop, &server, len);
    check_pattern(&server, len);
    free(bytes);
}

static void pieces_of_a_turn_share_a_record(void **state)
{
    char answer[64];

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    hand_pump(&hand);
    end_say(&server, "one ");
    end_say(&server, "two ");
    end_say(&server, "three");
    assert_int_equal(hand_hear(&hand, answer, sizeof(answer)), 13);
    assert_memory_equal(answer, "one two three", 13);
}

static void a_file_goes_out_encrypted(void **state)
{
    const size_t len = 1234567;
    uint8_t *bytes = make_pattern(len);
    const char *path = certs_path(&certs, "file");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    (void)state;
    assert_true(write_exactly(fd, bytes, len));
    connect_both(true);
    assert_int_equal(gw_stream_write(&server.stream, (struct gw_slice){bytes, 100}), 0);
    assert_int_equal(gw_stream_write_file_take(&server.stream, fd, 100, len - 100), 0);
    await_bytes(loop, &client, len);
    check_pattern(&client, len);
    free(bytes);
}

static void a_file_that_has_shrunk_breaks_the_connection(void **state)
{
    const char *path = certs_write(&certs, "short", "short");

    (void)state;
    connect_both(false);
    assert_int_equal(gw_stream_write_file_take(&server.stream, open(path, O_RDONLY), 0, 100000), 0);
    await(loop, &server.closed_count);
    assert_int_equal(server.last_errno, EIO);
    assert_null(gw_tls_why(&server.stream));
}

static void a_peer_that_does_not_read_costs_one_batch_besides_the_queue(void **state)
{
    const size_t len = 2 * 1000 * 1000;
    uint8_t *bytes = make_pattern(len);

    (void)state;
    connect_both(true);
    gw_stream_pause(&client.stream);
    assert_int_equal(gw_stream_write(&server.stream, (struct gw_slice){bytes, len}), 0);
    for (int i = 0; i < 50; i++)
        gw_loop_step(loop, 1);
    assert_true(gw_stream_is_blocked(&server.stream));
    assert_true(gw_stream_queued_bytes(&server.stream) > 0);
    gw_stream_resume(&client.stream);
    await_bytes(loop, &client, len);
    check_pattern(&client, len);
    free(bytes);
}

static void everything_that_came_is_heard_at_once(void **state)
{
    const size_t len = 40 * 1000;
    uint8_t *bytes = make_pattern(len);
    uint8_t sealed[64 * 1024];
    int sealed_len;

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    assert_int_equal(SSL_write(hand.ssl, bytes, (int)len), len);
    sealed_len = BIO_read(SSL_get_wbio(hand.ssl), sealed, sizeof(sealed));
    assert_true(sealed_len > (int)len);
    assert_true(write_exactly(hand.fd, sealed, (size_t)sealed_len));
    await_bytes(loop, &server, len);
    check_pattern(&server, len);
    free(bytes);
}

/* The ends */

static void a_polite_end_is_heard_by_both(void **state)
{
    (void)state;
    connect_both(false);
    end_say(&server, "bye");
    gw_stream_finish(&server.stream);
    end_hears(loop, &client, "bye");
    await(loop, &client.end_count);
    end_say(&client, "nobody listens"); /* thrown away */
    gw_stream_finish(&client.stream);
    await(loop, &client.closed_count);
    await(loop, &server.closed_count);
    assert_int_equal(client.error_count + server.error_count, 0);
}

/* A close_notify without a FIN, behind data in the same packet: the kernel has nothing more to tell. */
static void close_notify_alone_is_an_end(void **state)
{
    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    assert_int_equal(SSL_write(hand.ssl, "bye", 3), 3);
    SSL_shutdown(hand.ssl);
    hand_pump(&hand);
    end_hears(loop, &server, "bye");
    await(loop, &server.end_count);
    end_say(&server, "still here");
    gw_stream_finish(&server.stream);
    await(loop, &server.closed_count);
    assert_int_equal(server.error_count, 0);
}

static void close_notify_waits_while_paused(void **state)
{
    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    hand_say(&hand, "1", 1);
    await_bytes(loop, &server, 1);
    gw_stream_pause(&server.stream);
    assert_int_equal(SSL_write(hand.ssl, "2", 1), 1);
    SSL_shutdown(hand.ssl);
    hand_pump(&hand);
    for (int i = 0; i < 5; i++)
        gw_loop_step(loop, 1);
    assert_int_equal(server.heard_len, 1);
    gw_stream_resume(&server.stream);
    await(loop, &server.end_count);
    assert_int_equal(server.heard_len, 2);
}

static void a_fin_without_close_notify_is_an_end(void **state)
{
    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    hand_say(&hand, "cut", 3);
    shutdown(hand.fd, SHUT_WR);
    await(loop, &server.end_count);
    assert_int_equal(server.heard_len, 3);
    assert_int_equal(server.error_count, 0);
}

static void the_peer_gets_a_close_notify(void **state)
{
    char bytes[16];

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    end_say(&server, "bye");
    gw_stream_finish(&server.stream);
    assert_int_equal(hand_hear(&hand, bytes, sizeof(bytes)), 3);
    assert_int_equal(hand_hear(&hand, bytes, sizeof(bytes)), 0);
    assert_true(SSL_get_shutdown(hand.ssl) & SSL_RECEIVED_SHUTDOWN);
}

/* What TLS says by itself */

static void key_updates_are_answered(void **state)
{
    char answer[16];

    (void)state;
    connect_hand(0);
    server.echoes = true;
    hand_shake(&hand);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(SSL_key_update(hand.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        hand_say(&hand, "again", 5);
        assert_int_equal(hand_hear(&hand, answer, sizeof(answer)), 5);
    }
    assert_int_equal(server.error_count, 0);
}

/* Each asks for an answer that is never read: what that may cost has an end. */
static void a_flood_of_key_updates_is_cut(void **state)
{
    uint8_t bytes[4096];

    (void)state;
    connect_hand(0);
    hand_shake(&hand);
    narrow(server.stream.watch.fd);
    narrow(hand.fd);
    for (int i = 0; i < 200000 && server.is_open; i++) {
        int len;

        SSL_key_update(hand.ssl, SSL_KEY_UPDATE_REQUESTED);
        SSL_write(hand.ssl, "x", 1);
        len = BIO_read(SSL_get_wbio(hand.ssl), bytes, sizeof(bytes));
        for (int at = 0; at < len && server.is_open;) {
            ssize_t n = send(hand.fd, bytes + at, (size_t)(len - at), MSG_NOSIGNAL);

            if (n > 0)
                at += (int)n;
            if (n <= 0 || i % 64 == 0)
                gw_loop_step(loop, 0);
        }
        server.heard_len = 0;
    }
    assert_int_equal(server.closed_count, 1);
    assert_string_equal(server.why, "the peer does not read what TLS answers");
}

static void renegotiation_is_refused(void **state)
{
    char answer[16];

    (void)state;
    connect_hand(0);
    SSL_set_max_proto_version(hand.ssl, TLS1_2_VERSION);
    server.echoes = true;
    hand_shake(&hand);
    assert_int_equal(SSL_renegotiate(hand.ssl), 1);
    SSL_do_handshake(hand.ssl);
    hand_pump(&hand);
    hand_pump(&hand);
    assert_int_equal(SSL_do_handshake(hand.ssl), -1);
    assert_int_equal(server.ready_count, 1);
    (void)answer;
}

/* Memory */

static void failing_allocations_cost_the_connection_only(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 20; nth++) {
        struct socket_pair pair = tcp_pair(AF_INET);

        end_open(&server, loop, pair.ours);
        end_open(&client, loop, pair.theirs);
        gw_mem_fail_at(nth);
        if (gw_tls_server_start(tls_server, &server.stream, end_on_ready) < 0)
            gw_stream_close(&server.stream);
        if (gw_tls_client_start(&client.stream, tls_client, "a.example", end_on_ready) < 0)
            gw_stream_close(&client.stream);
        for (int i = 0; i < 20; i++) {
            if (client.is_open && client.ready_count == 1)
                gw_stream_write(&client.stream, GW_LIT("hello"));
            gw_loop_step(loop, 1);
        }
        gw_mem_fail_at(0);
        end_close(&server, loop);
        end_close(&client, loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_go_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(output_waits_for_the_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_asked_for_early_comes_behind_the_handshake, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_open_handshake_does_not_keep_the_loop_busy, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_byte_may_come_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tls_1_2_works_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tls_1_1_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_ciphers_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_protocol_than_http_1_1_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_in_the_handshake_is_told_of, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_owner_may_close_when_ready, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain_http_is_answered_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_method_is_enough_to_know_http, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_closes_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_dressed_as_a_handshake_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_spoiled_record_breaks_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_before_a_failure_are_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(megabytes_go_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_small_pieces_stay_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pieces_of_a_turn_share_a_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_goes_out_encrypted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_has_shrunk_breaks_the_connection, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_costs_one_batch_besides_the_queue,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_that_came_is_heard_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_polite_end_is_heard_by_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_notify_alone_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_notify_waits_while_paused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fin_without_close_notify_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_peer_gets_a_close_notify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_updates_are_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_key_updates_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(renegotiation_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failing_allocations_cost_the_connection_only, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
