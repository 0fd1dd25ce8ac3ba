/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tools/aoe/aoe.h"

enum {
	OPT_INTERFACE,
	OPT_QEMU,
	OPT_QEMU_WIRE,
	OPT_MAC,
	OPT_TARGET,
	OPT_PATTERN,
	OPT_REPLAY,
	OPT_PAUSES,
	OPT_BLOCK,
	OPT_SIZE,
	OPT_DEPTH,
	OPT_CLIENTS,
	OPT_SECONDS,
	OPT_COUNT,
	OPT_OVERWRITE,
	OPT_VERIFY,
	OPT_JOURNAL,
	OPT_CHECK,
	OPT_IGNORE_BUFFERS,
	OPT_SEED,
	OPT_WAIT,
	OPT_PATIENCE,
	OPT_READY_FD,
	OPT_JSON,
};

static const struct cli_option table[] = {
        {"interface", 'i', "IF", "load targets on this Ethernet interface"},
        {"qemu", 'q', "SOCKET", "load the target that serves QEMU guests at this socket"},
        {"qemu-wire", 0, "OWN,GUEST",
         "load a target inside a QEMU guest whose -netdev dgram has the socket\n"
         "GUEST and sends to OWN, which is created"},
        {"mac", 0, "MAC",
         "own address on the LAN of --qemu or --qemu-wire (default: another each\n"
         "time)"},
        {"target", 't', "SHELF.SLOT,...", "these targets (default: each that answers)"},
        {"pattern", 'p', "PATTERN",
         "randread, randwrite, read, write (in order), or mix=PERCENT:\n"
         "random, PERCENT of it reads (default: randread)"},
        {"replay", 0, "FILE",
         "ask for what a machine has asked for, once for each client: a\n"
         "pcap file of its AoE frames"},
        {"pauses", 0, "PERCENT", "of the machine's pauses that --replay makes (default: 100)"},
        {"block", 'b', "BYTES", "of each operation, a multiple of 512 up to 1M (default: 4096)"},
        {"size", 0, "BYTES", "use the first BYTES of each target (default: all)"},
        {"depth", 'd', "N", "operations under way for each client and target (default: 32)"},
        {"clients", 'c', "N",
         "machines to appear as, each with its own MAC; they share the\n"
         "targets out, and the targets them (default: 1)"},
        {"seconds", 's', "S", "run so long (default: 10)"},
        {"count", 'n', "N", "run until so many operations are done"},
        {"overwrite", 0, NULL, "allow writing: what is on the targets is destroyed"},
        {"verify", 0, NULL,
         "write data that prove themselves, check what is read, and read\n"
         "back all that was written"},
        {"journal", 0, "FILE",
         "note in FILE what was acknowledged, for --check and for further\n"
         "runs; implies --verify, but what was written is not read back"},
        {"check", 0, NULL, "only read back what the journal says was acknowledged"},
        {"ignore-buffers", 0, NULL, "more requests under way than the target has buffers for"},
        {"seed", 0, "N", "of the random patterns (default: another each time)"},
        {"wait", 0, "SECONDS", "look for the targets so long (default: 5)"},
        {"patience", 0, "SECONDS", "give up when nothing was answered for so long (default: 10)"},
        {"ready-fd", 0, "N", "write a newline to file descriptor N when the load begins"},
        {"json", 0, NULL, "print JSON"},
        {0},
};

const struct cli_command bench_command = {
        .name = "bench",
        .synopsis = "--interface IF|--qemu SOCKET [OPTION]...",
        .summary = "Loads AoE targets, any target, and measures them.",
        .options = table,
        .more = "BYTES may end in K, M, G or T (1024, 1024 x 1024, ...).\n"
                "\n"
                "Reading changes nothing. Writing destroys what is on the targets: it needs "
                "--overwrite\n"
                "and --target.",
};

