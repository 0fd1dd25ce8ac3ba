/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/args.h"

static const char root_[] = "root=";

/*
 * The next word of a command line: moves *line behind it, returns its length, 0 at the end. Double
 * quotes hold a word together, as they do for the kernel (lib/cmdline.c, next_arg).
 */
static size_t word(const char **line, const char **start)
{
	bool quoted = false;

	*line += strspn(*line, " ");
	*start = *line;
	for (; **line && (quoted || **line != ' '); ++*line)
		quoted ^= **line == '"';
	return (size_t)(*line - *start);
}

static bool is_root(const char *start, size_t n)
{
	return n >= strlen(root_) && !strncmp(start, root_, strlen(root_));
}

/* Whether a parameter is in a command line; one that ends in '=' with any value. */
static bool has(const char *line, const char *parameter)
{
	size_t length = strlen(parameter), n;
	bool value = parameter[length - 1] == '=';
	const char *start;

	while ((n = word(&line, &start)))
		if (n >= length && !strncmp(start, parameter, length) && (value || n == length))
			return true;
	return false;
}

char *cmdline_root(struct aoe_address address, unsigned partition, const char *append)
{
	char name[AOE_ADDRESS_TEXT], *root = NULL;
	const char *start;
	size_t n;

	while (append && (n = word(&append, &start))) {
		if (!is_root(start, n))
			continue;
		free(root);
		root = args_text("%.*s", (int)(n - strlen(root_)), start + strlen(root_));
	}
	if (root)
		return root;
	aoe_address_format(address, name);
	return partition ? args_text("aoe:%sp%u", name, partition) : args_text("aoe:%s", name);
}

/*
 * An emulated timer on a busy host misses the kernel's check that it ticks, and the guest panics
 * ("IO-APIC + timer doesn't work!", arch/x86/kernel/apic/io_apic.c); QEMU's timer does work.
 */
static const char always[] = "no_timer_check";

/*
 * Sixteen sectors a frame instead of two: a quarter of a boot's time under emulation. On an
 * Ethernet that eats such frames the guest would hang, so it is only for LANs that are known to
 * take them.
 */
static const char frames[] = " rd.mtu=9000";

char *cmdline_rest(bool read_only, bool jumbo, const char *append)
{
	const char *line = append ? append : "", *start;
	bool mode = has(line, "ro") || has(line, "rw");
	char *rest = args_text("%s%s%s%s", always, jumbo ? frames : "",
	                       mode        ? ""
	                       : read_only ? " ro"
	                                   : " rw",
	                       has(line, "console=") ? "" : " console=ttyS0");
	size_t n;

	while ((n = word(&line, &start))) {
		char *before = rest;

		if (is_root(start, n))
			continue;
		rest = args_text("%s%s%.*s", before, *before ? " " : "", (int)n, start);
		free(before);
	}
	return rest;
}
