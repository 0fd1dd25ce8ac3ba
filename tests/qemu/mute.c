/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mute SOCKET SHELF.SLOT=FILE[,TROUBLE]... ...
 *
 * A target for guests of QEMU that is in trouble at some places: each export answers who it is and
 * how large, and every read but those of the places, of two sectors each. Each SIGUSR1 ends the
 * next trouble of all exports, in the order in which they are written. Each export has a MAC of its
 * own, 02:00:00:00:00:01 and so on, so that two may stand for one SHELF.SLOT. Writes are never
 * answered, or with an error if an error is one of the troubles. It prints what it hears of a
 * netconsole.
 *
 *   hole=SECTOR     is not answered, as of a target whose disk hangs
 *
 *   error=SECTOR    is answered with an error of ATA, as of a target that hands on its disk's
 *
 *   error=identify  the same for the question how large it is
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/aoe/identify.h"
#include "tools/base/bytes.h"
#include "tools/lan/lan.h"

enum { MOST_EXPORTS = 8, MOST_TROUBLES = 8, PLACE = 2 /* sectors */ };

/* What is wrong at a place. */
struct trouble {
	bool is_error; /* otherwise it is silence */
	bool identify; /* otherwise it is at this sector: */
	uint64_t sector;
};

struct export
{
	struct aoe_address address;
	struct mac mac;
	int fd;
	uint64_t sectors;
	struct trouble troubles[MOST_TROUBLES];
	unsigned count;
	bool refuses; /* writes */
};

static volatile sig_atomic_t ended; /* of each export's troubles */

static void end_one(int signal)
{
	(void)signal;
	ended++;
}

