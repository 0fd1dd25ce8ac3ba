/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of a boot server and how it serves them, as they stand in the one file that people
 * edit, etherroot-machines(5). Pure: text in, a struct or a place and a reason out.
 */
#ifndef TOOLS_INVENTORY_INVENTORY_H
#define TOOLS_INVENTORY_INVENTORY_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"
#include "tools/cli/words.h"

#define INVENTORY_PATH "/etc/etherroot/machines"
#define INVENTORY_BOOT "/srv/etherroot/boot" /* what machines load, a folder for each */
/* What machines load that are to be installed; no machine has such a name. */
#define INVENTORY_INSTALLER "_installer"
#define INVENTORY_LAYERS                                                                           \
	"/var/lib/etherroot" /* where what each machine writes to a shared disk is */

enum {
	INVENTORY_MIB = 4,                   /* of the file at most */
	INVENTORY_MAX = INVENTORY_MIB << 20, /* the same in bytes */
	INVENTORY_NAME = 63,                 /* bytes of a host name's label (RFC 1123, 2.1) */
	INVENTORY_HTTP_PORT = 8067,          /* of the HTTP server, if nobody says another */
	INVENTORY_TRIAL_PORT = 8068,
	INVENTORY_DNS_MAX = 4,
	INVENTORY_MACS_MAX = 8, /* of one machine: network cards that it may boot from */
};

enum inventory_dhcp {
	INVENTORY_DHCP_RANGE, /* this server gives addresses */
	INVENTORY_DHCP_PROXY, /* another one does; this one adds the names of the files */
	INVENTORY_DHCP_NONE,  /* another one does all of it */
};

/* What a machine gets that is not in the file. */
enum inventory_unknown {
	INVENTORY_UNKNOWN_MENU,
	INVENTORY_UNKNOWN_REGISTER,
	INVENTORY_UNKNOWN_REFUSE,
};

struct inventory_machine {
	struct place place; /* of its name */
	char name[INVENTORY_NAME + 1];
	struct mac macs[INVENTORY_MACS_MAX];
	size_t mac_count;
	struct aoe_address export;
	char *disk;   /* path of a file or a block device */
	bool shared;  /* only read; what each machine writes is kept in a layer of its own */
	char *append; /* further arguments of its kernel, or "" */
	/*
	 * NULL, or it starts its disk by the disk's own boot loader, and has it installed while
	 * there is none: by these answers, a path in the installer (from / on), or the name of a
	 * file in the machine's folder.
	 */
	char *install;
	struct buffer options; /* of the export, as words of serve.conf, each after a blank */
};

/* An export of the administrator's own, which no machine boots from. */
struct inventory_export {
	struct place place;
	struct aoe_address address;
	char *line; /* as it stands in the file, and may stand in serve.conf */
};

/* The root of machines that install others, which all may have. */
struct inventory_installer {
	struct place place;
	struct aoe_address export;
	char *disk; /* NULL: there is none */
};

struct inventory {
	char interface[IFNAMSIZ];
	struct in_addr address; /* the server's, on that interface */
	unsigned int prefix;    /* bits of its network, 1 to 30 */
	enum inventory_dhcp dhcp;
	struct place dhcp_place, router_place; /* where that is said */
	struct in_addr low, high; /* of INVENTORY_DHCP_RANGE: first and last address given */
	struct in_addr router;    /* 0.0.0.0: there is none */
	struct in_addr dns[INVENTORY_DNS_MAX];
	size_t dns_count;
	uint16_t http;           /* port; 0: large files go by TFTP too */
	uint16_t trial;          /* port where starts of new kernels are counted; 0: they are not */
	struct place port_place; /* of the last one that is said */
	enum inventory_unknown unknown;
	struct inventory_machine *machines; /* in the order of the file */
	size_t machine_count;
	struct inventory_export *exports;
	size_t export_count;
	struct inventory_installer installer;
};

/*
 * Reads length bytes of text. Returns 0, and inventory_release frees what inventory holds, or
 * -EINVAL or -ENOMEM: then it holds nothing, why says what is wrong, and place says where.
 */
int inventory_parse(const char *text, size_t length, struct inventory *inventory,
                    struct place *place, struct why *why);
void inventory_release(struct inventory *inventory);

/* The machine of that name, or NULL. */
const struct inventory_machine *inventory_find(const struct inventory *inventory, const char *name);

/* The machine that has that address, or NULL. */
const struct inventory_machine *inventory_find_mac(const struct inventory *inventory,
                                                   struct mac mac);

/* The lowest address on that shelf at which nothing is exported. Returns 0, or -ENOSPC. */
int inventory_free_address(const struct inventory *inventory, unsigned int shelf,
                           struct aoe_address *address);

/* True for a host name's label in lower case: it may stand in any script and path as it is. */
bool inventory_valid_name(const char *name);

/* True for what may follow install=: see there. */
bool inventory_valid_answers(const char *text);

/* Reads the machine's addresses, with commas between them. Returns 0 or -EINVAL. */
int inventory_read_macs(const char *list, struct inventory_machine *machine);

/* The network's first address and its mask. */
struct in_addr inventory_network(const struct inventory *inventory);
struct in_addr inventory_netmask(const struct inventory *inventory);

/* ---- changes of the text, which leave all of it that they are not about as it is ---- */

/* A machine's line, or the installer's, with its newline. Returns 0 or -ENOMEM. */
int inventory_write_machine(const struct inventory_machine *machine, struct buffer *text);
int inventory_write_installer(const struct inventory_installer *installer, struct buffer *text);

/* Copies the text with a line behind it; without the line at place; or with another word at place.
 * Return 0 or -ENOMEM. */
int inventory_text_add(const char *text, size_t length, const struct buffer *line,
                       struct buffer *to);
int inventory_text_remove(const char *text, size_t length, struct place place, struct buffer *to);
int inventory_text_replace(const char *text, size_t length, struct place place, const char *word,
                           struct buffer *to);

#endif
