/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ipxe/script.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/host/ipxe.h"

/* The kernel cuts its command line here (COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h). */
enum { COMMAND_LINE = 2048 };

/* What iPXE may put in place of "BOOTIF=01-${netX/mac:hexhyp}" and of other settings. */
enum { EXPANSION = 256 };

static int refuse(const char *option, const char *text, const char *at, const char *what,
                  struct why *why)
{
	return why_set(why, -EINVAL, "%s: %s at character %zu of '%s'", option, what,
	               (size_t)(at - text) + 1, text);
}

/* A character that ends a line, or that a terminal would act upon. */
static int check_characters(const char *option, const char *text, struct why *why)
{
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		size_t place = (size_t)(c - text) + 1;

		/* The text itself is not repeated: it would break the message as well. */
		if (byte == '\n' || byte == '\r')
			return why_set(why, -EINVAL,
			               "%s: a line's end at character %zu would end the command",
			               option, place);
		if (byte < ' ' || byte == 0x7f)
			return why_set(why, -EINVAL,
			               "%s: control character 0x%02x at character %zu", option,
			               byte, place);
	}
	return 0;
}

/* "${NAME}" is a setting that iPXE fills in; one that is not closed would swallow what follows. */
static int check_settings(const char *option, const char *text, struct why *why)
{
	const char *open = text;

	while ((open = strstr(open, "${"))) {
		const char *close = open + 2 + strcspn(open + 2, "}$ \t");

		if (*close != '}')
			return refuse(option, text, open, "'${' without its '}'", why);
		if (close == open + 2)
			return refuse(option, text, open, "'${}' names no setting", why);
		open = close;
	}
	return 0;
}

/* iPXE takes a word that begins with '#' for a comment, and these for the end of a command. */
static int check_words(const char *option, const char *text, struct why *why)
{
	static const char *const ends[] = {"||", "&&", ";"};
	const char *word = text + strspn(text, " ");

	while (*word) {
		size_t length = strcspn(word, " ");

		if (*word == '#')
			return refuse(option, text, word, "a word beginning with '#'", why);
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			if (length == strlen(ends[i]) && !strncmp(word, ends[i], length))
				return refuse(option, text, word, "a word that ends iPXE's command",
				              why);
		word += length;
		word += strspn(word, " ");
	}
	return 0;
}

static int check_text(const char *option, const char *text, struct why *why)
{
	int rc = check_characters(option, text, why);

	if (!rc)
		rc = check_settings(option, text, why);
	return rc ? rc : check_words(option, text, why);
}

/* One word: a URL, a file name or a root. */
static int check_word(const char *option, const char *text, struct why *why)
{
	int rc = check_text(option, text, why);

	if (rc)
		return rc;
	if (!*text)
		return why_set(why, -EINVAL, "%s: is empty", option);
	if (strchr(text, ' '))
		return refuse(option, text, strchr(text, ' '), "a blank (write %20 in a URL)", why);
	if (*text == '-')
		return refuse(option, text, text, "iPXE would read an option: '-'", why);
	return 0;
}

static int check_server(const char *text, struct why *why)
{
	int rc = check_word("--server", text, why);

	if (rc)
		return rc;
	return strstr(text, "://")
	               ? 0
	               : refuse("--server", text, text, "not an address like http://10.0.0.1", why);
}

static int check_places(const struct script *script, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < script->server_count; i++)
		rc = check_server(script->servers[i], why);
	if (!rc && script->sanboot)
		rc = check_word("--sanboot", script->sanboot, why);
	if (!rc && script->disk)
		rc = check_word("disk", script->disk, why);
	return rc;
}

/* A name is looked for on each server in turn: one with a server of its own has no need of them. */
static int check_name(const struct script *script, const char *option, const char *name,
                      struct why *why)
{
	int rc = check_word(option, name, why);

	if (!rc && script->server_count && strstr(name, "://"))
		rc = refuse(option, name, name, "--server leaves no room for an address", why);
	return rc;
}

static int check_names(const struct script *script, struct why *why)
{
	int rc = check_name(script, "--kernel", script->kernel, why);

	if (!rc)
		rc = check_name(script, "--initrd", script->initrd, why);
	if (!rc && script->generation)
		rc = check_name(script, "--generation", script->generation, why);
	return rc;
}

