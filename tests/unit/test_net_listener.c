/* SPDX-License-Identifier: MIT */
#include "net/listener.h"

#include "base/mem.h"

#include "support/sockets.h"

#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

enum { ACCEPTED_MAX = 200 };

static gw_loop *loop;
static struct gw_listener listener;
static int accepted[ACCEPTED_MAX];
static int accepted_count;
static char last_peer[GW_ADDRESS_TEXT_MAX];
static bool stops_at_accept;
static int log_count[GW_LOG_DEBUG + 1];

static void on_accept(struct gw_listener *from, int fd, const struct gw_address *peer)
{
    assert_ptr_equal(from, &listener);
    assert_true(accepted_count < ACCEPTED_MAX);
    accepted[accepted_count++] = fd;
    gw_address_format_host(peer, last_peer);
    if (stops_at_accept)
        gw_listener_stop(from);
}

static void on_log(void *user, enum gw_log_level level, const char *line)
{
    (void)user;
    (void)line;
    log_count[level]++;
}

static const struct gw_log test_log = {.level = GW_LOG_DEBUG, .write = on_log};

static int set_up(void **state)
{
    (void)state;
    accepted_count = 0;
    stops_at_accept = false;
    memset(log_count, 0, sizeof(log_count));
    loop = gw_loop_create();
    gw_listener_init(&listener, loop, on_accept);
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_listener_stop(&listener);
    for (int i = 0; i < accepted_count; i++)
        close(accepted[i]);
    gw_loop_destroy(loop);
    return 0;
}

static int start(const char *host, const char *path)
{
    return gw_listener_start(
        &listener, &(struct gw_listener_options){.host = host, .path = path, .log = &test_log});
}

static int dial(const struct gw_address *to)
{
    int fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to->storage, to->len), 0);
    return fd;
}

/* Connects to the address at which the listener says it is. */
static int dial_listener(void)
{
    return dial(gw_listener_address(&listener));
}

static void run_until_accepted(int count)
{
    while (accepted_count < count)
        assert_int_equal(gw_loop_step(loop, -1), 0);
}

static void check_talk(int ours, int theirs)
{
    uint8_t bytes[2];

    assert_int_equal(write(theirs, "hi", 2), 2);
    while (recv(ours, bytes, 2, MSG_PEEK) != 2)
        ;
    assert_memory_equal(bytes, "hi", 2);
}

