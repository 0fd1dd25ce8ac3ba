/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair status`: what DRBD, the cluster and the target say, in words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/pair/service.h"
#include "tools/pair/tell.h"
#include "tools/pair/verbs.h"

enum { JSON };

static const struct cli_command command = {
        .name = "pair status",
        .synopsis = "[--json]",
        .summary = "Says who serves what, how each mirror is, and what a death would do.",
        .options = (const struct cli_option[]){[JSON] = {"json", 0, NULL, "print JSON"}, {0}},
        .more = "The exit status is 1 if not all is well.",
};

static int add(const struct tell_facts *facts, bool json, size_t index, struct buffer *text)
{
	int rc;

	if (!json)
		return tell_words(facts, text);
	rc = buffer_printf(text, "%s", index ? ",\n " : "[");
	return rc ? rc : tell_json(facts, text);
}

/* Returns 0 or -ENOMEM. */
static int tell(const struct pairing *pairing, size_t server, bool json, bool *well,
                struct buffer *text)
{
	char state[SERVICE_STATE];
	struct cluster cluster;
	struct mirrors mirrors;
	struct notes notes;
	int rc = 0;

	mirrors_read(&mirrors);
	cluster_read(pairing, &cluster);
	*well = true;
	for (size_t i = 0; i < pairing->export_count && !rc; i++) {
		struct tell_facts facts = {
		        .pairing = pairing,
		        .export = &pairing->exports[i],
		        .server = server,
		        .mirror = mirrors_find(&mirrors, pairing->exports[i].minor),
		        .cluster = &cluster,
		        .service = state,
		        .notes = &notes,
		        .now = time(NULL)};

		notes_read(pairing->exports[i].address, &notes);
		service_state(pairing->exports[i].address, state);
		rc = add(&facts, json, i, text);
		*well = *well && tell_is_well(&facts);
	}
	return rc || !json ? rc : buffer_append(text, "]\n", 2);
}

static int print(const struct buffer *text)
{
	if (fwrite(text->data, 1, text->size, stdout) == text->size && !fflush(stdout))
		return 0;
	cli_error(&command, "standard output: %s", strerror(errno));
	return -EIO;
}

int pair_status(int argc, char **argv)
{
	struct buffer text = {0};
	struct cli_parser parser;
	struct pairing pairing;
	struct why why;
	size_t server;
	bool json = false, well = false;
	int option, rc;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		json = true;
	if (option == CLI_STOP)
		return parser.status;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	rc = verbs_load(&pairing, &server, &why);
	if (rc) {
		cli_error(&command, "%s", why.text);
		return CLI_FAILED;
	}
	rc = tell(&pairing, server, json, &well, &text);
	rc = rc ? rc : print(&text);
	buffer_free(&text);
	pairing_release(&pairing);
	return !rc && well ? CLI_OK : CLI_FAILED;
}
