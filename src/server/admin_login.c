/* SPDX-License-Identifier: MIT */
#include "server/admin_login.h"

#include "base/mem.h"
#include "net/loop.h"
#include "net/random.h"

#include <crypt.h>
#include <signal.h>
#include <time.h>

enum { POST_TRIES = 100, POST_PAUSE_NS = 10000000 };

/* One password to be checked. The thread has it to itself from the post to the word that it is
 * done. */
struct job {
    struct gw_list node;
    struct gw_admin_login *login;
    void *user;
    bool is_user_right;
    bool is_right;
    char password[GW_ADMIN_PASSWORD_MAX + 1];
};

bool gw_admin_login_is_hash(const char *text)
{
    return text && strlen(text) == GW_ADMIN_HASH_LEN &&
           (strncmp(text, "$2a$", 4) == 0 || strncmp(text, "$2b$", 4) == 0 ||
            strncmp(text, "$2y$", 4) == 0);
}

/* ---- who is alive ---- */

/* The thread's last word may come when its login has gone, so it is looked for among those that are
 * there. */
struct desk {
    struct gw_loop_guest guest;
    struct gw_list logins; /* gw_admin_login.node */
    uint64_t last_number;
};

struct letter {
    struct gw_admin_login *login;
    uint64_t number; /* the address alone may be another's by now */
};

static const char desk_key;

static void destroy_desk(struct gw_loop_guest *guest)
{
    gw_mem_free(container_of(guest, struct desk, guest));
}

static struct desk *find_desk(const gw_loop *loop)
{
    struct gw_loop_guest *guest = gw_loop_find_guest(loop, &desk_key);

    return guest ? container_of(guest, struct desk, guest) : NULL;
}

static struct desk *open_desk(gw_loop *loop)
{
    struct desk *desk = find_desk(loop);

    if (desk)
        return desk;
    desk = gw_mem_zalloc(sizeof(*desk));
    if (!desk)
        return NULL;
    desk->guest = (struct gw_loop_guest){.key = &desk_key, .destroy = destroy_desk};
    gw_list_init(&desk->logins);
    gw_loop_add_guest_take(loop, &desk->guest);
    return desk;
}

static bool is_alive(const gw_loop *loop, const struct letter *letter)
{
    const struct desk *desk = find_desk(loop);

    for (struct gw_list *at = desk->logins.next; at != &desk->logins; at = at->next) {
        const struct gw_admin_login *login = container_of(at, struct gw_admin_login, node);

        if (login == letter->login)
            return login->number == letter->number;
    }
    return false;
}

int gw_admin_login_init(struct gw_admin_login *login, gw_loop *loop, const char *hash,
                        gw_admin_login_fn *on_decided)
{
    struct desk *desk = open_desk(loop);

    *login = (struct gw_admin_login){.loop = loop, .on_decided = on_decided};
    gw_list_init(&login->waiting);
    gw_list_init(&login->node);
    if (!desk)
        return GW_E_NOMEM;
    login->number = ++desk->last_number;
    gw_list_push(&desk->logins, &login->node);
    if (hash)
        memcpy(login->hash, hash, sizeof(login->hash));
    return GW_OK;
}

/* Takes the same time whatever differs. */
static bool is_same(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a, *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}

static void free_job(struct job *job)
{
    explicit_bzero(job->password, sizeof(job->password));
    gw_mem_free(job);
}

/* ---- the thread ---- */

static void on_done(gw_loop *loop, void *bytes, size_t len);

/* Without memory for the letter the login would wait for ever. */
static void tell_done(struct gw_admin_login *login)
{
    const struct timespec pause = {.tv_nsec = POST_PAUSE_NS};
    const struct letter letter = {login, login->number};

    for (int i = 0; i < POST_TRIES; i++) {
        if (gw_loop_post(login->loop, on_done, &letter, sizeof(letter)) != GW_E_NOMEM)
            return;
        nanosleep(&pause, NULL);
    }
}

static void on_job(gw_loop *loop, void *bytes, size_t len)
{
    struct job *job = *(struct job **)bytes;
    struct crypt_data data = {0};
    /* AddressSanitizer stands in front of crypt_r, and the linker then leaves libcrypt out. */
    const char *hash = crypt_rn(job->password, job->login->hash, &data, sizeof(data));

    (void)loop;
    (void)len;
    job->is_right = hash && strlen(hash) == GW_ADMIN_HASH_LEN &&
                    is_same(hash, job->login->hash, GW_ADMIN_HASH_LEN) && job->is_user_right;
    explicit_bzero(&data, sizeof(data));
    tell_done(job->login);
}

