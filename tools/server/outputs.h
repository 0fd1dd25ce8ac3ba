/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made from an inventory: the files, where they belong, and what is in them. Pure. */
#ifndef TOOLS_SERVER_OUTPUTS_H
#define TOOLS_SERVER_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"
#include "tools/inventory/inventory.h"

/* The folder that TFTP and HTTP give out: scripts, iPXE itself, and a folder for each machine. */
#define OUTPUTS_BOOT INVENTORY_BOOT

#define OUTPUTS_SERVE   "/etc/etherroot/serve.conf"
#define OUTPUTS_DNSMASQ "/etc/etherroot/dnsmasq.conf"
#define OUTPUTS_HTTP    "/etc/etherroot/http.env"
#define OUTPUTS_TRIAL   "/etc/etherroot/trial.env"

/* How the name of each machine's script ends, after its folder. */
#define OUTPUTS_SCRIPT "boot.ipxe"

/* What `etherroot publish` has beside it: the name of the folder with kernel and initrd. */
#define OUTPUTS_GENERATION "generation.ipxe"

/* What `machine add --install` has beside it. */
#define OUTPUTS_ANSWERS "answers"

/* The line, first or second in a file, that says that it is made: others are not overwritten. */
#define OUTPUTS_MARK "# Made from " INVENTORY_PATH " by 'etherroot server apply': change it there."

enum { OUTPUTS_LEASE = 12 }; /* hours that an address is given for */

struct output {
	char *path;
	struct buffer text; /* a link: where it leads to */
	bool link;
};

struct outputs {
	struct output *list;
	size_t count;
};

/*
 * Makes all of them. Returns 0, and outputs_release frees them; or -ENOMEM, or -EINVAL and why
 * names the machine whose arguments for the kernel would break its script. The inventory is one
 * that was parsed.
 */
int outputs_make(const struct inventory *inventory, struct outputs *outputs, struct why *why);
void outputs_release(struct outputs *outputs);

/* The one for path, or NULL. */
const struct output *outputs_find(const struct outputs *outputs, const char *path);

/* True for a text that has the mark where it belongs. */
bool outputs_is_marked(const char *text, size_t length);

/* ---- the texts; each returns 0, -ENOMEM, or as outputs_make does ---- */

int outputs_write_serve(const struct inventory *inventory, struct buffer *text);
int outputs_write_dnsmasq(const struct inventory *inventory, struct buffer *text);
/* For another DHCP server, so not among those that are made: see INVENTORY_DHCP_NONE. */
int outputs_write_kea(const struct inventory *inventory, struct buffer *text);
int outputs_write_http(const struct inventory *inventory, struct buffer *text);
int outputs_write_trial(const struct inventory *inventory, struct buffer *text);

/* The script that every machine gets: a table of the machines by MAC, then what unknown ones get.
 */
int outputs_write_table(const struct inventory *inventory, struct buffer *text);
int outputs_write_script(const struct inventory *inventory, const struct inventory_machine *machine,
                         struct buffer *text, struct why *why);

#endif
