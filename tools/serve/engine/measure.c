/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/measure.h"

#include "tools/serve/engine/presence.h"

enum { GROWTH_MS = 1000 }; /* between two looks at how large a file is */

static void measure(struct export *export, uint64_t length);

static void measured(struct store_request *request)
{
	struct export *export = request->owner;
	struct requests *requests = export->requests;
	uint64_t end = export->file_start + export->view.sectors * AOE_SECTOR;
	bool changed = false;

	export->measuring = false;
	if (export->retired)
		return;
	if (export->measure_again) {
		export->measure_again = false;
		measure(export, export->measure_length);
		return;
	}
	/* What cannot be asked how large it is will be heard of when it is used. */
	if (request->error)
		return;
	/* Nor is anything new if it is what could not be exported the last time. */
	if (export->only_growth && (request->size < end || request->size == export->refused_size))
		return;
	if (export_resize(export, request->offset, request->size, requests->say, &changed))
		export->refused_size = request->size;
	if (changed)
		presence_announce_export(requests, export);
}

static void measure(struct export *export, uint64_t length)
{
	export->measuring = true;
	/* offset is not used by this operation, and is what the length is to be. */
	export->measure = (struct store_request){
	        .operation = STORE_MEASURE, .offset = length, .done = measured, .owner = export};
	store_start(export->store, &export->measure);
}

void measure_export(struct export *export, uint64_t length)
{
	if (export->layers)
		return;
	export->only_growth = false;
	/* The file may be another size, or the length another one, than that under way is about. */
	export->measure_again = export->measuring;
	export->measure_length = length;
	if (!export->measuring)
		measure(export, length);
}

void measure_growth(struct requests *requests, struct export *export)
{
	/* An image with layers over it stays as it is. */
	if (export->layers || export->parent)
		return;
	if (export->options.file.length || export->measuring || export->hangs ||
	    requests->now - export->looked < GROWTH_MS)
		return;
	export->looked = requests->now;
	export->only_growth = true;
	measure(export, 0);
}

void measure_growth_of_all(struct requests *requests)
{
	for (size_t i = 0; i < requests->exports->count; i++)
		measure_growth(requests, requests->exports->list[i]);
}
