/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/boot/machine/qemu.h"
#include "tools/boot/machine/qmp.h"
#include "tools/host/clock.h"

/* QEMU writes the console byte by byte: so many microseconds' worth are read at once. */
#define COLLECT (3 * 1000LL)
/* A line that has not grown for so long is a prompt. */
#define SETTLED (200 * 1000LL)
/* A panic's trace comes after its first line: until it is quiet for so long, but not for ever. */
#define LAST_WORDS  (2 * CLOCK_SECOND)
#define TROUBLE_MAX (10 * CLOCK_SECOND)
/* A guest without its power key's listener misses the button, and nothing tells: press again. */
#define PRESS_AGAIN (3 * CLOCK_SECOND)

static void take_line(void *context, const char *line);

void guest_init(struct guest *guest)
{
	*guest = (struct guest){.target = -1,
	                        .signals = -1,
	                        .qemu = CHILD_NONE,
	                        .to_console = -1,
	                        .from_console = -1,
	                        .qmp = -1,
	                        .read_again = 0,
	                        .settles = CLOCK_NEVER,
	                        .trouble_ends = CLOCK_NEVER,
	                        .trouble_max = CLOCK_NEVER,
	                        .press = CLOCK_NEVER};
	console_init(&guest->console, take_line, guest);
	stages_init(&guest->stages);
}

/* ---- what the console says ------------------------------------------------------------------ */

static bool powering_off(const struct guest *guest)
{
	return guest->press != CLOCK_NEVER;
}

/* Queues bytes for the console. What does not fit is lost, as on a line without flow control. */
static void type(struct guest *guest, const char *bytes, size_t n)
{
	size_t room = sizeof(guest->typed) - guest->typed_length;

	if (n > room)
		n = room;
	memcpy(guest->typed + guest->typed_length, bytes, n);
	guest->typed_length += n;
}

static void look_for_expected(struct guest *guest, const char *line, enum expect_line kind)
{
	const struct expect_step *step;

	while ((step = expect_look(guest->expect, line, kind))) {
		if (!step->type)
			continue;
		type(guest, step->type, strlen(step->type));
		type(guest, "\r", 1);
	}
}

static void look_for_trouble(struct guest *guest, const char *line)
{
	bool hopeless = false, answered;
	const char *trouble = guest->trouble ? NULL : stages_trouble(line, &hopeless);

	/* Nobody waits for anything: the user at the terminal sees it as well as we do. */
	if (!trouble || !guest->expect->count)
		return;
	answered = guest->expect->at < guest->expect->count &&
	           guest->expect->steps[guest->expect->at].type;
	if (!hopeless && answered)
		return;
	guest->trouble = trouble;
	guest->trouble_ends = clock_now() + LAST_WORDS;
	guest->trouble_max = clock_now() + TROUBLE_MAX;
}

/* A prompt that a message of the kernel's stands behind is still a prompt: "$" matches before it.
 */
static void look_for_prompt(struct guest *guest, const char *line)
{
	size_t length = console_before_kernel(line);
	char prompt[CONSOLE_LINE + 1];

	if (!length)
		return;
	memcpy(prompt, line, length);
	prompt[length] = '\0';
	look_for_expected(guest, prompt, EXPECT_SETTLED);
}

static void look(struct guest *guest, const char *line, enum expect_line kind)
{
	size_t before = guest->stages.count;

	if (kind != EXPECT_GROWING) {
		stages_look(&guest->stages, line, guest->received - guest->power_on);
		for (size_t i = before; i < guest->stages.count && guest->on_stage; i++)
			guest->on_stage(guest->context, &guest->stages, i);
		look_for_trouble(guest, line);
	}
	if (powering_off(guest))
		return;
	look_for_prompt(guest, line);
	look_for_expected(guest, line, kind);
}

static void take_line(void *context, const char *line)
{
	struct guest *guest = context;

	look(guest, line, EXPECT_WHOLE);
	if (guest->log) {
		fprintf(guest->log, "%s\n", line);
		fflush(guest->log);
	}
	tail_add(&guest->tail, line);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, bytes, n);

		if (wrote < 0 && errno != EINTR)
			return; /* the terminal is gone: nobody to tell */
		if (wrote > 0) {
			bytes += wrote;
			n -= (size_t)wrote;
		}
	}
}

