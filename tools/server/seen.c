/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/seen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"

enum { LONGEST = 512 }; /* bytes of a line: longer ones are none of dnsmasq's */

/* Far behind any date, and an int64_t. */
#define LAST_SECOND ((uint64_t)1 << 62)

static struct seen_card *find(const struct seen *seen, struct mac mac)
{
	for (size_t i = 0; i < seen->count; i++)
		if (mac_equal(seen->cards[i].mac, mac))
			return &seen->cards[i];
	return NULL;
}

const struct seen_card *seen_find(const struct seen *seen, struct mac mac)
{
	return find(seen, mac);
}

void seen_release(struct seen *seen)
{
	free(seen->cards);
	*seen = (struct seen){0};
}

/* The last time counts, and the last address that is known. */
static int take(struct seen *seen, struct mac mac, int64_t time, struct in_addr address)
{
	struct seen_card *card = find(seen, mac), *cards;

	if (!card && seen->count == SEEN_MAX)
		return 0;
	if (!card) {
		cards = reallocarray(seen->cards, seen->count + 1, sizeof(*cards));
		if (!cards)
			return -ENOMEM;
		seen->cards = cards;
		card = &cards[seen->count++];
		*card = (struct seen_card){.mac = mac};
	}
	card->time = time > card->time ? time : card->time;
	card->address = address.s_addr ? address : card->address;
	return 0;
}

/* Copies the next line, cut off where it is too long. Returns false at the end. */
static bool next_line(const char **at, const char *end, char line[LONGEST])
{
	const char *newline;
	size_t length;

	if (*at == end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	length = (size_t)((newline ? newline : end) - *at);
	length = length < LONGEST ? length : LONGEST - 1;
	memcpy(line, *at, length);
	line[length] = '\0';
	*at = newline ? newline + 1 : end;
	return true;
}

/* "EXPIRY MAC ADDRESS HOST CLIENT"; an expiry of 0 is never. */
static int take_lease(struct seen *seen, char *line)
{
	char *rest = line, *word = strsep(&rest, " ");
	const char *digits = word;
	struct in_addr address;
	struct mac mac;
	uint64_t expiry;

	if (text_read_number(&digits, LAST_SECOND, &expiry) || *digits)
		return 0;
	word = strsep(&rest, " ");
	if (!word || mac_parse(word, NULL, &mac))
		return 0;
	word = strsep(&rest, " ");
	if (!word || inet_pton(AF_INET, word, &address) != 1)
		return 0;
	return take(seen, mac, expiry > SEEN_LEASE ? (int64_t)expiry - SEEN_LEASE : 0, address);
}

int seen_take_leases(struct seen *seen, const char *text, size_t length)
{
	const char *end = text + length;
	char line[LONGEST];
	int rc = 0;

	while (!rc && next_line(&text, end, line))
		rc = take_lease(seen, line);
	return rc;
}

/* What a card says that wants to boot, not what is answered. */
static bool is_question(const char *message)
{
	static const char *const questions[] = {"DHCPDISCOVER(", "DHCPREQUEST(", "PXE("};

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (text_begins(message, questions[i]))
			return true;
	return false;
}

/* "SECONDS.FRACTION HOST dnsmasq-dhcp[PID]: QUESTION(IF) [ADDRESS ]MAC..." */
static int take_message(struct seen *seen, char *line)
{
	static const char who[] = " dnsmasq-dhcp[";
	const struct in_addr nowhere = {0};
	const char *digits = line;
	char *message = strstr(line, who), *word;
	uint64_t time;
	struct mac mac;

	if (!message || text_read_number(&digits, LAST_SECOND, &time))
		return 0;
	message = strstr(message, "]: ");
	if (!message)
		return 0;
	message += strlen("]: ");
	if (!is_question(message))
		return 0;
	while ((word = strsep(&message, " ")))
		if (!mac_parse(word, NULL, &mac))
			return take(seen, mac, (int64_t)time, nowhere);
	return 0;
}

int seen_take_journal(struct seen *seen, const char *text, size_t length)
{
	const char *end = text + length;
	char line[LONGEST];
	int rc = 0;

	while (!rc && next_line(&text, end, line))
		rc = take_message(seen, line);
	return rc;
}
