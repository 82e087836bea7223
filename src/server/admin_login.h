/* SPDX-License-Identifier: MIT */
/* Who may use the Admin UI: passwords, checked in a thread of their own because bcrypt takes long
 * on purpose, and the sessions of those who have logged in. */
#ifndef GW_SERVER_ADMIN_LOGIN_H
#define GW_SERVER_ADMIN_LOGIN_H

#include "base/list.h"

#include <godwit/admin.h>
#include <godwit/loop.h>
#include <pthread.h>

enum {
    GW_ADMIN_SESSION_ID_LEN = 16, /* hexadecimal digits, as the genuine server has them */
    GW_ADMIN_HASH_LEN = 60,
    GW_ADMIN_PASSWORD_MAX = 72, /* bcrypt looks at no more */
    GW_ADMIN_SESSION_MS = 86400000,
};

struct gw_admin_login;
/* A login is decided; user is what came with it. */
typedef void gw_admin_login_fn(struct gw_admin_login *login, bool is_right, void *user);

struct gw_admin_session {
    char id[GW_ADMIN_SESSION_ID_LEN];
    uint64_t until_ms; /* 0: none */
};

struct gw_admin_login {
    /* private */
    gw_loop *loop;
    struct gw_list node; /* of the loop's logins that are alive */
    uint64_t number;     /* among all that the loop has had */
    gw_loop *worker;     /* in the thread; NULL: not begun yet */
    pthread_t thread;
    gw_admin_login_fn *on_decided;
    struct gw_list waiting; /* struct job.node */
    struct job *running;    /* the thread has it */
    uint32_t waiting_count;
    uint32_t next_session;
    char hash[GW_ADMIN_HASH_LEN + 1];
    struct gw_admin_session sessions[GW_ADMIN_SESSIONS_MAX];
};

/* Whether text is a hash of bcrypt. */
bool gw_admin_login_is_hash(const char *text);

/* hash: of bcrypt, or NULL when nobody is to log in. 0 or GW_E_NOMEM. */
int gw_admin_login_init(struct gw_admin_login *login, gw_loop *loop, const char *hash,
                        gw_admin_login_fn *on_decided);
/* Waits for the password that is being checked, then ends the thread; those that are undecided stay
 * so. Also after an init that has failed. */
void gw_admin_login_dispose(struct gw_admin_login *login);

/* Checks a password; on_decided follows, later. is_user_right false: the answer will be no, after
 * the same time. 0; GW_E_LIMIT: too many wait; GW_E_NOMEM, GW_E_SYSTEM. */
int gw_admin_login_check(struct gw_admin_login *login, bool is_user_right, struct gw_slice password,
                         void *user);

/* Begins a session: its id is good for a day. */
void gw_admin_login_open(struct gw_admin_login *login, uint64_t now_ms,
                         char id[static GW_ADMIN_SESSION_ID_LEN]);
bool gw_admin_login_is_open(const struct gw_admin_login *login, struct gw_slice id,
                            uint64_t now_ms);

#endif
