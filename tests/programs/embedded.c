/* SPDX-License-Identifier: MIT */
/* Godwit in an epoll loop that is not its own: gw_loop_fd stands among the program's descriptors, another thread posts as fast as
 * it is let, and the program emits between the turns. It says "listening on N"; SIGTERM comes through a signalfd. */
#include <godwit/godwit.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { POST_PAUSE_US = 500, POSTS_AT_ONCE = 32, BEAT_NS = 20000000 };

struct program {
    gw_loop *loop;
    gw_server *server;
    gw_namespace *nsp;
    int epoll_fd, beat_fd, signal_fd;
    uint64_t beats;
    bool is_stopping;
    atomic_bool is_over;
};

struct reading {
    gw_namespace *nsp;
    uint64_t number;
};

static void emit_reading(gw_loop *loop, void *bytes, size_t len)
{
    const struct reading *reading = bytes;

    (void)loop;
    (void)len;
    gw_emitf(gw_everyone(reading->nsp), "reading", "%ju", (uintmax_t)reading->number);
}

static void *read_sensor(void *user)
{
    struct program *program = user;
    struct reading reading = {.nsp = program->nsp};

    while (!atomic_load(&program->is_over)) {
        for (int i = 0; i < POSTS_AT_ONCE; i++, reading.number++)
            if (gw_loop_post(program->loop, emit_reading, &reading, sizeof(reading)) < 0)
                return NULL;
        usleep(POST_PAUSE_US);
    }
    return NULL;
}

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    gw_ack_event(event, event);
}

static int watch(struct program *program, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return fd < 0 ? -1 : epoll_ctl(program->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int watch_all(struct program *program)
{
    const struct itimerspec every = {{0, BEAT_NS}, {0, BEAT_NS}};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before the thread, which inherits it */
    program->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    program->beat_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    program->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    timerfd_settime(program->beat_fd, 0, &every, NULL);
    if (watch(program, gw_loop_fd(program->loop)) < 0 || watch(program, program->beat_fd) < 0)
        return -1;
    return watch(program, program->signal_fd);
}

/* Outside of gw_loop_step: gw_loop_fd becomes readable, and the next step sends it. */
static void beat(struct program *program)
{
    uint64_t times;

    if (read(program->beat_fd, &times, sizeof(times)) == sizeof(times) && !program->is_stopping)
        gw_emitf(gw_everyone(program->nsp), "beat", "%ju", (uintmax_t)++program->beats);
}

static void stop(struct program *program)
{
    struct signalfd_siginfo info;

    if (read(program->signal_fd, &info, sizeof(info)) != sizeof(info))
        return;
    program->is_stopping = true;
    gw_server_stop(program->server);
}

static int serve(struct program *program)
{
    struct epoll_event events[4];

    while (!gw_server_is_stopped(program->server)) {
        int n = epoll_wait(program->epoll_fd, events, 4, -1);

        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == program->beat_fd)
                beat(program);
            else if (events[i].data.fd == program->signal_fd)
                stop(program);
            else if (gw_loop_step(program->loop, 0) < 0)
                return 1;
        }
    }
    return 0;
}

int main(void)
{
    struct program program = {.loop = gw_loop_create()};
    pthread_t sensor;
    int port, status;

    program.server = gw_server_create(&(struct gw_server_options){.loop = program.loop});
    program.nsp = gw_io_namespace(gw_io_attach(program.server, NULL));
    gw_on(program.nsp, "echo", on_echo, NULL);
    port = gw_server_listen(program.server, "127.0.0.1", 0);
    if (port < 0 || watch_all(&program) < 0)
        return 1;
    if (pthread_create(&sensor, NULL, read_sensor, &program) != 0)
        return 1;
    printf("listening on %d\n", port);
    fflush(stdout);
    status = serve(&program);
    atomic_store(&program.is_over, true);
    pthread_join(sensor, NULL);
    gw_server_destroy(program.server);
    gw_loop_destroy(program.loop);
    close(program.signal_fd);
    close(program.beat_fd);
    close(program.epoll_fd);
    return status;
}