static int check(const struct script *script, struct why *why)
{
	int rc = check_places(script, why);

	if (rc || !script->kernel)
		return rc;
	rc = check_names(script, why);
	if (!rc)
		rc = check_word("--root", script->root, why);
	if (!rc)
		rc = check_text("--append", script->append, why);
	if (!rc && strlen(script->root) + strlen(script->append) > COMMAND_LINE - EXPANSION)
		rc = why_set(
		        why, -EINVAL,
		        "--append: the kernel's command line would be longer than the %d bytes "
		        "that it reads",
		        COMMAND_LINE);
	return rc;
}

/*
 * netX is the card that iPXE opened last: the one that it booted from. The images have names of
 * their own, because a kernel started under UEFI looks its initrd up by the name that stands on its
 * command line; elsewhere that means nothing.
 */
static const char start[] = "set wait:int32 5\n"
                            "\n"
                            ":start\n"
                            "imgfree\n"
                            "isset ${netX/ip} || dhcp || goto no_address\n";

/* What has nothing to start says so in two lines of iPXE's own. */
static const char disk_first[] = "echo etherroot: starting the disk by its own boot loader: %s\n"
                                 "sanboot %s ||\n"
                                 "echo etherroot: the disk starts nothing\n"
                                 "imgfree\n";

/* Each server in turn: what is tried when this one does not have it is the label in ${next}. */
static const char server[] = "set server %s%s\n"
                             "set next %s\n"
                             "goto server\n"
                             "\n";

static const char next_server[] = ":server_%zu\n"
                                  "echo etherroot: trying another server: %s\n";

static const char from_server[] = ":server\n"
                                  "imgfree\n";

static const char generation[] = "clear trial-failed ||\n"
                                 "chain --autofree %s%s || goto no_generation\n"
                                 ":load\n";

static const char load[] = "kernel --name kernel %s%s initrd=initrd root=%s "
                           "BOOTIF=01-${netX/mac:hexhyp}%s%s%s || goto no_kernel\n"
                           "initrd --name initrd %s%s || goto no_initrd\n";

/*
 * One that is on trial: its starts are counted, and after some the answer is to give it up. That it
 * could not be loaded counts once the one before could be: else it is the server that is to blame.
 */
static const char trial[] =
        "isset ${trial} && chain --autofree --timeout 20000 ${trial} ||\n"
        "isset ${trial-over} && goto fall_back ||\n"
        "isset ${trial-failed} && chain --autofree --timeout 20000 ${trial-failed} ||\n"
        "clear trial-over ||\n";

static const char go[] = "boot || goto no_boot\n"
                         "\n";

/* Where it goes from there: what failed is said, and tried elsewhere, and again. */
static const char no_address[] = ":no_address\n"
                                 "echo etherroot: no network address by DHCP\n"
                                 "%s"
                                 "goto %s\n"
                                 "\n";

/* DHCP that fails leaves the cards closed, and AoE takes one that is open. */
static const char open_cards[] = "ifopen ||\n";

static const char trouble[] = ":no_kernel\n"
                              "echo etherroot: the kernel could not be loaded: %s%s\n"
                              "goto %s\n"
                              "\n"
                              ":no_initrd\n"
                              "echo etherroot: the initrd could not be loaded: %s%s\n"
                              "goto %s\n"
                              "\n"
                              ":no_boot\n"
                              "echo etherroot: the kernel could not be started: %s%s\n"
                              "goto %s\n"
                              "\n";

/*
 * A name that is tried is taken away, so that it is tried once; so is the trial, which is over: the
 * next server's kernel, or the next try's, has one of its own.
 */
static const char before[] = ":no_generation\n"
                             "echo etherroot: what names the kernel could not be loaded: %s%s\n"
                             "goto %s\n"
                             "\n"
                             ":fall_back\n"
                             "isset ${trial} && set trial-failed ${trial}/failed ||\n"
                             "clear trial ||\n"
                             "clear trial-args ||\n"
                             "clear trial-over ||\n"
                             "isset ${previous} || goto %s\n"
                             "echo etherroot: trying the generation before: ${previous}\n"
                             "set generation ${previous}\n"
                             "clear previous\n"
                             "imgfree\n"
                             "goto load\n"
                             "\n";

