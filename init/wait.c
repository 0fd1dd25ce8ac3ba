/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/wait.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/disk.h"
#include "init/iflist.h"

/*
 * How often the LAN is asked: a lost answer costs one interval, where the aoe module's own first
 * retransmission would cost 16 s. After EAGER it is asked less often: after a power cut some
 * hundred machines may wait for one target, and each question is answered by every export.
 */
enum { ASK_EVERY = 250, EAGER = 10000, ASK_LATER = 2000 /* milliseconds */ };

/*
 * How long the LAN is listened to after the first carrier, or an interface waited for after the
 * last driver, even past rd.timeout=: where drivers took all of that time, "nobody answers" would
 * be said of a LAN that nobody had time to answer on. And how long drivers may take beyond it.
 */
enum { LISTEN_AT_LEAST = 1000, LOAD_AT_MOST = 30000 /* milliseconds */ };

static int watch(const struct wait *wait, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return fd < 0 ? fd : epoll_ctl(wait->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int wait_open(struct wait *wait, const struct cmdline *cmdline, struct nics *nics,
              struct loader *loader, struct failure *failure)
{
	uint64_t now = deadline_now();
	int rc;

	*wait = (struct wait){
	        .cmdline = cmdline,
	        .nics = nics,
	        .loader = loader,
	        .give_up =
	                cmdline->timeout ? now + (uint64_t)cmdline->timeout * 1000 : DEADLINE_NEVER,
	        .next_question = DEADLINE_NEVER,
	        .next_telling = now + TELL_EVERY,
	        .drivers_were_busy = true,
	};
	wait->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = wait->epoll < 0 ? -errno : watch(wait, wait->uevents = uevent_open());
	if (!rc)
		rc = nics_open(nics, cmdline, wait->epoll);
	if (!rc)
		rc = watch(wait, nics->fd);
	servers_open(&wait->servers);
	watch(wait, wait->servers.fd);
	/* A list of the user's own is used at once: there is nothing to be held back. */
	wait->paths = iflist_is_given(cmdline) ? -1 : paths_open();
	watch(wait, wait->paths);
	if (rc)
		failure_set(failure, FAIL_SYSTEM, "netlink", "opening a socket: ", report_errno(rc),
		            NULL);
	return rc;
}

/* Takes in which disks have come. Drivers of other devices are the loader's. */
static void take_uevents(struct wait *wait, const struct wait_goal *goal)
{
	struct uevent event;
	int rc;

	while ((rc = uevent_receive(wait->uevents, wait->buffer, &event))) {
		bool lost = rc == -ENOBUFS;

		if (lost)
			nics_ask(wait->nics);
		else if (strcmp(event.subsystem, "block") != 0 ||
		         (strcmp(event.action, "add") != 0 && strcmp(event.action, "change") != 0))
			continue;
		if (goal->announced)
			goal->announced(goal->context, lost ? NULL : event.devname);
	}
}

/* There is to be some time from now on, even past rd.timeout=. */
static void listen_for_a_while(struct wait *wait)
{
	uint64_t listen_until = deadline_now() + LISTEN_AT_LEAST;

	if (wait->give_up < listen_until)
		wait->give_up = listen_until;
}

/* The LAN is asked at once, and often. */
static void ask_from_now_on(struct wait *wait)
{
	wait->next_question = 0;
	wait->eager_until = deadline_now() + EAGER;
}

/* The first NIC with carrier has the kernel's messages, if they are to go over the LAN. */
static void start_netconsole(struct wait *wait)
{
	for (unsigned i = 0; wait->cmdline->netconsole && i < wait->nics->count; i++) {
		const struct nic *nic = &wait->nics->nic[i];

		if (!nic->chosen || !nic->carrier)
			continue;
		loader_start_netconsole(wait->loader, nic->name, nic->mac);
		return;
	}
}

static void take_carrier(struct wait *wait)
{
	ask_from_now_on(wait);
	if (!wait->had_carrier) {
		start_netconsole(wait);
		listen_for_a_while(wait);
	}
	wait->had_carrier = true;
}

/* Whether there is a module to ask with, and an interface; the event of the last has it ask at
 * once. */
static bool can_ask(struct wait *wait)
{
	bool has_aoe = loader_has_aoe(wait->loader);

	if (has_aoe && !wait->had_aoe)
		ask_from_now_on(wait);
	wait->had_aoe = has_aoe;
	return has_aoe && nics_ready(wait->nics);
}

/* Asks the LAN for targets when it is time to. */
static void ask(struct wait *wait)
{
	uint64_t now = deadline_now();

	if (!can_ask(wait)) {
		wait->next_question = DEADLINE_NEVER; /* an event has it asked */
		return;
	}
	if (now < wait->next_question)
		return;
	iflist_follow(wait->nics);
	if (!disk_discover())
		wait->questions++;
	wait->next_question = now + (now < wait->eager_until ? ASK_EVERY : ASK_LATER);
}

/* When it is time to give up: drivers that take their time have some more of it. */
static uint64_t last_moment(struct wait *wait)
{
	bool busy = loader_driver(wait->loader) != NULL;

	if (wait->drivers_were_busy && !busy && !wait->had_carrier)
		listen_for_a_while(wait);
	wait->drivers_were_busy = busy;
	return busy && wait->give_up != DEADLINE_NEVER ? wait->give_up + LOAD_AT_MOST
	                                               : wait->give_up;
}

/* Says what is missing when it is time to; -ETIMEDOUT when it was time enough. */
static int tell(struct wait *wait, const struct wait_goal *goal, struct failure *failure)
{
	uint64_t now = deadline_now();

	if (now >= last_moment(wait)) {
		goal->missing(goal->context, failure);
		return -ETIMEDOUT;
	}
	if (now >= wait->next_telling) {
		goal->missing(goal->context, failure);
		report_waiting(failure);
		nics_retry(wait->nics);
		wait->next_telling = now + TELL_EVERY;
	}
	return 0;
}

void wait_check_servers(struct wait *wait, const char *device)
{
	const struct root_address *disk;
	char name[AOE_ADDRESS_TEXT], first[MAC_TEXT], second[MAC_TEXT];
	struct aoe_address address;
	struct server *servers[2];
	const char *end;
	bool may_choose;

	if (aoe_address_parse(device, &end, &address))
		return;
	/* rd.target= chooses for the root alone. */
	disk = cmdline_disk(wait->cmdline);
	may_choose = disk && !aoe_address_compare(address, disk->address);
	servers_of(&wait->servers, address, servers);
	if (!servers[1] || servers[1]->was_told || (may_choose && wait->cmdline->has_target))
		return;
	servers[1]->was_told = true;
	report_warning(aoe_address_format(address, name), "two servers answer for it, ",
	               mac_format(servers[0]->mac, first), " and ",
	               mac_format(servers[1]->mac, second),
	               ": reads and writes are shared out among them: withdraw one",
	               may_choose ? ", or choose with rd.target=" : "");
}

void wait_tell_now(struct wait *wait)
{
	wait->next_telling = 0;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Sleeps until something happens or something is due. */
static void sleep_on(struct wait *wait, const struct wait_goal *goal)
{
	struct epoll_event event;
	uint64_t until = sooner(sooner(wait->next_question, wait->next_telling),
	                        sooner(last_moment(wait), goal->next_look));

	until = sooner(until, wait->next_path);
	/* Which of them it was does not matter: all of them are looked at. */
	epoll_wait(wait->epoll, &event, 1, deadline_poll(until));
}

int wait_for(struct wait *wait, struct wait_goal *goal, struct failure *failure)
{
	for (;;) {
		int rc;

		take_uevents(wait, goal);
		if (nics_update(wait->nics))
			take_carrier(wait);
		servers_update(&wait->servers);
		revive_disks(&wait->revival, &wait->servers, wait->epoll);
		if (paths_update(wait->paths, wait->nics, &wait->next_path))
			ask_from_now_on(wait);
		ask(wait);
		rc = goal->look(goal->context, failure);
		if (rc == -EAGAIN)
			rc = tell(wait, goal, failure);
		else
			return rc;
		if (rc)
			return rc;
		sleep_on(wait, goal);
	}
}

struct snapshot wait_snapshot(const struct wait *wait)
{
	const char *way = loader_way(wait->loader), *driver = loader_driver(wait->loader);

	return (struct snapshot){
	        .cmdline = wait->cmdline,
	        .wanted = &wait->cmdline->root,
	        .parameter = "",
	        .nics = wait->nics,
	        .kernel = modules_kernel(),
	        .driver = driver ? driver : "",
	        .way = way ? way : "",
	        .driverless = "",
	        .untaken = "",
	        .has_aoe = !access("/sys/module/aoe", F_OK),
	        .disks = "",
	        .silent = paths_silent(wait->nics),
	};
}
