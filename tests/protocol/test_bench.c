/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot bench` against a target that this program plays, frame by frame: one that loses
 * requests, answers wrongly, falls silent, or lies about what it has stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/aoe/identify.h"
#include "tools/bench/bench.h"

enum {
	DISK_SECTORS = 512,
	FRAME_ROOM = 16384,
	ARGUMENTS = 40,
	CLIENTS = 16,
	DEADLINE = 120000, /* milliseconds */
	SILENT_FOR_GOOD = 1 << 30,
};

static const struct mac own_mac = {{0x02, 0, 0, 0, 0, 0xaa}};
static const struct aoe_address own_address = {4, 2};

/* The target that is played, and what it has seen. */
struct fake {
	char *folder, *output;
	int socket;
	uint8_t disk[DISK_SECTORS * AOE_SECTOR];
	uint16_t buffers;
	uint8_t sectors_per_frame;

	/* How it misbehaves; reads and writes are counted from 1. */
	unsigned int drop_first;   /* loses so many requests */
	unsigned int silent_after; /* and all after those */
	unsigned int fail_at;      /* answers this one with an ATA error */
	unsigned int refuse_at;    /* and this one with an AoE error */
	unsigned int cut_at;       /* sends only half of this one's data */
	unsigned int forget_at;    /* acknowledges this write and stores nothing */
	unsigned int damage_at;    /* stores this write with one bit turned */
	unsigned int misplace_at;  /* stores this write a block further on */
	unsigned int hold;         /* answers only when so many wait */
	bool noise;                /* sends others' answers, old tags and garbage beside its own */

	unsigned int requests, reads, writes, most_held;
	struct mac clients[CLIENTS];
	size_t client_count;

	struct {
		uint8_t frame[FRAME_ROOM];
		size_t length;
		struct sockaddr_un from;
		socklen_t from_length;
	} held[8];
	unsigned int held_count;
	char said[65536]; /* what bench printed, on both outputs */
};

/* ---- the target ---- */

static int setup(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *temporary = getenv("TMPDIR");

	if (!fake ||
	    asprintf(&fake->folder, "%s/etherroot-test.XXXXXX", temporary ? temporary : "/tmp") <
	            0 ||
	    !mkdtemp(fake->folder) || asprintf(&fake->output, "%s/output", fake->folder) < 0)
		return -1;
	*state = fake;
	fake->buffers = 8;
	fake->sectors_per_frame = 8;
	fake->silent_after = SILENT_FOR_GOOD;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/lan", fake->folder);
	fake->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(fake->socket, (struct sockaddr *)&address, sizeof(address));
}

static int teardown(void **state)
{
	struct fake *fake = *state;
	char command[512];

	close(fake->socket);
	snprintf(command, sizeof(command), "rm -rf '%s'", fake->folder);
	if (system(command))
		print_error("%s: not removed\n", fake->folder);
	free(fake->output);
	free(fake->folder);
	free(fake);
	return 0;
}

static void send_answer(struct fake *fake, const void *frame, size_t length,
                        const struct sockaddr_un *to, socklen_t to_length)
{
	/* Bench may have ended already. */
	(void)sendto(fake->socket, frame, length, 0, (const struct sockaddr *)to, to_length);
}

/* Turns the request in frame into the beginning of its answer. */
static void begin_answer(uint8_t *frame, const struct aoe_header *request)
{
	struct aoe_header header = *request;

	header.destination = request->source;
	header.source = own_mac;
	header.flags = AOE_RESPONSE;
	header.address = own_address;
	aoe_header_make(frame, &header);
}

static size_t answer_config(const struct fake *fake, uint8_t *frame)
{
	const struct aoe_config config = {.buffers = fake->buffers,
	                                  .sectors = fake->sectors_per_frame,
	                                  .version = AOE_VERSION};

	return aoe_pad(frame, aoe_config_make(frame, &config));
}

static size_t answer_identify(uint8_t *frame)
{
	const struct identify identify = {.sectors = DISK_SECTORS, .model = "played"};
	const struct aoe_ata ata = {.command = ATA_STATUS_READY, .count = 1};
	size_t length = aoe_ata_make(frame, &ata);

	identify_make(&identify, frame + length);
	return length + IDENTIFY_SIZE;
}

static void store(struct fake *fake, const struct aoe_ata *ata, const uint8_t *data)
{
	uint64_t lba = ata->lba;

	fake->writes++;
	if (fake->writes == fake->forget_at)
		return;
	if (fake->writes == fake->misplace_at)
		lba = (lba + ata->count) % DISK_SECTORS;
	memcpy(fake->disk + lba * AOE_SECTOR, data, (size_t)ata->count * AOE_SECTOR);
	if (fake->writes == fake->damage_at)
		fake->disk[lba * AOE_SECTOR + 100] ^= 1;
}

static size_t answer_io(struct fake *fake, uint8_t *frame, size_t length)
{
	struct aoe_ata ata, answer = {.command = ATA_STATUS_READY};
	size_t size;

	assert_int_equal(aoe_ata_parse(frame, length, &ata), 0);
	assert_true(ata.command == ATA_READ_EXT || ata.command == ATA_WRITE_EXT);
	assert_in_range(ata.count, 1, fake->sectors_per_frame);
	assert_true(ata.lba <= (uint64_t)DISK_SECTORS - ata.count);
	size = (size_t)ata.count * AOE_SECTOR;
	if (fake->requests == fake->fail_at) {
		answer.command |= ATA_STATUS_ERROR;
		answer.feature = ATA_ERROR_ABORTED;
	} else if (ata.command == ATA_WRITE_EXT) {
		assert_int_equal(length, AOE_ATA_DATA + size);
		assert_true(ata.flags & AOE_ATA_WRITE);
		store(fake, &ata, frame + AOE_ATA_DATA);
	}
	aoe_ata_make(frame, &answer);
	if (ata.command == ATA_WRITE_EXT || answer.command & ATA_STATUS_ERROR)
		return aoe_pad(frame, AOE_ATA_DATA);
	fake->reads++;
	memcpy(frame + AOE_ATA_DATA, fake->disk + ata.lba * AOE_SECTOR, size);
	return AOE_ATA_DATA + (fake->requests == fake->cut_at ? size / 2 : size);
}

static void note_client(struct fake *fake, struct mac mac)
{
	for (size_t i = 0; i < fake->client_count; i++)
		if (mac_equal(fake->clients[i], mac))
			return;
	assert_true(fake->client_count < CLIENTS);
	fake->clients[fake->client_count++] = mac;
}

/* Answers that must be taken for nobody's: to another host, of another tag, from elsewhere, cut. */
static void make_noise(struct fake *fake, const uint8_t *answer, size_t length,
                       const struct sockaddr_un *to, socklen_t to_length)
{
	static const size_t turned[] = {5 /* destination */, 14 /* version and flags */,
	                                17 /* shelf */,      18 /* slot */,
	                                23 /* tag */,        21 /* tag */};
	uint8_t frame[FRAME_ROOM];

	for (size_t i = 0; i < sizeof(turned) / sizeof(turned[0]); i++) {
		memcpy(frame, answer, length);
		frame[turned[i]] ^= turned[i] == 14 ? 0x08 : 0x40;
		send_answer(fake, frame, length, to, to_length);
	}
	send_answer(fake, answer, 13, to, to_length);
	send_answer(fake, answer, 23, to, to_length);
}

static void answer(struct fake *fake, uint8_t *frame, size_t length, const struct sockaddr_un *from,
                   socklen_t from_length)
{
	struct aoe_header header;
	struct aoe_ata ata;
	bool io;

	assert_int_equal(aoe_header_parse(frame, length, &header), 0);
	assert_true(length >= AOE_FRAME_MIN);
	io = header.command == AOE_ATA && !aoe_ata_parse(frame, length, &ata) &&
	     ata.command != ATA_IDENTIFY;
	if (io) {
		note_client(fake, header.source);
		fake->requests++;
		if (fake->requests <= fake->drop_first || fake->requests > fake->silent_after)
			return;
	}
	begin_answer(frame, &header);
	if (header.command == AOE_CONFIG)
		length = answer_config(fake, frame);
	else
		length = io ? answer_io(fake, frame, length) : answer_identify(frame);
	if (io && fake->requests == fake->refuse_at) {
		frame[14] |= AOE_ERROR;
		frame[15] = AOE_UNAVAILABLE;
	}
	if (io && fake->noise)
		make_noise(fake, frame, length, from, from_length);
	send_answer(fake, frame, length, from, from_length);
}

/* Whether it is kept back already, and sent again since its client has waited long. */
static bool is_held(const struct fake *fake, uint32_t tag)
{
	struct aoe_header header;

	for (unsigned int i = 0; i < fake->held_count; i++)
		if (!aoe_header_parse(fake->held[i].frame, fake->held[i].length, &header) &&
		    header.tag == tag)
			return true;
	return false;
}

static void keep(struct fake *fake, const uint8_t *frame, size_t length,
                 const struct sockaddr_un *from, socklen_t from_length)
{
	assert_true(fake->held_count < sizeof(fake->held) / sizeof(fake->held[0]));
	memcpy(fake->held[fake->held_count].frame, frame, length);
	fake->held[fake->held_count].length = length;
	fake->held[fake->held_count].from = *from;
	fake->held[fake->held_count++].from_length = from_length;
	if (fake->held_count > fake->most_held)
		fake->most_held = fake->held_count;
}

/*
 * Answers all requests that are kept back, once so many wait; and from then on each at once, for a
 * client that has waited long has fewer under way.
 */
static void answer_held(struct fake *fake)
{
	struct pollfd fd = {.fd = fake->socket, .events = POLLIN};

	/* One more would be one too many: it would come at once. */
	if (fake->held_count < fake->hold || poll(&fd, 1, 20) > 0)
		return;
	for (unsigned int i = 0; i < fake->held_count; i++)
		answer(fake, fake->held[i].frame, fake->held[i].length, &fake->held[i].from,
		       fake->held[i].from_length);
	fake->held_count = fake->hold = 0;
}

static void take_frame(struct fake *fake)
{
	uint8_t frame[FRAME_ROOM];
	struct sockaddr_un from;
	socklen_t from_length = sizeof(from);
	struct aoe_header header;
	struct aoe_ata ata;
	ssize_t n = recvfrom(fake->socket, frame, sizeof(frame), 0, (struct sockaddr *)&from,
	                     &from_length);

	assert_true(n > 0);
	if (fake->hold && !aoe_header_parse(frame, (size_t)n, &header) &&
	    header.command == AOE_ATA && !aoe_ata_parse(frame, (size_t)n, &ata) &&
	    ata.command != ATA_IDENTIFY) {
		if (!is_held(fake, header.tag))
			keep(fake, frame, (size_t)n, &from, from_length);
		answer_held(fake);
	} else {
		answer(fake, frame, (size_t)n, &from, from_length);
	}
}

/* ---- bench ---- */

static void child(const struct fake *fake, char **arguments, int count)
{
	int fd = open(fake->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	exit(bench_main(count, arguments));
}

static void read_output(struct fake *fake)
{
	int fd = open(fake->output, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, fake->said, sizeof(fake->said) - 1);

	assert_true(n >= 0);
	fake->said[n] = '\0';
	close(fd);
}

/* Runs bench with these arguments, up to NULL, and plays its target until it ends. */
static void bench(struct fake *fake, int status, ...)
{
	char *arguments[ARGUMENTS] = {strdup("bench"), strdup("--qemu"), NULL};
	int count = 3, pidfd, got;
	const char *word;
	va_list list;
	pid_t pid;

	assert_true(asprintf(&arguments[2], "%s/lan", fake->folder) > 0);
	va_start(list, status);
	for (; (word = va_arg(list, const char *)); count++) {
		assert_true(count < ARGUMENTS - 1);
		assert_non_null(arguments[count] = strdup(word));
	}
	va_end(list);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child(fake, arguments, count);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(pidfd >= 0);
	for (;;) {
		struct pollfd fds[] = {{.fd = fake->socket, .events = POLLIN},
		                       {.fd = pidfd, .events = POLLIN}};

		assert_true(poll(fds, 2, DEADLINE) > 0);
		if (fds[0].revents)
			take_frame(fake);
		else
			break;
	}
	close(pidfd);
	assert_int_equal(waitpid(pid, &got, 0), pid);
	read_output(fake);
	if (!WIFEXITED(got) || WEXITSTATUS(got) != status)
		fail_msg("wanted status %d, got 0x%x and:\n%s", status, got, fake->said);
	for (int i = 0; i < count; i++)
		free(arguments[i]);
}

static void expect(const struct fake *fake, const char *text)
{
	if (!strstr(fake->said, text))
		fail_msg("'%s' was not printed, but:\n%s", text, fake->said);
}

/* ---- tests ---- */

#define ONE     "--target", "4.2"
#define WRITING "--target", "4.2", "--overwrite", "--verify"

static void every_operation_is_counted(void **state)
{
	struct fake *fake = *state;

	bench(fake, 0, "--pattern", "read", "--count", "100", "--json", NULL);
	assert_int_equal(fake->reads, 100);
	assert_int_equal(fake->writes, 0);
	expect(fake, "\"read\": {\"operations\": 100, ");
	expect(fake, "\"retransmissions\": 0, \"errors\": 0");
	expect(fake, "\"end\": \"done\"");
	expect(fake, "{\"address\": \"e4.2\", \"buffers\": 8, \"sectors_per_frame\": 8, ");
}

static void nothing_is_written_unasked(void **state)
{
	struct fake *fake = *state;

	bench(fake, 2, "--pattern", "randwrite", "--target", "4.2", NULL);
	expect(fake, "etherroot bench: --pattern randwrite: writing destroys what is on the "
	             "targets: if that is meant, give --overwrite");
	bench(fake, 2, "--pattern", "mix=99", "--overwrite", NULL);
	expect(fake, "--overwrite: name what is to be overwritten with --target SHELF.SLOT");
	assert_int_equal(fake->requests, 0);
}

static void a_block_larger_than_a_frame_is_several(void **state)
{
	struct fake *fake = *state;

	fake->sectors_per_frame = 3;
	bench(fake, 0, "--pattern", "write", "--block", "4096", "--count", "64", WRITING, NULL);
	assert_int_equal(fake->writes, 64 * 3); /* 3, 3 and 2 sectors */
	assert_int_equal(fake->reads, 64 * 3);
	expect(fake, "64 blocks good, 0 lost, 0 damaged, 0 misplaced, 0 never written\n");
}

static void the_targets_buffers_are_respected(void **state)
{
	struct fake *fake = *state;

	fake->buffers = fake->hold = 4;
	bench(fake, 0, ONE, "--pattern", "randread", "--depth", "32", "--count", "64", NULL);
	assert_int_equal(fake->most_held, 4);
}

static void unless_told_otherwise(void **state)
{
	struct fake *fake = *state;

	fake->buffers = 4;
	fake->hold = 6;
	bench(fake, 0, ONE, "--pattern", "randread", "--depth", "6", "--count", "60",
	      "--ignore-buffers", NULL);
	assert_int_equal(fake->most_held, 6);
}

static void each_client_has_its_own_address(void **state)
{
	struct fake *fake = *state;

	bench(fake, 0, "--pattern", "mix=50", "--clients", "5", "--depth", "2", "--count", "200",
	      WRITING, NULL);
	assert_int_equal(fake->client_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_false(mac_is_group(fake->clients[i]));
	expect(fake, " 0 lost, 0 damaged, 0 misplaced, 0 never written");
}

static void the_address_can_be_said(void **state)
{
	static const struct mac mac = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
	struct fake *fake = *state;

	bench(fake, 0, "--count", "10", "--clients", "2", "--mac", "52:54:00:12:34:56", NULL);
	assert_int_equal(fake->client_count, 2);
	assert_true(mac_equal(fake->clients[0], mac));
	assert_false(mac_equal(fake->clients[1], mac));
}

static void what_is_lost_is_sent_again(void **state)
{
	struct fake *fake = *state;

	fake->drop_first = 3;
	bench(fake, 0, "--pattern", "write", "--depth", "4", "--count", "40", "--json", WRITING,
	      NULL);
	assert_int_equal(fake->writes, 40);
	expect(fake, "\"acknowledged_writes\": 40, \"retransmissions\": 3, \"errors\": 0");
	expect(fake, "\"verified\": {\"good\": 40, \"lost\": 0,");
}

static void nobodys_answers_are_not_taken(void **state)
{
	struct fake *fake = *state;

	fake->noise = true;
	bench(fake, 0, "--pattern", "mix=50", "--depth", "2", "--count", "100", WRITING, NULL);
	assert_int_equal(fake->client_count, 1);
	expect(fake, " 0 lost, 0 damaged, 0 misplaced, 0 never written");
}

static void silence_is_told(void **state)
{
	struct fake *fake = *state;

	fake->silent_after = 10;
	bench(fake, 1, ONE, "--pattern", "randread", "--depth", "2", "--patience", "4", NULL);
	/* Or for longer, if we came late to see it. */
	expect(fake, "etherroot bench: e4.2: silent for ");
	expect(fake, " s: 2 requests without an answer, ");
	expect(fake, "; it had answered 10: is the target still serving it?");
}

static void a_target_that_never_answered(void **state)
{
	struct fake *fake = *state;

	fake->silent_after = 0;
	bench(fake, 1, ONE, "--pattern", "randread", "--depth", "2", "--patience", "4", NULL);
	expect(fake, "it never answered a read or write");
}

static void refusals_are_told_and_counted(void **state)
{
	struct fake *fake = *state;

	fake->fail_at = 3;
	fake->refuse_at = 5;
	fake->cut_at = 7;
	bench(fake, 1, ONE, "--pattern", "read", "--depth", "1", "--count", "20", "--json", NULL);
	expect(fake, "e4.2: reading block 2: failed with ATA error register 4");
	expect(fake, "e4.2: reading block 4: refused with AoE error 3");
	expect(fake, "e4.2: reading block 6: the answer is cut: bytes 2084");
	expect(fake, "\"errors\": 3");
	expect(fake, "\"operations\": 17");
}

static void a_write_that_was_not_stored_is_found(void **state)
{
	struct fake *fake = *state;

	fake->forget_at = 17;
	bench(fake, 1, "--pattern", "write", "--depth", "1", "--count", "64", WRITING, NULL);
	expect(fake, "e4.2: block 16, sector 128: an acknowledged write is lost: generation 1 was "
	             "acknowledged, it holds older data");
	expect(fake, "63 blocks good, 1 lost, 0 damaged, 0 misplaced");
}

/* The second time round, the first generation is still there. */
static void an_older_generation_is_found(void **state)
{
	struct fake *fake = *state;

	fake->forget_at = 64 + 17;
	bench(fake, 1, "--pattern", "write", "--depth", "1", "--count", "128", WRITING, NULL);
	expect(fake, "block 16, sector 128: an acknowledged write is lost: generation 2 was "
	             "acknowledged, it holds generation 1");
}

static void a_turned_bit_is_found(void **state)
{
	struct fake *fake = *state;

	fake->damage_at = 3;
	bench(fake, 1, "--pattern", "write", "--depth", "1", "--count", "64", WRITING, NULL);
	expect(fake, "block 2, sector 16: the data are damaged: their checksum does not fit");
	expect(fake, "63 blocks good, 0 lost, 1 damaged, 0 misplaced");
}

static void a_write_elsewhere_is_found(void **state)
{
	struct fake *fake = *state;

	/* In the second round, so that it falls on a block that is written before it. */
	fake->misplace_at = 128;
	bench(fake, 1, "--pattern", "write", "--depth", "1", "--count", "128", WRITING, NULL);
	expect(fake, "block 0, sector 0: holds what was written to another sector or target");
	expect(fake, "block 63, sector 504: an acknowledged write is lost");
}

static void what_cannot_be_verified_is_no_success(void **state)
{
	struct fake *fake = *state;

	bench(fake, 1, ONE, "--pattern", "read", "--count", "10", "--verify", NULL);
	expect(fake, "--verify: what was read holds nothing that could be verified: fill it first");
	bench(fake, 0, "--pattern", "write", "--count", "64", WRITING, NULL);
	/* Another run knows nothing of the generations, but the stamps prove themselves. */
	bench(fake, 0, ONE, "--pattern", "read", "--count", "64", "--verify", NULL);
	expect(fake, "verified: 64 blocks good");
	fake->disk[5000] ^= 1;
	bench(fake, 1, ONE, "--pattern", "read", "--count", "64", "--verify", NULL);
	expect(fake, "63 blocks good, 0 lost, 1 damaged");
}

static void a_journal_outlives_the_run(void **state)
{
	struct fake *fake = *state;
	uint8_t *before = malloc(sizeof(fake->disk));
	char *journal;

	assert_non_null(before);
	assert_true(asprintf(&journal, "%s/journal", fake->folder) > 0);
	bench(fake, 1, "--check", "--journal", journal, "--target", "4.2", NULL);
	expect(fake, "journal: No such file or directory");
	bench(fake, 0, "--pattern", "write", "--count", "64", "--journal", journal, "--target",
	      "4.2", "--overwrite", NULL);
	memcpy(before, fake->disk, sizeof(fake->disk));
	/* A second run goes on with the same journal, then is cut off. */
	fake->silent_after = fake->requests + 40;
	bench(fake, 1, "--pattern", "write", "--depth", "4", "--count", "64", "--journal", journal,
	      "--target", "4.2", "--overwrite", "--patience", "4", NULL);
	fake->silent_after = SILENT_FOR_GOOD;
	bench(fake, 0, "--check", "--journal", journal, "--target", "4.2", NULL);
	expect(fake, "64 blocks good, 0 lost");
	/* A disk that forgets what it had said was stored. */
	memcpy(fake->disk, before, sizeof(fake->disk));
	bench(fake, 1, "--check", "--journal", journal, "--target", "4.2", NULL);
	expect(fake, "24 blocks good, 40 lost");
	expect(fake, "further blocks are only counted");
	free(journal);
	free(before);
}

/* ---- recordings ---- */

/* One request or answer of a recording; time in milliseconds. */
struct said {
	uint32_t time, tag;
	uint8_t command; /* 0: the answer */
	uint64_t lba;
	uint8_t sectors;
};

/* Writes a pcap file; returns its path, to be freed. */
static char *record(const struct fake *fake, const struct said *said, size_t count)
{
	const uint32_t head[] = {0xa1b2c3d4, 2 | 4U << 16, 0, 0, AOE_ATA_DATA, 1};
	char *path;
	FILE *file;

	assert_true(asprintf(&path, "%s/recording", fake->folder) > 0);
	assert_non_null(file = fopen(path, "w"));
	fwrite(head, sizeof(head), 1, file);
	for (size_t i = 0; i < count; i++) {
		const uint32_t record[] = {said[i].time / 1000, said[i].time % 1000 * 1000,
		                           AOE_ATA_DATA, AOE_ATA_DATA};
		const struct aoe_header header = {
		        .version = AOE_VERSION,
		        .flags = said[i].command ? 0 : AOE_RESPONSE,
		        .address = {9, 9},
		        .tag = said[i].tag,
		};
		const struct aoe_ata ata = {.flags = AOE_ATA_LBA48,
		                            .count = said[i].sectors,
		                            .command = said[i].command,
		                            .lba = said[i].lba};
		uint8_t frame[AOE_ATA_DATA];

		aoe_header_make(frame, &header);
		aoe_ata_make(frame, &ata);
		fwrite(record, sizeof(record), 1, file);
		fwrite(frame, sizeof(frame), 1, file);
	}
	assert_int_equal(fclose(file), 0);
	return path;
}

static const struct said booting[] = {
        {0, 1, ATA_READ_EXT, 0, 8},
        {1, 2, ATA_READ_EXT, 8, 16},
        {2, 2, 0, 0, 0},
        {3, 1, 0, 0, 0},
        {2100, 3, ATA_READ_EXT, 40, 1},
        {2101, 3, 0, 0, 0},
        {2102, 4, ATA_READ_EXT, 0, 8},
        {2103, 4, 0, 0, 0},
};

static void a_recording_is_asked_for_by_each_client(void **state)
{
	struct fake *fake = *state;
	char *path = record(fake, booting, sizeof(booting) / sizeof(booting[0]));

	fake->sectors_per_frame = 5;
	/* Its pause is longer than the patience: nothing is owed then. */
	bench(fake, 0, ONE, "--replay", path, "--clients", "3", "--patience", "2", "--json", NULL);
	assert_int_equal(fake->client_count, 3);
	assert_int_equal(fake->reads, 3 * (2 + 4 + 1 + 2)); /* frames */
	expect(fake, "\"pattern\": \"replay\"");
	expect(fake, "\"read\": {\"operations\": 12, ");
	expect(fake, "\"end\": \"done\"");
	assert_true(strtod(strstr(fake->said, "\"seconds\": ") + 11, NULL) >= 2.09);
	free(path);
}

static void a_recording_without_its_pauses(void **state)
{
	struct fake *fake = *state;
	char *path = record(fake, booting, sizeof(booting) / sizeof(booting[0]));

	/* What is lost is sent again; what follows on it waits. */
	fake->drop_first = 1;
	bench(fake, 0, ONE, "--replay", path, "--pauses", "0", NULL);
	expect(fake, "replay of ");
	expect(fake, "/recording, 4 steps, 0 % of its pauses, 1 client, ");
	assert_true(fake->reads >= 5);
	assert_true(fake->requests >= 6);
	free(path);
}

/* A run that is over before the recording does not wait for its pauses. */
static void a_recording_can_be_broken_off(void **state)
{
	struct fake *fake = *state;
	const struct said slow[] = {
	        {0, 1, ATA_READ_EXT, 0, 8}, {1, 1, 0, 0, 0}, {3600000, 2, ATA_READ_EXT, 0, 8}};
	char *path = record(fake, slow, 3);

	bench(fake, 0, ONE, "--replay", path, "--seconds", "0.3", NULL);
	expect(fake, "1 client, 0.30 s");
	assert_int_equal(fake->reads, 1);
	fake->silent_after = fake->requests;
	bench(fake, 1, ONE, "--replay", path, "--patience", "0.3", NULL);
	expect(fake, "e4.2: silent for ");
	free(path);
}

static void what_a_recording_writes_must_be_allowed(void **state)
{
	struct fake *fake = *state;
	const struct said writing[] = {{0, 1, ATA_WRITE_EXT, 8, 4}, {1, 2, ATA_READ_EXT, 0, 8}};
	char *path = record(fake, writing, 2);

	bench(fake, 2, ONE, "--replay", path, NULL);
	expect(fake, "recording: writing destroys what is on the targets: if that is meant, give "
	             "--overwrite");
	bench(fake, 2, "--overwrite", "--replay", path, NULL);
	expect(fake, "--overwrite: name what is to be overwritten with --target");
	assert_int_equal(fake->requests, 0);
	bench(fake, 0, ONE, "--overwrite", "--replay", path, NULL);
	assert_int_equal(fake->writes, 1);
	assert_int_equal(fake->reads, 1);
	assert_true(fake->disk[8 * AOE_SECTOR + 7] || fake->disk[8 * AOE_SECTOR + 8]);
	assert_false(fake->disk[12 * AOE_SECTOR]);
	free(path);
}

static void what_cannot_be_replayed_is_told(void **state)
{
	struct fake *fake = *state;
	const struct said far[] = {{0, 1, ATA_READ_EXT, DISK_SECTORS - 1, 2}};
	char *path = record(fake, far, 1);

	bench(fake, 1, ONE, "--replay", path, NULL);
	expect(fake, "e4.2: --replay: it has only 262144 bytes, and the recording needs 262656");
	free(path);
	path = record(fake, far, 0);
	bench(fake, 1, ONE, "--replay", path, NULL);
	expect(fake, "recording: it has no reads or writes of an AoE disk");
	bench(fake, 1, ONE, "--replay", "/nonexistent", NULL);
	expect(fake, "etherroot bench: --replay: /nonexistent: No such file or directory");
	bench(fake, 2, ONE, "--replay", path, "--verify", NULL);
	expect(fake, "--replay: not with --verify, --journal, --check, --count or --size");
	bench(fake, 2, ONE, "--replay", path, "--pattern", "read", NULL);
	expect(fake, "--replay: not with --pattern");
	assert_int_equal(fake->requests, 0);
	free(path);
}

/* ---- mistakes ---- */

static void who_is_missing_is_named(void **state)
{
	struct fake *fake = *state;

	bench(fake, 1, "--target", "4.2,5.0", "--wait", "0.3", NULL);
	expect(fake, "e5.0: no answer within 0.3 s: seen on this LAN: e4.2");
	bench(fake, 1, "--size", "1M", NULL);
	expect(fake, "etherroot bench: e4.2: --size: it has only 262144 bytes");
	bench(fake, 1, "--block", "1M", NULL);
	expect(fake, "etherroot bench: e4.2: --block: it has only 262144 bytes");
}

static void wrong_options_are_refused(void **state)
{
	static const char *const cases[][3] = {
	        {"--block", "1000", "--block: '1000': not a multiple of 512 bytes"},
	        {"--block", "0", "--block: '0': not a multiple of 512 bytes from 512 to 1048576"},
	        {"--block", "2M", "--block: '2M'"},
	        {"--block", "K", "--block: 'K'"},
	        {"--size", "99999999999999999999T", "--size: "},
	        {"--size", "512", "--size: less than one block of 4096 bytes"},
	        {"--mac", "01:00:00:00:00:01",
	         "--mac: '01:00:00:00:00:01': not the address of a host"},
	        {"--depth", "0", "--depth: '0': not a number from 1 to 4096"},
	        {"--clients", "4097", "--clients: '4097': not a number from 1 to 4096"},
	        {"--count", "0", "--count: '0'"},
	        {"--seconds", "nan", "--seconds: 'nan': not a number of seconds"},
	        {"--seconds", "0", "--seconds: '0': not a number of seconds"},
	        {"--pattern", "both", "--pattern: 'both': none of randread"},
	        {"--target", "1.2,", "--target: '1.2,': not SHELF.SLOT"},
	        {"--target", "1.2;1.3", "--target: '1.2;1.3': not SHELF.SLOT"},
	        {"--target", "", "--target: '': not SHELF.SLOT"},
	        {"--interface", "lan0", "lan0: one LAN at a time: "},
	        {"--pauses", "1001", "--pauses: '1001': not a number from 0 to 1000"},
	        {"--check", NULL, "--check: what was acknowledged is in a journal"},
	        {"operand", NULL, "operand: there are no operands"},
	};
	struct fake *fake = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench(fake, 2, cases[i][0], cases[i][1], NULL);
		expect(fake, cases[i][2]);
	}
	assert_int_equal(fake->requests, 0);
}

#define FAKE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE(every_operation_is_counted),
	        FAKE(nothing_is_written_unasked),
	        FAKE(a_block_larger_than_a_frame_is_several),
	        FAKE(the_targets_buffers_are_respected),
	        FAKE(unless_told_otherwise),
	        FAKE(each_client_has_its_own_address),
	        FAKE(the_address_can_be_said),
	        FAKE(what_is_lost_is_sent_again),
	        FAKE(nobodys_answers_are_not_taken),
	        FAKE(silence_is_told),
	        FAKE(a_target_that_never_answered),
	        FAKE(refusals_are_told_and_counted),
	        FAKE(a_write_that_was_not_stored_is_found),
	        FAKE(an_older_generation_is_found),
	        FAKE(a_turned_bit_is_found),
	        FAKE(a_write_elsewhere_is_found),
	        FAKE(what_cannot_be_verified_is_no_success),
	        FAKE(a_journal_outlives_the_run),
	        FAKE(a_recording_is_asked_for_by_each_client),
	        FAKE(a_recording_without_its_pauses),
	        FAKE(a_recording_can_be_broken_off),
	        FAKE(what_a_recording_writes_must_be_allowed),
	        FAKE(what_cannot_be_replayed_is_told),
	        FAKE(who_is_missing_is_named),
	        FAKE(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