static void on_end(gw_loop *loop, void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    gw_loop_stop(loop);
}

static void *run_worker(void *loop)
{
    gw_loop_run(loop);
    return NULL;
}

/* Signals are for the others, but for those that tell of a fault of the thread's own. */
static int create_thread(struct gw_admin_login *login)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t all, before;
    int err;

    sigfillset(&all);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&login->thread, NULL, run_worker, login->worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err == 0 ? GW_OK : GW_E_SYSTEM;
}

static int start_worker(struct gw_admin_login *login)
{
    if (login->worker)
        return GW_OK;
    login->worker = gw_loop_create();
    if (!login->worker)
        return GW_E_NOMEM;
    if (create_thread(login) == GW_OK)
        return GW_OK;
    gw_loop_destroy(login->worker);
    login->worker = NULL;
    return GW_E_SYSTEM;
}

/* ---- the loop ---- */

static void hand_over(struct gw_admin_login *login)
{
    while (!login->running && !gw_list_is_empty(&login->waiting)) {
        struct job *job = container_of(gw_list_pop(&login->waiting), struct job, node);

        if (gw_loop_post(login->worker, on_job, &job, sizeof(job)) == GW_OK) {
            login->running = job;
            return;
        }
        login->waiting_count--;
        login->on_decided(login, false, job->user);
        free_job(job);
    }
}

static void on_done(gw_loop *loop, void *bytes, size_t len)
{
    const struct letter *letter = bytes;
    struct gw_admin_login *login = letter->login;
    struct job *job;

    (void)len;
    if (!is_alive(loop, letter))
        return;
    job = login->running;
    login->running = NULL;
    login->waiting_count--;
    login->on_decided(login, job->is_right, job->user);
    free_job(job);
    hand_over(login);
}

int gw_admin_login_check(struct gw_admin_login *login, bool is_user_right, struct gw_slice password,
                         void *user)
{
    struct job *job;
    int err;

    if (login->waiting_count >= GW_ADMIN_LOGINS_MAX)
        return GW_E_LIMIT;
    err = start_worker(login);
    if (err < 0)
        return err;
    job = gw_mem_zalloc(sizeof(*job));
    if (!job)
        return GW_E_NOMEM;
    gw_list_init(&job->node);
    job->login = login;
    job->user = user;
    job->is_user_right = is_user_right;
    if (password.len > GW_ADMIN_PASSWORD_MAX)
        password.len = GW_ADMIN_PASSWORD_MAX;
    if (password.len > 0)
        memcpy(job->password, password.ptr, password.len);
    gw_list_push(&login->waiting, &job->node);
    login->waiting_count++;
    hand_over(login);
    return GW_OK;
}

void gw_admin_login_dispose(struct gw_admin_login *login)
{
    struct gw_list *node;

    gw_list_remove(&login->node);
    while ((node = gw_list_pop(&login->waiting)))
        free_job(container_of(node, struct job, node));
    if (!login->worker)
        return;
    while (gw_loop_post(login->worker, on_end, NULL, 0) == GW_E_NOMEM)
        nanosleep(&(struct timespec){.tv_nsec = POST_PAUSE_NS}, NULL);
    pthread_join(login->thread, NULL);
    gw_loop_destroy(login->worker);
    login->worker = NULL;
    if (login->running)
        free_job(login->running);
    login->running = NULL;
}

/* ---- sessions ---- */

void gw_admin_login_open(struct gw_admin_login *login, uint64_t now_ms,
                         char id[static GW_ADMIN_SESSION_ID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    struct gw_admin_session *session = &login->sessions[login->next_session];
    uint8_t bytes[GW_ADMIN_SESSION_ID_LEN / 2];

    gw_random_fill(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        id[2 * i] = digits[bytes[i] >> 4];
        id[2 * i + 1] = digits[bytes[i] & 15];
    }
    memcpy(session->id, id, GW_ADMIN_SESSION_ID_LEN);
    session->until_ms = now_ms + GW_ADMIN_SESSION_MS;
    login->next_session = (login->next_session + 1) % GW_ADMIN_SESSIONS_MAX;
}

bool gw_admin_login_is_open(const struct gw_admin_login *login, struct gw_slice id, uint64_t now_ms)
{
    bool is_found = false;

    if (id.len != GW_ADMIN_SESSION_ID_LEN)
        return false;
    for (size_t i = 0; i < GW_ADMIN_SESSIONS_MAX; i++) {
        const struct gw_admin_session *session = &login->sessions[i];

        if (is_same(session->id, id.ptr, GW_ADMIN_SESSION_ID_LEN) && session->until_ms > now_ms)
            is_found = true;
    }
    return is_found;
}
