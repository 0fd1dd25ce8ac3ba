/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corosync's file, and the part of Pacemaker's configuration that cibadmin(8) takes. */
#include <string.h>

#include "tools/pair/recipes.h"

/* ---- Corosync ---- */

static int write_node(const struct pairing_server *server, size_t id, struct buffer *text)
{
	return buffer_printf(text,
	                     "\tnode {\n"
	                     "\t\tname: %s\n"
	                     "\t\tnodeid: %zu\n"
	                     "\t\tring0_addr: %s\n"
	                     "\t}\n",
	                     server->name, id, server->address);
}

/*
 * wait_for_all: a server that comes up alone does not know whether the other one has newer data,
 * and serves nothing until both were seen, or a person has said that it may.
 */
int write_corosync(const struct pairing *pairing, struct buffer *text)
{
	int rc = buffer_printf(text,
	                       "# " RECIPES_MADE ".\n"
	                       "totem {\n"
	                       "\tversion: 2\n"
	                       "\tcluster_name: etherroot\n"
	                       "\ttransport: knet\n"
	                       "\t# Milliseconds of silence after which a server is lost.\n"
	                       "\ttoken: 1000\n"
	                       "}\n"
	                       "quorum {\n"
	                       "\tprovider: corosync_votequorum\n"
	                       "\ttwo_node: 1\n"
	                       "\t# One that comes up alone may have old data: it waits for both.\n"
	                       "\twait_for_all: 1\n"
	                       "}\n"
	                       "logging {\n"
	                       "\tto_syslog: yes\n"
	                       "}\n"
	                       "nodelist {\n");

	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++)
		rc = write_node(&pairing->servers[i], i + 1, text);
	return rc ? rc : buffer_append(text, "}\n", 2);
}

/* ---- Pacemaker ---- */

static int add_escaped(struct buffer *text, const char *word)
{
	int rc = 0;

	for (; *word && !rc; word++)
		if (strchr("<>&\"'", *word))
			rc = buffer_printf(text, "&#%d;", *word);
		else
			rc = buffer_append(text, word, 1);
	return rc;
}

static int add_attribute(struct buffer *text, const char *of, const char *name, size_t length,
                         const char *value)
{
	int rc = buffer_printf(text, "<nvpair id=\"%s-%.*s\" name=\"%.*s\" value=\"", of,
	                       (int)length, name, (int)length, name);

	if (!rc)
		rc = add_escaped(text, value);
	return rc ? rc : buffer_append(text, "\"/>\n", 4);
}

static int add_parameters(struct buffer *text, const char *of, const struct buffer *parameters)
{
	const char *at = (const char *)parameters->data, *equals;
	size_t left = parameters->size;
	int rc = 0;

	while (left && !rc) {
		equals = strchr(at, '=');
		rc = add_attribute(text, of, at, (size_t)(equals - at), equals + 1);
		left -= strlen(at) + 1;
		at += strlen(at) + 1;
	}
	return rc;
}

/*
 * Whoever fences the second server waits for the delay: of two that serve nothing the second one is
 * faster. The one that serves is, by twice as much, see write_cib.
 */
static int write_delay(const struct pairing *pairing, size_t index, const char *id,
                       struct buffer *text)
{
	if (!index || !pairing->fence_delay)
		return 0;
	return buffer_printf(text,
	                     "<nvpair id=\"%s-delay\" name=\"pcmk_delay_base\" value=\"%us\"/>\n",
	                     id, pairing->fence_delay);
}

static int write_fence(const struct pairing *pairing, size_t index, struct buffer *text)
{
	const struct pairing_server *server = &pairing->servers[index];
	char id[PAIRING_NAME + sizeof("fence-")] = "fence-";
	int rc;

	strcat(id, server->name);
	rc = buffer_printf(
	        text,
	        "<primitive id=\"%s\" class=\"stonith\" type=\"%s\">\n"
	        "<instance_attributes id=\"%s-parameters\">\n"
	        "<nvpair id=\"%s-pcmk_host_list\" name=\"pcmk_host_list\" value=\"%s\"/>\n",
	        id, server->fence, id, id, server->name);
	if (!rc)
		rc = write_delay(pairing, index, id, text);
	if (!rc)
		rc = add_parameters(text, id, &server->parameters);
	return rc ? rc
	          : buffer_printf(text,
	                          "</instance_attributes>\n<operations>\n"
	                          "<op id=\"%s-monitor\" name=\"monitor\" interval=\"60s\" "
	                          "timeout=\"30s\"/>\n</operations>\n</primitive>\n",
	                          id);
}

