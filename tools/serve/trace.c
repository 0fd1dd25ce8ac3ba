/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot trace`: the frames of a running target, as a pcap file. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"
#include "tools/lan/lan.h"
#include "tools/serve/serve.h"
#include "tools/serve/watch/ask.h"
#include "tools/serve/watch/capture.h"

enum { OPT_CONTROL, OPT_CLIENT, OPT_EXPORT, OPT_COUNT, OPT_OUTPUT };
enum {
	CHUNK = 256 << 10, /* bytes that are received at once */
	END_MS = 10000,    /* for the target to send the rest, when it was told to end */
};

static const struct cli_option options[] = {
        {"control", 0, "PATH", "the target's control socket (default: " ASK_DEFAULT ")"},
        {"client", 0, "MAC", "only what this machine sends, or is sent alone"},
        {"export", 0, "EXPORT", "only what is about this export, like e0.1"},
        {"count", 'c', "N", "end after N frames (default: when it is interrupted)"},
        {"output", 'o', "FILE", "write there, when it ends (default: standard output, at once)"},
        {0},
};

static const struct cli_command command = {
        .name = "trace",
        .synopsis = "[OPTION]...",
        .summary = "Writes the frames of a running target, both ways, as a pcap file.",
        .options = options,
        .more = "Ctrl-C ends it; the file is whole then. To look at them as they come:\n"
                "  etherroot trace | tshark -r -",
};

/* The file's beginning, and what is before each frame: pcap-savefile(5), with nanoseconds. */
struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, longest, link;
};

struct pcap_frame {
	uint32_t seconds, nanoseconds, captured, length;
};

struct trace {
	const char *path; /* of the control socket */
	const char *output;
	char line[ASK_MAX];
	struct outfile out;
	int fd, signals;
	struct buffer in;     /* what was received and not looked at yet */
	struct buffer frames; /* what is to be written */
	bool agreed;          /* the target has said "ok" */
	bool ending;          /* it was told to end */
	bool complete;        /* it has said how it ends */
	uint64_t count, dropped;
};

/* ---- the command line ---- */

struct wanted {
	unsigned long count;
	struct capture_filter filter;
};

static int set_option(struct trace *trace, struct wanted *wanted, int option, const char *value)
{
	switch (option) {
	case OPT_CONTROL:
		trace->path = value;
		return CLI_OK;
	case OPT_CLIENT:
		wanted->filter.has_client = true;
		if (!mac_parse(value, NULL, &wanted->filter.client))
			return CLI_OK;
		return cli_usage(&command, "--client: '%s': not a MAC like 52:54:00:12:34:56",
		                 value);
	case OPT_EXPORT:
		wanted->filter.has_export = true;
		if (!aoe_address_parse(value, NULL, &wanted->filter.export))
			return CLI_OK;
		return cli_usage(&command, "--export: '%s': not an export like e0.1", value);
	case OPT_COUNT:
		if (!cli_number(value, 1, ULONG_MAX, &wanted->count))
			return CLI_OK;
		return cli_usage(&command, "--count: '%s': not a number of frames", value);
	default:
		trace->output = value;
		return CLI_OK;
	}
}

static void make_line(const struct wanted *wanted, char line[ASK_MAX])
{
	const struct capture_filter *filter = &wanted->filter;
	char client[MAC_TEXT], export[AOE_ADDRESS_TEXT];

	snprintf(line, ASK_MAX, "trace %lu%s%s%s%s", wanted->count,
	         filter->has_client ? " client " : "",
	         filter->has_client ? mac_format(filter->client, client) : "",
	         filter->has_export ? " export " : "",
	         filter->has_export ? aoe_address_format(filter->export, export) : "");
}

/* ---- the file ---- */

static int flush(struct trace *trace)
{
	int rc = 0;

	if (trace->frames.size)
		rc = outfile_write(&trace->out, trace->frames.data, trace->frames.size);
	trace->frames.size = 0;
	if (rc)
		cli_error(&command, "%s: %s", trace->output, strerror(-rc));
	return rc;
}

static int begin_file(struct trace *trace)
{
	const struct pcap_file head = {
	        .magic = 0xa1b23c4d, /* with nanoseconds */
	        .major = 2,
	        .minor = 4,
	        .longest = LAN_FRAME_MAX,
	        .link = 1, /* Ethernet */
	};
	int rc = outfile_open(&trace->out, trace->output, OUTFILE_NAMELESS);

	if (rc) {
		cli_error(&command, "%s: %s", trace->output, strerror(-rc));
		return rc;
	}
	/* Written when the target has agreed. */
	rc = buffer_append(&trace->frames, &head, sizeof(head));
	if (rc)
		cli_error(&command, "%s", strerror(-rc));
	return rc;
}

static int add_frame(struct trace *trace, const struct capture_record *record, const void *frame)
{
	const struct pcap_frame head = {
	        .seconds = (uint32_t)(record->value / 1000000000),
	        .nanoseconds = (uint32_t)(record->value % 1000000000),
	        .captured = record->length,
	        .length = record->length,
	};

	trace->count++;
	if (buffer_append(&trace->frames, &head, sizeof(head)))
		return -ENOMEM;
	return buffer_append(&trace->frames, frame, record->length);
}

/* ---- what the target sends ---- */

/* What the target has told of, when it has told all of it. Returns how many bytes that is, or 0. */
static size_t take_record(struct trace *trace, const uint8_t *at, size_t size, int *rc)
{
	struct capture_record record;

	if (size < sizeof(record))
		return 0;
	memcpy(&record, at, sizeof(record));
	if (record.kind == CAPTURE_END && !record.length) {
		trace->complete = true;
		trace->dropped = record.value;
	} else if (record.kind != CAPTURE_FRAME || record.length > LAN_FRAME_MAX) {
		*rc = -EPROTO;
	} else if (size - sizeof(record) < record.length) {
		return 0;
	} else {
		*rc = add_frame(trace, &record, at + sizeof(record));
	}
	return sizeof(record) + record.length;
}

static int take_records(struct trace *trace)
{
	struct buffer *in = &trace->in;
	size_t used = 0, size = 1;
	int rc = 0;

	while (!rc && size) {
		size = take_record(trace, in->data + used, in->size - used, &rc);
		used += rc ? 0 : size;
	}
	memmove(in->data, in->data + used, in->size - used);
	in->size -= used;
	if (rc)
		cli_error(&command, "%s: %s", trace->path,
		          rc == -EPROTO ? "the target is of another version" : strerror(-rc));
	return rc ? rc : flush(trace);
}

/* The first line is there: "ok", or "failed" and then why, up to the end. */
static int hear_verdict(struct trace *trace, bool at_end)
{
	int rc;

	if (!memchr(trace->in.data, '\n', trace->in.size))
		return 0;
	if (trace->in.data[0] == 'f' && !at_end)
		return 0;
	rc = ask_verdict(&trace->in);
	if (rc == -EREMOTEIO)
		cli_error(&command, "%.*s", (int)trace->in.size, (const char *)trace->in.data);
	else if (rc)
		cli_error(&command, "%s: no target answers there", trace->path);
	trace->agreed = !rc;
	if (trace->agreed)
		cli_error(&command, "tracing: interrupt it to end");
	return rc;
}

/* Returns 0, 1 at the end of what the target sends, or a negative errno that was said. */
static int hear(struct trace *trace)
{
	ssize_t n;
	int rc = buffer_reserve(&trace->in, CHUNK);

	if (rc) {
		cli_error(&command, "%s", strerror(-rc));
		return rc;
	}
	n = recv(trace->fd, trace->in.data + trace->in.size, CHUNK, 0);
	if (n < 0 && errno != ECONNRESET) {
		cli_error(&command, "%s: %s", trace->path, strerror(errno));
		return -errno;
	}
	trace->in.size += n > 0 ? (size_t)n : 0;
	if (!trace->agreed)
		rc = hear_verdict(trace, n <= 0);
	if (!rc && trace->agreed)
		rc = take_records(trace);
	return rc || n > 0 ? rc : 1;
}

/* A second signal ends it as it would any program. */
static void tell_end(struct trace *trace)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(trace->signals, &info, sizeof(info)) != sizeof(info))
		return;
	trace->ending = true;
	shutdown(trace->fd, SHUT_WR);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Nothing has come for as long as it may take. */
static int give_up(const struct trace *trace)
{
	if (trace->agreed)
		return 1;
	cli_error(&command, "%s: %s", trace->path, ask_explain(-ETIMEDOUT));
	return -ETIMEDOUT;
}

static int receive(struct trace *trace)
{
	int rc = 0;

	while (!rc && !trace->complete) {
		struct pollfd ready[] = {{trace->fd, POLLIN, 0}, {trace->signals, POLLIN, 0}};
		int patience = trace->ending ? END_MS : -1;
		int n = poll(ready, 2, trace->agreed ? patience : ASK_SILENCE_MS);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		if (n == 0)
			rc = give_up(trace);
		if (n > 0 && ready[1].revents)
			tell_end(trace);
		if (n > 0 && ready[0].revents)
			rc = hear(trace);
	}
	return rc < 0 ? rc : 0;
}

static int open_signals(int *fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? -errno : 0;
}

/* What was traced is in the file, however it ended. */
static int end_file(struct trace *trace)
{
	const unsigned long long count = trace->count;
	int rc = outfile_commit(&trace->out);

	if (rc) {
		cli_error(&command, "%s: %s", trace->output, strerror(-rc));
		return CLI_FAILED;
	}
	if (!trace->complete)
		cli_error(&command,
		          "%llu frame%s, and then the target ended, turned to others, or hung",
		          count, trace->count == 1 ? "" : "s");
	else if (trace->dropped)
		cli_error(&command,
		          "%llu frame%s, and %llu more that are not there: they came faster than "
		          "they were written",
		          count, trace->count == 1 ? "" : "s", (unsigned long long)trace->dropped);
	else
		cli_error(&command, "%llu frame%s, and none is missing", count,
		          trace->count == 1 ? "" : "s");
	return trace->complete ? CLI_OK : CLI_FAILED;
}

static int run(struct trace *trace)
{
	struct why why;
	int rc = open_signals(&trace->signals);

	if (rc)
		cli_error(&command, "%s", strerror(-rc));
	else
		rc = begin_file(trace);
	if (!rc) {
		rc = ask_begin(trace->path, trace->line, &trace->fd, &why);
		if (rc)
			cli_error(&command, "%s", why.text);
	}
	if (!rc)
		rc = receive(trace);
	if (!rc && trace->agreed)
		return end_file(trace);
	if (!rc)
		cli_error(&command,
		          "%s: the target ended, or turned to others, before it had answered",
		          trace->path);
	outfile_abort(&trace->out);
	return CLI_FAILED;
}

int trace_main(int argc, char **argv)
{
	struct trace trace = {
	        .path = ASK_DEFAULT, .output = "-", .out.fd = -1, .fd = -1, .signals = -1};
	struct wanted wanted = {0};
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!status)
			status = set_option(&trace, &wanted, option, parser.value);
	if (option == CLI_STOP)
		return parser.status;
	if (!status && parser.index < argc)
		status = cli_usage(&command, "'%s': nothing is to be named", argv[parser.index]);
	if (!status && !strcmp(trace.output, "-") && isatty(STDOUT_FILENO))
		status =
		        cli_usage(&command, "standard output is a terminal: give --output FILE, or "
		                            "pipe it into tshark -r -");
	if (status)
		return status;
	make_line(&wanted, trace.line);
	status = run(&trace);
	buffer_free(&trace.in);
	buffer_free(&trace.frames);
	if (trace.fd >= 0)
		close(trace.fd);
	if (trace.signals >= 0)
		close(trace.signals);
	return status;
}