static void fail(const char *what)
{
	fprintf(stderr, "mute: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void add_trouble(struct export *export, const char *text)
{
	struct trouble *trouble = &export->troubles[export->count++];
	const char *value = strchr(text, '=');

	trouble->is_error = !strncmp(text, "error=", 6);
	export->refuses |= trouble->is_error;
	if (!value || export->count == MOST_TROUBLES ||
	    (!trouble->is_error && strncmp(text, "hole=", 5) != 0))
		fail(text);
	trouble->identify = !strcmp(value + 1, "identify");
	trouble->sector = strtoull(value + 1, NULL, 10);
}

static void open_export(struct export *export, unsigned number, char *text)
{
	char *more = text;
	const char *end, *word;
	struct stat status;

	strsep(&more, ",");
	while ((word = strsep(&more, ",")))
		add_trouble(export, word);
	if (aoe_address_parse(text, &end, &export->address) || *end != '=')
		fail(text);
	export->fd = open(end + 1, O_RDONLY | O_CLOEXEC);
	if (export->fd < 0 || fstat(export->fd, &status))
		fail(end + 1);
	export->sectors = (uint64_t)status.st_size / AOE_SECTOR;
	export->mac = (struct mac){{2, 0, 0, 0, 0, (uint8_t)(number + 1)}};
}

/* What is wrong with what is asked, now; NULL: nothing. */
static const struct trouble *find_trouble(const struct export *export, const struct aoe_ata *ata)
{
	uint64_t start = aoe_ata_start(ata);

	for (unsigned i = (unsigned)ended; i < export->count; i++) {
		const struct trouble *trouble = &export->troubles[i];

		if (trouble->identify
		            ? ata->command == ATA_IDENTIFY
		            : ata->command != ATA_IDENTIFY && start < trouble->sector + PLACE &&
		                      start + ata->count > trouble->sector)
			return trouble;
	}
	return NULL;
}

/* Makes the answer's data; returns the frame's length, or 0 for silence. */
static size_t answer_ata(struct export *export, const uint8_t *request, size_t length,
                         uint8_t *reply)
{
	struct aoe_ata ata, status = {.command = ATA_STATUS_READY};
	const struct trouble *trouble;
	struct identify identify = {.sectors = export->sectors, .serial = "mute", .model = "mute"};
	bool fails;
	ssize_t n;

	if (aoe_ata_parse(request, length, &ata))
		return 0;
	trouble = find_trouble(export, &ata);
	if (trouble && !trouble->is_error)
		return 0;
	fails = trouble ||
	        (export->refuses && (ata.command == ATA_WRITE || ata.command == ATA_WRITE_EXT));
	if (fails)
		status = (struct aoe_ata){.command = ATA_STATUS_READY | ATA_STATUS_ERROR,
		                          .feature = ATA_ERROR_ABORTED};
	aoe_ata_make(reply, &status);
	if (fails)
		return AOE_ATA_DATA;
	if (ata.command == ATA_IDENTIFY) {
		identify_make(&identify, reply + AOE_ATA_DATA);
		return AOE_ATA_DATA + IDENTIFY_SIZE;
	}
	if ((ata.command != ATA_READ && ata.command != ATA_READ_EXT) || ata.count > 16)
		return 0;
	n = pread(export->fd, reply + AOE_ATA_DATA, (size_t)ata.count * AOE_SECTOR,
	          (off_t)(aoe_ata_start(&ata) * AOE_SECTOR));
	return n < 0 ? 0 : AOE_ATA_DATA + (size_t)ata.count * AOE_SECTOR;
}

static size_t answer(struct export *export, const uint8_t *request, size_t length, uint8_t *reply)
{
	static const struct aoe_config config = {
	        .buffers = 16, .sectors = 2, .version = AOE_VERSION};
	struct aoe_header header;
	bool every_shelf, every_slot;

	memset(reply, 0, LAN_FRAME_MAX);
	if (aoe_header_parse(request, length, &header) || header.flags & AOE_RESPONSE)
		return 0;
	every_shelf = header.address.shelf == AOE_SHELF_ALL;
	every_slot = header.address.slot == AOE_SLOT_ALL;
	if ((!every_shelf && header.address.shelf != export->address.shelf) ||
	    (!every_slot && header.address.slot != export->address.slot) ||
	    (!mac_is_group(header.destination) && !mac_equal(header.destination, export->mac)))
		return 0;
	header.destination = header.source;
	header.source = export->mac;
	header.flags = AOE_RESPONSE;
	header.address = export->address;
	aoe_header_make(reply, &header);
	if (header.command == AOE_CONFIG)
		return aoe_config_make(reply, &config);
	return header.command == AOE_ATA ? answer_ata(export, request, length, reply) : 0;
}

/* UDP to netconsole's port, in IPv4 without options (RFC 791, RFC 768). */
static void listen_to(const uint8_t *frame, size_t length)
{
	enum {
		TYPE = 12,
		IP = 14,
		PROTOCOL = IP + 9,
		UDP = IP + 20,
		PORT = UDP + 2,
		TEXT = UDP + 8
	};

	if (length < TEXT || be16(frame + TYPE) != 0x0800 || frame[IP] != 0x45 ||
	    frame[PROTOCOL] != 17 || be16(frame + PORT) != 6666)
		return;
	printf("mute: heard %.*s\n", (int)(length - TEXT), (const char *)frame + TEXT);
	fflush(stdout);
}

static void serve(struct lan *lan, struct export *exports, int count)
{
	static uint8_t buffers[LAN_BATCH][LAN_FRAME_MAX], reply[LAN_FRAME_MAX];
	struct lan_frame frames[LAN_BATCH];
	struct pollfd event = {.fd = lan->fd, .events = POLLIN};

	for (size_t i = 0; i < LAN_BATCH; i++)
		frames[i].data = buffers[i];
	for (;;) {
		size_t received;

		poll(&event, 1, -1);
		received = lan_receive(lan, frames, LAN_BATCH);
		for (size_t i = 0; i < received; i++) {
			listen_to(frames[i].data, frames[i].length);
			for (int e = 0; e < count; e++) {
				struct lan_frame out = {.data = reply, .peer = frames[i].peer};

				out.length = answer(&exports[e], frames[i].data, frames[i].length,
				                    reply);
				if (out.length) {
					out.length = aoe_pad(reply, out.length);
					lan_send(lan, &out, 1);
				}
			}
		}
	}
}

int main(int argc, char **argv)
{
	static struct export exports[MOST_EXPORTS];
	struct lan *lan;
	int rc;

	if (argc < 3 || argc - 2 > MOST_EXPORTS) {
		fprintf(stderr, "Usage: mute SOCKET SHELF.SLOT=FILE[,TROUBLE]... ...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		open_export(&exports[i - 2], (unsigned)(i - 2), argv[i]);
	signal(SIGUSR1, end_one);
	rc = lan_open_qemu(argv[1], exports[0].mac, &lan);
	if (rc) {
		fprintf(stderr, "mute: %s: %s\n", argv[1], lan_explain(rc));
		return 1;
	}
	printf("mute: ready\n");
	fflush(stdout);
	serve(lan, exports, argc - 2);
}
