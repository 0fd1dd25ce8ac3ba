/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/loader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "init/hardware.h"
#include "init/netconsole.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "init/uevent.h"
#include "tools/base/text.h"

/* Loads drivers for the devices that have been announced since. */
static void take_uevents(const struct modules *modules, int uevents)
{
	static char buffer[UEVENT_SIZE];
	struct uevent event;
	int rc;

	while ((rc = uevent_receive(uevents, buffer, &event)))
		if (rc == -ENOBUFS)
			hardware_load_drivers(modules);
		else if (*event.modalias &&
		         (!strcmp(event.action, "add") || !strcmp(event.action, "change")))
			modules_load_alias(modules, event.modalias);
}

/* Listens before it looks: no device is missed in between. */
static _Noreturn void load_drivers(struct modules modules, struct loader_state *state, int news)
{
	struct pollfd events = {.fd = uevent_open(), .events = POLLIN};

	modules.loading = state->driver;
	modules_load_list(&modules, "/etc/modules-load.d/etherroot.conf");
	hardware_load_drivers(&modules);
	state->tried = true;
	eventfd_write(news, 1);
	if (events.fd < 0)
		report_warning("uevents", "devices that appear from now on are not noticed: ",
		               report_errno(events.fd));
	while (events.fd >= 0) {
		take_uevents(&modules, events.fd);
		poll(&events, 1, -1);
	}
	_exit(1);
}

/* The one file system type that this boot will need, if it is known before the disk is. */
static const char *likely_filesystem(const struct cmdline *cmdline, char only[MODULE_NAME])
{
	char list[MODULE_NAME * 2];
	int length = sysfs_read_all("/etc/filesystems", list, sizeof(list));
	size_t first = strcspn(list, "\n");

	if (cmdline->fstype_count)
		return cmdline->fstypes[0];
	if (length <= 0 || list[first] != '\n' || list[first + 1] || first >= MODULE_NAME)
		return NULL;
	list[first] = '\0';
	return text_join(only, MODULE_NAME, list, NULL);
}

static _Noreturn void load_way(struct modules modules, struct loader_state *state, int news)
{
	char only[MODULE_NAME], alias[MODULE_NAME];
	const char *filesystem = likely_filesystem(modules.cmdline, only);

	modules.loading = state->way;
	state->has_aoe = !modules_load(&modules, "aoe");
	eventfd_write(news, 1);
	if (filesystem && modules_load(&modules, filesystem) == -ENOENT)
		modules_load_alias(&modules,
		                   text_join(alias, sizeof(alias), "fs-", filesystem, NULL));
	_exit(0);
}

int loader_start(struct loader *loader, const struct modules *modules, int epoll)
{
	struct epoll_event once = {.events = EPOLLIN | EPOLLET};
	int rc;

	*loader = (struct loader){.modules = modules,
	                          .epoll = epoll,
	                          .state = job_share(sizeof(*loader->state)),
	                          .news = eventfd(0, EFD_CLOEXEC)};
	if (!loader->state)
		return -ENOMEM;
	if (loader->news < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, loader->news, &once))
		return -errno;
	rc = job_start(&loader->way, epoll);
	if (!rc)
		load_way(*modules, loader->state, loader->news);
	if (rc < 0)
		return rc;
	rc = job_start(&loader->drivers, epoll);
	if (!rc)
		load_drivers(*modules, loader->state, loader->news);
	return rc < 0 ? rc : 0;
}

const char *loader_driver(struct loader *loader)
{
	if (!job_runs(&loader->drivers) || loader->state->tried)
		return NULL;
	return *loader->state->driver ? loader->state->driver : "drivers";
}

const char *loader_way(struct loader *loader)
{
	if (!job_runs(&loader->way))
		return NULL;
	return *loader->state->way ? loader->state->way : "aoe";
}

bool loader_has_aoe(const struct loader *loader)
{
	return loader->state->has_aoe;
}

/* The module takes what it is to do as it is loaded, as if it stood on the command line. */
static _Noreturn void load_netconsole(const char *parameter, struct modules modules)
{
	static const char name[] = "netconsole";
	static struct cmdline cmdline;
	char word[NETCONSOLE_PARAMETER + sizeof(name)];
	int rc;

	cmdline = *modules.cmdline;
	text_join(word, sizeof(word), name, ".", parameter, NULL);
	if (cmdline.word_count < CMDLINE_WORDS)
		cmdline.words[cmdline.word_count++] = word;
	modules.cmdline = &cmdline;
	rc = modules_load(&modules, name);
	if (rc == -ENOENT)
		report_warning(name, "not in this image for kernel ", modules_kernel());
	else if (!rc)
		report_stage(name, parameter, NULL);
	_exit(0);
}

void loader_start_netconsole(struct loader *loader, const char *nic, struct mac mac)
{
	char parameter[NETCONSOLE_PARAMETER];
	int rc;

	netconsole_parameter(loader->modules->cmdline->netconsole, nic, mac, parameter);
	rc = job_start(&loader->netconsole, loader->epoll);
	if (!rc)
		load_netconsole(parameter, *loader->modules);
	if (rc < 0)
		report_warning(parameter, report_errno(rc));
}

void loader_end(struct loader *loader)
{
	job_end(&loader->netconsole);
	job_end(&loader->drivers);
	job_end(&loader->way);
}
