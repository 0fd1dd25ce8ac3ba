/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/lan/link.h"

struct message {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[512];
};

/* Behind the others; returns where its data is. */
static char *add(struct message *message, unsigned short type, const void *data, size_t length)
{
	char *at = (char *)message + NLMSG_ALIGN(message->head.nlmsg_len);
	struct rtattr head = {.rta_len = (unsigned short)RTA_LENGTH(length), .rta_type = type};

	memcpy(at, &head, sizeof(head));
	if (data)
		memcpy(at + RTA_LENGTH(0), data, length);
	message->head.nlmsg_len =
	        (uint32_t)(NLMSG_ALIGN(message->head.nlmsg_len) + RTA_SPACE(length));
	return at + RTA_LENGTH(0);
}

static void make(struct message *message)
{
	static const unsigned int mtu = 9000, master = 7;
	const struct rtattr kind = {.rta_len = RTA_LENGTH(7), .rta_type = IFLA_INFO_SLAVE_KIND};
	char *info;

	*message = (struct message){
	        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(message->info)),
	                 .nlmsg_type = RTM_NEWLINK},
	        .info = {.ifi_index = 3,
	                 .ifi_type = ARPHRD_ETHER,
	                 .ifi_flags = IFF_UP | IFF_RUNNING},
	};
	add(message, IFLA_IFNAME, "lan0", 5);
	add(message, IFLA_ADDRESS, "\x02\x00\x00\x00\x00\xaa", 6);
	add(message, IFLA_MTU, &mtu, sizeof(mtu));
	add(message, IFLA_MASTER, &master, sizeof(master));
	info = add(message, IFLA_LINKINFO | NLA_F_NESTED, NULL, RTA_SPACE(7));
	memcpy(info, &kind, sizeof(kind));
	memcpy(info + RTA_LENGTH(0), "bridge", 7);
}

static void test_answer(void **state)
{
	const struct mac mac = {{2, 0, 0, 0, 0, 0xaa}};
	struct message message;
	struct link link;

	(void)state;
	make(&message);
	assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
	assert_int_equal(link.index, 3);
	assert_string_equal(link.name, "lan0");
	assert_int_equal(link.type, ARPHRD_ETHER);
	assert_true(link.running);
	assert_true(mac_equal(link.mac, mac));
	assert_int_equal(link.mtu, 9000);
	assert_int_equal(link.master, 7);
	assert_string_equal(link.kind, "bridge");
	message.info.ifi_flags = IFF_UP;
	assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
	assert_false(link.running);
}

/* As the kernel says it of a port: its master, and the kind of that. */
static bool is_port_of(const char *kind, unsigned int master)
{
	const unsigned short length = (unsigned short)strlen(kind);
	const struct rtattr head = {.rta_len = (unsigned short)RTA_LENGTH(length),
	                            .rta_type = IFLA_INFO_SLAVE_KIND};
	struct message message;
	struct link link;
	char *info;

	make(&message);
	add(&message, IFLA_MASTER, &master, sizeof(master));
	info = add(&message, IFLA_LINKINFO, NULL, RTA_SPACE(length));
	memcpy(info, &head, sizeof(head));
	memcpy(info + RTA_LENGTH(0), kind, length);
	assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
	assert_string_equal(link.kind, kind);
	return link_is_port(&link);
}

/* What few test machines can make is decided here: bonds, teams and Open vSwitch. */
static void test_ports(void **state)
{
	static const char *const taking[] = {"bridge", "bond", "team", "openvswitch"};

	(void)state;
	for (size_t i = 0; i < sizeof(taking) / sizeof(taking[0]); i++) {
		assert_true(is_port_of(taking[i], 7));
		assert_false(is_port_of(taking[i], 0));
	}
	/* Its frames are still heard on it. */
	assert_false(is_port_of("vrf", 7));
	assert_false(is_port_of("bon", 7));
	assert_false(is_port_of("bonded", 7));
}

/* Cut off anywhere, and said to be shorter: nothing beyond the end is read. */
static void test_cut_off(void **state)
{
	struct message message;
	struct link link;

	(void)state;
	make(&message);
	for (uint32_t length = 0; length < message.head.nlmsg_len; length++) {
		struct message shorter = message;
		char *bytes = exact_copy(&shorter, length);

		assert_int_equal(link_parse(bytes, length, &link), -EBADMSG);
		shorter.head.nlmsg_len = length;
		memcpy(bytes, &shorter, length);
		link_parse(bytes, length, &link);
		free(bytes);
	}
}

/* An attribute that says it is longer than all, or has no length, ends them. */
static void test_wrong_lengths(void **state)
{
	struct message message;
	struct link link;

	(void)state;
	for (unsigned int length = 0; length < 4; length++) {
		unsigned short wrong = length == 3 ? 60000 : (unsigned short)length;

		make(&message);
		memcpy(message.attributes, &wrong, sizeof(wrong));
		assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
		assert_string_equal(link.name, "");
	}
}

static void test_long_name(void **state)
{
	struct message message;
	struct link link;
	char name[64];

	(void)state;
	make(&message);
	memset(name, 'x', sizeof(name));
	add(&message, IFLA_IFNAME, name, sizeof(name));
	assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
	assert_int_equal(strlen(link.name), IFNAMSIZ - 1);
	/* Without its end, it just fits. */
	make(&message);
	add(&message, IFLA_IFNAME, name, IFNAMSIZ);
	assert_int_equal(link_parse(&message, message.head.nlmsg_len, &link), 0);
	assert_int_equal(strlen(link.name), IFNAMSIZ - 1);
	assert_int_equal(link.type, ARPHRD_ETHER);
}

static void test_error(void **state)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} message = {.head = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR},
	             .error.error = -ENODEV};
	struct link link;

	(void)state;
	assert_int_equal(link_parse(&message, sizeof(message), &link), -ENODEV);
	message.error.error = 0;
	assert_int_equal(link_parse(&message, sizeof(message), &link), -EBADMSG);
	message.head.nlmsg_type = RTM_NEWADDR;
	assert_int_equal(link_parse(&message, sizeof(message), &link), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_answer),        cmocka_unit_test(test_cut_off),
	        cmocka_unit_test(test_wrong_lengths), cmocka_unit_test(test_long_name),
	        cmocka_unit_test(test_error),         cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