/*
 * The LAN's link, as an attribute of each server: lan-IF is 1 while it is up. It only looks: that it
 * cannot be stopped is no reason to fence a server, which may be the last one.
 */
static int write_lan(const struct pairing *pairing, struct buffer *text)
{
	return buffer_printf(
	        text,
	        "<clone id=\"lan-clone\">\n"
	        "<primitive id=\"lan\" class=\"ocf\" provider=\"heartbeat\" type=\"ethmonitor\">\n"
	        "<instance_attributes id=\"lan-parameters\">\n"
	        "<nvpair id=\"lan-interface\" name=\"interface\" value=\"%s\"/>\n"
	        "<nvpair id=\"lan-name\" name=\"name\" value=\"lan\"/>\n"
	        "<nvpair id=\"lan-link\" name=\"link_status_only\" value=\"true\"/>\n"
	        "</instance_attributes>\n<operations>\n"
	        "<op id=\"lan-monitor\" name=\"monitor\" interval=\"2s\" timeout=\"30s\"/>\n"
	        "<op id=\"lan-stop\" name=\"stop\" interval=\"0\" timeout=\"60s\" "
	        "on-fail=\"ignore\"/>\n"
	        "</operations>\n</primitive>\n</clone>\n",
	        pairing->interface);
}

static int write_mirror(const char *name, struct buffer *text)
{
	return buffer_printf(
	        text,
	        "<clone id=\"drbd-%s-clone\">\n"
	        "<meta_attributes id=\"drbd-%s-clone-meta\">\n"
	        "<nvpair id=\"drbd-%s-promotable\" name=\"promotable\" value=\"true\"/>\n"
	        "<nvpair id=\"drbd-%s-promoted-max\" name=\"promoted-max\" value=\"1\"/>\n"
	        "<nvpair id=\"drbd-%s-clone-max\" name=\"clone-max\" value=\"2\"/>\n"
	        "<nvpair id=\"drbd-%s-notify\" name=\"notify\" value=\"true\"/>\n"
	        "</meta_attributes>\n"
	        "<primitive id=\"drbd-%s\" class=\"ocf\" provider=\"linbit\" type=\"drbd\">\n"
	        "<instance_attributes id=\"drbd-%s-parameters\">\n"
	        "<nvpair id=\"drbd-%s-resource\" name=\"drbd_resource\" value=\"%s\"/>\n"
	        "</instance_attributes>\n<operations>\n"
	        "<op id=\"drbd-%s-start\" name=\"start\" interval=\"0\" timeout=\"240s\"/>\n"
	        "<op id=\"drbd-%s-promote\" name=\"promote\" interval=\"0\" timeout=\"90s\"/>\n"
	        "<op id=\"drbd-%s-demote\" name=\"demote\" interval=\"0\" timeout=\"90s\"/>\n"
	        "<op id=\"drbd-%s-stop\" name=\"stop\" interval=\"0\" timeout=\"100s\"/>\n"
	        "<op id=\"drbd-%s-promoted\" name=\"monitor\" interval=\"9s\" timeout=\"20s\" "
	        "role=\"Promoted\"/>\n"
	        "<op id=\"drbd-%s-unpromoted\" name=\"monitor\" interval=\"11s\" timeout=\"20s\" "
	        "role=\"Unpromoted\"/>\n"
	        "</operations>\n</primitive>\n</clone>\n",
	        name, name, name, name, name, name, name, name, name, name, name, name, name, name,
	        name, name);
}

static int write_export(const struct pairing *pairing, const struct pairing_export *export,
                        const char *name, struct buffer *text)
{
	char mac[MAC_TEXT];

	return buffer_printf(
	        text,
	        "<primitive id=\"%s\" class=\"ocf\" provider=\"etherroot\" type=\"export\">\n"
	        "<meta_attributes id=\"%s-meta\">\n"
	        "<nvpair id=\"%s-priority\" name=\"priority\" value=\"10\"/>\n"
	        "</meta_attributes>\n"
	        "<instance_attributes id=\"%s-parameters\">\n"
	        "<nvpair id=\"%s-device\" name=\"device\" value=\"/dev/drbd%u\"/>\n"
	        "<nvpair id=\"%s-nic\" name=\"nic\" value=\"%s\"/>\n"
	        "<nvpair id=\"%s-shelf\" name=\"shelf\" value=\"%u\"/>\n"
	        "<nvpair id=\"%s-slot\" name=\"slot\" value=\"%u\"/>\n"
	        "<nvpair id=\"%s-vmac\" name=\"vmac\" value=\"%s\"/>\n"
	        "</instance_attributes>\n<operations>\n"
	        "<op id=\"%s-start\" name=\"start\" interval=\"0\" timeout=\"30s\"/>\n"
	        "<op id=\"%s-stop\" name=\"stop\" interval=\"0\" timeout=\"45s\"/>\n"
	        "<op id=\"%s-monitor\" name=\"monitor\" interval=\"5s\" timeout=\"20s\"/>\n"
	        "</operations>\n</primitive>\n",
	        name, name, name, name, name, export->minor, name, pairing->interface, name,
	        export->address.shelf, name, export->address.slot, name,
	        mac_format(export->vmac, mac), name, name, name);
}

