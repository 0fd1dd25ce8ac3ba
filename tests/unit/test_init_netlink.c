/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel tells the init: uevents and links; and rootflags=. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/iflist.h"
#include "init/mount.h"
#include "init/netlink.h"
#include "init/nic.h"
#include "init/report.h"
#include "init/servers.h"
#include "init/uevent.h"

static void uevents_are_read(void **state)
{
	static const char message[] =
	        "add@/devices/pci0/virtio0\0ACTION=add\0DEVPATH=/devices/pci0/virtio0\0"
	        "SUBSYSTEM=virtio\0MODALIAS=virtio:d00000001v00001AF4\0DEVNAME=etherd/"
	        "e0.0\0SEQNUM=5";
	char *copy = malloc(sizeof(message));
	struct uevent event;

	(void)state;
	assert_non_null(copy);
	memcpy(copy, message, sizeof(message));
	copy[sizeof(message) - 1] = 'x'; /* as what was received before left it */
	assert_int_equal(uevent_parse(copy, sizeof(message) - 1, &event), 0);
	assert_string_equal(event.action, "add");
	assert_string_equal(event.subsystem, "virtio");
	assert_string_equal(event.modalias, "virtio:d00000001v00001AF4");
	assert_string_equal(event.devname, "etherd/e0.0");
	free(copy);
}

static void what_is_no_uevent_is_refused(void **state)
{
	char udev[] = "libudev\0ACTION=add";
	char headless[] = "add@/x\0SUBSYSTEM=block";
	char empty[1];
	struct uevent event;

	(void)state;
	assert_int_equal(uevent_parse(udev, sizeof(udev) - 1, &event), -EINVAL);
	assert_int_equal(uevent_parse(headless, sizeof(headless) - 1, &event), -EINVAL);
	assert_int_equal(uevent_parse(empty, 0, &event), -EINVAL);
}

/* A link message as the kernel lays it out. */
struct link_message {
	struct nlmsghdr header;
	struct ifinfomsg info;
	struct rtattr name_header;
	char name[8];
	struct rtattr mac_header;
	unsigned char mac[8]; /* 6 and their padding */
};

static struct link_message make_link(unsigned flags)
{
	return (struct link_message){
	        .header = {.nlmsg_len = sizeof(struct link_message), .nlmsg_type = RTM_NEWLINK},
	        .info = {.ifi_type = ARPHRD_ETHER, .ifi_index = 2, .ifi_flags = flags},
	        .name_header = {.rta_len = RTA_LENGTH(5), .rta_type = IFLA_IFNAME},
	        .name = "eth0",
	        .mac_header = {.rta_len = RTA_LENGTH(6), .rta_type = IFLA_ADDRESS},
	        .mac = {0x52, 0x54, 0, 1, 2, 3},
	};
}

static void links_are_read(void **state)
{
	struct link_message message = make_link(IFF_UP | IFF_LOWER_UP);
	struct nic nic;
	char text[MAC_TEXT];

	(void)state;
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), 0);
	assert_int_equal(nic.index, 2);
	assert_string_equal(nic.name, "eth0");
	assert_string_equal(mac_format(nic.mac, text), "52:54:00:01:02:03");
	assert_true(nic.ethernet && nic.up && nic.carrier && !nic.gone);
	message.header.nlmsg_type = RTM_DELLINK;
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), 0);
	assert_true(nic.gone);
	message = make_link(IFF_LOWER_UP);
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), 0);
	assert_false(nic.up || nic.carrier);
}

static void cut_links_are_refused(void **state)
{
	struct link_message message = make_link(IFF_UP);
	struct nic nic;

	(void)state;
	for (size_t length = 0; length < sizeof(message); length++) {
		void *copy = malloc(length + !length);

		assert_non_null(copy);
		memcpy(copy, &message, length);
		assert_int_equal(nic_parse(copy, length, &nic), -EINVAL);
		free(copy);
	}
	message.name_header.rta_len = 2;
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), -EINVAL);
	message.name_header.rta_len = 0;
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), -EINVAL);
	message.name_header.rta_len = 4000;
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), -EINVAL);
	/* The last attribute of all, which nothing follows that would be wrong as well. */
	message = make_link(IFF_UP);
	message.mac_header.rta_len = 2;
	message.header.nlmsg_len = offsetof(struct link_message, mac);
	assert_int_equal(nic_parse(&message, sizeof(message), &nic), -EINVAL);
}

static struct link_message make_named(int index, const char *name, unsigned type)
{
	struct link_message message = make_link(IFF_UP | IFF_LOWER_UP);

	message.header.nlmsg_type = (uint16_t)type;
	message.info.ifi_index = index;
	memcpy(message.name, name, strlen(name) + 1);
	return message;
}

