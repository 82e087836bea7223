/* SPDX-License-Identifier: MIT */
#include "sio/draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_draft(const struct gw_sio_draft *draft, const char *expected)
{
    size_t len = gw_sio_draft_len(draft);
    uint8_t *out = malloc(len);

    assert_non_null(out);
    assert_int_equal(len, strlen(expected));
    gw_sio_draft_write(draft, out);
    assert_memory_equal(out, expected, len);
    free(out);
}

static void drafts_are_written_as_measured(void **state)
{
    struct gw_slice attachments[GW_SIO_ID_DIGITS_MAX] = {{NULL, 0}};

    (void)state;
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_EVENT,
                                        .name = GW_LIT("hello"),
                                        .args = GW_LIT("1,\"a\"")},
                 "2[\"hello\",1,\"a\"]");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_EVENT, .name = GW_LIT("")}, "2[\"\"]");
    assert_draft(
        &(struct gw_sio_draft){
            .type = GW_SIO_EVENT, .nsp = GW_LIT("/admin"), .id = GW_LIT("12"), .name = GW_LIT("a")},
        "2/admin,12[\"a\"]");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_ACK, .nsp = GW_LIT("/"), .id = GW_LIT("7")},
                 "37[]");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_EVENT,
                                        .attachment_count = 10,
                                        .attachments = attachments,
                                        .name = GW_LIT("b")},
                 "510-[\"b\"]");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_ACK,
                                        .attachment_count = 1,
                                        .attachments = attachments,
                                        .nsp = GW_LIT("/admin"),
                                        .id = GW_LIT("15"),
                                        .args = GW_LIT("{\"_placeholder\":true,\"num\":0}")},
                 "61-/admin,15[{\"_placeholder\":true,\"num\":0}]");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_CONNECT,
                                        .nsp = GW_LIT("/"),
                                        .data = GW_LIT("{\"sid\":\"x\"}")},
                 "0{\"sid\":\"x\"}");
    assert_draft(&(struct gw_sio_draft){.type = GW_SIO_DISCONNECT, .nsp = GW_LIT("/admin")},
                 "1/admin,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafts_are_written_as_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
