/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command line: what of it is ours, checked. Pure. */
#ifndef INIT_CMDLINE_H
#define INIT_CMDLINE_H

#include <stdbool.h>

#include "init/address.h"
#include "init/upper.h"

/* Limits of one boot; a longer line names what did not fit. */
enum { CMDLINE_WORDS = 256, CMDLINE_NICS = 8, CMDLINE_FSTYPES = 8, CMDLINE_BREAKS = 8 };

/* What giving up means (rd.onfail=). */
enum onfail {
	ONFAIL_DEFAULT, /* panic; or a shell: giveup.c */
	ONFAIL_SHELL,
	ONFAIL_REBOOT,
	ONFAIL_POWEROFF,
	ONFAIL_PANIC,
};

/* One network interface by name or by address (BOOTIF=, rd.nic=). */
struct nic_choice {
	const char *name; /* NULL: by mac */
	struct mac mac;
	const char *text; /* as the user wrote it */
};

/* Where changes to the root go (rd.overlay=). */
struct overlay_choice {
	bool wanted;
	const char *size;           /* of a tmpfs, as tmpfs(5) takes it; "" for its default */
	struct root_address device; /* ROOT_ABFT: it is a tmpfs */
};

struct cmdline {
	/* The line cut into words as the kernel cuts it, up to "--". */
	const char *words[CMDLINE_WORDS];
	unsigned word_count;

	struct root_address root;
	const char *fstypes[CMDLINE_FSTYPES]; /* rootfstype=, in the user's order */
	unsigned fstype_count;
	const char *rootflags; /* "" if not given */
	struct overlay_choice overlay;
	const char *root_hash;         /* in hexadecimal digits; NULL: the root is not checked */
	struct root_address hash_tree; /* ROOT_ABFT: it is behind the root's data */
	bool verity_is_placed;
	uint64_t verity_offset; /* where the tree's superblock is then, in bytes */
	const char *init;       /* NULL: the usual places */
	const char *hostname;   /* NULL: what the root says */
	bool read_write;        /* the kernel's default is read-only */
	bool panic_given;
	unsigned rootdelay; /* seconds */
	unsigned timeout;   /* seconds; 0: never give up waiting */
	enum onfail onfail;
	struct nic_choice nics[CMDLINE_NICS]; /* none: every Ethernet interface */
	unsigned nic_count;
	const char *unreadable_bootif;   /* the word that is ignored, or NULL */
	struct upper uppers[UPPER_MOST]; /* vlan= and bond=, in the order of their first words */
	unsigned upper_count;
	unsigned mtu; /* bytes; 0: leave it */
	bool has_target;
	bool target_is_ignored;      /* which export the root is on is not said */
	struct mac target;           /* rd.target=: the server, where two answer for the root */
	struct root_address netroot; /* the disk that the root is on; not ROOT_AOE: any */
	bool netroot_is_ignored;     /* it was said, and there is nothing to be looked for */
	const char *breaks[CMDLINE_BREAKS]; /* rd.break=: names of stages, not yet checked */
	unsigned break_count;
	const char *hook;       /* rd.hook=: a program in the image, or NULL */
	const char *netconsole; /* rd.netconsole=, or NULL */
	const char *to_memory;  /* rd.toram as it is given, or NULL */
	bool debug;
	bool quiet;
};

/* What is wrong with a command line: the parameter, and the place within its value. */
struct cmdline_error {
	const char *word; /* "root=aoe:e0.x", within the line */
	size_t position;  /* of the offending character in word, counted from 0 */
	const char *problem;
};

/*
 * Parses `line` (the text of /proc/cmdline), which is cut up in place and must live as long as the
 * result. Words that are not ours are left to the kernel and the OS. Of a parameter that is given
 * more than once the last one counts, also if one before it is wrong. Returns 0, or -EINVAL with
 * *error filled; the result then holds what came before the mistake, so that rd.onfail= counts.
 */
int cmdline_parse(char *line, struct cmdline *cmdline, struct cmdline_error *error);

/*
 * Collects the parameters of one module ("aoe.aoe_deadsecs=9" gives "aoe_deadsecs=9") from the
 * words, separated by blanks, as finit_module(2) takes them. Returns 0, or -E2BIG when they do not
 * fit into size bytes (buffer then holds those that do).
 */
int cmdline_module_parameters(const struct cmdline *cmdline, const char *module, char *buffer,
                              size_t size);

/* The disk that the root is said to be on, by its address; NULL: it may be any. */
const struct root_address *cmdline_disk(const struct cmdline *cmdline);

/* Whether modprobe.blacklist= names the module. */
bool cmdline_blacklists(const struct cmdline *cmdline, const char *module);

#endif
