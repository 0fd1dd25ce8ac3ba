/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/cmdline.h"

#include <errno.h>
#include <string.h>

#include "init/netconsole.h"
#include "init/verity.h"
#include "tools/base/hostname.h"
#include "tools/base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Longer than any name of a NIC, or MAC, in bytes. */
enum { NIC_TEXT = 31 };

/* What a parameter's function is given beside the result. */
struct word {
	char *text;  /* the whole word */
	char *value; /* behind the '=', or NULL */
	struct cmdline_error *error;
};

static int wrong(const struct word *word, const char *at, const char *problem)
{
	*word->error = (struct cmdline_error){
	        .word = word->text, .position = (size_t)(at - word->text), .problem = problem};
	return -EINVAL;
}

/* The whole value as a number within [least, most]. */
static int number(const struct word *word, unsigned least, unsigned most, const char *problem,
                  unsigned *result)
{
	const char *at = word->value ? word->value : "";
	uint64_t n;

	if (!word->value)
		return wrong(word, word->text + strlen(word->text), problem);
	if (text_read_number(&at, most, &n) || *at || n < least)
		return wrong(word, *at ? at : word->value, problem);
	*result = (unsigned)n;
	return 0;
}

/* LABEL="my disk", as blkid and fstab(5) write it: the quotes are not the label's. */
static void unquote_tag(char *value)
{
	char *quote = value + strcspn(value, "=");
	size_t length = strlen(value);

	if (!*quote || quote[1] != '"' || value + length - 1 == quote + 1 ||
	    value[length - 1] != '"')
		return;
	value[length - 1] = '\0';
	memmove(quote + 1, quote + 2, strlen(quote + 2) + 1);
}

static int set_address(const struct word *word, struct root_address *address)
{
	struct parse_error error;

	if (!word->value || !*word->value)
		return wrong(word, word->text + strlen(word->text), "expected aoe:eX.Y behind it");
	unquote_tag(word->value);
	if (!root_parse(word->value, address, &error))
		return 0;
	return wrong(word, word->value + error.position, error.problem);
}

static int set_root(struct cmdline *cmdline, const struct word *word)
{
	return set_address(word, &cmdline->root);
}

/* The same of a device that neither firmware nor a hook can make. */
static int set_device(const struct word *word, struct root_address *address)
{
	int rc = set_address(word, address);

	if (!rc && (address->kind == ROOT_ABFT || address->kind == ROOT_DEVICE))
		rc = wrong(word, word->value, "expected a device, as in aoe:eX.Y");
	return rc;
}

/* A size as tmpfs takes it (mm/shmem.c): bytes, with a suffix, or a part of the memory. */
static int set_overlay_size(struct cmdline *cmdline, const struct word *word, const char *size)
{
	const char *at = size;
	uint64_t number;

	if (text_read_number(&at, UINT32_MAX, &number) || !number ||
	    (*at && (!strchr("kKmMgG%", *at) || at[1])))
		return wrong(word, at, "expected a size, as in 512M or 50%");
	cmdline->overlay.size = size;
	return 0;
}

static int set_overlay(struct cmdline *cmdline, const struct word *word)
{
	static const char tmpfs[] = "tmpfs";
	const char *value = word->value ? word->value : tmpfs;

	cmdline->overlay = (struct overlay_choice){.wanted = strcmp(value, "0") != 0, .size = ""};
	if (!strcmp(value, tmpfs) || !strcmp(value, "1") || !cmdline->overlay.wanted)
		return 0;
	if (text_begins(value, "tmpfs:"))
		return set_overlay_size(cmdline, word, value + sizeof(tmpfs));
	return set_device(word, &cmdline->overlay.device);
}

/*
 * Looks through a list with commas before any of it is cut off, so that a mistake is shown in the
 * whole word. Its entries have 1 to `longest` bytes, and there are no more than `most`.
 */
static int check_list(const struct word *word, unsigned most, size_t longest, const char *expected,
                      const char *too_many)
{
	const char *at = word->value;

	for (unsigned count = 0;; count++) {
		size_t length = strcspn(at, ",");

		if (!length || length > longest)
			return wrong(word, at, expected);
		if (count == most)
			return wrong(word, at, too_many);
		if (!at[length])
			return 0;
		at += length + 1;
	}
}

/* Cuts the first entry off a list that check_list found good; NULL at its end. */
static char *next_entry(char **list)
{
	char *entry = *list, *comma = entry ? strchr(entry, ',') : NULL;

	if (comma)
		*comma++ = '\0';
	*list = comma;
	return entry;
}

