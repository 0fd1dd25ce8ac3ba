/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/json.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/watch/stats.h"
#include "tools/serve/wire/sink.h"

/* What a form is made of; the same order for each. */
struct report {
	const struct exports *exports;
	const struct lans *lans;
	uint64_t now;
	struct buffer *text;
	size_t clients; /* that were written */
	size_t layers;  /* the same */
	int rc;         /* of the first that failed */
};

static const double percents[] = {50, 99, 99.9};
static const struct stats no_stats;

static void add(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct report *r, const char *format, ...)
{
	char part[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(part, sizeof(part), format, arguments);
	va_end(arguments);
	if (!r->rc)
		r->rc = buffer_append(r->text, part, strlen(part));
}

static void add_string(struct report *r, const char *text)
{
	if (!r->rc)
		r->rc = json_string(r->text, text, strlen(text));
}

static const struct stats *stats_of(const struct export *export)
{
	return export->stats ? export->stats : &no_stats;
}

static unsigned long long per_second(uint64_t count)
{
	return (unsigned long long)count / STATS_SECONDS;
}

/* ---- health ---- */

static const char *health_of(const struct export *export)
{
	if (export->withdrawn)
		return "withdrawn";
	if (claim_find_taken(export->claims))
		return "taken";
	if (claim_is_asking(export->claims))
		return "asking";
	return export->view.silent ? "silent" : "serving";
}

static const char *why_silent(const struct export *export)
{
	if (export->hangs)
		return "the disk does not answer";
	if (export->directions[1].stuck)
		return "writes do not end";
	if (export->directions[0].stuck)
		return "reads do not end";
	if (export->writing.failing)
		return export->reading.failing ? "reading and writing fail" : "writing fails";
	return export->reading.failing ? "reading fails" : "";
}

/* Milliseconds that it has been silent. */
static uint64_t silence_of(const struct export *export, uint64_t now)
{
	uint64_t since = now;

	if (export->hangs)
		since = export->answered;
	for (int i = 0; i < 2; i++)
		if (export->directions[i].stuck && export->directions[i].answered < since)
			since = export->directions[i].answered;
	if (export->writing.failing && export->writing.since < since)
		since = export->writing.since;
	if (export->reading.failing && export->reading.since < since)
		since = export->reading.since;
	return now - since;
}

static const char *state_of(const struct lan *lan)
{
	static const char *const states[] = {[LAN_UP] = "up",
	                                     [LAN_DOWN] = "down",
	                                     [LAN_GONE] = "gone",
	                                     [LAN_PORT] = "port of another"};

	return states[lan->state];
}

static const char *cache_of(const struct export *export)
{
	if (export->options.snapshot.on)
		return export->options.snapshot.folder ? "layers" : "snapshot";
	if (export->options.file.read_only)
		return "ro";
	return export->options.writeback ? "writeback" : "stable";
}

/* ---- a table ---- */

/* Text that no terminal obeys. */
static void add_plain(struct report *r, const char *text)
{
	for (; *text; text++)
		add(r, (unsigned char)*text < ' ' || *text == 0x7f ? "?" : "%c", *text);
}

static void table_taken(struct report *r, const struct export *export)
{
	char mac[MAC_TEXT];

	for (const struct claim *c = export->claims; c; c = c->next) {
		if (!claim_is_answered(c))
			continue;
		add(r, " (%s on ", mac_format(c->other, mac));
		add_plain(r, c->sink->name);
		add(r, " answers, for %llu s)", (unsigned long long)(r->now - c->since) / 1000);
	}
}

static void table_writer(struct report *r, const struct export *export)
{
	char mac[MAC_TEXT];

	if (export->writer.held)
		add(r, " (%s is the writer, heard %llu s ago)", mac_format(export->writer.mac, mac),
		    (unsigned long long)(r->now - export->writer.seen) / 1000);
}

static void table_export(struct report *r, const struct export *export)
{
	const struct stats *stats = stats_of(export);
	struct stats_traffic recent = stats_recent(stats, r->now);
	char name[AOE_ADDRESS_TEXT];

	add(r, "%-10s %-10s %10llu %8llu %8llu %9.1f %9.1f  ",
	    aoe_address_format(export->view.address, name), health_of(export),
	    (unsigned long long)export->view.sectors, per_second(recent.requests[0]),
	    per_second(recent.requests[1]),
	    (double)histogram_percentile(&stats->latency[0], 99) / 1000,
	    (double)histogram_percentile(&stats->latency[1], 99) / 1000);
	add_plain(r, export->options.file.path);
	if (export->options.faults.count)
		add(r, " (FAULTS ARE ON: %s)", export->options.faults.text);
	table_taken(r, export);
	table_writer(r, export);
	if (export->view.silent)
		add(r, " (%s, for %llu s)", why_silent(export),
		    (unsigned long long)silence_of(export, r->now) / 1000);
	add(r, "\n");
}

static void table_lan(struct report *r, const char *name, const struct lan *lan)
{
	add(r, "\n%-10s ", "LAN");
	add_plain(r, name);
	add(r,
	    ": %s, MTU %zu, %u buffers; %llu frames in, %llu out, %llu found no room, %llu not "
	    "sent",
	    state_of(lan), lan->mtu, lan->buffers, (unsigned long long)lan->received,
	    (unsigned long long)lan->sent, (unsigned long long)lan->overruns,
	    (unsigned long long)lan->lost);
}

static void table_client(struct report *r, const struct export *export,
                         const struct stats_client *client)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	if (!r->clients++)
		add(r, "\n\n%-10s %-17s %12s %12s %9s %9s\n", "EXPORT", "CLIENT", "KIB READ",
		    "KIB WRITTEN", "REPEATED", "SECONDS");
	add(r, "%-10s %-17s %12llu %12llu %9llu %9llu\n",
	    aoe_address_format(export->view.address, name), mac_format(client->mac, mac),
	    (unsigned long long)client->traffic.bytes[0] / 1024,
	    (unsigned long long)client->traffic.bytes[1] / 1024,
	    (unsigned long long)client->repeated,
	    (unsigned long long)(r->now - client->seen) / 1000);
}

