/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/ask.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/base/socketpath.h"
#include "tools/cli/cli.h"

enum { ANSWER_MAX = 256 << 20 }; /* bytes; nothing comes near */

/* ---- the question ---- */

static int parse_form(const char *word, struct ask *ask, struct why *why)
{
	static const char *const forms[] = {"table", "json", "prometheus"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		ask->form = (enum ask_form)i;
		if (!strcmp(word, forms[i]))
			return 0;
	}
	return why_set(why, -EINVAL, "status: no such form: table, json or prometheus");
}

static int parse_address(const char *word, struct ask *ask, struct why *why)
{
	if (aoe_address_parse(word, NULL, &ask->address))
		return why_set(why, -EINVAL, "not the address of an export, like e0.1");
	return 0;
}

static int parse_resume(const char *words, struct ask *ask, struct why *why)
{
	const char *end;

	if (aoe_address_parse(words, &end, &ask->address) || (*end && strcmp(end, " force") != 0))
		return why_set(why, -EINVAL,
		               "not the address of an export, like e0.1, perhaps with force");
	ask->force = *end;
	return 0;
}

static int parse_layer(const char *words, struct ask *ask, struct why *why)
{
	const char *end;

	if (aoe_address_parse(words, &end, &ask->address) || *end != ' ' ||
	    mac_parse(end + 1, NULL, &ask->mac))
		return why_set(why, -EINVAL,
		               "not the address of an export and that of an initiator, like "
		               "e0.1 02:00:00:00:00:01");
	return 0;
}

static int parse_faults(const char *words, struct ask *ask, struct why *why)
{
	const char *end;

	if (aoe_address_parse(words, &end, &ask->address) || *end != ' ')
		return why_set(why, -EINVAL,
		               "not the address of an export and its faults, like "
		               "e0.1 read-delay:10ms");
	strcpy(ask->faults, end + 1);
	return 0;
}

/* The next word of a list with single blanks between them. Returns false at its end. */
static bool next_word(const char **words, char word[ASK_MAX])
{
	size_t length = strcspn(*words, " ");

	if (!**words)
		return false;
	memcpy(word, *words, length);
	word[length] = '\0';
	*words += length + ((*words)[length] == ' ');
	return true;
}

static int parse_trace(const char *words, struct ask *ask, struct why *why)
{
	struct capture_filter *filter = &ask->filter;
	char word[ASK_MAX], value[ASK_MAX];
	unsigned long count;

	if (!next_word(&words, word) || cli_number(word, 0, ULONG_MAX, &count))
		return why_set(why, -EINVAL, "trace: not a number of frames");
	filter->count = count;
	while (next_word(&words, word)) {
		if (!next_word(&words, value))
			value[0] = '\0';
		if (!strcmp(word, "client") && !mac_parse(value, NULL, &filter->client))
			filter->has_client = true;
		else if (!strcmp(word, "export") &&
		         !aoe_address_parse(value, NULL, &filter->export))
			filter->has_export = true;
		else
			return why_set(why, -EINVAL,
			               "trace: only client MAC and export EXPORT can follow");
	}
	return 0;
}

/* What follows the first word; NULL: nothing does. */
static const struct {
	const char *word;
	enum ask_kind kind;
	int (*parse)(const char *rest, struct ask *ask, struct why *why);
} questions[] = {
        {"status", ASK_STATUS, parse_form},        {"reload", ASK_RELOAD, NULL},
        {"withdraw", ASK_WITHDRAW, parse_address}, {"resume", ASK_RESUME, parse_resume},
        {"release", ASK_RELEASE, parse_address},   {"fault", ASK_FAULT, parse_faults},
        {"trace", ASK_TRACE, parse_trace},         {"drop", ASK_DROP, parse_layer},
};

