/* SPDX-License-Identifier: MIT */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
    int number;
    struct gw_list node;
};

static void fill(struct gw_list *head, struct item *items, int count)
{
    gw_list_init(head);
    for (int i = 0; i < count; i++) {
        items[i].number = i;
        gw_list_init(&items[i].node);
        gw_list_push(head, &items[i].node);
    }
}

static int pop(struct gw_list *head)
{
    struct gw_list *node = gw_list_pop(head);

    return node ? container_of(node, struct item, node)->number : -1;
}

static void first_in_is_first_out(void **state)
{
    struct gw_list head;
    struct item items[3];

    (void)state;
    fill(&head, items, 3);
    assert_true(gw_list_is_linked(&items[0].node));
    for (int i = 0; i < 3; i++)
        assert_int_equal(pop(&head), i);
    assert_false(gw_list_is_linked(&items[0].node));
    assert_true(gw_list_is_empty(&head));
    assert_int_equal(pop(&head), -1);
}

static void removing_twice_is_harmless(void **state)
{
    struct gw_list head;
    struct item items[3];

    (void)state;
    fill(&head, items, 3);
    gw_list_remove(&items[1].node);
    gw_list_remove(&items[1].node);
    assert_int_equal(pop(&head), 0);
    assert_int_equal(pop(&head), 2);
}

static void a_list_moves_behind_another(void **state)
{
    struct gw_list to, from, empty;
    struct item front[2], back[2];

    (void)state;
    fill(&to, front, 2);
    fill(&from, back, 2);
    gw_list_init(&empty);
    gw_list_move_all(&to, &empty);
    gw_list_move_all(&to, &from);
    assert_true(gw_list_is_empty(&from));
    assert_ptr_equal(gw_list_pop(&to), &front[0].node);
    assert_ptr_equal(gw_list_pop(&to), &front[1].node);
    assert_ptr_equal(gw_list_pop(&to), &back[0].node);
    gw_list_move_all(&empty, &to);
    assert_ptr_equal(gw_list_pop(&empty), &back[1].node);
    assert_true(gw_list_is_empty(&to));
    assert_true(gw_list_is_empty(&empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_is_first_out),
        cmocka_unit_test(removing_twice_is_harmless),
        cmocka_unit_test(a_list_moves_behind_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
