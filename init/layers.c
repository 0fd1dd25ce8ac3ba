/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/layers.h"

#include <sys/mount.h>

#include "init/checked.h"
#include "init/mount.h"
#include "init/overlay.h"

/* Mounts the root's device, or in its place the one that checks what is read. */
static int mount_root(const struct cmdline *cmdline, const struct modules *modules,
                      const struct device devices[DEVICES], struct mounting *how,
                      struct failure *failure)
{
	struct device checked;
	int rc;

	if (!cmdline->root_hash)
		return mount_device(how, modules, &devices[DEVICE_ROOT], failure);
	rc = checked_open(cmdline, modules, devices, &checked, failure);
	if (rc)
		return rc;
	how->always = MS_RDONLY;
	rc = mount_device(how, modules, &checked, failure);
	return rc ? checked_explain(&devices[DEVICE_ROOT], rc, failure) : 0;
}

bool layers_write_root(const struct cmdline *cmdline)
{
	char rest[1];
	int rc;

	if (cmdline->overlay.wanted || cmdline->root_hash)
		return false;
	return !(mount_flags(cmdline->rootflags, cmdline->read_write ? 0 : MS_RDONLY, rest,
	                     sizeof(rest), &rc) &
	         MS_RDONLY);
}

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
	int rc;

	if (cmdline->overlay.wanted) {
		root.target = overlay_make_place(OVERLAY_LOWER);
		root.always = MS_RDONLY;
	}
	rc = mount_root(cmdline, modules, devices, &root, failure);
	if (rc || !cmdline->overlay.wanted)
		return rc;
	return overlay_mount(&cmdline->overlay, modules, devices, failure);
}

void layers_unmount(void)
{
	static const char *const places[] = {NEW_ROOT, OVERLAY_UPPER, OVERLAY_LOWER};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		while (!umount2(places[i], 0))
			;
	checked_close();
}