static void each_client(struct report *r,
                        void (*write)(struct report *r, const struct export *export,
                                      const struct stats_client *client))
{
	for (size_t i = 0; i < r->exports->count; i++) {
		const struct stats *stats = stats_of(r->exports->list[i]);

		for (size_t k = 0; k < stats->client_count && r->clients < REPORT_CLIENTS; k++)
			write(r, r->exports->list[i], &stats->clients[k]);
	}
}

/* The limit is its parent's, which may be less than what it holds. */
static uint64_t room_of(const struct export *layer)
{
	return layer->parent->options.snapshot.sectors * AOE_SECTOR;
}

static void table_layer(struct report *r, const struct export *layer)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	if (!r->layers++)
		add(r, "\n%-10s %-17s %12s %12s  %s\n", "EXPORT", "LAYER OF", "KIB HELD",
		    "KIB MOST", "STATE");
	add(r, "%-10s %-17s %12llu %12llu  %s", aoe_address_format(layer->view.address, name),
	    mac_format(layer->mac, mac), (unsigned long long)layers_used(layer) / 1024,
	    (unsigned long long)room_of(layer) / 1024, health_of(layer));
	if (layer->view.silent)
		add(r, " (%s, for %llu s)", why_silent(layer),
		    (unsigned long long)silence_of(layer, r->now) / 1000);
	add(r, "\n");
}

static void each_layer(struct report *r,
                       void (*write)(struct report *r, const struct export *layer))
{
	for (size_t i = 0; i < r->exports->count; i++) {
		const struct export *export = r->exports->list[i];

		for (const struct export *l = layers_next(export, NULL);
		     l && r->layers < REPORT_CLIENTS; l = layers_next(export, l))
			write(r, l);
	}
}

static void write_table(struct report *r)
{
	add(r, "%-10s %-10s %10s %8s %8s %9s %9s  %s\n", "EXPORT", "STATE", "SECTORS", "READS/S",
	    "WRITES/S", "R99 us", "W99 us", "PATH");
	for (size_t i = 0; i < r->exports->count; i++)
		table_export(r, r->exports->list[i]);
	for (size_t i = 0; i < r->lans->count; i++)
		table_lan(r, r->lans->list[i].name, r->lans->list[i].lan);
	each_client(r, table_client);
	add(r, r->clients ? "" : "\n");
	each_layer(r, table_layer);
}

/* ---- JSON ---- */