static int set_fstype(struct cmdline *cmdline, const struct word *word)
{
	char *list = word->value, *entry;
	int rc;

	cmdline->fstype_count = 0;
	if (!list || !*list)
		return 0;
	rc = check_list(word, CMDLINE_FSTYPES, SIZE_MAX, "expected a file system type",
	                "too many file system types");
	while (!rc && (entry = next_entry(&list)))
		if (strcmp(entry, "auto") != 0)
			cmdline->fstypes[cmdline->fstype_count++] = entry;
	return rc;
}

static int set_rootflags(struct cmdline *cmdline, const struct word *word)
{
	cmdline->rootflags = word->value ? word->value : "";
	return 0;
}

static int set_init(struct cmdline *cmdline, const struct word *word)
{
	if (!word->value || word->value[0] != '/')
		return wrong(word, word->value ? word->value : word->text,
		             "expected an absolute path, as in init=/sbin/init");
	cmdline->init = word->value;
	return 0;
}

static int set_root_hash(struct cmdline *cmdline, const struct word *word)
{
	const char *value = word->value ? word->value : "";
	size_t digits = strspn(value, "0123456789abcdefABCDEF");

	if (value[digits] || digits < VERITY_DIGITS_LEAST || digits > VERITY_DIGITS_MOST ||
	    digits % 2)
		return wrong(word, word->value ? value + digits : word->text,
		             "expected 64 to 128 hexadecimal digits");
	cmdline->root_hash = value;
	return 0;
}

static int set_hash_tree(struct cmdline *cmdline, const struct word *word)
{
	return set_device(word, &cmdline->hash_tree);
}

static int set_hash_offset(struct cmdline *cmdline, const struct word *word)
{
	const char *at = word->value ? word->value : "";

	cmdline->verity_is_placed = true;
	if (text_read_number(&at, INT64_MAX, &cmdline->verity_offset) || *at ||
	    cmdline->verity_offset % 512)
		return wrong(word, word->value ? word->value : word->text,
		             "expected bytes, a multiple of 512");
	return 0;
}

static int set_hostname(struct cmdline *cmdline, const struct word *word)
{
	if (!word->value || !hostname_is_valid(word->value))
		return wrong(word, word->value ? word->value : word->text,
		             "expected a name of letters, digits and hyphens, at most 64");
	cmdline->hostname = word->value;
	return 0;
}

static int set_ro(struct cmdline *cmdline, const struct word *word)
{
	(void)word;
	cmdline->read_write = false;
	return 0;
}

static int set_rw(struct cmdline *cmdline, const struct word *word)
{
	(void)word;
	cmdline->read_write = true;
	return 0;
}

/* Waiting for the root is what this init does; a number of seconds bounds it, as in the kernel. */
static int set_rootwait(struct cmdline *cmdline, const struct word *word)
{
	return word->value ? number(word, 0, 1000000, "expected seconds", &cmdline->timeout) : 0;
}

static int set_rootdelay(struct cmdline *cmdline, const struct word *word)
{
	return number(word, 0, 1000000, "expected seconds", &cmdline->rootdelay);
}

/* The kernel itself acts on the value when this init ends. */
static int set_panic(struct cmdline *cmdline, const struct word *word)
{
	(void)word;
	cmdline->panic_given = true;
	return 0;
}

static int set_timeout(struct cmdline *cmdline, const struct word *word)
{
	return number(word, 0, 1000000, "expected seconds", &cmdline->timeout);
}

static int set_onfail(struct cmdline *cmdline, const struct word *word)
{
	static const char *const names[] = {
	        [ONFAIL_SHELL] = "shell",
	        [ONFAIL_REBOOT] = "reboot",
	        [ONFAIL_POWEROFF] = "poweroff",
	        [ONFAIL_PANIC] = "panic",
	};

	for (unsigned i = ONFAIL_SHELL; word->value && i <= ONFAIL_PANIC; i++)
		if (!strcmp(word->value, names[i])) {
			cmdline->onfail = (enum onfail)i;
			return 0;
		}
	return wrong(word, word->value ? word->value : word->text,
	             "expected shell, reboot, poweroff or panic");
}

static int set_shell(struct cmdline *cmdline, const struct word *word)
{
	if (word->value && !strcmp(word->value, "0"))
		return 0;
	cmdline->onfail = ONFAIL_SHELL;
	return 0;
}

static const char too_many_nics[] = "too many interfaces";

static bool is_chosen_already(const struct cmdline *cmdline, struct mac mac)
{
	for (unsigned i = 0; i < cmdline->nic_count; i++)
		if (!cmdline->nics[i].name && mac_equal(cmdline->nics[i].mac, mac))
			return true;
	return false;
}

