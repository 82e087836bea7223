/* SPDX-License-Identifier: MIT */
#include "server/tls.h"

#include "server/server.h"
#include "support/tls_pair.h"

#include <godwit/godwit.h>

static struct certs certs;
static struct cert leaf;
static struct gw_tls_certificate file;
static gw_server *server;
static struct hand hand;
static char logged[4096];

static void on_log(void *user, enum gw_log_level level, const char *line)
{
    size_t len = strlen(logged);

    (void)user;
    (void)level;
    snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

static int set_up(void **state)
{
    (void)state;
    certs_begin(&certs);
    leaf = cert_make(&certs, "leaf", (struct cert_wish){.names = "DNS:localhost"});
    file = (struct gw_tls_certificate){leaf.cert_file, leaf.key_file};
    hand = (struct hand){.fd = -1};
    logged[0] = '\0';
    server = gw_server_create(
        &(struct gw_server_options){.log = on_log, .log_level = GW_LOG_INFO, .max_connections = 2});
    return server ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    if (hand.ssl)
        hand_close(&hand);
    gw_server_destroy(server);
    cert_free(&leaf);
    certs_end(&certs);
    return 0;
}

static struct gw_tls_options options(void)
{
    return (struct gw_tls_options){.certificates = &file, .certificate_count = 1};
}

static uint16_t listen_tls(const struct gw_tls_options *with)
{
    int port = gw_server_listen_tls(server, "127.0.0.1", 0, with);

    if (port <= 0)
        fail_msg("%s", gw_server_error(server));
    return (uint16_t)port;
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void shake(uint16_t port)
{
    hand_open(&hand, gw_server_loop(server), dial(port));
    hand_shake(&hand);
}

static void check_answer(const char *request, const char *expected)
{
    char answer[4096];
    int len;

    hand_say(&hand, request, strlen(request));
    len = hand_hear(&hand, answer, sizeof(answer) - 1);
    answer[len] = '\0';
    if (!strstr(answer, expected))
        fail_msg("no \"%s\" in \"%s\"", expected, answer);
}

/* Waits for the server to close; whatever it says before is thrown away. */
static void check_closed(int fd)
{
    char bytes[256];
    ssize_t n = -1;

    set_nonblocking(fd);
    for (int i = 0; i < END_TURNS_MAX && n != 0 && (n > 0 || errno != ECONNRESET); i++) {
        gw_loop_step(gw_server_loop(server), 1);
        n = recv(fd, bytes, sizeof(bytes), 0);
    }
    assert_true(n == 0 || errno == ECONNRESET);
    close(fd);
}

/* A handshake costs more than a connection: who begins one and leaves it is in nobody's way. */
static void a_handshake_that_is_not_gone_on_with_makes_room(void **state)
{
    struct gw_tls_options with = options();
    uint16_t port = listen_tls(&with);
    int silent;

    (void)state;
    server->admission.max[GW_ADMISSION_HALF_OPEN] = 1;
    silent = dial(port);
    while (server->half_open_count == 0)
        gw_loop_step(gw_server_loop(server), 5);
    shake(port);
    check_closed(silent);
    assert_int_equal(server->half_open_count, 1); /* until it asks for something */
    check_answer("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 Not Found");
    assert_int_equal(server->half_open_count, 0);
    assert_int_equal(server->admission.refused[GW_ADMISSION_HALF_OPEN], 1);
}

static void say_whether_secure(gw_request *request, void *user)
{
    (void)user;
    gw_respond(request, 200, "text/plain",
               gw_request_is_secure(request) ? GW_LIT("secure") : GW_LIT("plain"));
}

static void a_request_knows_that_it_came_over_tls(void **state)
{
    struct gw_tls_options with = options();

    (void)state;
    assert_int_equal(gw_server_route(server, "GET", "/", say_whether_secure, NULL), 0);
    shake(listen_tls(&with));
    check_answer("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "secure");
}

static bool was_secure;

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    was_secure = gw_socket_handshake(socket).is_secure;
}

static void a_socket_knows_that_it_came_over_tls(void **state)
{
    static const char open_request[] =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct gw_tls_options with = options();
    gw_io *io = gw_io_attach(server, NULL);
    char answer[4096];
    char request[512];
    char *sid;

    (void)state;
    was_secure = false;
    gw_on_connection(gw_io_namespace(io), on_connection, NULL);
    shake(listen_tls(&with));
    hand_say(&hand, open_request, strlen(open_request));
    answer[hand_hear(&hand, answer, sizeof(answer) - 1)] = '\0';
    sid = strstr(answer, "\"sid\":\"");
    assert_non_null(sid);
    snprintf(request, sizeof(request),
             "POST /socket.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Length: 2\r\n\r\n40",
             sid + 7);
    check_answer(request, "200 OK");
    assert_true(was_secure);
}

static void what_is_wrong_with_the_options_is_told(void **state)
{
    struct gw_tls_certificate nowhere = {"/nowhere/a.crt", NULL};
    struct gw_tls_options with = {.certificates = &nowhere, .certificate_count = 1};

    (void)state;
    assert_int_equal(gw_server_listen_tls(server, "127.0.0.1", 0, &with), GW_E_SYSTEM);
    assert_non_null(strstr(gw_server_error(server),
                           "cannot listen with TLS: cannot read certificate "
                           "/nowhere/a.crt: No such file or directory"));
    with.certificate_count = 0;
    assert_int_equal(gw_server_listen_tls(server, "127.0.0.1", 0, &with), GW_E_ARG);
    assert_string_equal(gw_server_error(server), "cannot listen with TLS: TLS needs a certificate");
}

static void a_port_in_use_is_told(void **state)
{
    struct gw_tls_options with = options();
    uint16_t port = listen_tls(&with);

    (void)state;
    assert_int_equal(gw_server_listen_tls(server, "127.0.0.1", port, &with), GW_E_IN_USE);
}

static void a_reload_that_fails_is_told_in_log_and_error(void **state)
{
    struct gw_tls_options with = options();
    uint16_t port = listen_tls(&with);
    FILE *spoiled = fopen(leaf.cert_file, "w");

    (void)state;
    fclose(spoiled);
    assert_int_equal(gw_server_reload_tls(server), GW_E_ARG);
    assert_non_null(strstr(logged, "tls_reload_failed error=\"cannot read certificate "));
    assert_non_null(strstr(gw_server_error(server), "cannot reload TLS: cannot read certificate "));
    shake(port); /* with the old one */
    cert_save(&leaf);
    assert_int_equal(gw_server_reload_tls(server), 0);
    assert_non_null(strstr(logged, "tls_reloaded"));
}

static void a_reload_without_tls_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(gw_server_reload_tls(server), 0);
    assert_string_equal(logged, "");
}

static void a_slow_handshake_is_cut(void **state)
{
    struct gw_tls_options with = options();
    uint64_t begin_ms = gw_loop_now_ms(gw_server_loop(server));

    (void)state;
    with.handshake_timeout_ms = 50;
    check_closed(dial(listen_tls(&with)));
    assert_true(gw_loop_now_ms(gw_server_loop(server)) - begin_ms >= 50);
}

static void a_handshake_is_no_reason_to_stop_late(void **state)
{
    struct gw_tls_options with = options();
    int fd = dial(listen_tls(&with));

    (void)state;
    while (gw_server_connection_count(server) == 0)
        gw_loop_step(gw_server_loop(server), 1);
    gw_server_stop(server);
    gw_loop_step(gw_server_loop(server), 0);
    assert_true(gw_server_is_stopped(server));
    close(fd);
}

static void one_too_many_is_closed_without_a_word(void **state)
{
    struct gw_tls_options with = options();
    uint16_t port = listen_tls(&with);
    int fds[2] = {dial(port), dial(port)};

    (void)state;
    while (gw_server_connection_count(server) < 2)
        gw_loop_step(gw_server_loop(server), 1);
    check_closed(dial(port));
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handshake_that_is_not_gone_on_with_makes_room, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_request_knows_that_it_came_over_tls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_socket_knows_that_it_came_over_tls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_the_options_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_port_in_use_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_that_fails_is_told_in_log_and_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_reload_without_tls_is_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_handshake_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_handshake_is_no_reason_to_stop_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_too_many_is_closed_without_a_word, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
