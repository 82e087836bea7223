/* SPDX-License-Identifier: MIT */
#include "net/tls_client.h"

#include "base/mem.h"
#include "support/tls_pair.h"

static gw_loop *loop;
static struct certs certs;
static struct cert authority, other_authority, middle, leaf, client_leaf, stray_leaf;
static struct end server, client;
static char why[GW_TLS_WHY_MAX];

static int set_up_group(void **state)
{
    (void)state;
    certs_begin(&certs);
    authority = cert_make(&certs, "ca", (struct cert_wish){.is_authority = true, .name = "CA"});
    other_authority =
        cert_make(&certs, "other", (struct cert_wish){.is_authority = true, .name = "Other CA"});
    middle = cert_make(
        &certs, "middle",
        (struct cert_wish){.is_authority = true, .name = "Middle CA", .issuer = &authority});
    leaf =
        cert_make(&certs, "leaf",
                  (struct cert_wish){.issuer = &authority,
                                     .names = "DNS:a.example,DNS:*.b.example,IP:127.0.0.1,IP:::1"});
    client_leaf = cert_make(&certs, "client", (struct cert_wish){.issuer = &authority});
    stray_leaf = cert_make(&certs, "stray", (struct cert_wish){.issuer = &other_authority});
    return 0;
}

static int tear_down_group(void **state)
{
    (void)state;
    cert_free(&stray_leaf);
    cert_free(&client_leaf);
    cert_free(&leaf);
    cert_free(&middle);
    cert_free(&other_authority);
    cert_free(&authority);
    certs_end(&certs);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    why[0] = '\0';
    loop = gw_loop_create();
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    end_close(&server, loop);
    end_close(&client, loop);
    gw_loop_destroy(loop);
    return 0;
}

static struct gw_tls_server *make_server(const struct cert *cert, struct gw_tls_options options)
{
    struct gw_tls_certificate file = {cert->cert_file, cert->key_file};
    struct gw_tls_server *made;

    options.certificates = &file;
    options.certificate_count = 1;
    if (gw_tls_server_create(&made, &options, why) < 0)
        fail_msg("%s", why);
    return made;
}

static struct gw_tls_client_context *make_context(struct gw_tls_client_options options)
{
    struct gw_tls_client_context *context = gw_tls_client_context_create(&options, why);

    if (!context)
        fail_msg("%s", why);
    return context;
}

static struct gw_tls_client_options trusting(const struct cert *cert)
{
    return (struct gw_tls_client_options){.ca_file = cert->cert_file};
}

static void start(struct gw_tls_server *tls, struct gw_tls_client_context *context,
                  const char *host)
{
    struct socket_pair pair = tcp_pair(AF_INET);

    end_open(&server, loop, pair.ours);
    end_open(&client, loop, pair.theirs);
    assert_int_equal(gw_tls_server_start(tls, &server.stream, end_on_ready), 0);
    assert_int_equal(gw_tls_client_start(&client.stream, context, host, end_on_ready), 0);
}

static void stop(void)
{
    end_close(&client, loop);
    end_close(&server, loop);
}

/* What the client says of a connection; "" when all is well. */
static const char *try(const struct cert *cert, struct gw_tls_client_options options,
                       const char *host)
{
    static char said[GW_TLS_WHY_MAX];
    struct gw_tls_server *tls = make_server(cert, (struct gw_tls_options){0});
    struct gw_tls_client_context *context = make_context(options);

    start(tls, context, host);
    for (int i = 0; i < END_TURNS_MAX && client.ready_count + client.error_count == 0; i++)
        gw_loop_step(loop, 1);
    assert_int_equal(client.ready_count + client.error_count, 1);
    snprintf(said, sizeof(said), "%s", client.why);
    stop();
    gw_tls_client_context_destroy(context);
    gw_tls_server_destroy(tls);
    return said;
}

/* Whom it is for */

