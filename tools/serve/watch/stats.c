/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/stats.h"

static size_t hash(struct mac mac)
{
	uint32_t value = 0;

	for (size_t i = 0; i < sizeof(mac.octet); i++)
		value = value * 31 + mac.octet[i];
	return (value ^ value >> 8) % STATS_CLIENTS;
}

static void add_traffic(struct stats_traffic *traffic, bool write, uint64_t requests,
                        uint64_t bytes)
{
	traffic->requests[write] += requests;
	traffic->bytes[write] += bytes;
}

/* ---- clients ---- */

static struct stats_client *find(struct stats *stats, struct mac mac)
{
	uint16_t at = stats->first[hash(mac)];

	while (at && !mac_equal(stats->clients[at - 1].mac, mac))
		at = stats->clients[at - 1].next;
	return at ? &stats->clients[at - 1] : NULL;
}

static void unlink_client(struct stats *stats, const struct stats_client *client)
{
	uint16_t *at = &stats->first[hash(client->mac)];

	while (&stats->clients[*at - 1] != client)
		at = &stats->clients[*at - 1].next;
	*at = client->next;
}

/* A place for a new client, or NULL if none is silent for long enough. */
static struct stats_client *make_room(struct stats *stats, uint64_t now)
{
	struct stats_client *oldest = stats->clients;

	if (stats->client_count < STATS_CLIENTS)
		return &stats->clients[stats->client_count++];
	for (size_t i = 1; i < STATS_CLIENTS; i++)
		if (stats->clients[i].seen < oldest->seen)
			oldest = &stats->clients[i];
	if (now - oldest->seen < STATS_IDLE)
		return NULL;
	unlink_client(stats, oldest);
	return oldest;
}

static struct stats_client *client_of(struct stats *stats, struct mac mac, uint64_t now)
{
	struct stats_client *client = find(stats, mac);
	uint16_t *first = &stats->first[hash(mac)];

	if (client) {
		client->seen = now;
		return client;
	}
	/* A crowd without a place does not have them all looked through for each. */
	if (stats->others.seen != now)
		client = make_room(stats, now);
	if (!client) {
		stats->others.seen = now;
		return &stats->others;
	}
	*client = (struct stats_client){.mac = mac, .seen = now, .next = *first};
	*first = (uint16_t)(client - stats->clients + 1);
	return client;
}

/* ---- what is counted ---- */

void stats_answered(struct stats *stats, struct mac mac, bool write, uint64_t bytes,
                    uint64_t latency, uint64_t now)
{
	const uint64_t second = now / 1000;
	const size_t slot = second % (STATS_SECONDS + 1);

	if (stats->seconds[slot].second != second) {
		stats->seconds[slot].second = second;
		stats->seconds[slot].traffic = (struct stats_traffic){0};
	}
	add_traffic(&stats->seconds[slot].traffic, write, 1, bytes);
	add_traffic(&stats->total, write, 1, bytes);
	add_traffic(&client_of(stats, mac, now)->traffic, write, 1, bytes);
	histogram_add(&stats->latency[write], latency);
}

void stats_repeated(struct stats *stats, struct mac mac, uint64_t now)
{
	stats->repeated++;
	client_of(stats, mac, now)->repeated++;
}

struct stats_traffic stats_recent(const struct stats *stats, uint64_t now)
{
	struct stats_traffic sum = {0};

	for (size_t i = 0; i <= STATS_SECONDS; i++) {
		const struct stats_traffic *traffic = &stats->seconds[i].traffic;
		uint64_t age = now / 1000 - stats->seconds[i].second;

		for (int write = 0; age && age <= STATS_SECONDS && write < 2; write++)
			add_traffic(&sum, write, traffic->requests[write], traffic->bytes[write]);
	}
	return sum;
}
