/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/cluster.h"

#include <string.h>

#include "tools/cli/buffer.h"
#include "tools/host/steps.h"

enum { TEXT_MOST = 4 << 20, ATTRIBUTE = 128 };

/* ---- tags and their attributes; nothing of what is between ---- */

struct tag {
	const char *name, *end; /* without its angle brackets */
};

/* Finds the next tag that begins an element, from *at on. Returns false after the last. */
static bool next_tag(const char **at, const char *end, struct tag *tag)
{
	while ((*at = memchr(*at, '<', (size_t)(end - *at)))) {
		const char *close = memchr(*at, '>', (size_t)(end - *at));

		if (!close)
			return false;
		*tag = (struct tag){*at + 1, close};
		*at = close;
		if (tag->name < tag->end && *tag->name >= 'a' && *tag->name <= 'z')
			return true;
	}
	return false;
}

static bool is_called(const struct tag *tag, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(tag->end - tag->name) > length && !memcmp(tag->name, name, length) &&
	       tag->name[length] == ' ';
}

/* The value of an attribute, or "" if it has none, or a longer one than anything looked for. */
static const char *attribute(const struct tag *tag, const char *name, char value[ATTRIBUTE])
{
	size_t length = strlen(name);
	const char *at = tag->name, *quote;

	*value = '\0';
	while ((at = memchr(at, ' ', (size_t)(tag->end - at)))) {
		at++;
		if ((size_t)(tag->end - at) < length + 2 || memcmp(at, name, length) != 0 ||
		    memcmp(at + length, "=\"", 2) != 0)
			continue;
		at += length + 2;
		quote = memchr(at, '"', (size_t)(tag->end - at));
		if (!quote || quote - at >= ATTRIBUTE)
			return value;
		memcpy(value, at, (size_t)(quote - at));
		value[quote - at] = '\0';
		return value;
	}
	return value;
}

static bool is_true(const struct tag *tag, const char *name)
{
	char value[ATTRIBUTE];

	return !strcmp(attribute(tag, name, value), "true");
}

/* ---- what they say ---- */

/* A resource's place is a "node" too, which tells neither. */
static void take_node(const struct tag *tag, const struct pairing *pairing, struct cluster *cluster)
{
	char name[ATTRIBUTE], online[ATTRIBUTE];
	int index = pairing_server_index(pairing, attribute(tag, "name", name));

	if (index < 0 || !*attribute(tag, "online", online))
		return;
	cluster->servers[index] = (struct cluster_server){.online = !strcmp(online, "true"),
	                                                  .standby = is_true(tag, "standby"),
	                                                  .unclean = is_true(tag, "unclean")};
}

static void take_tag(const struct tag *tag, const struct pairing *pairing, struct cluster *cluster)
{
	if (is_called(tag, "current_dc")) {
		cluster->runs = is_true(tag, "present");
		cluster->quorum = is_true(tag, "with_quorum");
	} else if (is_called(tag, "cluster_options")) {
		cluster->fencing = is_true(tag, "stonith-enabled");
		cluster->maintenance = is_true(tag, "maintenance-mode");
	} else if (is_called(tag, "node")) {
		take_node(tag, pairing, cluster);
	} else if (is_called(tag, "failure")) {
		cluster->failures++;
	}
}

void cluster_parse(const char *text, size_t length, const struct pairing *pairing,
                   struct cluster *cluster)
{
	const char *at = text;
	struct tag tag;

	*cluster = (struct cluster){0};
	while (at && next_tag(&at, text + length, &tag))
		take_tag(&tag, pairing, cluster);
}

static void read_pacemaker(const struct pairing *pairing, struct cluster *cluster)
{
	struct buffer text = {0};
	struct args args = {0};
	struct why why;

	args_add(&args, "crm_mon");
	args_add(&args, "--one-shot");
	args_add(&args, "--output-as=xml");
	if (!steps_read(&args, TEXT_MOST, &text, &why) && text.size)
		cluster_parse((const char *)text.data, text.size, pairing, cluster);
	buffer_free(&text);
}

/* It knows of the other server only what DRBD knows too; who fences is in the pairing. */
static void read_keepalived(struct cluster *cluster)
{
	struct buffer text = {0};
	struct args args = {0};
	struct why why;

	args_add(&args, "systemctl");
	args_add(&args, "is-active");
	args_add(&args, "keepalived.service");
	cluster->runs = !steps_read(&args, TEXT_MOST, &text, &why);
	cluster->quorum = cluster->fencing = true;
	buffer_free(&text);
}

void cluster_read(const struct pairing *pairing, struct cluster *cluster)
{
	*cluster = (struct cluster){0};
	if (pairing->cluster == PAIRING_PACEMAKER)
		read_pacemaker(pairing, cluster);
	else if (pairing->cluster == PAIRING_KEEPALIVED)
		read_keepalived(cluster);
}
