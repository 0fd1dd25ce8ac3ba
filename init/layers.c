/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/layers.h"

#include <sys/mount.h>

#include "init/mount.h"

int layers_mount(const struct cmdline *cmdline, const struct modules *modules,
                 const struct device devices[DEVICES], struct failure *failure)
{
	struct mounting root = {
	        .target = NEW_ROOT,
	        .stage = "root",
	        .options = cmdline->rootflags,
	        .flags = cmdline->read_write ? 0 : MS_RDONLY,
	        .types = cmdline->fstypes,
	        .type_count = cmdline->fstype_count,
	};

	return mount_device(&root, modules, &devices[DEVICE_ROOT], failure);
}

void layers_unmount(void)
{
	while (!umount2(NEW_ROOT, 0))
		;
}
