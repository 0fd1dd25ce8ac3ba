/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that end a process, held back from one that has something to take back first. */
#ifndef TOOLS_PAIR_SIGNALS_H
#define TOOLS_PAIR_SIGNALS_H

#include <stdbool.h>

/* They stay held back, for what is left is still to be said. */
void signals_hold(void);

/* True if one of them has come. */
bool signals_have_come(void);

#endif