/*
 * "01-" is the ARP hardware type of Ethernet, as pxelinux and iPXE put it before the address. The
 * word is the firmware's, not the user's: what cannot be read is ignored, and told.
 */
static int set_bootif(struct cmdline *cmdline, const struct word *word)
{
	struct nic_choice nic = {.text = word->text};
	const char *at = word->value ? word->value : "";

	if (mac_parse(at, NULL, &nic.mac) && !((text_begins(at, "01-") || text_begins(at, "01:")) &&
	                                       !mac_parse(at + 3, NULL, &nic.mac))) {
		cmdline->unreadable_bootif = word->text;
		return 0;
	}
	if (is_chosen_already(cmdline, nic.mac))
		return 0;
	if (cmdline->nic_count == CMDLINE_NICS)
		cmdline->unreadable_bootif = word->text;
	else
		cmdline->nics[cmdline->nic_count++] = nic;
	return 0;
}

static int set_nic(struct cmdline *cmdline, const struct word *word)
{
	char *list = word->value, *entry;
	int rc;

	if (!list)
		return wrong(word, word->text + strlen(word->text), "expected a MAC or a name");
	rc = check_list(word, CMDLINE_NICS - cmdline->nic_count, NIC_TEXT,
	                "expected a MAC or a name", too_many_nics);
	while (!rc && (entry = next_entry(&list))) {
		struct nic_choice nic = {.text = entry};

		if (mac_parse(entry, NULL, &nic.mac))
			nic.name = entry;
		cmdline->nics[cmdline->nic_count++] = nic;
	}
	return rc;
}

/* Each name is another interface; of two words for one name the last one counts. */
static int set_upper(struct cmdline *cmdline, const struct word *word,
                     int (*parse)(const char *value, struct upper *upper,
                                  struct parse_error *error))
{
	const char *value = word->value ? word->value : "";
	struct parse_error error;
	struct upper upper;
	unsigned i = 0;

	if (parse(value, &upper, &error))
		return wrong(word, word->text + strlen(word->text) - strlen(value) + error.position,
		             error.problem);
	while (i < cmdline->upper_count && strcmp(cmdline->uppers[i].name, upper.name) != 0)
		i++;
	if (i == UPPER_MOST)
		return wrong(word, word->value, too_many_nics);
	cmdline->uppers[i] = upper;
	cmdline->upper_count += i == cmdline->upper_count;
	return 0;
}

static int set_vlan(struct cmdline *cmdline, const struct word *word)
{
	return set_upper(cmdline, word, upper_parse_vlan);
}

static int set_bond(struct cmdline *cmdline, const struct word *word)
{
	return set_upper(cmdline, word, upper_parse_bond);
}

/* 68 is the least that IPv4 asks of a link (RFC 791), 65535 the most that Linux takes. */
static int set_mtu(struct cmdline *cmdline, const struct word *word)
{
	return number(word, 68, 65535, "expected bytes, 68 to 65535", &cmdline->mtu);
}

static int set_target(struct cmdline *cmdline, const struct word *word)
{
	const char *at = word->value ? word->value : "";

	if (mac_parse(at, NULL, &cmdline->target) || mac_is_group(cmdline->target))
		return wrong(word, word->value ? word->value : word->text + strlen(word->text),
		             "expected a server's MAC, as in 52:54:00:ab:cd:ef");
	cmdline->has_target = true;
	return 0;
}

/* As with dracut: without a value it is before the OS is started. */
static int set_break(struct cmdline *cmdline, const struct word *word)
{
	if (cmdline->break_count == CMDLINE_BREAKS)
		return wrong(word, word->text, "too many breakpoints");
	cmdline->breaks[cmdline->break_count++] = word->value ? word->value : "switch";
	return 0;
}

static int set_hook(struct cmdline *cmdline, const struct word *word)
{
	if (!word->value || word->value[0] != '/')
		return wrong(word, word->value ? word->value : word->text,
		             "expected an absolute path, as in rd.hook=/bin/hook");
	cmdline->hook = word->value;
	return 0;
}

static int set_netconsole(struct cmdline *cmdline, const struct word *word)
{
	struct parse_error error;

	if (!word->value || netconsole_check(word->value, &error))
		return wrong(word,
		             word->value ? word->value + error.position
		                         : word->text + strlen(word->text),
		             word->value ? error.problem : "expected an IP address to send to");
	cmdline->netconsole = word->value;
	return 0;
}

static int set_toram(struct cmdline *cmdline, const struct word *word)
{
	cmdline->to_memory = !word->value || strcmp(word->value, "0") != 0 ? word->text : NULL;
	return 0;
}