static void names_and_addresses_of_the_certificate_are_believed(void **state)
{
    static const char *const hosts[] = {"a.example", "A.Example", "a.example.", "x.b.example",
                                        "127.0.0.1", "::1",       "[::1]"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_string_equal(try(&leaf, trusting(&authority), hosts[i]), "");
}

static void another_name_is_a_mismatch_that_tells_both(void **state)
{
    (void)state;
    assert_string_equal(try(&leaf, trusting(&authority), "c.example"),
                        "host name mismatch: certificate is for a.example, *.b.example, "
                        "127.0.0.1, ::1, not c.example");
}

static void a_wildcard_is_for_one_label(void **state)
{
    struct cert wild = cert_make(
        &certs, "wild", (struct cert_wish){.issuer = &authority, .names = "DNS:*.b.example"});

    (void)state;
    assert_string_equal(try(&wild, trusting(&authority), "x.y.b.example"),
                        "host name mismatch: certificate is for *.b.example, not x.y.b.example");
    assert_string_equal(try(&wild, trusting(&authority), "b.example"),
                        "host name mismatch: certificate is for *.b.example, not b.example");
    cert_free(&wild);
}

static void another_address_is_a_mismatch(void **state)
{
    struct cert plain = cert_make(
        &certs, "plain", (struct cert_wish){.issuer = &authority, .names = "DNS:a.example"});

    (void)state;
    assert_string_equal(try(&plain, trusting(&authority), "127.0.0.1"),
                        "host name mismatch: certificate is for a.example, not 127.0.0.1");
    cert_free(&plain);
}

static void many_names_are_cut_short(void **state)
{
    char names[2000] = "DNS:a0.example";
    struct cert many;
    const char *said;

    (void)state;
    for (int i = 1; i < 60; i++)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), ",DNS:a%d.example", i);
    many = cert_make(&certs, "many", (struct cert_wish){.issuer = &authority, .names = names});
    said = try(&many, trusting(&authority), "b.example");
    assert_non_null(strstr(said, "certificate is for a0.example, a1.example"));
    assert_non_null(strstr(said, ", ..., not b.example"));
    cert_free(&many);
}

static void a_name_too_long_to_tell_is_left_out(void **state)
{
    char names[128] = "DNS:";
    struct cert lengthy;

    (void)state;
    memset(names + 4, 'a', 60);
    memcpy(names + 64, ".", 1);
    memset(names + 65, 'b', 50);
    lengthy = cert_make(&certs, "long", (struct cert_wish){.issuer = &authority, .names = names});
    assert_string_equal(try(&lengthy, trusting(&authority), "b.example"),
                        "host name mismatch: certificate is for ..., not b.example");
    cert_free(&lengthy);
}

static void without_alternative_names_the_common_name_is_told(void **state)
{
    struct cert old =
        cert_make(&certs, "old", (struct cert_wish){.issuer = &authority, .name = "old.example"});

    (void)state;
    assert_string_equal(try(&old, trusting(&authority), "a.example"),
                        "host name mismatch: certificate is for old.example, not a.example");
    cert_free(&old);
}

/* When */

static void an_expired_certificate_is_refused(void **state)
{
    struct cert expired = cert_make(
        &certs, "expired",
        (struct cert_wish){
            .issuer = &authority, .names = "DNS:a.example", .from_day = -10, .to_day = -1});

    (void)state;
    assert_string_equal(try(&expired, trusting(&authority), "a.example"),
                        "certificate has expired");
    cert_free(&expired);
}

static void a_future_certificate_is_refused(void **state)
{
    struct cert future =
        cert_make(&certs, "future",
                  (struct cert_wish){
                      .issuer = &authority, .names = "DNS:a.example", .from_day = 1, .to_day = 10});

    (void)state;
    assert_string_equal(try(&future, trusting(&authority), "a.example"),
                        "certificate is not yet valid");
    cert_free(&future);
}

/* By whom */

static void a_self_signed_certificate_is_refused_unless_named(void **state)
{
    struct cert self = cert_make(&certs, "self", (struct cert_wish){.names = "DNS:a.example"});

    (void)state;
    assert_string_equal(try(&self, trusting(&authority), "a.example"),
                        "self-signed certificate; use --cacert or --insecure");
    assert_string_equal(try(&self, trusting(&self), "a.example"), "");
    cert_free(&self);
}

static void an_unknown_authority_is_named(void **state)
{
    (void)state;
    assert_string_equal(
        try(&leaf, trusting(&other_authority), "a.example"),
        "certificate is signed by an unknown authority (CA); use --cacert or --insecure");
}

static void the_system_does_not_trust_ours(void **state)
{
    (void)state;
    assert_string_equal(
        try(&leaf, (struct gw_tls_client_options){0}, "a.example"),
        "certificate is signed by an unknown authority (CA); use --cacert or --insecure");
}

static void a_missing_middle_certificate_is_told(void **state)
{
    struct cert below =
        cert_make(&certs, "below", (struct cert_wish){.issuer = &middle, .names = "DNS:a.example"});

    (void)state;
    assert_string_equal(
        try(&below, trusting(&authority), "a.example"),
        "certificate is signed by an unknown authority (Middle CA); use --cacert or --insecure");
    assert_string_equal(try(&below, trusting(&middle), "a.example"), "");
    cert_free(&below);
}