static int write_resources(const struct pairing *pairing, struct buffer *text)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "<resources>\n");

	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++)
		rc = write_fence(pairing, i, text);
	if (!rc)
		rc = write_lan(pairing, text);
	for (size_t i = 0; i < pairing->export_count && !rc; i++) {
		rc = write_mirror(aoe_address_format(pairing->exports[i].address, name), text);
		if (!rc)
			rc = write_export(pairing, &pairing->exports[i], name, text);
	}
	return rc ? rc : buffer_printf(text, "</resources>\n");
}

/*
 * Served where it was promoted, and after that; promoted rather where the LAN's link is up, but
 * where it is if that is up nowhere: a half that is good has 10000 by its agent. Never a score
 * above 0 from here: one that has none by its agent would be promoted by it.
 */
static int write_rules(const char *name, struct buffer *text)
{
	return buffer_printf(
	        text,
	        "<rsc_colocation id=\"%s-with-drbd\" rsc=\"%s\" with-rsc=\"drbd-%s-clone\" "
	        "with-rsc-role=\"Promoted\" score=\"INFINITY\"/>\n"
	        "<rsc_order id=\"%s-after-drbd\" first=\"drbd-%s-clone\" first-action=\"promote\" "
	        "then=\"%s\" then-action=\"start\"/>\n"
	        "<rsc_location id=\"%s-where-lan\" rsc=\"drbd-%s-clone\">\n"
	        "<rule id=\"%s-where-lan-rule\" role=\"Promoted\" score=\"-5000\">\n"
	        "<expression id=\"%s-where-lan-down\" attribute=\"lan\" operation=\"ne\" "
	        "value=\"1\"/>\n"
	        "</rule>\n</rsc_location>\n",
	        name, name, name, name, name, name, name, name, name, name);
}

/* A server does not run what switches it off: the other one has to. */
static int write_constraints(const struct pairing *pairing, struct buffer *text)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "<constraints>\n");

	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++)
		rc = buffer_printf(text,
		                   "<rsc_location id=\"fence-%s-elsewhere\" "
		                   "rsc=\"fence-%s\" node=\"%s\" score=\"-INFINITY\"/>\n",
		                   pairing->servers[i].name, pairing->servers[i].name,
		                   pairing->servers[i].name);
	for (size_t i = 0; i < pairing->export_count && !rc; i++)
		rc = write_rules(aoe_address_format(pairing->exports[i].address, name), text);
	return rc ? rc : buffer_printf(text, "</constraints>\n");
}

/* Seconds; twice what one of them waits in any case, as Pacemaker's manual has it. */
static unsigned int fencing_delay(const struct pairing *pairing)
{
	return pairing->fence_delay ? 2 * pairing->fence_delay : 2;
}

/*
 * priority-fencing-delay: when both live and do not see each other, the one that serves is faster.
 * Stickiness: nothing moves back by itself.
 */
int write_cib(const struct pairing *pairing, struct buffer *text)
{
	int rc = buffer_printf(
	        text,
	        "<!-- " RECIPES_MADE ". -->\n"
	        "<configuration>\n"
	        "<crm_config>\n<cluster_property_set id=\"cib-bootstrap-options\">\n"
	        "<nvpair id=\"etherroot-stonith-enabled\" name=\"stonith-enabled\" "
	        "value=\"true\"/>\n"
	        "<nvpair id=\"etherroot-fencing-delay\" name=\"priority-fencing-delay\" "
	        "value=\"%us\"/>\n"
	        "</cluster_property_set>\n</crm_config>\n",
	        fencing_delay(pairing));

	if (!rc)
		rc = write_resources(pairing, text);
	if (!rc)
		rc = write_constraints(pairing, text);
	if (!rc)
		rc = buffer_printf(text,
		                   "<rsc_defaults>\n<meta_attributes id=\"etherroot-defaults\">\n"
		                   "<nvpair id=\"etherroot-stickiness\" "
		                   "name=\"resource-stickiness\" value=\"200\"/>\n"
		                   "</meta_attributes>\n</rsc_defaults>\n</configuration>\n");
	return rc;
}
