/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the kernel make VLANs and bonds. It asks for the module by itself (rtnl-link-vlan,
 * rtnl-link-bond), so that each call may take a while.
 */
#ifndef INIT_STACK_H
#define INIT_STACK_H

#include "init/upper.h"

/*
 * Makes an interface; a VLAN stands on the one with the index `lower`, the slaves of a bond join
 * it later. Returns 0 also if it is there already, -EOPNOTSUPP if the kernel has no such module, or
 * another negative errno. An option that a bond does not take is reported here.
 */
int stack_make(const struct upper *upper, int lower);

/* The module that it takes. */
const char *stack_module(const struct upper *upper);

/* Makes an interface that is down a slave of a bond, which sets it up. Returns 0 or a negative
 * errno. */
int stack_join(int slave, int bond);

#endif