static int read_bytes(const char *name, const char *text, uint64_t low, uint64_t high,
                      uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	char digits[24];
	size_t length = strlen(text);
	const char *suffix = length ? strchr(suffixes, text[length - 1]) : NULL;
	unsigned int shift = suffix && *suffix ? 10 * (unsigned int)(suffix - suffixes + 1) : 0;
	unsigned long number;

	length -= shift > 0;
	if (length < sizeof(digits)) {
		memcpy(digits, text, length);
		digits[length] = '\0';
		if (!cli_number(digits, 0, UINT64_MAX >> shift, &number)) {
			*bytes = (uint64_t)number << shift;
			if (*bytes >= low && *bytes <= high && !(*bytes % AOE_SECTOR))
				return CLI_OK;
		}
	}
	return cli_usage(&bench_command,
	                 "--%s: '%s': not a multiple of 512 bytes from %llu to %llu", name, text,
	                 (unsigned long long)low, (unsigned long long)high);
}

static int read_number(const char *name, const char *text, unsigned long low, unsigned long high,
                       unsigned long *number)
{
	if (!cli_number(text, low, high, number))
		return CLI_OK;
	return cli_usage(&bench_command, "--%s: '%s': not a number from %lu to %lu", name, text,
	                 low, high);
}

static int read_seconds(const char *name, const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end != text && !*end && *seconds >= 0.01 && *seconds <= 1000000)
		return CLI_OK;
	return cli_usage(&bench_command, "--%s: '%s': not a number of seconds from 0.01 to 1000000",
	                 name, text);
}

static int set_lan(struct bench_options *options, enum bench_lan kind, const char *name)
{
	if (options->lan)
		return cli_usage(&bench_command, "%s: one LAN at a time: %s was given already",
		                 name, options->lan);
	options->lan = name;
	options->lan_kind = kind;
	return CLI_OK;
}

static int set_wire(struct bench_options *options, const char *sockets)
{
	const char *comma = strchr(sockets, ',');
	int status = set_lan(options, BENCH_WIRE, sockets);

	if (status)
		return status;
	if (!comma || comma == sockets || !comma[1] || strchr(comma + 1, ','))
		return cli_usage(&bench_command, "--qemu-wire: '%s': not two sockets, OWN,GUEST",
		                 sockets);
	options->wire[0] = strndup(sockets, (size_t)(comma - sockets));
	options->wire[1] = strdup(comma + 1);
	if (options->wire[0] && options->wire[1])
		return CLI_OK;
	cli_error(&bench_command, "--qemu-wire: %s", strerror(ENOMEM));
	return CLI_FAILED;
}

static int set_mac(struct bench_options *options, const char *text)
{
	options->has_mac = true;
	if (mac_parse(text, NULL, &options->mac) || mac_is_group(options->mac))
		return cli_usage(&bench_command, "--mac: '%s': not the address of a host", text);
	return CLI_OK;
}

static int add_target(struct bench_options *options, struct aoe_address address)
{
	struct aoe_address *larger;

	for (size_t i = 0; i < options->target_count; i++)
		if (!aoe_address_compare(options->targets[i], address))
			return CLI_OK;
	larger = reallocarray(options->targets, options->target_count + 1, sizeof(*larger));
	if (!larger) {
		cli_error(&bench_command, "--target: %s", strerror(ENOMEM));
		return CLI_FAILED;
	}
	options->targets = larger;
	larger[options->target_count++] = address;
	return CLI_OK;
}

static int read_targets(struct bench_options *options, const char *text)
{
	const char *end = text;
	struct aoe_address address;
	int status = CLI_OK;

	do {
		if (aoe_address_parse(end, &end, &address) || (*end && *end != ','))
			return cli_usage(&bench_command,
			                 "--target: '%s': not SHELF.SLOT, or several with commas",
			                 text);
		status = add_target(options, address);
	} while (!status && *end++);
	return status;
}

