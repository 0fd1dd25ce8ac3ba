/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/socketpath.h"

enum { EVENTS = CONTROL_CLIENTS + 2 };
/* What an event of the listening socket and of the timer carries; a client's carries its id. */
enum { LISTENING = 0, TIMER = 1, FIRST_ID = 2 };

struct client {
	struct control *control;
	uint64_t id; /* unique over time; 0: this place is free */
	int fd;
	bool asked;        /* and is answered, or will be */
	uint64_t deadline; /* milliseconds: then it is dropped; 0: it waits for us */
	uint64_t beat;     /* milliseconds: when it is told that it is not forgotten; 0: never */
	char line[ASK_MAX];
	size_t length;
	struct buffer answer; /* what it has not taken yet, from `sent` on */
	size_t sent;
	struct capture *capture; /* what is answered after that; NULL: nothing is */
};

struct control {
	int listening, timer, epoll;
	struct sockaddr_un address;
	dev_t device; /* the socket file is ours to remove as long as it is still this one */
	ino_t inode;
	void (*ask)(void *owner, uint64_t id, const struct ask *ask);
	void *owner;
	uint64_t last_id;
	uint64_t listen_again; /* milliseconds: when those who come are looked for; 0: now */
	const struct say *say;
	bool full; /* somebody could not be let in, which was said, and nobody was since */
	struct client clients[CONTROL_CLIENTS];
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- clients ---- */

static void drop(struct client *client)
{
	close(client->fd);
	capture_free(client->capture);
	client->capture = NULL;
	buffer_free(&client->answer);
	client->id = 0;
}

static struct client *find(struct control *control, uint64_t id)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (id && control->clients[i].id == id)
			return &control->clients[i];
	return NULL;
}

static bool is_earlier(uint64_t time, uint64_t first)
{
	return time && (!first || time < first);
}

/* The timer tells when the first of them has had its time, or is to be told. */
static void set_timer(const struct control *control)
{
	struct itimerspec when = {0};
	uint64_t first = control->listen_again;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &control->clients[i];

		if (client->id && is_earlier(client->deadline, first))
			first = client->deadline;
		if (client->id && is_earlier(client->beat, first))
			first = client->beat;
	}
	when.it_value.tv_sec = (time_t)(first / 1000);
	when.it_value.tv_nsec = (long)(first % 1000) * 1000000;
	timerfd_settime(control->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Nothing was sent there before but the same: there is room for it, or nobody reads. */
static void send_beat(struct client *client, uint64_t now)
{
	static const char wait[] = "wait\n";

	client->beat = now + ASK_BEAT_MS;
	if (send(client->fd, wait, sizeof(wait) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)sizeof(wait) - 1)
		drop(client);
}

static void take_time_of(struct client *client, uint64_t now)
{
	if (client->deadline && client->deadline <= now)
		drop(client);
	else if (client->beat && client->beat <= now)
		send_beat(client, now);
}

static void listen_for(struct control *control, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = LISTENING};

	epoll_ctl(control->epoll, EPOLL_CTL_MOD, control->listening, &event);
}

/* Who came waits meanwhile; the socket would be readable all the time. */
static void pause_listening(struct control *control, int error)
{
	listen_for(control, 0);
	control->listen_again = now_ms() + CONTROL_PAUSE;
	if (!control->full)
		say_print(control->say, SAY_WARNING,
		          "control: %s: %s: who asks has to wait until there is room: raise the "
		          "limit (LimitNOFILE=), or serve less",
		          control->address.sun_path, strerror(error));
	control->full = true;
}

static void go_on_listening(struct control *control)
{
	if (!control->listen_again || now_ms() < control->listen_again)
		return;
	control->listen_again = 0;
	listen_for(control, EPOLLIN);
}

/* A free place, if need be that of the one that came first. */
static struct client *make_room(struct control *control)
{
	struct client *oldest = control->clients;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (!client->id)
			return client;
		if (client->id < oldest->id)
			oldest = client;
	}
	drop(oldest);
	return oldest;
}

