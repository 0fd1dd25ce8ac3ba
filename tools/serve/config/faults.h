/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The faults that are to be rehearsed on an export, as the administrator writes them. Pure. */
#ifndef TOOLS_SERVE_CONFIG_FAULTS_H
#define TOOLS_SERVE_CONFIG_FAULTS_H

#include "tools/cli/why.h"
#include "tools/serve/store/fault.h"

/*
 * Reads a list of faults:
 *
 *     faults = "none" | fault *("+" fault)
 *     fault  = [on] "delay:" time [":" share]
 *            | [on] "hang" [":" share]
 *            | [on] "error" [":" errno] [":" share]
 *            | [on] "flip" [":" share]               not sync-flip
 *            | "enospc" [":" share]                  write-error:ENOSPC
 *            | "seed:" number
 *     on     = "read-" | "write-" | "sync-"          default: all that there are
 *     time   = number ("ms" | "s")                   up to an hour
 *     share  = number ["." number] "%"               more than 0, up to 100; default: 100%
 *     errno  = "EIO" and others                      default: EIO
 *
 * Returns 0, or -EINVAL and why says which fault is wrong, and what it could be.
 */
int faults_parse(const char *text, struct fault_rules *rules, struct why *why);

#endif
