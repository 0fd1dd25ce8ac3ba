/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/lan/lans.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names that could have been meant. */
static void list_interfaces(char *text, size_t size)
{
	char **names;
	size_t count, used = 0;

	*text = '\0';
	if (lan_list_interfaces(true, &names, &count))
		return;
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		                         i ? ", " : ": this machine has ", names[i]);
	lan_free_names(names, count);
}

static int check_state(const struct lan *lan, const struct say *say)
{
	if (lan->state == LAN_PORT) {
		say_print(say, SAY_ERROR,
		          "%s: it is a port of the %s, which takes its frames: serve on %s instead",
		          lan->name, lan->master, lan_master_name(lan));
		return -EBUSY;
	}
	if (lan->state != LAN_UP)
		say_print(say, SAY_WARNING, "%s: the link is down: waiting for it", lan->name);
	return 0;
}

static int open_lan(const struct plan *plan, const struct plan_lan *asked, struct lan **lan,
                    const struct say *say)
{
	struct mac mac = plan->has_mac ? plan->mac : lan_stable_mac(asked->name);
	int rc = asked->qemu ? lan_open_qemu(asked->name, mac, lan)
	                     : lan_open_interface(asked->name, lan);
	char hint[256] = "";

	if (rc == -ENODEV)
		list_interfaces(hint, sizeof(hint));
	if (rc == -EACCES && asked->qemu)
		say_print(say, SAY_ERROR, "%s: permission denied: choose a folder you may write to",
		          asked->name);
	else if (rc)
		say_print(say, SAY_ERROR, "%s: %s%s", asked->name, lan_explain(rc), hint);
	return rc ? rc : check_state(*lan, say);
}

int lans_add(struct lans *lans, const struct plan *plan, const struct plan_lan *asked,
             const struct say *say)
{
	void *list = reallocarray(lans->list, lans->count + 1, sizeof(*lans->list));
	struct lans_entry entry = {.name = strdup(asked->name), .qemu = asked->qemu};
	int rc = list && entry.name ? 0 : -ENOMEM;

	if (list)
		lans->list = list;
	if (rc)
		say_print(say, SAY_ERROR, "%s", strerror(ENOMEM));
	else
		rc = open_lan(plan, asked, &entry.lan, say);
	if (rc) {
		lan_close(entry.lan);
		free(entry.name);
		return rc;
	}
	lans->list[lans->count++] = entry;
	return 0;
}

struct lan *lans_find(const struct lans *lans, const struct plan_lan *asked)
{
	for (size_t i = 0; i < lans->count; i++)
		if (lans->list[i].qemu == asked->qemu && !strcmp(lans->list[i].name, asked->name))
			return lans->list[i].lan;
	return NULL;
}

void lans_remove(struct lans *lans, const struct lan *lan)
{
	size_t i = 0;

	while (lans->list[i].lan != lan)
		i++;
	lan_close(lans->list[i].lan);
	free(lans->list[i].name);
	lans->count--;
	memmove(&lans->list[i], &lans->list[i + 1], (lans->count - i) * sizeof(*lans->list));
}

int lans_open(struct lans *lans, const struct plan *plan, const struct say *say)
{
	int rc = 0;

	*lans = (struct lans){0};
	for (size_t i = 0; !rc && i < plan->lan_count; i++)
		rc = lans_add(lans, plan, &plan->lans[i], say);
	return rc;
}

void lans_close(struct lans *lans)
{
	while (lans->count)
		lans_remove(lans, lans->list[lans->count - 1].lan);
	free(lans->list);
	*lans = (struct lans){0};
}