static void json_traffic(struct report *r, const struct stats_traffic *traffic, unsigned int per)
{
	add(r, "\"reads\": %llu, \"writes\": %llu, \"bytes_read\": %llu, \"bytes_written\": %llu",
	    (unsigned long long)traffic->requests[0] / per,
	    (unsigned long long)traffic->requests[1] / per,
	    (unsigned long long)traffic->bytes[0] / per,
	    (unsigned long long)traffic->bytes[1] / per);
}

static void json_latency(struct report *r, const char *name, const struct histogram *latency)
{
	add(r, ", \"%s\": {", name);
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		add(r, "\"p%g\": %.1f, ", percents[i],
		    (double)histogram_percentile(latency, percents[i]) / 1000);
	add(r, "\"max\": %.1f}", (double)latency->max / 1000);
}

static void json_health(struct report *r, const struct export *export)
{
	add(r, ", \"state\": \"%s\"", health_of(export));
	if (export->view.silent)
		add(r, ", \"why\": \"%s\", \"silent_ms\": %llu", why_silent(export),
		    (unsigned long long)silence_of(export, r->now));
}

static void json_taken(struct report *r, const struct export *export)
{
	size_t count = 0;
	char mac[MAC_TEXT];

	for (const struct claim *c = export->claims; c; c = c->next) {
		if (!claim_is_answered(c))
			continue;
		add(r, "%s{\"lan\": ", count++ ? ", " : ", \"taken\": [");
		add_string(r, c->sink->name);
		add(r, ", \"mac\": \"%s\", \"taken_ms\": %llu}", mac_format(c->other, mac),
		    (unsigned long long)(r->now - c->since));
	}
	add(r, count ? "]" : "");
}

static void json_writer(struct report *r, const struct export *export)
{
	char mac[MAC_TEXT];

	if (export->writer.held)
		add(r, ", \"writer\": {\"mac\": \"%s\", \"seen_ms\": %llu}",
		    mac_format(export->writer.mac, mac),
		    (unsigned long long)(r->now - export->writer.seen));
}

static void json_snapshot(struct report *r, const struct export *export)
{
	const struct snapshot_options *options = &export->options.snapshot;
	struct layers_facts facts = layers_facts(export);

	if (!options->on)
		return;
	add(r, ", \"snapshot\": {\"kept\": %s", options->folder ? "true" : "false");
	if (options->folder) {
		add(r, ", \"folder\": ");
		add_string(r, options->folder);
	}
	add(r, ", \"layers\": %zu, \"layers_most\": %u, \"bytes\": %llu, \"layer_most\": %llu}",
	    facts.count, options->layers, (unsigned long long)facts.bytes,
	    (unsigned long long)options->sectors * AOE_SECTOR);
}

static void json_export(struct report *r, const struct export *export)
{
	const struct stats *stats = stats_of(export);
	struct stats_traffic recent = stats_recent(stats, r->now);
	char name[AOE_ADDRESS_TEXT];

	add(r, "{\"address\": \"%s\", \"path\": ", aoe_address_format(export->view.address, name));
	add_string(r, export->options.file.path);
	add(r, ", \"sectors\": %llu, \"cache\": \"%s\"", (unsigned long long)export->view.sectors,
	    cache_of(export));
	json_health(r, export);
	json_taken(r, export);
	json_writer(r, export);
	if (export->options.faults.count)
		add(r, ", \"faults\": \"%s\"", export->options.faults.text);
	json_snapshot(r, export);
	add(r, ", \"under_way\": %zu, \"total\": {", layers_held(export));
	json_traffic(r, &stats->total, 1);
	add(r, "}, \"per_second\": {");
	json_traffic(r, &recent, STATS_SECONDS);
	add(r, "}");
	json_latency(r, "read_us", &stats->latency[0]);
	json_latency(r, "write_us", &stats->latency[1]);
	add(r,
	    ", \"repeated\": %llu, \"late\": %llu, \"superseded\": %llu, \"refused\": %llu, "
	    "\"others\": {",
	    (unsigned long long)stats->repeated, (unsigned long long)stats->late,
	    (unsigned long long)stats->superseded, (unsigned long long)stats->refused);
	json_traffic(r, &stats->others.traffic, 1);
	add(r, "}}");
}