/* What was known of one that has moved to another place says nothing of the next one there. */
static void what_comes_after_one_that_is_gone_is_new(void **state)
{
	const struct link_message messages[] = {
	        make_named(2, "eth0", RTM_DELLINK),
	        make_named(4, "eth2", RTM_NEWLINK),
	};
	struct cmdline cmdline = {.word_count = 0};
	struct nics nics = {
	        .cmdline = &cmdline,
	        .nic = {{.index = 2, .name = "eth0"},
	                {.index = 3, .name = "eth1", .ready = true, .path.proven = true}},
	        .count = 2,
	};
	int ends[2];

	(void)state;
	report_verbosity(true, false);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	nics.fd = ends[0];
	assert_int_equal(send(ends[1], messages, sizeof(messages), 0), sizeof(messages));
	assert_true(nics_update(&nics));
	assert_int_equal(nics.count, 2);
	assert_string_equal(nics.nic[0].name, "eth1");
	assert_true(nics.nic[0].ready && nics.nic[0].path.proven);
	assert_string_equal(nics.nic[1].name, "eth2");
	assert_false(nics.nic[1].ready || nics.nic[1].path.proven);
	close(ends[0]);
	close(ends[1]);
}

static void answers_are_read(void **state)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr answer;
	} message = {.header = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR},
	             .answer = {.error = -EINVAL}};
	int rc = 1;

	(void)state;
	assert_true(netlink_is_answer((uint8_t *)&message, sizeof(message), &rc));
	assert_int_equal(rc, -EINVAL);
	message.answer.error = 0;
	assert_true(netlink_is_answer((uint8_t *)&message, sizeof(message), &rc));
	assert_int_equal(rc, 0);
	assert_false(netlink_is_answer((uint8_t *)&message, sizeof(message.header), &rc));
	message.header.nlmsg_type = RTM_NEWLINK;
	assert_false(netlink_is_answer((uint8_t *)&message, sizeof(message), &rc));
}

/* What is built can be cut up again, attributes on their places. */
static void requests_are_built(void **state)
{
	struct ifinfomsg info = {.ifi_index = 7};
	struct netlink_request request;
	struct netlink_attribute attribute;
	size_t offset = netlink_attributes_at(sizeof(info));
	unsigned mtu = 9000;

	(void)state;
	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	netlink_add(&request, IFLA_IFNAME, "lan", 3);
	netlink_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	assert_int_equal(request.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(
	        netlink_attribute(request.bytes, request.header.nlmsg_len, &offset, &attribute), 1);
	assert_int_equal(attribute.length, 3);
	assert_int_equal(
	        netlink_attribute(request.bytes, request.header.nlmsg_len, &offset, &attribute), 1);
	assert_int_equal(attribute.type, IFLA_MTU);
	assert_memory_equal(attribute.data, &mtu, sizeof(mtu));
	assert_int_equal(
	        netlink_attribute(request.bytes, request.header.nlmsg_len, &offset, &attribute), 0);
}

/* Answers to the question who is there, from two servers. */
static void servers_are_told_apart(void **state)
{
	uint8_t frame[24] = {0x52, 0x54, 0,    1,    2,    3, 2, 0, 0, 0,
	                     0,    1,    0x88, 0xa2, 0x18, 0, 0, 3, 1, 1};
	struct servers servers = {.fd = -1};
	struct server *found[2];

	(void)state;
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[0]), 0);
	frame[11] = 2;
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[1]), 0);
	servers.count = 2;
	servers_of(&servers, (struct aoe_address){3, 1}, found);
	assert_int_equal(found[0]->mac.octet[5], 1);
	assert_int_equal(found[1]->mac.octet[5], 2);
	servers.server[1].address.slot = 2;
	servers_of(&servers, (struct aoe_address){3, 1}, found);
	assert_ptr_equal(found[0], &servers.server[0]);
	assert_null(found[1]);
	servers_of(&servers, (struct aoe_address){3, 3}, found);
	assert_null(found[0]);
	assert_int_equal(server_parse(frame, sizeof(frame) - 1, &servers.server[0]), -EINVAL);
	frame[14] = 0x10; /* a question */
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[0]), -EINVAL);
	frame[14] = 0x1c; /* an error */
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[0]), -EINVAL);
	frame[14] = 0x18;
	frame[19] = 0; /* ATA */
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[0]), -EINVAL);
	frame[19] = 1;
	frame[12] = 0x08; /* no AoE */
	assert_int_equal(server_parse(frame, sizeof(frame), &servers.server[0]), -EINVAL);
}

static void nics_are_chosen_by_name_or_mac(void **state)
{
	struct nic nic = {.name = "eth0", .mac = {{1, 2, 3, 4, 5, 6}}, .ethernet = true};
	struct cmdline cmdline = {0};

	(void)state;
	assert_true(nic_is_chosen(&nic, &cmdline));
	cmdline.nics[cmdline.nic_count++] = (struct nic_choice){.name = "eth1"};
	assert_false(nic_is_chosen(&nic, &cmdline));
	cmdline.nics[cmdline.nic_count++] = (struct nic_choice){.mac = {{1, 2, 3, 4, 5, 6}}};
	assert_true(nic_is_chosen(&nic, &cmdline));
	nic.ethernet = false;
	assert_false(nic_is_chosen(&nic, &cmdline));
}

