/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/netconsole.h"

#include <errno.h>
#include <string.h>

#include "tools/base/text.h"

/* "PORT@IP/LINK", each perhaps empty. */
struct end {
	const char *port, *ip, *link;
	size_t port_length, ip_length, link_length;
};

struct netconsole {
	bool extended;
	struct end local, remote;
};

static struct end split_end(const char *at, size_t length)
{
	const char *slash = memchr(at, '/', length);
	size_t front = slash ? (size_t)(slash - at) : length;
	const char *mark = memchr(at, '@', front);
	struct end end = {.port = at, .ip = mark ? mark + 1 : at, .link = at + length};

	end.port_length = mark ? (size_t)(mark - at) : 0;
	end.ip_length = (size_t)(at + front - end.ip);
	if (slash) {
		end.link = slash + 1;
		end.link_length = length - front - 1;
	}
	return end;
}

static struct netconsole split(const char *text)
{
	struct netconsole whole = {.extended = *text == '+'};
	const char *comma;

	text += whole.extended;
	comma = strchr(text, ',');
	whole.local = split_end(text, comma ? (size_t)(comma - text) : 0);
	text = comma ? comma + 1 : text;
	whole.remote = split_end(text, strlen(text));
	return whole;
}

/* Up to four numbers with points between them; the place of what is wrong, or NULL. */
static const char *check_ipv4(const char *at, const char *end)
{
	uint64_t number;

	for (int i = 0; i < 4; i++) {
		if (at >= end || (i && *at++ != '.') || at >= end ||
		    text_read_number(&at, 255, &number))
			return at;
	}
	return at < end ? at : NULL;
}

/* IPv6 is looked at by the kernel. */
static const char *check_ip(const char *at, size_t length)
{
	size_t six = strspn(at, "0123456789abcdefABCDEF:.");

	if (!memchr(at, ':', length))
		return check_ipv4(at, at + length);
	return six < length ? at + six : NULL;
}

static int wrong(struct parse_error *error, const char *text, const char *at, const char *problem)
{
	*error = (struct parse_error){.position = (size_t)(at - text), .problem = problem};
	return -EINVAL;
}

static int check_end(const char *text, const struct end *end, struct parse_error *error)
{
	const char *at = end->port;
	uint64_t port;

	if (end->port_length && (text_read_number(&at, 65535, &port) || *at != '@'))
		return wrong(error, text, at, "expected a port, up to 65535");
	at = end->ip_length ? check_ip(end->ip, end->ip_length) : NULL;
	return at ? wrong(error, text, at, "expected an IP address") : 0;
}

int netconsole_check(const char *text, struct parse_error *error)
{
	enum { NAME_MOST = 15 /* bytes, of an interface (IFNAMSIZ in linux/if.h) */ };
	struct netconsole whole = split(text);
	struct mac mac;
	int rc = check_end(text, &whole.local, error);

	rc = rc ? rc : check_end(text, &whole.remote, error);
	if (rc)
		return rc;
	if (!whole.remote.ip_length)
		return wrong(error, text, whole.remote.ip, "expected an IP address to send to");
	if (whole.local.link_length > NAME_MOST)
		return wrong(error, text, whole.local.link, "expected the name of a NIC");
	if (whole.remote.link_length && mac_parse(whole.remote.link, NULL, &mac))
		return wrong(error, text, whole.remote.link, "expected a MAC");
	return 0;
}

/* An address of the LAN that nobody gives away: its two last numbers are the MAC's. */
static const char *make_ip(struct mac mac, char buffer[TEXT_NUMBER])
{
	char third[TEXT_NUMBER], fourth[TEXT_NUMBER];

	/* The first and the last 256 of them are kept back (RFC 3927, 2.1). */
	return text_join(buffer, TEXT_NUMBER, "169.254.",
	                 text_decimal(third, 1 + mac.octet[4] % 254), ".",
	                 text_decimal(fourth, mac.octet[5]), NULL);
}

char *netconsole_parameter(const char *text, const char *nic, struct mac mac,
                           char buffer[NETCONSOLE_PARAMETER])
{
	struct netconsole whole = split(text);
	char ip[TEXT_NUMBER], address[MAC_TEXT];
	struct text out;

	text_begin(&out, buffer, NETCONSOLE_PARAMETER);
	text_add(&out, whole.extended ? "netconsole=+" : "netconsole=");
	text_add_bytes(&out, whole.local.port, whole.local.port_length);
	text_add(&out, "@");
	text_add_bytes(&out, whole.local.ip, whole.local.ip_length);
	if (!whole.local.ip_length && !memchr(whole.remote.ip, ':', whole.remote.ip_length))
		text_add(&out, make_ip(mac, ip));
	text_add(&out, "/");
	text_add_bytes(&out, whole.local.link, whole.local.link_length);
	text_add(&out, whole.local.link_length ? "" : nic);
	text_add(&out, ",");
	text_add_bytes(&out, whole.remote.port, whole.remote.port_length);
	text_add(&out, "@");
	text_add_bytes(&out, whole.remote.ip, whole.remote.ip_length);
	text_add(&out, "/");
	if (whole.remote.link_length && !mac_parse(whole.remote.link, NULL, &mac))
		text_add(&out, mac_format(mac, address));
	return buffer;
}