static void json_lan(struct report *r, const char *name, const struct lan *lan)
{
	char mac[MAC_TEXT];

	add(r, "{\"name\": ");
	add_string(r, name);
	add(r,
	    ", \"state\": \"%s\", \"mac\": \"%s\", \"mtu\": %zu, \"buffers\": %u, \"frames_in\": "
	    "%llu, \"bytes_in\": %llu, \"frames_out\": %llu, \"bytes_out\": %llu, \"overruns\": "
	    "%llu, \"lost\": %llu}",
	    state_of(lan), mac_format(lan->mac, mac), lan->mtu, lan->buffers,
	    (unsigned long long)lan->received, (unsigned long long)lan->received_bytes,
	    (unsigned long long)lan->sent, (unsigned long long)lan->sent_bytes,
	    (unsigned long long)lan->overruns, (unsigned long long)lan->lost);
}

static void json_client(struct report *r, const struct export *export,
                        const struct stats_client *client)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	add(r, "%s{\"export\": \"%s\", \"mac\": \"%s\", ", r->clients++ ? ",\n " : "",
	    aoe_address_format(export->view.address, name), mac_format(client->mac, mac));
	json_traffic(r, &client->traffic, 1);
	add(r, ", \"repeated\": %llu, \"seen_ms\": %llu}", (unsigned long long)client->repeated,
	    (unsigned long long)(r->now - client->seen));
}

static void json_layer(struct report *r, const struct export *layer)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	add(r, "%s{\"export\": \"%s\", \"mac\": \"%s\", \"bytes\": %llu", r->layers++ ? ",\n " : "",
	    aoe_address_format(layer->view.address, name), mac_format(layer->mac, mac),
	    (unsigned long long)layers_used(layer));
	json_health(r, layer);
	add(r, "}");
}

static void write_json(struct report *r)
{
	add(r, "{\"rate_seconds\": %d, \"exports\": [", STATS_SECONDS);
	for (size_t i = 0; i < r->exports->count; i++) {
		add(r, "%s", i ? ",\n " : "");
		json_export(r, r->exports->list[i]);
	}
	add(r, "],\n\"lans\": [");
	for (size_t i = 0; i < r->lans->count; i++) {
		add(r, "%s", i ? ",\n " : "");
		json_lan(r, r->lans->list[i].name, r->lans->list[i].lan);
	}
	add(r, "],\n\"clients\": [");
	each_client(r, json_client);
	add(r, "],\n\"layers\": [");
	each_layer(r, json_layer);
	add(r, "]}\n");
}

/* ---- Prometheus ---- */

static uint64_t serving(const struct export *e)
{
	return !strcmp(health_of(e), "serving");
}
/* LANs on which another target answers for its address. */
static uint64_t taken(const struct export *e)
{
	uint64_t count = 0;

	for (const struct claim *c = e->claims; c; c = c->next)
		count += claim_is_answered(c);
	return count;
}
static uint64_t reads(const struct export *e)
{
	return stats_of(e)->total.requests[0];
}
static uint64_t writes(const struct export *e)
{
	return stats_of(e)->total.requests[1];
}
static uint64_t bytes_read(const struct export *e)
{
	return stats_of(e)->total.bytes[0];
}
static uint64_t bytes_written(const struct export *e)
{
	return stats_of(e)->total.bytes[1];
}
static uint64_t repeated(const struct export *e)
{
	return stats_of(e)->repeated;
}
static uint64_t dropped(const struct export *e)
{
	return stats_of(e)->late + stats_of(e)->superseded + stats_of(e)->refused;
}

static uint64_t faults(const struct export *e)
{
	return e->options.faults.count;
}
static uint64_t layers(const struct export *e)
{
	return layers_facts(e).count;
}
static uint64_t layer_bytes(const struct export *e)
{
	return layers_facts(e).bytes;
}
static uint64_t layers_silent(const struct export *e)
{
	uint64_t count = 0;

	for (const struct export *l = layers_next(e, NULL); l; l = layers_next(e, l))
		count += l->view.silent;
	return count;
}

/* Not the clients themselves: anyone on the LAN can invent as many as he likes. */
static uint64_t clients(const struct export *e)
{
	return stats_of(e)->client_count;
}