static void welcome(struct control *control)
{
	int fd = accept4(control->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN};
	struct client *client;

	if (fd < 0) {
		/* Whoever came is gone again. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_listening(control, errno);
		return;
	}
	control->full = false;
	client = make_room(control);
	*client = (struct client){.control = control,
	                          .id = ++control->last_id,
	                          .fd = fd,
	                          .deadline = now_ms() + CONTROL_PATIENCE};
	event.data.u64 = client->id;
	if (epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event))
		drop(client);
}

/* ---- question and answer ---- */

static void send_rest(struct control *control, struct client *client)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.u64 = client->id};
	const struct buffer *answer = &client->answer;
	ssize_t n = send(client->fd, answer->data + client->sent, answer->size - client->sent,
	                 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0) {
		client->sent += (size_t)n;
		client->deadline = now_ms() + CONTROL_PATIENCE;
	}
	if (client->sent == answer->size || (n < 0 && errno != EAGAIN) ||
	    epoll_ctl(control->epoll, EPOLL_CTL_MOD, client->fd, &event))
		drop(client);
}

void control_answer(struct control *control, uint64_t id, bool ok, const void *text, size_t size)
{
	struct client *client = find(control, id);

	if (!client)
		return;
	if (buffer_printf(&client->answer, "%s\n", ok ? "ok" : "failed") ||
	    buffer_append(&client->answer, text, size)) {
		drop(client);
		return;
	}
	client->beat = 0;
	client->deadline = now_ms() + CONTROL_PATIENCE;
	send_rest(control, client);
	set_timer(control);
}

bool control_has(struct control *control, uint64_t id)
{
	return find(control, id);
}

/* ---- who traces ---- */

/* Whoever traces may end it at any time; what is to be sent waits for room. */
static void await_reader(struct client *client)
{
	const struct capture *capture = client->capture;
	struct epoll_event event = {.data.u64 = client->id};

	event.events = (capture->ended ? 0 : EPOLLIN) | (capture->used ? EPOLLOUT : 0);
	if (epoll_ctl(client->control->epoll, EPOLL_CTL_MOD, client->fd, &event))
		drop(client);
}

/* After its end there is only so much time to take the rest, which keeps the memory. */
static void has_frames(void *owner)
{
	struct client *client = owner;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u64 = client->id};

	if (client->capture->ended && !client->deadline) {
		client->deadline = now_ms() + CONTROL_PATIENCE;
		set_timer(client->control);
	}
	epoll_ctl(client->control->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

static void send_frames(struct client *client)
{
	struct capture *capture = client->capture;
	size_t size;
	const void *data = capture_peek(capture, &size);
	ssize_t n = send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN) {
		drop(client);
		return;
	}
	if (n > 0)
		capture_take(capture, (size_t)n);
	if (n > 0 && capture->ended)
		client->deadline = now_ms() + CONTROL_PATIENCE;
	if (capture->ended && !capture->used)
		drop(client);
	else
		await_reader(client);
}

/* Nothing more is said by who traces but that it is enough. */
static void hear_end(struct client *client)
{
	char byte;
	ssize_t n = recv(client->fd, &byte, sizeof(byte), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n) {
		drop(client);
		return;
	}
	capture_end(client->capture);
	await_reader(client);
}

void control_stream(struct control *control, uint64_t id, struct capture *capture)
{
	static const char ok[] = "ok\n";
	struct client *client = find(control, id);

	/* Nothing was sent there before: there is room for three bytes. */
	if (!client || send(client->fd, ok, sizeof(ok) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	                       (ssize_t)sizeof(ok) - 1) {
		capture_free(capture);
		if (client)
			drop(client);
		return;
	}
	client->beat = 0;
	client->capture = capture;
	capture->ready = has_frames;
	capture->owner = client;
	await_reader(client);
}

/* From now on only its end, or room for the answer, is heard of. */
static void take_question(struct control *control, struct client *client, size_t length)
{
	struct epoll_event event = {.events = 0, .data.u64 = client->id};
	struct why why;
	struct ask ask;

	client->asked = true;
	client->deadline = 0;
	client->beat = now_ms() + ASK_BEAT_MS;
	epoll_ctl(control->epoll, EPOLL_CTL_MOD, client->fd, &event);
	if (ask_parse(client->line, length, &ask, &why))
		control_answer(control, client->id, false, why.text, strlen(why.text));
	else
		control->ask(control->owner, client->id, &ask);
}

static void hear(struct control *control, struct client *client)
{
	size_t room = sizeof(client->line) - client->length;
	ssize_t n = recv(client->fd, client->line + client->length, room, MSG_DONTWAIT);
	const char *newline;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(client);
		return;
	}
	client->length += (size_t)n;
	newline = memchr(client->line, '\n', client->length);
	if (newline)
		take_question(control, client, (size_t)(newline - client->line));
	else if (client->length == sizeof(client->line))
		take_question(control, client, client->length);
}

