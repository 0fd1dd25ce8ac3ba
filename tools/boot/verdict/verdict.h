/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of this folder: whether a boot is what was expected, from the console's lines. Pure but
 * for the files that it writes: what is waited for, which stages there are, what is told of them.
 */
#ifndef TOOLS_BOOT_VERDICT_VERDICT_H
#define TOOLS_BOOT_VERDICT_VERDICT_H

#include "tools/boot/verdict/consolelog.h"
#include "tools/boot/verdict/expect.h"
#include "tools/boot/verdict/report.h"
#include "tools/boot/verdict/stages.h"
#include "tools/boot/verdict/tail.h"

#endif
