/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/inside.h"
#include "tools/serve/engine/measure.h"
#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/transfer.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"

/* ---- they come and go ---- */

static void add_export(struct engine *engine, struct export *export)
{
	requests_adopt(&engine->requests, export);
	exports_add(engine->requests.exports, export);
	members_accept_mac(engine, export);
	presence_announce_export(&engine->requests, export);
}

void engine_add_export(struct engine *engine, struct export *export)
{
	claims_begin_everywhere(&engine->requests, export);
	add_export(engine, export);
}

void engine_replace_export(struct engine *engine, struct export *before, struct export *export)
{
	if (!export->options.duplicate) {
		export->claims = before->claims;
		before->claims = NULL;
	}
	export->forced = before->forced;
	engine_retire_export(engine, before);
	add_export(engine, export);
}

void engine_retire_export(struct engine *engine, struct export *export)
{
	engine->requests.claims_decided |= export->claims != NULL;
	exports_retire(engine->requests.exports, export);
	for (struct member *m = engine->members; export->view.has_mac && m; m = m->next)
		lan_refuse(m->port->lan, export->view.mac);
}

void engine_keep_tenure(struct engine *engine, const struct export *export)
{
	claims_keep_tenure(&engine->requests, export);
}

void engine_discard_export(struct engine *engine, struct export *export)
{
	const struct fault_rules none = {0};

	requests_adopt(&engine->requests, export);
	export_set_faults(export, &none);
	export->synced_last = true; /* nothing was written */
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		l->synced_last = true;
	exports_discard(engine->requests.exports, export);
}

bool engine_drop_layer(struct engine *engine, struct export *export, struct mac mac)
{
	struct export *layer = export->layers ? layers_find(export, mac) : NULL;
	const struct fault_rules none = {0};
	char name[AOE_ADDRESS_TEXT];

	if (!layer)
		return false;
	if (layer->retired)
		return true;
	say_print(engine->say, SAY_NOTICE, "%s: %s: dropped: it holds %llu KiB",
	          aoe_address_format(layer->view.address, name), layer->options.file.path,
	          (unsigned long long)layers_used(layer) / 1024);
	layers_discard(layer);
	/* Nobody could take them off any more. */
	export_set_faults(layer, &none);
	exports_retire_layer(engine->requests.exports, layer);
	return true;
}

/* ---- they answer no more, and again ---- */

/* Makes stable what was acknowledged before it was. Returns false if too much is under way. */
static bool sync_withdrawn(struct engine *engine, struct export *export)
{
	return !export->options.writeback || export->retired ||
	       transfer_sync(&engine->requests, export);
}

int engine_withdraw(struct engine *engine, struct export *export)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = 0;

	if (!export->withdrawn)
		say_print(engine->say, SAY_NOTICE, "%s: withdrawn: it answers no more",
		          aoe_address_format(export->view.address, name));
	export->withdrawn = true;
	export->forced = false;
	engine->requests.claims_decided |= export->claims != NULL;
	claim_drop_all(&export->claims);
	layers_follow(export);
	if (!sync_withdrawn(engine, export))
		rc = -EBUSY;
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		if (!sync_withdrawn(engine, l))
			rc = -EBUSY;
	return rc;
}

static void resume(struct engine *engine, struct export *export, bool force)
{
	const bool was_withdrawn = export->withdrawn;
	char name[AOE_ADDRESS_TEXT];

	if (!export->withdrawn && !export->claims)
		return;
	if (export->withdrawn || force)
		say_print(engine->say, SAY_NOTICE, "%s: resumed%s",
		          aoe_address_format(export->view.address, name),
		          force ? ", whoever else answers for it" : "");
	export->withdrawn = false;
	layers_follow(export);
	if (force)
		claim_drop_all(&export->claims);
	else if (was_withdrawn)
		claims_begin_everywhere(&engine->requests, export);
	else
		claims_begin_again(&engine->requests, export);
	engine->requests.claims_decided = true;
	presence_announce_export(&engine->requests, export);
}

void engine_resume(struct engine *engine, struct export *export, bool force)
{
	export->forced = force;
	resume(engine, export, force);
}

/* ---- what they are is changed ---- */

void engine_set_access(struct engine *engine, struct export *export,
                       const struct export_options *options)
{
	export_set_access(export, options);
	if (options->duplicate && export->claims)
		resume(engine, export, true);
	presence_announce_export(&engine->requests, export);
}

void engine_set_faults(struct engine *engine, struct export *export,
                       const struct fault_rules *rules)
{
	bool before = export->options.faults.count;
	char name[AOE_ADDRESS_TEXT];

	if (!strcmp(export->options.faults.text, rules->text))
		return;
	export_set_faults(export, rules);
	export_describe_faults(export, engine->say);
	if (before && !rules->count)
		say_print(engine->say, SAY_NOTICE, "%s: no faults any more",
		          aoe_address_format(export->view.address, name));
}

void engine_measure(struct engine *engine, struct export *export, uint64_t length)
{
	(void)engine;
	measure_export(export, length);
}