static int set_debug(struct cmdline *cmdline, const struct word *word)
{
	cmdline->debug = !word->value || strcmp(word->value, "0") != 0;
	return 0;
}

static int set_quiet(struct cmdline *cmdline, const struct word *word)
{
	cmdline->quiet = !word->value || strcmp(word->value, "0") != 0;
	return 0;
}

static int set_netroot(struct cmdline *cmdline, const struct word *word)
{
	int rc = set_address(word, &cmdline->netroot);

	if (!rc && (cmdline->netroot.kind != ROOT_AOE || cmdline->netroot.partition))
		rc = wrong(word, word->value, "expected a disk, as in aoe:eX.Y");
	return rc;
}

/* Every parameter that is ours. */
static const struct parameter {
	const char *name;
	int (*set)(struct cmdline *cmdline, const struct word *word);
} parameters[] = {
        {"root", set_root},
        {"rootfstype", set_fstype},
        {"rootflags", set_rootflags},
        {"init", set_init},
        {"rd.overlay", set_overlay},
        {"rd.hostname", set_hostname},
        {"roothash", set_root_hash},
        {"rd.verity.hash", set_hash_tree},
        {"rd.verity.offset", set_hash_offset},
        {"ro", set_ro},
        {"rw", set_rw},
        {"rootwait", set_rootwait},
        {"rootdelay", set_rootdelay},
        {"panic", set_panic},
        {"BOOTIF", set_bootif},
        {"rd.nic", set_nic},
        {"vlan", set_vlan},
        {"bond", set_bond},
        {"rd.mtu", set_mtu},
        {"rd.target", set_target},
        {"rd.timeout", set_timeout},
        {"rd.onfail", set_onfail},
        {"rd.shell", set_shell},
        {"rd.break", set_break},
        {"rd.hook", set_hook},
        {"rd.netconsole", set_netconsole},
        {"rd.toram", set_toram},
        {"rd.debug", set_debug},
        {"rd.quiet", set_quiet},
        {"netroot", set_netroot},
};