static void insecure_believes_everything(void **state)
{
    (void)state;
    assert_string_equal(
        try(&leaf, (struct gw_tls_client_options){.is_insecure = true}, "c.example"), "");
}

/* What is no TLS */

static void answer_plainly(const void *bytes, size_t len, const char *expected)
{
    struct socket_pair pair = tcp_pair(AF_INET);
    struct gw_tls_client_context *context = make_context(trusting(&authority));

    end_open(&client, loop, pair.ours);
    assert_int_equal(gw_tls_client_start(&client.stream, context, "a.example", end_on_ready), 0);
    if (len > 0)
        assert_true(write_exactly(pair.theirs, bytes, len));
    else
        close(pair.theirs);
    await(loop, &client.closed_count);
    assert_string_equal(client.why, expected);
    if (len > 0)
        close(pair.theirs);
    end_close(&client, loop);
    gw_tls_client_context_destroy(context);
}

static void a_server_without_tls_is_told(void **state)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

    (void)state;
    answer_plainly(http, sizeof(http) - 1, "the server does not speak TLS on this port");
    answer_plainly("\x15\x03\x01\x00\x02\x02\x28", 7,
                   "the server refused the handshake: no cipher in common, or it wants a client "
                   "certificate");
    answer_plainly("\x15\x03\x01\x00\x02\x02\x46", 7, "the server speaks none of our TLS versions");
    answer_plainly("\x15\x03\x01\x00\x02\x02\x70", 7, "the server knows no such host name");
}

/* Unix-domain pairs have no reset, so the end is clean. */
static void a_server_that_hangs_up_is_told(void **state)
{
    struct socket_pair pair = unix_pair();
    struct gw_tls_client_context *context = make_context(trusting(&authority));

    (void)state;
    end_open(&client, loop, pair.ours);
    assert_int_equal(gw_tls_client_start(&client.stream, context, "a.example", end_on_ready), 0);
    shutdown(pair.theirs, SHUT_WR);
    await(loop, &client.closed_count);
    assert_string_equal(client.why, "the server closed the connection during the TLS handshake");
    close(pair.theirs);
    gw_tls_client_context_destroy(context);
}

/* Client certificates */

static void check_client(struct gw_tls_client_options options, enum gw_tls_verify verify,
                         const char *server_why, const char *client_why)
{
    struct gw_tls_server *tls = make_server(
        &leaf, (struct gw_tls_options){.verify = verify, .ca_file = authority.cert_file});
    struct gw_tls_client_context *context = make_context(options);

    start(tls, context, "a.example");
    await(loop, &client.ready_count);
    if (*server_why) {
        await(loop, &server.closed_count);
        await(loop, &client.closed_count);
    } else {
        end_say(&client, "hello");
        end_hears(loop, &server, "hello");
    }
    assert_string_equal(server.why, server_why);
    assert_string_equal(client.why, client_why);
    stop();
    gw_tls_client_context_destroy(context);
    gw_tls_server_destroy(tls);
}

static void a_client_shows_its_certificate(void **state)
{
    struct gw_tls_client_options options = trusting(&authority);

    (void)state;
    options.cert_file = client_leaf.cert_file;
    options.key_file = client_leaf.key_file;
    check_client(options, GW_TLS_VERIFY_REQUIRED, "", "");
    check_client(options, GW_TLS_VERIFY_OPTIONAL, "", "");
}

static void a_client_without_certificate_is_refused_where_one_is_required(void **state)
{
    (void)state;
    check_client(trusting(&authority), GW_TLS_VERIFY_REQUIRED,
                 "the client has shown no certificate", "the server wants a client certificate");
    check_client(trusting(&authority), GW_TLS_VERIFY_OPTIONAL, "", "");
}

static void a_bad_client_certificate_is_refused_also_where_it_is_optional(void **state)
{
    struct gw_tls_client_options options = trusting(&authority);

    (void)state;
    options.cert_file = stray_leaf.cert_file;
    options.key_file = stray_leaf.key_file;
    check_client(options, GW_TLS_VERIFY_OPTIONAL,
                 "client certificate is not good: unable to get local issuer certificate",
                 "the server does not trust our certificate");
}

/* Sessions */

static void run_once(struct gw_tls_server *tls, struct gw_tls_client_context *context,
                     const char *host, bool is_resumed)
{
    start(tls, context, host);
    await(loop, &client.ready_count);
    end_say(&client, "hello");
    end_hears(loop, &server, "hello");
    end_say(&server, "hello"); /* behind the tickets */
    end_hears(loop, &client, "hello");
    assert_int_equal(gw_tls_is_resumed(&client.stream), is_resumed);
    assert_int_equal(gw_tls_is_resumed(&server.stream), is_resumed);
    stop();
}

