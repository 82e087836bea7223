/* SPDX-License-Identifier: MIT */
#include "net/tls_server.h"

#include "base/mem.h"
#include "support/tls_pair.h"

static gw_loop *loop;
static struct certs certs;
static struct cert authority, first, exact, wild;
static struct gw_tls_certificate files[3];
static struct gw_tls_server *tls;
static struct end server;
static struct hand hand;
static char why[GW_TLS_WHY_MAX];

static int set_up_group(void **state)
{
    (void)state;
    certs_begin(&certs);
    authority = cert_make(&certs, "ca", (struct cert_wish){.is_authority = true, .name = "CA"});
    return 0;
}

static int tear_down_group(void **state)
{
    (void)state;
    cert_free(&authority);
    certs_end(&certs);
    return 0;
}

/* Anew for each test, because some write over the files. */
static int set_up(void **state)
{
    (void)state;
    first = cert_make(
        &certs, "first",
        (struct cert_wish){.issuer = &authority, .name = "first", .names = "DNS:first.example"});
    wild = cert_make(
        &certs, "wild",
        (struct cert_wish){.issuer = &authority, .name = "wild", .names = "DNS:*.b.example"});
    exact = cert_make(&certs, "exact",
                      (struct cert_wish){.issuer = &authority,
                                         .name = "exact",
                                         .names = "DNS:a.b.example,DNS:c.example"});
    files[0] = (struct gw_tls_certificate){first.cert_file, first.key_file};
    files[1] = (struct gw_tls_certificate){wild.cert_file, wild.key_file};
    files[2] = (struct gw_tls_certificate){exact.cert_file, exact.key_file};
    tls = NULL;
    hand = (struct hand){.fd = -1};
    loop = gw_loop_create();
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_mem_fail_at(0);
    end_close(&server, loop);
    if (hand.ssl)
        hand_close(&hand);
    gw_tls_server_destroy(tls);
    gw_loop_destroy(loop);
    cert_free(&exact);
    cert_free(&wild);
    cert_free(&first);
    return 0;
}

static void make(void)
{
    if (gw_tls_server_create(
            &tls, &(struct gw_tls_options){.certificates = files, .certificate_count = 3}, why) < 0)
        fail_msg("%s", why);
}

static void start_hand(void)
{
    struct socket_pair pair = tcp_pair(AF_INET);

    end_open(&server, loop, pair.ours);
    server.echoes = true;
    assert_int_equal(gw_tls_server_start(tls, &server.stream, end_on_ready), 0);
    hand_open(&hand, loop, pair.theirs);
}

static void stop_hand(void)
{
    hand_close(&hand);
    end_close(&server, loop);
}

static void check_shown(const char *common_name)
{
    char name[64] = "";
    X509 *certificate = SSL_get0_peer_certificate(hand.ssl);

    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof(name));
    assert_string_equal(name, common_name);
}

static void check_certificate_for(const char *host, const char *common_name)
{
    start_hand();
    if (host)
        SSL_set_tlsext_host_name(hand.ssl, host);
    hand_shake(&hand);
    check_shown(common_name);
    stop_hand();
}

static void check_echo(void)
{
    char answer[16];

    hand_say(&hand, "hello", 5);
    assert_int_equal(hand_hear(&hand, answer, sizeof(answer)), 5);
    assert_memory_equal(answer, "hello", 5);
}

/* Names */

static void the_name_chooses_the_certificate(void **state)
{
    (void)state;
    make();
    check_certificate_for("first.example", "first");
    check_certificate_for("c.example", "exact");
    check_certificate_for("C.EXAMPLE", "exact");
    check_certificate_for("other.b.example", "wild");
}

static void an_exact_name_comes_before_a_wildcard(void **state)
{
    (void)state;
    make();
    check_certificate_for("a.b.example", "exact");
}

static void an_unknown_name_or_none_gets_the_first(void **state)
{
    (void)state;
    make();
    check_certificate_for("nobody.example", "first");
    check_certificate_for("x.y.b.example", "first");
    check_certificate_for(NULL, "first");
}

/* Reloading */

static void renew(struct cert *cert, const char *file, const char *names)
{
    struct cert fresh = cert_make(
        &certs, file, (struct cert_wish){.issuer = &authority, .name = "renewed", .names = names});

    cert_free(cert);
    *cert = fresh; /* its paths are the same */
}

static void a_reload_shows_the_new_certificate_and_keeps_connections(void **state)
{
    (void)state;
    make();
    start_hand();
    hand_shake(&hand);
    check_echo();
    renew(&first, "first", "DNS:first.example");
    assert_int_equal(gw_tls_server_reload(tls, why), 0);
    check_echo();
    assert_int_equal(server.error_count, 0);
    assert_true(server.is_open);
    stop_hand();
    check_certificate_for(NULL, "renewed");
}