static int set_count(const char *name, const char *text, unsigned int high, unsigned int *count)
{
	unsigned long number = 0;
	int status = read_number(name, text, 1, high, &number);

	*count = (unsigned int)number;
	return status;
}

static int set_uint64(const char *name, const char *text, uint64_t low, uint64_t *value)
{
	unsigned long number = 0;
	int status = read_number(name, text, low, UINT64_MAX, &number);

	*value = number;
	return status;
}

static int set_pauses(struct bench_options *options, const char *text)
{
	unsigned long number = 0;
	int status = read_number("pauses", text, 0, BENCH_PAUSES_MAX, &number);

	options->pauses = (unsigned int)number;
	return status;
}

static int set_descriptor(struct bench_options *options, const char *text)
{
	unsigned long number = 0;
	int status = read_number("ready-fd", text, 0, INT_MAX, &number);

	options->ready_fd = (int)number;
	return status;
}

static int set_pattern(struct bench_options *options, const char *text)
{
	options->pattern_text = text;
	if (!pattern_parse(text, &options->pattern))
		return CLI_OK;
	return cli_usage(&bench_command,
	                 "--pattern: '%s': none of randread, randwrite, read, write, "
	                 "mix=PERCENT with PERCENT from 0 to 100",
	                 text);
}

/* Those that say how much and how long. */
static int set_measure(struct bench_options *options, int option, const char *value)
{
	const char *name = table[option].name;
	uint64_t bytes = 0;
	int status;

	switch (option) {
	case OPT_BLOCK:
		status = read_bytes(name, value, AOE_SECTOR, BENCH_BLOCK_MAX, &bytes);
		options->block = (unsigned int)bytes;
		return status;
	case OPT_SIZE:
		return read_bytes(name, value, AOE_SECTOR, INT64_MAX, &options->size);
	case OPT_DEPTH:
		return set_count(name, value, BENCH_DEPTH_MAX, &options->depth);
	case OPT_CLIENTS:
		return set_count(name, value, BENCH_CLIENTS_MAX, &options->clients);
	case OPT_SECONDS:
		return read_seconds(name, value, &options->seconds);
	case OPT_COUNT:
		return set_uint64(name, value, 1, &options->count);
	case OPT_PAUSES:
		return set_pauses(options, value);
	case OPT_SEED:
		return set_uint64(name, value, 0, &options->seed);
	case OPT_WAIT:
		return read_seconds(name, value, &options->wait);
	default:
		return read_seconds(name, value, &options->patience);
	}
}

static int set_option(struct bench_options *options, int option, const char *value)
{
	switch (option) {
	case OPT_INTERFACE:
		return set_lan(options, BENCH_INTERFACE, value);
	case OPT_QEMU:
		return set_lan(options, BENCH_QEMU, value);
	case OPT_QEMU_WIRE:
		return set_wire(options, value);
	case OPT_MAC:
		return set_mac(options, value);
	case OPT_TARGET:
		return read_targets(options, value);
	case OPT_PATTERN:
		return set_pattern(options, value);
	case OPT_REPLAY:
		options->recording = value;
		return CLI_OK;
	case OPT_OVERWRITE:
		options->overwrite = true;
		return CLI_OK;
	case OPT_VERIFY:
		options->verify = true;
		return CLI_OK;
	case OPT_JOURNAL:
		options->journal = value;
		return CLI_OK;
	case OPT_CHECK:
		options->check = true;
		return CLI_OK;
	case OPT_READY_FD:
		return set_descriptor(options, value);
	case OPT_IGNORE_BUFFERS:
		options->ignore_buffers = true;
		return CLI_OK;
	case OPT_JSON:
		options->json = true;
		return CLI_OK;
	default:
		return set_measure(options, option, value);
	}
}

/* Percent of all, but neither none nor all unless it is so. */
static unsigned int share(size_t part, size_t all)
{
	size_t percent = part * 100 / all;

	if (part && !percent)
		return 1;
	return (unsigned int)percent;
}