/* What is made on top carries the root; what it stands on, and others, do not. */
static void what_is_made_on_top_is_chosen(void **state)
{
	struct nic eth0 = {.name = "eth0", .mac = {{1}}, .ethernet = true, .below = 1},
	           eth1 = {.name = "eth1", .mac = {{2}}, .ethernet = true},
	           vlan = {.name = "vlan5", .mac = {{1}}, .ethernet = true};
	struct cmdline cmdline = {
	        .uppers = {{.name = "vlan5", .vlan = 5, .lower = {{.name = "eth0"}}}},
	        .upper_count = 1};

	(void)state;
	assert_false(nic_is_chosen(&eth0, &cmdline));
	assert_false(nic_is_chosen(&eth1, &cmdline));
	assert_true(nic_is_chosen(&vlan, &cmdline));
	/* As of BOOTIF=, whose address the VLAN has as well. */
	cmdline.nics[cmdline.nic_count++] = (struct nic_choice){.mac = {{1}}};
	assert_false(nic_is_chosen(&eth0, &cmdline));
	assert_false(nic_is_chosen(&eth1, &cmdline));
	cmdline.nics[cmdline.nic_count++] = (struct nic_choice){.name = "eth1"};
	assert_true(nic_is_chosen(&eth1, &cmdline));
	assert_true(nic_is_chosen(&vlan, &cmdline));
	/* A slave is its bond's. */
	assert_null(nic_bond(&eth0, &cmdline));
	cmdline.uppers[0].vlan = 0;
	assert_non_null(nic_bond(&eth0, &cmdline));
	assert_null(nic_bond(&eth1, &cmdline));
}

/* Of four NICs those that are ready, and none before one is. */
static void the_aoe_module_is_told_its_nics(void **state)
{
	struct nics nics = {
	        .nic = {{.name = "eth0"}, {.name = "eth1"}, {.name = "eth2"}, {.name = "eth3"}},
	        .count = 4};
	struct cmdline cmdline = {.words = {"aoe.aoe_deadsecs=1"}, .word_count = 1};
	char list[IFLIST_SIZE];

	(void)state;
	assert_string_equal(iflist_make(list, &nics), "-");
	nics.nic[1].ready = nics.nic[3].ready = true;
	assert_string_equal(iflist_make(list, &nics), "eth1 eth3");
	assert_false(iflist_is_given(&cmdline));
	cmdline.words[0] = "aoe.aoe_iflist=eth0";
	assert_true(iflist_is_given(&cmdline));
}

static void rootflags_are_split(void **state)
{
	char data[32];
	int rc;

	(void)state;
	assert_int_equal(
	        mount_flags("noatime,data=journal,,nodev,rw", MS_RDONLY, data, sizeof(data), &rc),
	        MS_NOATIME | MS_NODEV);
	assert_int_equal(rc, 0);
	assert_string_equal(data, "data=journal");
	assert_int_equal(mount_flags("", MS_RDONLY, data, sizeof(data), &rc), MS_RDONLY);
	assert_string_equal(data, "");
	mount_flags("0123456789012345678901234567890123456789", 0, data, sizeof(data), &rc);
	assert_int_equal(rc, -E2BIG);
}

/* What fstab(5) has for programs is not for the file system, which would refuse it. */
static void rootflags_of_fstab_are_left_out(void **state)
{
	char data[64];
	int rc;

	(void)state;
	assert_int_equal(mount_flags("_netdev,nofail,x-systemd.device-timeout=10,commit=5,noauto,"
	                             "comment=x,X-mount.mkdir,nouser,subvol=x-1",
	                             MS_RDONLY, data, sizeof(data), &rc),
	                 MS_RDONLY);
	assert_int_equal(rc, 0);
	assert_string_equal(data, "commit=5,subvol=x-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(uevents_are_read),
	        cmocka_unit_test(what_is_no_uevent_is_refused),
	        cmocka_unit_test(links_are_read),
	        cmocka_unit_test(cut_links_are_refused),
	        cmocka_unit_test(what_comes_after_one_that_is_gone_is_new),
	        cmocka_unit_test(answers_are_read),
	        cmocka_unit_test(requests_are_built),
	        cmocka_unit_test(servers_are_told_apart),
	        cmocka_unit_test(nics_are_chosen_by_name_or_mac),
	        cmocka_unit_test(what_is_made_on_top_is_chosen),
	        cmocka_unit_test(the_aoe_module_is_told_its_nics),
	        cmocka_unit_test(rootflags_are_split),
	        cmocka_unit_test(rootflags_of_fstab_are_left_out),
	};

	return cmocka_run_group_tests_name("init: netlink", tests, NULL, NULL);
}