static void serve_client(struct control *control, struct client *client, uint32_t events)
{
	if (!client->asked)
		hear(control, client);
	else if (client->capture && events & EPOLLOUT)
		send_frames(client);
	else if (client->capture && !client->capture->ended)
		hear_end(client);
	else if (events & EPOLLOUT)
		send_rest(control, client);
	else
		drop(client);
}

static void take_time(struct control *control)
{
	uint64_t count, now = now_ms();

	(void)!read(control->timer, &count, sizeof(count));
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].id)
			take_time_of(&control->clients[i], now);
	go_on_listening(control);
}

void control_dispatch(struct control *control)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(control->epoll, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		uint64_t id = events[i].data.u64;
		struct client *client = id < FIRST_ID ? NULL : find(control, id);

		if (id == LISTENING)
			welcome(control);
		else if (id == TIMER)
			take_time(control);
		else if (client)
			serve_client(control, client, events[i].events);
	}
	set_timer(control);
}

int control_fd(const struct control *control)
{
	return control->epoll;
}

/* ---- the socket ---- */

static int listen_at(struct control *control)
{
	const struct sockaddr_un *address = &control->address;
	struct stat status;
	mode_t before;
	int rc = socketpath_make_way(address, SOCK_STREAM);

	if (rc)
		return rc;
	control->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listening < 0)
		return -errno;
	/* Nobody else may connect, not even for a moment. */
	before = umask(0117);
	rc = bind(control->listening, (const struct sockaddr *)address, sizeof(*address)) ? -errno
	                                                                                  : 0;
	umask(before);
	if (rc || lstat(address->sun_path, &status))
		return rc ? rc : -errno;
	control->device = status.st_dev;
	control->inode = status.st_ino;
	return listen(control->listening, CONTROL_CLIENTS) ? -errno : 0;
}

static int watch(const struct control *control, int fd, uint64_t what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};

	return epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int start(struct control *control)
{
	int rc;

	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	control->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (control->epoll < 0 || control->timer < 0)
		return -errno;
	rc = listen_at(control);
	if (!rc)
		rc = watch(control, control->listening, LISTENING);
	return rc ? rc : watch(control, control->timer, TIMER);
}

int control_open(const char *path, const struct say *say,
                 void (*ask)(void *owner, uint64_t id, const struct ask *ask), void *owner,
                 struct control **control)
{
	struct control *c;
	int rc;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct control){.listening = -1,
	                      .timer = -1,
	                      .epoll = -1,
	                      .say = say,
	                      .ask = ask,
	                      .owner = owner,
	                      .last_id = FIRST_ID};
	rc = socketpath_address(path, &c->address);
	if (!rc)
		rc = start(c);
	if (rc) {
		control_close(c);
		return rc;
	}
	*control = c;
	return 0;
}

static bool is_ours(const struct control *control)
{
	struct stat status;

	return control->inode && !lstat(control->address.sun_path, &status) &&
	       status.st_dev == control->device && status.st_ino == control->inode;
}

/* Whoever traces is sent the rest, as soon as it makes room for that; nothing else is done any
 * more. */
static void send_rest_of_frames(struct client *client, uint64_t deadline)
{
	struct pollfd room = {.fd = client->fd, .events = POLLOUT};
	uint64_t now = now_ms();

	capture_end(client->capture);
	while (client->id && now < deadline && poll(&room, 1, (int)(deadline - now)) > 0) {
		send_frames(client);
		now = now_ms();
	}
}

static void end_clients(struct control *control)
{
	const uint64_t deadline = now_ms() + CONTROL_PATIENCE;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (client->id && client->capture)
			send_rest_of_frames(client, deadline);
		if (client->id)
			drop(client);
	}
}

void control_close(struct control *control)
{
	if (!control)
		return;
	end_clients(control);
	if (is_ours(control))
		unlink(control->address.sun_path);
	if (control->listening >= 0)
		close(control->listening);
	if (control->timer >= 0)
		close(control->timer);
	if (control->epoll >= 0)
		close(control->epoll);
	free(control);
}

const char *control_explain(int error)
{
	switch (-error) {
	case EADDRINUSE:
		return "another process listens there: give each target a path of its own";
	case EEXIST:
		return "exists and is no socket: choose another path, or remove it";
	case ENAMETOOLONG:
		return "the path of a socket has at most 107 bytes: choose a shorter one";
	default:
		return strerror(-error);
	}
}
