/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said over a target's control socket. One connection is for one question: a line like
 *
 *     status table|json|prometheus
 *     reload
 *     withdraw e0.1
 *     resume e0.1 [force]
 *     release e0.1
 *     fault e0.1 FAULTS
 *     trace COUNT [client MAC] [export e0.1]
 *     drop e0.1 02:00:00:00:00:01
 *
 * and its answer: a line "ok" or "failed", then text up to the end of the connection. Before it, as
 * long as the target is at it, comes a line "wait" every ASK_BEAT_MS. The answer to trace is not
 * text but the records of capture.h, until COUNT frames are there (0: there is no such end) or
 * until whoever asked sends no more (shutdown(2)), which is answered by the last record.
 */
#ifndef TOOLS_SERVE_WATCH_ASK_H
#define TOOLS_SERVE_WATCH_ASK_H

#include <stddef.h>

#include "tools/aoe/address.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"
#include "tools/serve/watch/capture.h"

enum {
	ASK_MAX = 256,          /* bytes of a question with its newline */
	ASK_BEAT_MS = 5000,     /* between two signs of life of a target that is at it */
	ASK_SILENCE_MS = 15000, /* then the target is taken to hang: several beats are missing */
};

#define ASK_DEFAULT "/run/etherroot/serve.sock"

enum ask_kind {
	ASK_STATUS,
	ASK_RELOAD,
	ASK_WITHDRAW,
	ASK_RESUME,
	ASK_RELEASE,
	ASK_FAULT,
	ASK_TRACE,
	ASK_DROP
};
enum ask_form { ASK_TABLE, ASK_JSON, ASK_PROMETHEUS };

struct ask {
	enum ask_kind kind;
	enum ask_form form;           /* of ASK_STATUS */
	struct aoe_address address;   /* of all that are about one export */
	struct capture_filter filter; /* of ASK_TRACE */
	char faults[ASK_MAX];         /* of ASK_FAULT: a word, which may be wrong */
	bool force;                   /* of ASK_RESUME: whoever else answers for it */
	struct mac mac;               /* of ASK_DROP: whose layer */
};

/*
 * Reads a question: length bytes without the newline, which may be anything. Pure. Returns 0, or
 * -EINVAL and why says what is wrong.
 */
int ask_parse(const char *line, size_t length, struct ask *ask, struct why *why);

/*
 * Asks the target that listens at path; line has no newline. Returns 0, and *fd is a socket from
 * which the answer comes, or a negative errno with why.
 */
int ask_begin(const char *path, const char *line, int *fd, struct why *why);

/* What an error of asking means, as the end of a message; -ETIMEDOUT after ASK_SILENCE_MS. */
const char *ask_explain(int error);

/*
 * Takes the first line of an answer off it, and each "wait" before. Returns 0 for "ok", -EREMOTEIO
 * for "failed", or -EPROTO if it is none that a target sends, or not there yet.
 */
int ask_verdict(struct buffer *answer);

/*
 * Waits for the whole answer to that, takes off its verdict, and closes fd. waits, if not NULL, is
 * called when the target says for the first time that it is at it. Returns as ask_target does.
 */
int ask_finish(int fd, const char *path, struct buffer *answer, void (*waits)(void *owner),
               void *owner, struct why *why);

/*
 * Asks the target that listens at path, and waits for the whole answer, whose text is added to
 * answer, as long as the target gives a sign of life every ASK_SILENCE_MS. line has no newline.
 * Returns 0, -EREMOTEIO if the target says that it failed, and answer says why, or another negative
 * errno with why.
 */
int ask_target(const char *path, const char *line, struct buffer *answer, struct why *why);

#endif