int ask_parse(const char *line, size_t length, struct ask *ask, struct why *why)
{
	char text[ASK_MAX], *rest;

	if (length >= sizeof(text) || memchr(line, '\0', length))
		return why_set(why, -EINVAL, "not a question: a line of at most %d bytes", ASK_MAX);
	memcpy(text, line, length);
	text[length] = '\0';
	rest = strchr(text, ' ');
	if (rest)
		*rest++ = '\0';
	*ask = (struct ask){0};
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (strcmp(text, questions[i].word) != 0 || !rest != !questions[i].parse)
			continue;
		ask->kind = questions[i].kind;
		return rest ? questions[i].parse(rest, ask, why) : 0;
	}
	return why_set(
	        why, -EINVAL,
	        "no such question: status FORM, reload, withdraw EXPORT, resume EXPORT "
	        "[force], release EXPORT, fault EXPORT FAULTS, trace COUNT or drop EXPORT MAC");
}

/* ---- the one who asks ---- */

static int join(const char *path, int *fd)
{
	struct sockaddr_un address;
	int rc = socketpath_address(path, &address);

	if (rc)
		return rc;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return -errno;
	return connect(*fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static int send_line(int fd, const char *line)
{
	char text[ASK_MAX + 1];
	size_t length = strlen(line);

	if (length >= ASK_MAX)
		return -EMSGSIZE;
	memcpy(text, line, length);
	text[length++] = '\n';
	return send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length ? 0 : -errno;
}

/* Whoever is to be told that the target is at it; NULL: nobody, or it was told. */
struct waiting {
	void (*tell)(void *owner);
	void *owner;
};

static void tell_waiting(struct waiting *waiting, const struct buffer *answer)
{
	if (!waiting->tell || !answer->size || *answer->data != 'w')
		return;
	waiting->tell(waiting->owner);
	waiting->tell = NULL;
}

static int receive_all(int fd, struct buffer *answer, struct waiting waiting)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;
	int rc;

	do {
		rc = poll(&ready, 1, ASK_SILENCE_MS);
		if (!rc)
			return -ETIMEDOUT;
		n = rc < 0 ? -1 : recv(fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && (answer->size > ANSWER_MAX || buffer_append(answer, bytes, (size_t)n)))
			return -ENOMEM;
		tell_waiting(&waiting, answer);
	} while (n);
	return 0;
}

const char *ask_explain(int error)
{
	switch (-error) {
	case ENOENT:
	case ECONNREFUSED:
		return "no target listens there: start it with --control, or name the socket that "
		       "it has";
	case EACCES:
		return "permission denied: ask as root, or as the target's own user";
	case ETIMEDOUT:
		return "the target has not answered for 15 s";
	case ENAMETOOLONG:
		return "the path of a socket has at most 107 bytes";
	default:
		return strerror(-error);
	}
}

/* Takes the line off the answer, if that begins with it. */
static bool take_line(struct buffer *answer, const char *line)
{
	const size_t length = strlen(line);

	if (answer->size < length || memcmp(answer->data, line, length) != 0)
		return false;
	answer->size -= length;
	memmove(answer->data, answer->data + length, answer->size);
	return true;
}

int ask_verdict(struct buffer *answer)
{
	while (take_line(answer, "wait\n"))
		;
	if (take_line(answer, "ok\n"))
		return 0;
	return take_line(answer, "failed\n") ? -EREMOTEIO : -EPROTO;
}

int ask_begin(const char *path, const char *line, int *fd, struct why *why)
{
	int rc;

	*fd = -1;
	rc = join(path, fd);
	if (!rc)
		rc = send_line(*fd, line);
	if (!rc)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return why_set(why, rc, "%s: %s", path, ask_explain(rc));
}

int ask_finish(int fd, const char *path, struct buffer *answer, void (*waits)(void *owner),
               void *owner, struct why *why)
{
	int rc = receive_all(fd, answer, (struct waiting){waits, owner});

	close(fd);
	if (rc)
		return why_set(why, rc, "%s: %s", path, ask_explain(rc));
	rc = ask_verdict(answer);
	if (rc == -EPROTO)
		return why_set(why, rc,
		               "%s: the target ended, or turned to others, before it had answered",
		               path);
	return rc;
}

int ask_target(const char *path, const char *line, struct buffer *answer, struct why *why)
{
	int fd, rc = ask_begin(path, line, &fd, why);

	return rc ? rc : ask_finish(fd, path, answer, NULL, NULL, why);
}