static void a_handshake_under_way_survives_a_reload(void **state)
{
    (void)state;
    make();
    start_hand();
    SSL_set_tlsext_host_name(hand.ssl, "a.b.example");
    SSL_do_handshake(hand.ssl);
    renew(&exact, "exact", "DNS:a.b.example");
    assert_int_equal(gw_tls_server_reload(tls, why), 0);
    hand_shake(&hand);
    check_shown("renewed");
    check_echo();
}

static void a_reload_that_fails_changes_nothing(void **state)
{
    FILE *file;

    (void)state;
    make();
    file = fopen(wild.cert_file, "w");
    assert_non_null(file);
    fputs("broken\n", file);
    fclose(file);
    assert_int_equal(gw_tls_server_reload(tls, why), GW_E_ARG);
    assert_non_null(strstr(why, "cannot read certificate "));
    assert_non_null(strstr(why, "wild.crt"));
    unlink(wild.cert_file);
    assert_int_equal(gw_tls_server_reload(tls, why), GW_E_SYSTEM);
    assert_non_null(strstr(why, "No such file or directory"));
    check_certificate_for("x.b.example", "wild");
    check_certificate_for(NULL, "first");
}

/* Sessions */

static void check_resumption(int version, long options)
{
    SSL_SESSION *session;

    make();
    start_hand();
    SSL_set_max_proto_version(hand.ssl, version);
    SSL_set_options(hand.ssl, (uint64_t)options);
    hand_shake(&hand);
    check_echo(); /* and the tickets */
    session = SSL_get1_session(hand.ssl);
    SSL_shutdown(hand.ssl);
    stop_hand();

    start_hand();
    SSL_set_max_proto_version(hand.ssl, version);
    SSL_set_options(hand.ssl, (uint64_t)options);
    SSL_set_session(hand.ssl, session);
    hand_shake(&hand);
    check_echo();
    assert_true(SSL_session_reused(hand.ssl));
    assert_true(gw_tls_is_resumed(&server.stream));
    SSL_SESSION_free(session);
}

static void tickets_of_tls_1_3_resume(void **state)
{
    (void)state;
    check_resumption(TLS1_3_VERSION, 0);
}

static void tickets_of_tls_1_2_resume(void **state)
{
    (void)state;
    check_resumption(TLS1_2_VERSION, 0);
}

static void ids_of_tls_1_2_resume(void **state)
{
    (void)state;
    check_resumption(TLS1_2_VERSION, SSL_OP_NO_TICKET);
}

static void early_data_is_never_offered(void **state)
{
    (void)state;
    make();
    start_hand();
    hand_shake(&hand);
    check_echo();
    assert_int_equal(SSL_SESSION_get_max_early_data(SSL_get0_session(hand.ssl)), 0);
}

/* Options */

static void options_may_ask_for_tls_1_3(void **state)
{
    (void)state;
    assert_int_equal(gw_tls_server_create(&tls,
                                          &(struct gw_tls_options){.certificates = files,
                                                                   .certificate_count = 1,
                                                                   .min_version = GW_TLS_1_3},
                                          why),
                     0);
    start_hand();
    SSL_set_max_proto_version(hand.ssl, TLS1_2_VERSION);
    SSL_do_handshake(hand.ssl);
    hand_pump(&hand);
    await(loop, &server.closed_count);
    assert_string_equal(server.why, "the client speaks only TLS versions that are too old");
}

static void options_may_name_ciphers(void **state)
{
    (void)state;
    assert_int_equal(gw_tls_server_create(
                         &tls,
                         &(struct gw_tls_options){.certificates = files,
                                                  .certificate_count = 1,
                                                  .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384",
                                                  .ciphersuites = "TLS_CHACHA20_POLY1305_SHA256"},
                         why),
                     0);
    start_hand();
    hand_shake(&hand);
    assert_string_equal(gw_tls_cipher(&server.stream), "TLS_CHACHA20_POLY1305_SHA256");
    stop_hand();
    start_hand();
    SSL_set_max_proto_version(hand.ssl, TLS1_2_VERSION);
    hand_shake(&hand);
    assert_string_equal(gw_tls_cipher(&server.stream), "ECDHE-ECDSA-AES256-GCM-SHA384");
}

static void rsa_keys_do_too(void **state)
{
    struct cert rsa = cert_make(
        &certs, "rsa", (struct cert_wish){.issuer = &authority, .name = "rsa", .is_rsa = true});

    (void)state;
    files[0] = (struct gw_tls_certificate){rsa.cert_file, rsa.key_file};
    make();
    check_certificate_for(NULL, "rsa");
    cert_free(&rsa);
}

