/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target's control socket (ask.h says what is spoken). Nobody who connects holds the loop: each
 * has a bounded time to ask and to take the answer, and there are only so many; who comes when all
 * places are taken displaces the one that is there for longest.
 */
#ifndef TOOLS_SERVE_WATCH_CONTROL_H
#define TOOLS_SERVE_WATCH_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/serve/watch/ask.h"
#include "tools/serve/watch/say.h"

enum {
	CONTROL_CLIENTS = 16,
	CONTROL_PATIENCE = 5000, /* milliseconds to ask, and again to take some of the answer */
	CONTROL_PAUSE = 1000,    /* milliseconds, when nobody can be let in */
};

struct control;

/*
 * Listens at path, which the process's own user and group may then use. The file of a process that
 * is gone is replaced. ask is called, out of control_dispatch, with each question; it is answered
 * then or later, by its id. That nobody can be let in, for want of descriptors or memory, is said.
 * Returns 0 or a negative errno, which control_explain turns into words:
 * -EADDRINUSE (a live process listens there), -EEXIST (it is no socket), -ENAMETOOLONG, and what
 * socket(2), bind(2) and epoll_create(2) say. control_close releases it and removes the file; it
 * waits up to CONTROL_PATIENCE for those who trace to take the rest.
 */
int control_open(const char *path, const struct say *say,
                 void (*ask)(void *owner, uint64_t id, const struct ask *ask), void *owner,
                 struct control **control);
void control_close(struct control *control);

/* What an error of control_open means and what to do. */
const char *control_explain(int error);

/* A descriptor that is readable when control_dispatch has something to do. */
int control_fd(const struct control *control);
void control_dispatch(struct control *control);

/* Whether who asked that is there still; nobody has id 0. */
bool control_has(struct control *control, uint64_t id);

/*
 * Answers "ok" and then with what a capture has, as it comes, until that ends or whoever asked
 * wants no more. The capture is freed then.
 */
void control_stream(struct control *control, uint64_t id, struct capture *capture);

/* Answers: size bytes of text. ok: it was done. Nobody may be there any more. */
void control_answer(struct control *control, uint64_t id, bool ok, const void *text, size_t size);

#endif
