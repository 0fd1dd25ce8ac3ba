/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/recipes.h"

#include <stdio.h>

static struct recipe *add(struct recipes *recipes, mode_t mode, const char *path)
{
	struct recipe *recipe = &recipes->list[recipes->count++];

	*recipe = (struct recipe){.mode = mode};
	snprintf(recipe->path, sizeof(recipe->path), "%s", path);
	return recipe;
}

static int make_drbd(const struct pairing *pairing, const char *program, struct recipes *recipes)
{
	char name[AOE_ADDRESS_TEXT], path[64];
	int rc = 0;

	for (size_t i = 0; i < pairing->export_count && !rc; i++) {
		snprintf(path, sizeof(path), "/etc/drbd.d/etherroot-%s.res",
		         aoe_address_format(pairing->exports[i].address, name));
		rc = write_drbd(pairing, &pairing->exports[i], program,
		                &add(recipes, 0644, path)->text);
	}
	return rc;
}

static int make_resync(const struct pairing *pairing, const char *program, struct recipes *recipes)
{
	int rc = write_resync_service(
	        program,
	        &add(recipes, 0644, "/etc/systemd/system/" RECIPES_RESYNC ".service")->text);

	return rc ? rc
	          : write_resync_timer(pairing, &add(recipes, 0644,
	                                             "/etc/systemd/system/" RECIPES_RESYNC ".timer")
	                                                 ->text);
}

int recipes_make(const struct pairing *pairing, size_t server, const char *program,
                 struct recipes *recipes)
{
	int rc;

	recipes->count = 0;
	rc = make_drbd(pairing, program, recipes);
	if (!rc && pairing->cluster == PAIRING_NOBODY)
		return make_resync(pairing, program, recipes);
	/* What fences is a password to the other server's power. */
	if (!rc && pairing->cluster == PAIRING_KEEPALIVED)
		return write_keepalived(
		        pairing, server, program,
		        &add(recipes, 0600, "/etc/keepalived/keepalived.conf")->text);
	if (!rc)
		rc = write_corosync(pairing,
		                    &add(recipes, 0644, "/etc/corosync/corosync.conf")->text);
	if (!rc)
		rc = write_cib(pairing, &add(recipes, 0600, RECIPES_CIB)->text);
	return rc;
}

void recipes_release(struct recipes *recipes)
{
	for (size_t i = 0; i < recipes->count; i++)
		buffer_free(&recipes->list[i].text);
	recipes->count = 0;
}
