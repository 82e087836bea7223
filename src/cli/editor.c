/* SPDX-License-Identifier: MIT */
#include "cli/editor.h"
#include "cli/history.h"

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { MARK = 1 }; /* stands in a prompt around what has no width */

struct gw_cli_editor {
    EditLine *edit;
    History *history;
    const char *prompt;
    char *history_path;
    gw_cli_editor_wait_fn *wait;
    void *user;
    char *line;
    bool is_editing, is_hidden, is_stopped;
    mbstate_t half; /* of a character whose bytes have not all come */
};

static struct gw_cli_editor *editor_of(EditLine *edit)
{
    void *editor = NULL;

    el_get(edit, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt_of(EditLine *edit)
{
    return (char *)(uintptr_t)editor_of(edit)->prompt;
}

/* libedit asks for a key. 1: *out is one; 0: there will be none. */
static int read_key(EditLine *edit, wchar_t *out)
{
    struct gw_cli_editor *editor = editor_of(edit);
    char byte;

    for (;;) {
        ssize_t got;
        size_t used;

        if (editor->is_stopped)
            return 0;
        if (!editor->wait(editor->user))
            continue;
        got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return 0;
        used = mbrtowc(out, &byte, 1, &editor->half);
        if (used == (size_t)-1)
            memset(&editor->half, 0, sizeof(editor->half)); /* not a character: as if not typed */
        else if (used != (size_t)-2)
            return 1;
    }
}

static void remember(const char *line, void *user)
{
    struct gw_cli_editor *editor = user;
    HistEvent event;

    history(editor->history, &event, H_ENTER, line);
}

static void set_up(struct gw_cli_editor *editor)
{
    HistEvent event;

    history(editor->history, &event, H_SETSIZE, GW_CLI_HISTORY_LINES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    el_set(editor->edit, EL_CLIENTDATA, editor);
    el_set(editor->edit, EL_SIGNAL, 0);
    el_set(editor->edit, EL_EDITOR, "emacs");
    el_set(editor->edit, EL_PROMPT_ESC, prompt_of, MARK);
    el_set(editor->edit, EL_HIST, history, editor->history);
    el_set(editor->edit, EL_GETCFN, read_key);
    /* What people are used to from readline, and libedit leaves unbound. */
    el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(editor->edit, EL_BIND, "\\e[3~", "ed-delete-next-char", NULL);
    el_set(editor->edit, EL_BIND, "\\e[H", "ed-move-to-beg", NULL);
    el_set(editor->edit, EL_BIND, "\\e[F", "ed-move-to-end", NULL);
    el_set(editor->edit, EL_BIND, "\\e[1~", "ed-move-to-beg", NULL);
    el_set(editor->edit, EL_BIND, "\\e[4~", "ed-move-to-end", NULL);
    el_set(editor->edit, EL_BIND, "\\e[1;5C", "em-next-word", NULL);
    el_set(editor->edit, EL_BIND, "\\e[1;5D", "ed-prev-word", NULL);
    el_source(editor->edit, NULL); /* the user's own ~/.editrc */
}

struct gw_cli_editor *gw_cli_editor_create(const char *prompt, const char *history_path,
                                           gw_cli_editor_wait_fn *wait, void *user)
{
    struct gw_cli_editor *editor = calloc(1, sizeof(*editor));

    if (!editor)
        return NULL;
    editor->prompt = prompt;
    editor->wait = wait;
    editor->user = user;
    editor->history_path = history_path ? strdup(history_path) : NULL;
    editor->edit = el_init("godwit", stdin, stdout, stderr);
    editor->history = history_init();
    if (!editor->edit || !editor->history) {
        gw_cli_editor_destroy(editor);
        return NULL;
    }
    set_up(editor);
    if (editor->history_path)
        gw_cli_history_load(editor->history_path, remember, editor);
    return editor;
}

void gw_cli_editor_destroy(struct gw_cli_editor *editor)
{
    if (!editor)
        return;
    if (editor->edit)
        el_end(editor->edit);
    if (editor->history)
        history_end(editor->history);
    free(editor->history_path);
    free(editor->line);
    free(editor);
}

void gw_cli_editor_stop(struct gw_cli_editor *editor)
{
    if (editor)
        editor->is_stopped = true;
}

bool gw_cli_editor_is_editing(const struct gw_cli_editor *editor)
{
    return editor && editor->is_editing;
}

/* ---- where the cursor is ---- */

struct place {
    int row, column, width;
};

/* As libedit puts them: what does not fit goes to the next row whole, control characters are ^X. */
static void move_on(struct place *place, wchar_t c)
{
    int width = wcwidth(c);

    if (c == L'\t')
        width = 8 - place->column % 8;
    else if (width < 0)
        width = c < 0x80 ? 2 : 8; /* \U+1234 */
    if (place->column + width > place->width) {
        place->row++;
        place->column = 0;
    }
    place->column += width;
    if (place->column >= place->width) {
        place->row++;
        place->column = 0;
    }
}

static void move_over(struct place *place, const char *text, size_t len)
{
    mbstate_t state = {0};

    while (len > 0) {
        wchar_t c;
        size_t used = mbrtowc(&c, text, len, &state);

        if (used == 0 || used > len)
            break;
        move_on(place, c);
        text += used;
        len -= used;
    }
}

/* The prompt without what is between marks. */
static void move_over_prompt(struct place *place, const char *prompt)
{
    while (*prompt) {
        size_t len = strcspn(prompt, "\001");

        move_over(place, prompt, len);
        prompt += len;
        if (*prompt == MARK) {
            prompt += 1 + strcspn(prompt + 1, "\001");
            prompt += *prompt == MARK;
        }
    }
}

static int screen_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

void gw_cli_editor_hide(struct gw_cli_editor *editor)
{
    struct place place = {.width = screen_width()};
    const LineInfo *line;

    if (!editor || !editor->is_editing || editor->is_hidden)
        return;
    line = el_line(editor->edit);
    move_over_prompt(&place, editor->prompt);
    move_over(&place, line->buffer, (size_t)(line->cursor - line->buffer));
    if (place.row > 0)
        printf("\033[%dA", place.row);
    fputs("\r\033[J", stdout);
    fflush(stdout);
    editor->is_hidden = true;
}

void gw_cli_editor_show(struct gw_cli_editor *editor)
{
    if (!editor || !editor->is_editing || !editor->is_hidden)
        return;
    editor->is_hidden = false;
    if (!editor->is_stopped)
        el_set(editor->edit, EL_REFRESH);
}

const char *gw_cli_editor_line(struct gw_cli_editor *editor)
{
    const char *line;
    int count = 0;

    free(editor->line);
    editor->line = NULL;
    editor->is_editing = true;
    line = el_gets(editor->edit, &count);
    if (!line || count <= 0 || editor->is_stopped)
        gw_cli_editor_hide(editor); /* the prompt of a line that was not entered */
    editor->is_editing = false;
    editor->is_hidden = false;
    if (!line || count <= 0 || editor->is_stopped)
        return NULL;
    if (line[count - 1] == '\n')
        count--;
    editor->line = strndup(line, (size_t)count);
    if (editor->line && *editor->line && *editor->line != ' ') {
        remember(editor->line, editor);
        if (editor->history_path)
            gw_cli_history_add(editor->history_path, editor->line);
    }
    return editor->line;
}

void gw_cli_editor_resize(struct gw_cli_editor *editor)
{
    if (!editor)
        return;
    gw_cli_editor_hide(editor);
    el_resize(editor->edit);
    gw_cli_editor_show(editor);
}

void gw_cli_editor_suspend(struct gw_cli_editor *editor)
{
    if (editor) {
        gw_cli_editor_hide(editor);
        el_set(editor->edit, EL_PREP_TERM, 0);
    }
    raise(SIGSTOP);
    if (editor && editor->is_editing) {
        el_set(editor->edit, EL_PREP_TERM, 1);
        el_resize(editor->edit);
    }
    gw_cli_editor_show(editor);
}