/* Reads what the console has sent. Returns false at its end. */
static bool read_console(struct guest *guest)
{
	char bytes[16384];
	ssize_t n = read(guest->from_console, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		return false;
	guest->received = clock_now();
	guest->read_again = guest->received + COLLECT;
	if (guest->terminal)
		write_all(guest->terminal->out, bytes, (size_t)n);
	console_feed(&guest->console, bytes, (size_t)n);
	if (guest->trouble)
		guest->trouble_ends = earlier(guest->received + LAST_WORDS, guest->trouble_max);
	guest->settles = CLOCK_NEVER;
	if (guest->console.length) {
		look(guest, guest->console.line, EXPECT_GROWING);
		guest->settles = guest->received + SETTLED;
	}
	return true;
}

static void write_console(struct guest *guest)
{
	ssize_t n = write(guest->to_console, guest->typed, guest->typed_length);

	if (n <= 0)
		return;
	guest->typed_length -= (size_t)n;
	memmove(guest->typed, guest->typed + n, guest->typed_length);
}

/* ---- QEMU's control socket ---------------------------------------------------------------------
 */

static void command(struct guest *guest, const char *line)
{
	/*
	 * A few hundred bytes in a socket's buffer: this does not block, or QEMU is gone. Whoever
	 * waits for the reply then meets the socket's end.
	 */
	guest->replies++;
	(void)!write(guest->qmp, line, strlen(line));
}

static void take_control(struct guest *guest, const char *line)
{
	struct qmp_message message;

	if (qmp_parse(line, &message) < 0)
		return;
	if (message.kind == QMP_RETURN || message.kind == QMP_ERROR)
		guest->replies -= guest->replies > 0;
	if (message.kind == QMP_ERROR)
		memcpy(guest->refusal, message.name, sizeof(guest->refusal));
	if (message.kind == QMP_EVENT && !strcmp(message.name, "RESET") && guest->reboots &&
	    !--guest->reboots)
		command(guest, qmp_last_reboot);
	if (message.kind == QMP_EVENT && !strcmp(message.name, "SHUTDOWN"))
		memcpy(guest->shutdown, message.reason, sizeof(guest->shutdown));
}

/* Reads what QMP has sent. Returns false at its end. */
static bool read_control(struct guest *guest)
{
	size_t room = sizeof(guest->control) - 1 - guest->control_length;
	ssize_t n = read(guest->qmp, guest->control + guest->control_length, room);
	char *line = guest->control, *end;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		return false;
	guest->control_length += (size_t)n;
	guest->control[guest->control_length] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		take_control(guest, line);
		line = end + 1;
	}
	guest->control_length -= (size_t)(line - guest->control);
	memmove(guest->control, line, guest->control_length);
	if (guest->control_length == sizeof(guest->control) - 1)
		guest->control_length = 0; /* no message of interest is that long */
	return true;
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

enum { FROM_CONSOLE, TO_CONSOLE, CONTROL, QEMU, TARGET, SIGNALS, KEYBOARD, WATCHED };

/* Waits for the next event; false when there is none before the next thing that is due. */
static bool wait_for_event(struct guest *guest, struct pollfd *fds, int64_t deadline)
{
	bool collecting = clock_now() < guest->read_again;
	bool room = guest->typed_length < sizeof(guest->typed) / 2;

	fds[FROM_CONSOLE] = (struct pollfd){collecting ? -1 : guest->from_console, POLLIN, 0};
	fds[TO_CONSOLE] = (struct pollfd){guest->typed_length ? guest->to_console : -1, POLLOUT, 0};
	fds[CONTROL] = (struct pollfd){guest->qmp, POLLIN, 0};
	fds[QEMU] = (struct pollfd){guest->qemu.fd, POLLIN, 0};
	fds[TARGET] = (struct pollfd){guest->target, POLLIN, 0};
	fds[SIGNALS] = (struct pollfd){guest->signals, POLLIN, 0};
	fds[KEYBOARD] =
	        (struct pollfd){guest->terminal && room ? guest->terminal->in : -1, POLLIN, 0};
	deadline = earlier(deadline, guest->settles);
	deadline = earlier(deadline, guest->trouble_ends);
	deadline = earlier(deadline, guest->press);
	if (collecting)
		deadline = earlier(deadline, guest->read_again);
	return poll(fds, WATCHED, clock_poll(deadline)) > 0;
}

static enum guest_end take_keys(struct guest *guest)
{
	char keys[1024];
	ssize_t got = read(guest->terminal->in, keys, sizeof(keys));
	size_t n = got > 0 ? (size_t)got : 0, at = 0, taken, kept;
	enum terminal_key key = TERMINAL_NONE;

	if (!got || (got < 0 && errno != EINTR && errno != EAGAIN))
		return GUEST_QUIT; /* the terminal has hung up */
	for (; at < n && key != TERMINAL_QUIT; at += taken) {
		key = terminal_filter(&guest->terminal->escape, keys + at, n - at, &taken, &kept);
		type(guest, keys + at, kept);
		if (key == TERMINAL_POWER)
			command(guest, qmp_powerdown);
		if (key == TERMINAL_HELP)
			write_all(guest->terminal->out, terminal_help, strlen(terminal_help));
	}
	return key == TERMINAL_QUIT ? GUEST_QUIT : GUEST_RUNS;
}

/* QEMU has ended: what it left in its pipes still counts. */
static enum guest_end take_end(struct guest *guest)
{
	while (read_console(guest))
		;
	console_end(&guest->console);
	while (read_control(guest))
		;
	guest->status = child_wait(&guest->qemu, CLOCK_NEVER, -1);
	guest->settles = CLOCK_NEVER;
	if (!powering_off(guest) && expect_done(guest->expect))
		return GUEST_SEEN;
	if (guest->trouble)
		return GUEST_TROUBLE;
	if (!strcmp(guest->shutdown, "guest-shutdown"))
		return GUEST_POWERED_OFF;
	if (!strcmp(guest->shutdown, "guest-reset"))
		return GUEST_REBOOTED;
	return GUEST_NO_QEMU;
}

static enum guest_end take_events(struct guest *guest, const struct pollfd *fds)
{
	enum guest_end end = GUEST_RUNS;

	if (fds[FROM_CONSOLE].revents & POLLIN)
		read_console(guest);
	if (fds[TO_CONSOLE].revents)
		write_console(guest);
	if (fds[CONTROL].revents && !read_control(guest)) {
		close(guest->qmp); /* its end is near: the pidfd will tell */
		guest->qmp = -1;
	}
	if (fds[SIGNALS].revents)
		end = GUEST_INTERRUPTED; /* the caller reads which */
	if (!end && fds[KEYBOARD].revents)
		end = take_keys(guest);
	if (!end && fds[QEMU].revents)
		end = take_end(guest);
	else if (!end && fds[TARGET].revents)
		end = GUEST_NO_TARGET;
	return end;
}

static enum guest_end take_time(struct guest *guest, int64_t deadline)
{
	int64_t now = clock_now();

	/* It is we who may have been slow: what has come by now has come in time. */
	if (now >= earlier(deadline, earlier(guest->trouble_ends, guest->settles)))
		read_console(guest);
	if (now >= guest->settles) {
		guest->settles = CLOCK_NEVER;
		look(guest, guest->console.line, EXPECT_SETTLED);
	}
	if (!powering_off(guest) && expect_done(guest->expect))
		return GUEST_SEEN;
	if (now >= guest->trouble_ends)
		return GUEST_TROUBLE;
	if (now >= deadline)
		return GUEST_TIMEOUT;
	if (now >= guest->press) {
		command(guest, qmp_powerdown);
		guest->press = now + PRESS_AGAIN;
	}
	return GUEST_RUNS;
}

enum guest_end guest_run(struct guest *guest, int64_t deadline)
{
	struct pollfd fds[WATCHED];
	enum guest_end end = GUEST_RUNS;

	while (!end) {
		if (wait_for_event(guest, fds, deadline))
			end = take_events(guest, fds);
		if (!end)
			end = take_time(guest, deadline);
	}
	return end;
}

enum guest_end guest_power_off(struct guest *guest, int64_t deadline)
{
	if (!guest->qemu.pid)
		return strcmp(guest->shutdown, "guest-shutdown") ? GUEST_NO_QEMU
		                                                 : GUEST_POWERED_OFF;
	guest->press = clock_now();
	return guest_run(guest, deadline);
}

/* ---- beginning and end
 * --------------------------------------------------------------------------- */

static int start_qemu(struct guest *guest, const struct args *qemu, int theirs, int err)
{
	int to[2], from[2], rc;
	struct child_io io = CHILD_IO;

	if (pipe2(to, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(from, O_CLOEXEC) < 0) {
		rc = -errno;
		close(to[0]);
		close(to[1]);
		return rc;
	}
	guest->to_console = to[1];
	guest->from_console = from[0];
	fcntl(to[1], F_SETFL, O_NONBLOCK);
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	io.in = to[0];
	io.out = from[1];
	io.err = err;
	io.keep[0] = theirs;
	rc = child_start(&guest->qemu, qemu->v, &io);
	close(to[0]);
	close(from[1]);
	return rc;
}

/* Waits until every command so far was answered. */
static int wait_for_replies(struct guest *guest, int64_t deadline)
{
	while (guest->replies) {
		struct pollfd fds[] = {{guest->qmp, POLLIN, 0}, {guest->signals, POLLIN, 0}};
		int n = poll(fds, 2, clock_poll(deadline));

		if (!n)
			return -ETIMEDOUT;
		if (n < 0)
			continue;
		if (fds[1].revents)
			return -EINTR;
		if (fds[0].revents && !read_control(guest)) {
			guest->status = child_wait(&guest->qemu, deadline, -1);
			return -ECHILD;
		}
	}
	return guest->refusal[0] ? -EPROTO : 0;
}

int guest_start(struct guest *guest, const struct args *qemu, int theirs, int ours, int err,
                bool carrier, int64_t deadline)
{
	int rc;

	guest->qmp = ours;
	fcntl(ours, F_SETFL, O_NONBLOCK);
	rc = start_qemu(guest, qemu, theirs, err);
	close(theirs);
	if (rc < 0)
		return rc;
	command(guest, qmp_capabilities);
	if (!carrier) {
		char *unplug = qmp_set_link(MACHINE_NIC_ID, false);

		command(guest, unplug);
		free(unplug);
	}
	rc = wait_for_replies(guest, deadline);
	if (rc < 0)
		return rc;
	guest->power_on = guest->received = clock_now();
	command(guest, qmp_cont);
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void guest_destroy(struct guest *guest)
{
	if (guest->qemu.pid)
		child_stop(&guest->qemu, 0);
	if (guest->from_console >= 0 && guest->power_on)
		console_end(&guest->console);
	close_fd(&guest->to_console);
	close_fd(&guest->from_console);
	close_fd(&guest->qmp);
	tail_free(&guest->tail);
	stages_free(&guest->stages);
}
