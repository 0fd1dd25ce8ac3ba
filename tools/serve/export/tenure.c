/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/tenure.h"

#include <stdlib.h>

static struct tenure **find(struct tenure **tenures, struct aoe_address address,
                            const struct sink *sink)
{
	while (*tenures &&
	       ((*tenures)->sink != sink || aoe_address_compare((*tenures)->address, address) != 0))
		tenures = &(*tenures)->next;
	return tenures;
}

static void drop(struct tenure **at)
{
	struct tenure *tenure = *at;

	*at = tenure->next;
	free(tenure);
}

void tenure_lose(struct tenure **tenures, struct aoe_address address, const struct sink *sink)
{
	struct tenure **at = find(tenures, address, sink);

	if (*at)
		drop(at);
}

void tenure_keep(struct tenure **tenures, const struct tenure *tenure, uint64_t now)
{
	struct tenure *kept = malloc(sizeof(*kept));

	tenure_lose(tenures, tenure->address, tenure->sink);
	if (!kept)
		return;
	*kept = *tenure;
	kept->until = now + TENURE_KEPT;
	kept->next = *tenures;
	*tenures = kept;
}

bool tenure_take(struct tenure **tenures, struct aoe_address address, const struct sink *sink,
                 uint64_t now, bool *forced)
{
	struct tenure **at = find(tenures, address, sink);
	bool ours = *at && now < (*at)->until;

	if (ours)
		*forced = (*at)->forced;
	if (*at)
		drop(at);
	return ours;
}

void tenure_lose_all(struct tenure **tenures, const struct sink *sink)
{
	while (*tenures) {
		if (!sink || (*tenures)->sink == sink)
			drop(tenures);
		else
			tenures = &(*tenures)->next;
	}
}