static void the_second_connection_resumes_the_first(void **state)
{
    struct gw_tls_server *tls = make_server(&leaf, (struct gw_tls_options){0});
    struct gw_tls_client_context *context = make_context(trusting(&authority));

    (void)state;
    run_once(tls, context, "a.example", false);
    run_once(tls, context, "a.example", true);
    run_once(tls, context, "a.example", true);
    run_once(tls, context, "x.b.example", false); /* another host is another session */
    gw_tls_client_context_destroy(context);
    gw_tls_server_destroy(tls);
}

static void a_reload_ends_the_sessions(void **state)
{
    struct gw_tls_server *tls = make_server(&leaf, (struct gw_tls_options){0});
    struct gw_tls_client_context *context = make_context(trusting(&authority));

    (void)state;
    run_once(tls, context, "a.example", false);
    assert_int_equal(gw_tls_server_reload(tls, why), 0);
    run_once(tls, context, "a.example", false);
    run_once(tls, context, "a.example", true);
    gw_tls_client_context_destroy(context);
    gw_tls_server_destroy(tls);
}

static void a_context_may_go_before_its_connections(void **state)
{
    struct gw_tls_server *tls = make_server(&leaf, (struct gw_tls_options){0});
    struct gw_tls_client_context *context = make_context(trusting(&authority));

    (void)state;
    start(tls, context, "a.example");
    gw_tls_client_context_destroy(context);
    end_say(&client, "hello");
    end_hears(loop, &server, "hello");
    end_say(&server, "hello");
    end_hears(loop, &client, "hello");
    stop();
    gw_tls_server_destroy(tls);
}

/* Mistakes of the caller */

static void check_context(struct gw_tls_client_options options, const char *begin, const char *end)
{
    assert_null(gw_tls_client_context_create(&options, why));
    if (strncmp(why, begin, strlen(begin)) != 0 || !strstr(why, end))
        fail_msg("\"%s\" is not \"%s ... %s\"", why, begin, end);
}

static void files_that_are_wrong_are_named(void **state)
{
    const char *nonsense = certs_write(&certs, "nonsense", "not PEM at all\n");

    (void)state;
    check_context((struct gw_tls_client_options){.ca_file = "/nowhere/ca.pem"},
                  "cannot read CA file /nowhere/ca.pem: ", "No such file or directory");
    check_context((struct gw_tls_client_options){.ca_file = nonsense}, "cannot read CA file ",
                  ": ");
    check_context((struct gw_tls_client_options){.cert_file = "/nowhere/c.pem"},
                  "cannot read certificate /nowhere/c.pem: ", "No such file or directory");
    check_context((struct gw_tls_client_options){.cert_file = client_leaf.cert_file},
                  "cannot read private key ", ": ");
    check_context((struct gw_tls_client_options){.cert_file = client_leaf.cert_file,
                                                 .key_file = leaf.key_file},
                  "private key ", " does not belong to certificate ");
    check_context((struct gw_tls_client_options){.alpn = ",,"}, "cannot use the ALPN names", ",,");
    check_context((struct gw_tls_client_options){.ciphers = "SOLITAIRE"},
                  "cannot use the ciphers SOLITAIRE: ", "no cipher match");
}

static void hosts_that_are_no_names_are_refused(void **state)
{
    struct gw_tls_client_context *context = make_context(trusting(&authority));
    struct socket_pair pair = unix_pair();
    char long_name[300];

    (void)state;
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    end_open(&client, loop, pair.ours);
    assert_int_equal(gw_tls_client_start(&client.stream, context, "", NULL), GW_E_ARG);
    assert_int_equal(gw_tls_client_start(&client.stream, context, "[]", NULL), GW_E_ARG);
    assert_int_equal(gw_tls_client_start(&client.stream, context, long_name, NULL), GW_E_ARG);
    assert_false(gw_tls_is_on(&client.stream));
    close(pair.theirs);
    gw_tls_client_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_addresses_of_the_certificate_are_believed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_name_is_a_mismatch_that_tells_both, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_wildcard_is_for_one_label, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_address_is_a_mismatch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_names_are_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_too_long_to_tell_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_alternative_names_the_common_name_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_expired_certificate_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_future_certificate_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_self_signed_certificate_is_refused_unless_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_authority_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_system_does_not_trust_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_middle_certificate_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(insecure_believes_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_without_tls_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_hangs_up_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_shows_its_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_client_without_certificate_is_refused_where_one_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_bad_client_certificate_is_refused_also_where_it_is_optional, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_second_connection_resumes_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_ends_the_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_context_may_go_before_its_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_wrong_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hosts_that_are_no_names_are_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