static const char disk[] = ":disk\n"
                           "imgfree\n"
                           "echo etherroot: starting the disk by its own boot loader: %s\n"
                           "sanboot %s ||\n"
                           "echo etherroot: the disk could not be started: %s\n"
                           "goto failed\n"
                           "\n";

/* The waits are of 5, 10, 20, and then of 40 seconds: a server that has much to do gets no more. */
static const char again[] =
        ":failed\n"
        "echo " IPXE_FAILED ": the lines above say why\n"
        "prompt --key s --timeout ${wait}000 Next try in ${wait} seconds; press s for a shell, any "
        "other key to try now && shell ||\n"
        "iseq ${wait} 40 || inc wait ${wait}\n"
        "goto start\n";

/* Where it goes on when no server has it. A disk wants no address: AoE is no part of IP. */
static const char *after_servers(const struct script *script)
{
	return script->sanboot ? "disk" : "failed";
}

static const char *after_one(const struct script *script)
{
	return script->server_count ? "${next}" : after_servers(script);
}

static bool ends_with(const char *text, char c)
{
	return *text && text[strlen(text) - 1] == c;
}

/* What a name stands behind. */
static const char *place(const struct script *script)
{
	return script->server_count ? "${server}" : "";
}

static int write_servers(const struct script *script, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < script->server_count; i++) {
		const char *url = script->servers[i];
		char label[32];

		snprintf(label, sizeof(label), "server_%zu", i + 2);
		if (i)
			rc = buffer_printf(text, next_server, i + 1, url);
		if (!rc)
			rc = buffer_printf(text, server, url, ends_with(url, '/') ? "" : "/",
			                   i + 1 < script->server_count ? label
			                                                : after_servers(script));
	}
	if (!rc && script->server_count)
		rc = buffer_printf(text, "%s", from_server);
	return rc;
}

static int write_load(const struct script *script, struct buffer *text)
{
	const char *from = place(script);
	int rc = write_servers(script, text);

	if (!rc && script->generation)
		rc = buffer_printf(text, generation, from, script->generation);
	if (!rc)
		rc = buffer_printf(text, load, from, script->kernel, script->root,
		                   *script->append ? " " : "", script->append,
		                   script->generation ? " ${trial-args}" : "", from,
		                   script->initrd);
	if (!rc && script->generation)
		rc = buffer_printf(text, "%s", trial);
	return rc ? rc : buffer_printf(text, "%s", go);
}

static int write_trouble(const struct script *script, struct buffer *text)
{
	const char *from = place(script), *after = after_one(script);
	const char *next = script->generation ? "fall_back" : after;
	int rc = buffer_printf(text, trouble, from, script->kernel, next, from, script->initrd,
	                       next, from, script->kernel, next);

	if (!rc && script->generation)
		rc = buffer_printf(text, before, from, script->generation, after, after);
	return rc;
}

static int write_end(const struct script *script, struct buffer *text)
{
	const char *san = script->sanboot;
	int rc = san ? buffer_printf(text, disk, san, san, san) : 0;

	return rc ? rc : buffer_printf(text, "%s", again);
}

int script_write(const struct script *script, struct buffer *text, struct why *why)
{
	int rc = check(script, why);

	if (rc)
		return rc;
	rc = buffer_printf(text,
	                   "#!ipxe\n"
	                   "# Starts a machine that has no disk: made by 'etherroot ipxe'.\n"
	                   "\n"
	                   "%s",
	                   start);
	if (!rc && script->disk)
		rc = buffer_printf(text, disk_first, script->disk, script->disk);
	if (!rc)
		rc = script->kernel ? write_load(script, text)
		                    : buffer_printf(text, "goto disk\n\n");
	if (!rc)
		rc = buffer_printf(text, no_address, script->sanboot ? open_cards : "",
		                   after_servers(script));
	if (!rc && script->kernel)
		rc = write_trouble(script, text);
	if (!rc)
		rc = write_end(script, text);
	return rc ? why_memory(why) : 0;
}
