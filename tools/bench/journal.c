/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/outfile.h"

enum { LINE_MAX_LENGTH = 80, JOURNAL_SIZE_MAX = 1 << 30 };

static const char first_words[] = "etherroot-bench-journal 1";

/* ---- text out ---- */

static int print_target(const struct bench_target *target, struct buffer *out)
{
	const struct ledger *ledger = &target->ledger;
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(out, "target %s %" PRIu64 "\n",
	                       aoe_address_format(target->address, name), ledger->blocks);

	for (uint64_t i = 0; !rc && i < ledger->blocks; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];

		if (entry->sent)
			rc = buffer_printf(out, "%" PRIu64 " %" PRIu32 " %" PRIu32 "\n", i,
			                   entry->acknowledged, (uint32_t)entry->sent);
	}
	return rc;
}

int journal_print(const struct bench_targets *targets, uint64_t run, unsigned int block,
                  struct buffer *out)
{
	int rc = buffer_printf(out, "%s %" PRIx64 " %u\n", first_words, run, block);

	for (size_t i = 0; !rc && i < targets->count; i++)
		rc = print_target(&targets->list[i], out);
	return rc;
}

/* ---- text in ---- */

/* What has been read so far. */
struct reader {
	struct bench_targets *targets;
	struct bench_target *target; /* that the lines belong to now */
	unsigned int block;
	uint64_t run;
};

/* The text is this format's, to the last byte: "%n" was reached at its end. */
static bool whole(const char *line, int end)
{
	return end > 0 && !line[end];
}

static const char *read_first(struct reader *reader, const char *line)
{
	const size_t length = sizeof(first_words) - 1;
	unsigned int block;
	int end = 0;

	if (strncmp(line, first_words, length) ||
	    sscanf(line + length, " %16" SCNx64 " %9u%n", &reader->run, &block, &end) != 2 ||
	    !whole(line + length, end))
		return "this is no journal of etherroot bench";
	return block == reader->block ? NULL : "it was written with another --block";
}

static const char *read_target(struct reader *reader, const char *line)
{
	struct bench_targets *targets = reader->targets;
	struct aoe_address address;
	uint64_t blocks;
	int end = 0;

	if (aoe_address_parse(line, &line, &address) ||
	    sscanf(line, " %19" SCNu64 "%n", &blocks, &end) != 1 || !whole(line, end))
		return "not a target";
	for (size_t i = 0; i < targets->count; i++) {
		if (aoe_address_compare(targets->list[i].address, address))
			continue;
		reader->target = &targets->list[i];
		return blocks == reader->target->ledger.blocks
		               ? NULL
		               : "the target had another size then, or --size was another";
	}
	return "this target is not loaded now: name it with --target";
}

static const char *read_entry(struct reader *reader, const char *line)
{
	const uint32_t most = INT32_MAX;
	uint32_t acknowledged, sent;
	uint64_t number;
	int end = 0;

	if (!reader->target ||
	    sscanf(line, "%19" SCNu64 " %10" SCNu32 " %10" SCNu32 "%n", &number, &acknowledged,
	           &sent, &end) != 3 ||
	    !whole(line, end) || number >= reader->target->ledger.blocks || sent > most ||
	    acknowledged > sent)
		return "not a block";
	reader->target->ledger.entries[number] =
	        (struct ledger_entry){.acknowledged = acknowledged, .sent = sent & most};
	return NULL;
}

static const char *read_line(struct reader *reader, const char *line, size_t number)
{
	if (number == 1)
		return read_first(reader, line);
	if (!strncmp(line, "target ", 7))
		return read_target(reader, line + 7);
	return read_entry(reader, line);
}

int journal_parse(const char *text, size_t length, struct bench_targets *targets,
                  unsigned int block, uint64_t *run, struct why *why)
{
	struct reader reader = {.targets = targets, .block = block};
	const char *wrong = length ? NULL : "it is empty";
	size_t number = 0;

	while (!wrong && length) {
		const char *end = memchr(text, '\n', length);
		size_t size = end ? (size_t)(end - text) : length;
		char line[LINE_MAX_LENGTH];

		number++;
		if (!end || size >= sizeof(line) || memchr(text, '\0', size)) {
			wrong = "this is no journal of etherroot bench, or it was cut";
			break;
		}
		memcpy(line, text, size);
		line[size] = '\0';
		wrong = read_line(&reader, line, number);
		text += size + 1;
		length -= size + 1;
	}
	if (wrong)
		return why_set(why, -EINVAL, "line %zu: %s", number, wrong);
	*run = reader.run;
	for (size_t i = 0; i < targets->count; i++)
		targets->list[i].ledger.run = reader.run;
	return 0;
}

/* ---- files ---- */

int journal_load(const char *path, struct bench_targets *targets, unsigned int block, uint64_t *run,
                 struct why *why)
{
	struct buffer text = {0};
	struct why reason = {""};
	/* Without waiting: a FIFO that nobody writes is empty. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = fd < 0 ? -errno : buffer_read(&text, fd, JOURNAL_SIZE_MAX);

	if (fd >= 0)
		close(fd);
	if (rc) {
		why_set(why, rc, "%s: %s", path, strerror(-rc));
	} else {
		rc = journal_parse((const char *)text.data, text.size, targets, block, run,
		                   &reason);
		if (rc)
			why_set(why, rc, "%.500s: %.400s", path, reason.text);
	}
	buffer_free(&text);
	return rc;
}

int journal_save(const char *path, const struct bench_targets *targets, uint64_t run,
                 unsigned int block, struct why *why)
{
	struct buffer text = {0};
	int rc = journal_print(targets, run, block, &text);

	if (!rc)
		rc = outfile_save(path, text.data, text.size);
	buffer_free(&text);
	return rc ? why_set(why, rc, "%s: %s", path, strerror(-rc)) : 0;
}