/* Whether a word that is right puts right no other one: each makes an interface of its own. */
static bool each_counts(const struct parameter *parameter)
{
	return parameter->set == set_vlan || parameter->set == set_bond;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Cuts the next word off *rest, as the kernel does (next_arg in lib/cmdline.c): quotes hold blanks
 * together; those around a whole word or a whole value are dropped, others stay. Returns NULL at
 * the end.
 */
static char *next_word(char **rest)
{
	char *start = *rest, *end, *value;
	bool whole, quoted;

	while (is_blank(*start))
		start++;
	if (!*start)
		return NULL;
	whole = quoted = *start == '"';
	start += whole;
	for (end = start; *end && (quoted || !is_blank(*end)); end++)
		if (*end == '"')
			quoted = !quoted;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	value = strchr(start, '=');
	if (value && value != start && value[1] == '"') {
		memmove(value + 1, value + 2, (size_t)(end - value - 1));
		whole = true;
		end--;
	}
	if (whole && end > start && end[-1] == '"')
		end[-1] = '\0';
	return start;
}

/* What is wrong with each parameter, until a later word puts it right. */
struct mistakes {
	struct cmdline_error error[COUNT(parameters)];
	unsigned order[COUNT(parameters)]; /* 0: nothing is wrong */
};

static void parse_word(struct cmdline *cmdline, char *text, struct mistakes *mistakes)
{
	size_t name_length = strcspn(text, "=");
	struct word word = {text, text[name_length] ? text + name_length + 1 : NULL, NULL};

	for (size_t i = 0; i < COUNT(parameters); i++) {
		if (strlen(parameters[i].name) != name_length ||
		    memcmp(parameters[i].name, text, name_length) != 0)
			continue;
		word.error = &mistakes->error[i];
		if (parameters[i].set(cmdline, &word))
			mistakes->order[i] = cmdline->word_count;
		else if (!each_counts(&parameters[i]))
			mistakes->order[i] = 0;
	}
}

/* Of several mistakes the first is told. */
static int tell_mistake(const struct mistakes *mistakes, struct cmdline_error *error)
{
	unsigned first = 0;

	for (size_t i = 0; i < COUNT(parameters); i++)
		if (mistakes->order[i] && (!first || mistakes->order[i] < first)) {
			first = mistakes->order[i];
			*error = mistakes->error[i];
		}
	return first ? -EINVAL : 0;
}

/* A device that is not AoE's comes from nowhere without a program that makes it. */
static int check_device(const struct cmdline *cmdline, struct cmdline_error *error)
{
	static const char name[] = "root=";
	enum { MOST = 127 /* DISK_PATH in init/disk.h, without its '\0' */ };

	if (cmdline->root.kind != ROOT_DEVICE ||
	    (cmdline->hook && strlen(cmdline->root.text) <= MOST))
		return 0;
	*error = (struct cmdline_error){.word = cmdline->root.text - sizeof(name) + 1,
	                                .position = sizeof(name) - 1,
	                                .problem = cmdline->hook ? "expected up to 127 bytes"
	                                                         : root_expected};
	return -EINVAL;
}

/* What is in memory does not need the server any more; a disk beside it would. */
static int check_memory(const struct cmdline *cmdline, struct cmdline_error *error)
{
	bool needs_upper = cmdline->overlay.device.kind != ROOT_ABFT;
	bool needs_tree = cmdline->root_hash && cmdline->hash_tree.kind != ROOT_ABFT;

	if (!cmdline->to_memory || (!needs_upper && !needs_tree))
		return 0;
	*error = (struct cmdline_error){
	        .word = cmdline->to_memory,
	        .problem = needs_upper
	                           ? "only the root is copied, and rd.overlay= names a disk: "
	                             "expected rd.overlay=tmpfs"
	                           : "only the root is copied, and rd.verity.hash= names a disk: "
	                             "expected the tree behind the root's data"};
	return -EINVAL;
}

int cmdline_parse(char *line, struct cmdline *cmdline, struct cmdline_error *error)
{
	struct mistakes mistakes = {.order = {0}};
	char *word;

	*cmdline = (struct cmdline){.root.text = "abft", .rootflags = ""};
	*error = (struct cmdline_error){0};
	while ((word = next_word(&line)) && strcmp(word, "--") != 0) {
		if (cmdline->word_count == CMDLINE_WORDS) {
			*error = (struct cmdline_error){.word = word, .problem = "too many words"};
			return -EINVAL;
		}
		cmdline->words[cmdline->word_count++] = word;
		/* Go on after the first mistake: rd.onfail= may stand behind it. */
		parse_word(cmdline, word, &mistakes);
	}
	cmdline->netroot_is_ignored =
	        cmdline->netroot.kind == ROOT_AOE && !root_is_named(&cmdline->root);
	if (cmdline->netroot_is_ignored)
		cmdline->netroot.kind = ROOT_ABFT;
	/* The choice is by export: which one a UUID will be on is not known when the links come. */
	cmdline->target_is_ignored =
	        cmdline->has_target && cmdline->root.kind > ROOT_AOE && !cmdline_disk(cmdline);
	cmdline->has_target &= !cmdline->target_is_ignored;
	if (tell_mistake(&mistakes, error))
		return -EINVAL;
	return check_device(cmdline, error) || check_memory(cmdline, error) ? -EINVAL : 0;
}

const struct root_address *cmdline_disk(const struct cmdline *cmdline)
{
	return cmdline->root.kind == ROOT_AOE      ? &cmdline->root
	       : cmdline->netroot.kind == ROOT_AOE ? &cmdline->netroot
	                                           : NULL;
}

int cmdline_module_parameters(const struct cmdline *cmdline, const char *module, char *buffer,
                              size_t size)
{
	struct text text;

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < cmdline->word_count; i++) {
		const char *word = cmdline->words[i];
		size_t name_length = strcspn(word, ".=");
		const char *parameter = word + name_length + 1;
		size_t needed;
		bool blank;

		if (word[name_length] != '.' || !*parameter ||
		    !text_same_name(word, name_length, module, strlen(module)))
			continue;
		blank = strchr(parameter, ' ') && !strchr(parameter, '"');
		needed = strlen(parameter) + (blank ? 3 : 1);
		if (needed > size - 1 - text.used)
			return -E2BIG;
		if (text.used)
			text_add(&text, " ");
		if (blank) { /* the quotes that next_word dropped */
			text_add(&text, "\"");
			text_add(&text, parameter);
			text_add(&text, "\"");
		} else {
			text_add(&text, parameter);
		}
	}
	return 0;
}

bool cmdline_blacklists(const struct cmdline *cmdline, const char *module)
{
	static const char prefix[] = "modprobe.blacklist=";

	for (unsigned i = 0; i < cmdline->word_count; i++) {
		const char *at = cmdline->words[i];

		if (!text_begins(at, prefix))
			continue;
		at += sizeof(prefix) - 1;
		while (*at) {
			size_t length = strcspn(at, ",");

			if (text_same_name(at, length, module, strlen(module)))
				return true;
			at += length + (at[length] == ',');
		}
	}
	return false;
}
