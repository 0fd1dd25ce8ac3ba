/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of QEMU's control protocol (QMP, docs/interop/qmp-spec.txt of QEMU) that boot needs. */
#ifndef TOOLS_BOOT_MACHINE_QMP_H
#define TOOLS_BOOT_MACHINE_QMP_H

#include <stdbool.h>
#include <stddef.h>

enum qmp_kind { QMP_GREETING, QMP_RETURN, QMP_ERROR, QMP_EVENT };

struct qmp_message {
	enum qmp_kind kind;
	char name[64];   /* the event's name, or the error's description */
	char reason[64]; /* the event's "reason", as SHUTDOWN has one; else empty */
};

/* Reads one line from QEMU. Returns 0, or -EBADMSG for what is no QMP message. */
int qmp_parse(const char *line, struct qmp_message *message);

/* Commands, each a line ready to be sent. Constant strings. */
extern const char qmp_capabilities[], qmp_cont[], qmp_powerdown[], qmp_quit[];

/* The same: the next reboot of the guest ends QEMU. */
extern const char qmp_last_reboot[];

/* set_link: plugs the cable of a network device in or out. The caller frees. */
char *qmp_set_link(const char *device, bool up);

#endif