/* The recording says what is asked for, and when: nothing else can. */
static int load_recording(struct bench_options *options)
{
	struct why why = {""};

	if (options->verify || options->journal || options->check || options->count ||
	    options->size)
		return cli_usage(&bench_command, "--replay: not with --verify, --journal, "
		                                 "--check, --count or --size");
	if (options->pattern_text)
		return cli_usage(&bench_command, "--replay: not with --pattern");
	options->replay = calloc(1, sizeof(*options->replay));
	if (!options->replay) {
		cli_error(&bench_command, "--replay: %s", strerror(ENOMEM));
		return CLI_FAILED;
	}
	if (replay_load(options->recording, options->replay, &why)) {
		cli_error(&bench_command, "--replay: %s", why.text);
		return CLI_FAILED;
	}
	options->pattern_text = "replay";
	options->pattern.writes = share(options->replay->writes, options->replay->count);
	return CLI_OK;
}

/* What cannot be seen in one option alone. */
static int check_together(const struct bench_options *options)
{
	bool writes = options->pattern.writes && !options->check;

	if (!options->lan)
		return cli_usage(&bench_command, "no LAN: give --interface IF or --qemu SOCKET");
	if (options->has_mac && options->lan_kind == BENCH_INTERFACE)
		return cli_usage(&bench_command, "--mac: the interface has one of its own");
	if (options->check && !options->journal)
		return cli_usage(&bench_command,
		                 "--check: what was acknowledged is in a journal: give --journal");
	if (writes && !options->overwrite)
		return cli_usage(&bench_command,
		                 "%s%s: writing destroys what is on the targets: if that is "
		                 "meant, give --overwrite",
		                 options->recording ? "--replay " : "--pattern ",
		                 options->recording ? options->recording : options->pattern_text);
	if (writes && !options->target_count)
		return cli_usage(&bench_command, "--overwrite: name what is to be overwritten "
		                                 "with --target SHELF.SLOT");
	if (options->size && options->size < options->block)
		return cli_usage(&bench_command, "--size: less than one block of %u bytes",
		                 options->block);
	return CLI_OK;
}

static void set_defaults(struct bench_options *options)
{
	*options = (struct bench_options){
	        .pattern = {.random = true},
	        .block = 4096,
	        .depth = 32,
	        .clients = 1,
	        .pauses = 100,
	        .wait = 5,
	        .patience = 10,
	        .ready_fd = -1,
	};
	/* Without random numbers from the system, the same ones each time. */
	if (getrandom(&options->seed, sizeof(options->seed), 0) < 0)
		options->seed = 1;
	options->seed >>= 32;
}

bool bench_options_read(struct bench_options *options, int argc, char **argv, int *status)
{
	struct cli_parser parser;
	int option;

	set_defaults(options);
	*status = CLI_OK;
	cli_start(&parser, &bench_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!*status)
			*status = set_option(options, option, parser.value);
	if (option == CLI_STOP)
		*status = parser.status;
	if (option == CLI_STOP || *status)
		return false;
	if (parser.index < argc)
		*status = cli_usage(&bench_command,
		                    "%s: there are no operands; a target is given as --target "
		                    "SHELF.SLOT",
		                    argv[parser.index]);
	else if (options->recording)
		*status = load_recording(options);
	if (!options->pattern_text)
		options->pattern_text = "randread";
	if (!*status)
		*status = check_together(options);
	options->read_back = options->verify;
	if (options->journal)
		options->verify = true;
	if (!options->seconds && !options->count && !options->recording)
		options->seconds = 10;
	return !*status;
}

void bench_options_release(struct bench_options *options)
{
	free(options->wire[0]);
	free(options->wire[1]);
	free(options->targets);
	options->targets = NULL;
	if (options->replay)
		replay_release(options->replay);
	free(options->replay);
	options->replay = NULL;
}