static void accepts_over(const char *host, const char *path, const char *peer)
{
    int fd;

    assert_int_equal(start(host, path), 0);
    assert_true(gw_listener_is_started(&listener));
    fd = dial_listener();
    run_until_accepted(1);
    assert_string_equal(last_peer, peer);
    assert_true(fcntl(accepted[0], F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(accepted[0], F_GETFD) & FD_CLOEXEC);
    check_talk(accepted[0], fd);
    close(fd);
}

static void accepts_over_ipv4(void **state)
{
    int value = 0;
    socklen_t len = sizeof(value);

    (void)state;
    accepts_over("127.0.0.1", NULL, "127.0.0.1");
    assert_int_equal(getsockopt(accepted[0], IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
    assert_int_equal(value, 1); /* inherited */
}

static void accepts_over_ipv6(void **state)
{
    struct socket_pair probe = tcp_pair(AF_INET6);

    (void)state;
    if (probe.ours < 0)
        skip();
    close(probe.ours);
    close(probe.theirs);
    accepts_over("::1", NULL, "::1");
}

static void without_host_ipv4_and_ipv6_get_in(void **state)
{
    struct gw_address to;
    const char *why;
    int fd;

    (void)state;
    assert_int_equal(start(NULL, NULL), 0);
    assert_int_equal(
        gw_address_resolve(&to, "127.0.0.1", gw_address_port(gw_listener_address(&listener)), &why),
        0);
    fd = dial(&to);
    run_until_accepted(1);
    close(fd);
}

/* Unix sockets */

static char folder[] = "/tmp/godwit-test-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/socket", folder);
    return set_up(state);
}

static int remove_folder(void **state)
{
    tear_down(state);
    unlink(path);
    return rmdir(folder);
}

static void accepts_over_a_path_and_removes_it(void **state)
{
    (void)state;
    accepts_over(NULL, path, "unix:");
    assert_int_equal(access(path, F_OK), 0);
    gw_listener_stop(&listener);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_relative_path_is_removed_after_a_change_of_directory(void **state)
{
    char before[4096];

    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(start(NULL, "socket"), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(chdir("/"), 0);
    gw_listener_stop(&listener);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(chdir(before), 0);
}

static void without_memory_no_path_is_left_behind(void **state)
{
    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(start(NULL, path), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(start(NULL, path), 0);
}

static void leave_stale_socket(void)
{
    struct gw_address address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(gw_address_of_path(&address, path), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address.storage, address.len), 0);
    close(fd);
}

static void stale_socket_file_is_replaced(void **state)
{
    (void)state;
    leave_stale_socket();
    accepts_over(NULL, path, "unix:");
}

static void socket_file_in_use_stays(void **state)
{
    struct gw_listener second;
    char text[200];

    (void)state;
    assert_int_equal(start(NULL, path), 0);
    gw_listener_init(&second, loop, on_accept);
    assert_int_equal(gw_listener_start(&second, &(struct gw_listener_options){.path = path}),
                     GW_E_IN_USE);
    snprintf(text, sizeof(text), "cannot listen on unix:%s: Address already in use", path);
    assert_string_equal(gw_listener_error(&second), text);
    gw_listener_stop(&second);
    assert_int_equal(access(path, F_OK), 0);
}

static void other_file_is_not_replaced(void **state)
{
    FILE *file = fopen(path, "w");
    char text[200];

    (void)state;
    assert_non_null(file);
    fclose(file);
    assert_int_equal(start(NULL, path), GW_E_IN_USE);
    snprintf(text, sizeof(text), "cannot listen on unix:%s: File exists", path);
    assert_string_equal(gw_listener_error(&listener), text);
    assert_int_equal(access(path, F_OK), 0);
}

static void socket_file_of_a_successor_is_not_removed(void **state)
{
    (void)state;
    assert_int_equal(start(NULL, path), 0);
    unlink(path);
    leave_stale_socket();
    gw_listener_stop(&listener);
    assert_int_equal(access(path, F_OK), 0);
}

static void socket_file_gets_the_mode_asked_for(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(gw_listener_start(
                         &listener, &(struct gw_listener_options){.path = path, .path_mode = 0600}),
                     0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

/* Failures */

static void address_in_use_is_named(void **state)
{
    struct gw_listener second;
    struct gw_listener_options options = {.host = "127.0.0.1"};
    char text[100];

    (void)state;
    assert_int_equal(start("127.0.0.1", NULL), 0);
    options.port = gw_address_port(gw_listener_address(&listener));
    gw_listener_init(&second, loop, on_accept);
    assert_int_equal(gw_listener_start(&second, &options), GW_E_IN_USE);
    snprintf(text, sizeof(text), "cannot listen on 127.0.0.1:%d: Address already in use",
             options.port);
    assert_string_equal(gw_listener_error(&second), text);
    assert_false(gw_listener_is_started(&second));
    gw_listener_stop(&listener);
    assert_int_equal(gw_listener_start(&second, &options), 0);
    assert_string_equal(gw_listener_error(&second), "");
    gw_listener_stop(&second);
}

static void foreign_address_is_named(void **state)
{
    (void)state;
    assert_int_equal(start("192.0.2.1", NULL), GW_E_ADDRESS);
    assert_string_equal(gw_listener_error(&listener),
                        "cannot listen on 192.0.2.1:0: Cannot assign requested address");
    assert_int_equal(start("::x", NULL), GW_E_ADDRESS);
    assert_non_null(strstr(gw_listener_error(&listener), "cannot listen on [::x]:0: "));
    assert_int_equal(start(NULL, ""), GW_E_ADDRESS);
    assert_string_equal(gw_listener_error(&listener),
                        "cannot listen on unix:: the path is empty or too long");
}

static void shared_port_takes_two_listeners(void **state)
{
    struct gw_listener second;
    struct gw_listener_options options = {.host = "127.0.0.1", .is_port_shared = true};

    (void)state;
    assert_int_equal(gw_listener_start(&listener, &options), 0);
    options.port = gw_address_port(gw_listener_address(&listener));
    gw_listener_init(&second, loop, on_accept);
    assert_int_equal(gw_listener_start(&second, &options), 0);
    gw_listener_stop(&second);
}

/* Crowds */

static void crowd_is_accepted_in_several_turns(void **state)
{
    int fds[GW_LISTENER_BURST + 10];

    (void)state;
    assert_int_equal(start("127.0.0.1", NULL), 0);
    for (int i = 0; i < GW_LISTENER_BURST + 10; i++)
        fds[i] = dial_listener();
    gw_loop_step(loop, 0);
    assert_true(accepted_count <= GW_LISTENER_BURST);
    run_until_accepted(GW_LISTENER_BURST + 10);
    for (int i = 0; i < GW_LISTENER_BURST + 10; i++)
        close(fds[i]);
}

static void listener_stopped_by_its_first_connection_accepts_no_other(void **state)
{
    int fds[3];

    (void)state;
    stops_at_accept = true;
    assert_int_equal(start("127.0.0.1", NULL), 0);
    for (int i = 0; i < 3; i++)
        fds[i] = dial_listener();
    run_until_accepted(1);
    gw_loop_step(loop, 0);
    assert_int_equal(accepted_count, 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

/* No descriptor beyond those open now. */
static void exhaust(struct rlimit *before)
{
    struct rlimit limit;
    int next = dup(0);

    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    limit = *before;
    limit.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void lack_of_descriptors_pauses_and_passes(void **state)
{
    struct rlimit before;
    int fds[2];

    (void)state;
    assert_int_equal(start("127.0.0.1", NULL), 0);
    for (int i = 0; i < 2; i++)
        fds[i] = dial_listener();
    exhaust(&before);
    for (int i = 0; i < 3; i++) /* into the pause, and through two of its ends */
        gw_loop_step(loop, -1);
    assert_int_equal(accepted_count, 0);
    assert_int_equal(log_count[GW_LOG_WARN], 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    run_until_accepted(2);
    assert_int_equal(log_count[GW_LOG_WARN], 1);
    assert_int_equal(log_count[GW_LOG_INFO], 1);
    for (int i = 0; i < 2; i++) {
        check_talk(accepted[i], fds[i]);
        close(fds[i]);
    }
}

static void listener_may_be_stopped_in_its_pause(void **state)
{
    struct rlimit before;
    int fd;

    (void)state;
    assert_int_equal(start("127.0.0.1", NULL), 0);
    fd = dial_listener();
    exhaust(&before);
    gw_loop_step(loop, -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    gw_listener_stop(&listener);
    gw_loop_step(loop, GW_LISTENER_BACKOFF_MS + 50);
    assert_int_equal(accepted_count, 0);
    close(fd);
}

#define CASE(name)      cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define PATH_CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(accepts_over_ipv4),
        CASE(accepts_over_ipv6),
        CASE(without_host_ipv4_and_ipv6_get_in),
        PATH_CASE(accepts_over_a_path_and_removes_it),
        PATH_CASE(a_relative_path_is_removed_after_a_change_of_directory),
        PATH_CASE(without_memory_no_path_is_left_behind),
        PATH_CASE(stale_socket_file_is_replaced),
        PATH_CASE(socket_file_in_use_stays),
        PATH_CASE(other_file_is_not_replaced),
        PATH_CASE(socket_file_of_a_successor_is_not_removed),
        PATH_CASE(socket_file_gets_the_mode_asked_for),
        CASE(address_in_use_is_named),
        CASE(foreign_address_is_named),
        CASE(shared_port_takes_two_listeners),
        CASE(crowd_is_accepted_in_several_turns),
        CASE(listener_stopped_by_its_first_connection_accepts_no_other),
        CASE(lack_of_descriptors_pauses_and_passes),
        CASE(listener_may_be_stopped_in_its_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