/* renewals by certbot and the like often write one file */
static void one_file_may_hold_both(void **state)
{
    const char *path = certs_path(&certs, "both.pem");
    FILE *file = fopen(path, "w");

    (void)state;
    PEM_write_X509(file, first.certificate);
    PEM_write_PrivateKey(file, first.key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    files[0] = (struct gw_tls_certificate){.cert_file = path};
    make();
    check_certificate_for(NULL, "first");
}

static void check_refused(struct gw_tls_options options, int err, const char *begin,
                          const char *end)
{
    assert_int_equal(gw_tls_server_create(&tls, &options, why), err);
    assert_null(tls);
    if (strncmp(why, begin, strlen(begin)) != 0 || !strstr(why, end))
        fail_msg("\"%s\" is not \"%s ... %s\"", why, begin, end);
}

static void options_that_do_not_fit_are_refused_in_words(void **state)
{
    struct gw_tls_certificate swapped = {first.cert_file, exact.key_file};
    struct gw_tls_certificate nowhere = {"/nowhere/a.crt", first.key_file};
    struct gw_tls_certificate no_key = {first.cert_file, "/nowhere/a.key"};
    struct gw_tls_certificate keyless = {first.cert_file, first.cert_file};
    struct gw_tls_certificate backwards = {first.key_file, first.key_file};
    struct gw_tls_certificate nameless = {0};

    (void)state;
    check_refused((struct gw_tls_options){0}, GW_E_ARG, "TLS needs a certificate", "");
    check_refused((struct gw_tls_options){.certificates = &nameless, .certificate_count = 1},
                  GW_E_ARG, "a certificate needs its file", "");
    check_refused((struct gw_tls_options){.certificates = &swapped, .certificate_count = 1},
                  GW_E_ARG, "private key ", " does not belong to certificate ");
    check_refused((struct gw_tls_options){.certificates = &keyless, .certificate_count = 1},
                  GW_E_ARG, "cannot read private key ", ": there is none in it, in PEM");
    check_refused((struct gw_tls_options){.certificates = &backwards, .certificate_count = 1},
                  GW_E_ARG, "cannot read certificate ", ": there is none in it, in PEM");
    check_refused((struct gw_tls_options){.certificates = &nowhere, .certificate_count = 1},
                  GW_E_SYSTEM,
                  "cannot read certificate /nowhere/a.crt: ", "No such file or directory");
    check_refused((struct gw_tls_options){.certificates = &no_key, .certificate_count = 1},
                  GW_E_SYSTEM,
                  "cannot read private key /nowhere/a.key: ", "No such file or directory");
    check_refused((struct gw_tls_options){.certificates = files,
                                          .certificate_count = 1,
                                          .verify = GW_TLS_VERIFY_REQUIRED},
                  GW_E_ARG, "to verify clients takes a CA file", "");
    check_refused((struct gw_tls_options){.certificates = files,
                                          .certificate_count = 1,
                                          .verify = GW_TLS_VERIFY_OPTIONAL,
                                          .ca_file = "/nowhere/ca.crt"},
                  GW_E_SYSTEM,
                  "cannot read CA file /nowhere/ca.crt: ", "No such file or directory");
    check_refused((struct gw_tls_options){.certificates = files,
                                          .certificate_count = 1,
                                          .ciphersuites = "TLS_SOLITAIRE"},
                  GW_E_ARG, "cannot use the cipher suites TLS_SOLITAIRE: ", "");
}

static void an_encrypted_key_is_refused_without_asking(void **state)
{
    const char *path = certs_path(&certs, "locked.key");
    FILE *file = fopen(path, "w");
    struct gw_tls_certificate locked = {first.cert_file, path};

    (void)state;
    PEM_write_PrivateKey(file, first.key, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6,
                         NULL, NULL);
    fclose(file);
    check_refused((struct gw_tls_options){.certificates = &locked, .certificate_count = 1},
                  GW_E_ARG, "cannot read private key ", ": it is encrypted");
}

static void failing_allocations_are_told(void **state)
{
    const struct gw_tls_options options = {
        .certificates = files, .certificate_count = 3, .ciphers = "ECDHE+AESGCM"};
    int result = GW_E_NOMEM;

    (void)state;
    for (uint64_t nth = 1; result < 0; nth++) {
        assert_true(nth < 50);
        gw_mem_fail_at(nth);
        result = gw_tls_server_create(&tls, &options, why);
        gw_mem_fail_at(0);
        assert_true(result == 0 || result == GW_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_name_chooses_the_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exact_name_comes_before_a_wildcard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_name_or_none_gets_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_shows_the_new_certificate_and_keeps_connections,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_handshake_under_way_survives_a_reload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_that_fails_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_of_tls_1_3_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_of_tls_1_2_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_of_tls_1_2_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(early_data_is_never_offered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_may_ask_for_tls_1_3, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_may_name_ciphers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rsa_keys_do_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_file_may_hold_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_that_do_not_fit_are_refused_in_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_encrypted_key_is_refused_without_asking, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(failing_allocations_are_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
