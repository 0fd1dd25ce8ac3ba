/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/commands.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/pair/recipes.h"

static void add(struct commands *commands, ...) __attribute__((sentinel));

static void add(struct commands *commands, ...)
{
	struct args *args = &commands->list[commands->count++];
	const char *word;
	va_list words;

	va_start(words, commands);
	while ((word = va_arg(words, const char *)))
		args_add(args, "%s", word);
	va_end(words);
}

char *commands_quote(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789/._-+:,=@%";
	size_t length = strlen(word);
	char *quoted, *to;

	if (length && strspn(word, plain) == length)
		return args_text("%s", word);
	quoted = to = args_text("%*s", (int)(4 * length + 2), "");
	*to++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *word;
	}
	strcpy(to, "'");
	return quoted;
}

/* ssh hands its words to a shell there. */
static void add_quoted(struct args *args, const char *option, const struct args *values)
{
	for (size_t i = 0; i < values->n; i++) {
		char *quoted = commands_quote(values->v[i]);

		args_add(args, "%s", option);
		args_add(args, "%s", quoted);
		free(quoted);
	}
}

static void add_other_server(const struct apply *apply, struct commands *commands)
{
	char *place = args_text("%s:" PAIRING_PATH, apply->ssh);
	struct args *args;

	add(commands, "ssh", apply->ssh, "mkdir", "-p", "/etc/etherroot", NULL);
	add(commands, "scp", "-p", PAIRING_PATH, place, NULL);
	free(place);
	args = &commands->list[commands->count];
	add(commands, "ssh", apply->ssh, "etherroot", "pair", "--data-of",
	    apply->pairing.servers[apply->source].name, NULL);
	add_quoted(args, "--overwrite", &apply->overwrite);
	add_quoted(args, "--replace", &apply->replace);
}

static void add_halves(const struct apply *apply, const bool made[PAIRING_EXPORTS_MAX],
                       struct commands *commands)
{
	char name[AOE_ADDRESS_TEXT];

	for (size_t i = 0; i < apply->pairing.export_count; i++) {
		aoe_address_format(apply->pairing.exports[i].address, name);
		if (made[i])
			add(commands, "drbdadm", "create-md", "--force", name, NULL);
		add(commands, "drbdadm", "adjust", name, NULL);
	}
}

/* Promoted once, while both see each other, so that its data are the ones that are copied. */
static void add_source(const struct apply *apply, const bool made[PAIRING_EXPORTS_MAX],
                       struct commands *commands)
{
	char name[AOE_ADDRESS_TEXT];

	for (size_t i = 0; i < apply->pairing.export_count; i++) {
		if (!made[i])
			continue;
		aoe_address_format(apply->pairing.exports[i].address, name);
		add(commands, "drbdadm", "wait-connect", name, NULL);
		add(commands, "drbdadm", "primary", "--force", name, NULL);
		add(commands, "drbdadm", "secondary", name, NULL);
	}
}

/* Who serves is for a person to say. */
static void add_timer(struct commands *commands)
{
	add(commands, "systemctl", "daemon-reload", NULL);
	add(commands, "systemctl", "enable", "drbd.service", NULL);
	add(commands, "systemctl", "enable", "--now", RECIPES_RESYNC ".timer", NULL);
}

static void add_cluster(const struct apply *apply, struct commands *commands)
{
	if (apply->pairing.cluster == PAIRING_NOBODY) {
		add_timer(commands);
		return;
	}
	if (apply->pairing.cluster == PAIRING_KEEPALIVED) {
		add(commands, "systemctl", "enable", "drbd.service", "keepalived.service", NULL);
		add(commands, "systemctl", "restart", "keepalived.service", NULL);
		return;
	}
	add(commands, "systemctl", "enable", "corosync.service", "pacemaker.service", NULL);
	add(commands, "systemctl", "restart", "corosync.service", "pacemaker.service", NULL);
	/* Both have it from one. Before both have joined it could be replaced by what the other
	 * one brings, from a cluster of its own before. */
	if (apply->server != apply->source)
		return;
	add(commands, "timeout", "600", "sh", "-c",
	    "until [ \"$(crm_mon --one-shot --output-as=xml | grep -c '<node .* "
	    "online=\"true\"')\" = 2 ] "
	    "&& cibadmin --modify --allow-create --scope=configuration --xml-file " RECIPES_CIB
	    "; do sleep 1; done",
	    NULL);
}

void commands_make(const struct apply *apply, const bool made[PAIRING_EXPORTS_MAX],
                   struct commands *commands)
{
	*commands = (struct commands){0};
	add_halves(apply, made, commands);
	if (apply->ssh)
		add_other_server(apply, commands);
	if (apply->server == apply->source)
		add_source(apply, made, commands);
	add_cluster(apply, commands);
}