static void prometheus_exports(struct report *r)
{
	static const struct {
		const char *name, *type;
		uint64_t (*value)(const struct export *export);
	} figures[] = {
	        {"serving", "gauge", serving},
	        {"taken", "gauge", taken},
	        {"reads_total", "counter", reads},
	        {"writes_total", "counter", writes},
	        {"read_bytes_total", "counter", bytes_read},
	        {"written_bytes_total", "counter", bytes_written},
	        {"repeated_total", "counter", repeated},
	        {"dropped_total", "counter", dropped},
	        {"faults", "gauge", faults},
	        {"clients", "gauge", clients},
	        {"layers", "gauge", layers},
	        {"layers_silent", "gauge", layers_silent},
	        {"layer_bytes", "gauge", layer_bytes},
	};
	char name[AOE_ADDRESS_TEXT];

	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		add(r, "# TYPE etherroot_%s %s\n", figures[f].name, figures[f].type);
		for (size_t i = 0; i < r->exports->count; i++)
			add(r, "etherroot_%s{export=\"%s\"} %llu\n", figures[f].name,
			    aoe_address_format(r->exports->list[i]->view.address, name),
			    (unsigned long long)figures[f].value(r->exports->list[i]));
	}
}

/* A summary: quantiles of all that was answered since the start. */
static void prometheus_latency(struct report *r, const char *name, bool write)
{
	char address[AOE_ADDRESS_TEXT];

	add(r, "# TYPE etherroot_%s summary\n", name);
	for (size_t i = 0; i < r->exports->count; i++) {
		const struct export *export = r->exports->list[i];
		const struct histogram *latency = &stats_of(export)->latency[write];

		aoe_address_format(export->view.address, address);
		for (size_t p = 0; p < sizeof(percents) / sizeof(percents[0]); p++)
			add(r, "etherroot_%s{export=\"%s\",quantile=\"%g\"} %.9g\n", name, address,
			    percents[p] / 100,
			    (double)histogram_percentile(latency, percents[p]) / 1e9);
		add(r, "etherroot_%s_count{export=\"%s\"} %llu\n", name, address,
		    (unsigned long long)latency->count);
	}
}

static uint64_t lan_up(const struct lan *lan)
{
	return lan->state == LAN_UP;
}
static uint64_t frames_in(const struct lan *lan)
{
	return lan->received;
}
static uint64_t bytes_in(const struct lan *lan)
{
	return lan->received_bytes;
}
static uint64_t frames_out(const struct lan *lan)
{
	return lan->sent;
}
static uint64_t bytes_out(const struct lan *lan)
{
	return lan->sent_bytes;
}
static uint64_t overruns(const struct lan *lan)
{
	return lan->overruns;
}
static uint64_t lost(const struct lan *lan)
{
	return lan->lost;
}

/* A value between quotes, of a text that may be a path. */
static void add_label(struct report *r, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			add(r, "\\n");
		else
			add(r, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
}

static void prometheus_lans(struct report *r)
{
	static const struct {
		const char *name, *type;
		uint64_t (*value)(const struct lan *lan);
	} figures[] = {
	        {"up", "gauge", lan_up},
	        {"received_frames_total", "counter", frames_in},
	        {"received_bytes_total", "counter", bytes_in},
	        {"sent_frames_total", "counter", frames_out},
	        {"sent_bytes_total", "counter", bytes_out},
	        {"overruns_total", "counter", overruns},
	        {"lost_frames_total", "counter", lost},
	};

	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		add(r, "# TYPE etherroot_lan_%s %s\n", figures[f].name, figures[f].type);
		for (size_t i = 0; i < r->lans->count; i++) {
			add(r, "etherroot_lan_%s{lan=\"", figures[f].name);
			add_label(r, r->lans->list[i].name);
			add(r, "\"} %llu\n",
			    (unsigned long long)figures[f].value(r->lans->list[i].lan));
		}
	}
}

static void write_prometheus(struct report *r)
{
	prometheus_exports(r);
	prometheus_latency(r, "read_seconds", false);
	prometheus_latency(r, "write_seconds", true);
	prometheus_lans(r);
}

int report_write(const struct exports *exports, const struct lans *lans, enum ask_form form,
                 uint64_t now, struct buffer *text)
{
	struct report r = {.exports = exports, .lans = lans, .now = now, .text = text};

	if (form == ASK_TABLE)
		write_table(&r);
	else if (form == ASK_JSON)
		write_json(&r);
	else
		write_prometheus(&r);
	return r.rc;
}
