/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the firmware, or iPXE in its place, tells of the boot: the root's export and network card.
 */
#ifndef INIT_FIRMWARE_H
#define INIT_FIRMWARE_H

#include "init/abft.h"
#include "init/cmdline.h"
#include "init/report.h"

/* Room for "the aBFT's card 52:54:00:12:34:56". */
enum { FIRMWARE_CARD = 40 };

/* What the command line then points to. */
struct firmware {
	struct abft_findings findings;
	int memory_rc; /* why a BIOS's memory could not be searched for one; 0: it was */
	char card[FIRMWARE_CARD];
};

/*
 * Where the command line leaves the root to the aBFT: has it say what the table says. The network
 * card is the table's unless the command line names one. Returns 0, or a negative errno with
 * *failure filled.
 */
int firmware_ask(struct firmware *firmware, struct cmdline *cmdline, struct failure *failure);

#endif
