/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a pair of servers: what it means, where it is wrong, and that it is written as read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/pair/pairing.h"

#define SERVERS                                                                                    \
	"server alpha 10.30.0.1\nserver beta 10.30.0.2\nfence alpha fence_a ip=10.30.0.9\n"        \
	"fence beta fence_b \"password=a b\" x=\n"
#define HEAD SERVERS "interface lan0\n"

static int parse(const char *text, struct pairing *pairing, struct place *place, struct why *why)
{
	size_t length = strlen(text);
	char *bytes = exact_copy(text, length);
	int rc = pairing_parse(bytes, length, pairing, place, why);

	free(bytes);
	return rc;
}

static void taken(const char *text, struct pairing *pairing)
{
	struct place place;
	struct why why;

	if (parse(text, pairing, &place, &why))
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

static void refused(const char *text, unsigned long line, const char *reason)
{
	struct pairing pairing;
	struct place place;
	struct why why;

	assert_true(parse(text, &pairing, &place, &why));
	if (!strstr(why.text, reason) || place.line != line)
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

static void test_everything(void **state)
{
	struct pairing pairing;
	char mac[MAC_TEXT];

	(void)state;
	taken(HEAD "cluster keepalived\nlink repl0\nexport 0.1 /dev/vdb\n"
	           "export e3.2 \"/dev/a b\" /dev/vdc minor=9 port=9000 vmac=06:00:00:00:00:01\n",
	      &pairing);
	assert_int_equal(pairing.cluster, PAIRING_KEEPALIVED);
	assert_string_equal(pairing.servers[1].name, "beta");
	assert_string_equal(pairing.servers[1].address, "10.30.0.2");
	assert_string_equal(pairing.servers[1].fence, "fence_b");
	assert_int_equal(pairing.servers[1].parameters.size, sizeof("password=a b\0x="));
	assert_memory_equal(pairing.servers[1].parameters.data, "password=a b\0x=", 16);
	assert_string_equal(pairing.interface, "lan0");
	assert_int_equal(pairing.exports[0].minor, 1);
	assert_int_equal(pairing.exports[0].port, 7788);
	assert_string_equal(pairing.exports[0].volumes[1], "/dev/vdb");
	assert_string_equal(mac_format(pairing.exports[0].vmac, mac), "02:ae:00:00:00:01");
	assert_int_equal(pairing.exports[1].minor, 9);
	assert_int_equal(pairing.exports[1].port, 9000);
	assert_string_equal(pairing.exports[1].volumes[0], "/dev/a b");
	assert_string_equal(pairing.exports[1].volumes[1], "/dev/vdc");
	assert_int_equal(pairing_server_index(&pairing, "beta"), 1);
	assert_int_equal(pairing_server_index(&pairing, "gamma"), -1);
	pairing_release(&pairing);
}

static void is_written_as_read(const char *text)
{
	struct buffer once = {0}, again = {0};
	struct pairing pairing;

	taken(text, &pairing);
	assert_int_equal(pairing_write(&pairing, &once), 0);
	pairing_release(&pairing);
	assert_int_equal(buffer_append(&once, "", 1), 0);
	taken((char *)once.data, &pairing);
	assert_int_equal(pairing_write(&pairing, &again), 0);
	assert_int_equal(again.size, once.size - 1);
	assert_memory_equal(again.data, once.data, again.size);
	pairing_release(&pairing);
	buffer_free(&once);
	buffer_free(&again);
}

static void test_written_as_read(void **state)
{
	(void)state;
	is_written_as_read(HEAD
	                   "cluster keepalived\nlink repl0\nexport 3.2 \"/dev/a b\" /dev/vdc\n");
	is_written_as_read(HEAD "resync \"*-*-* 03:00\"\nfence-delay 9\nexport 3.2 /dev/a\n");
}

static void test_servers(void **state)
{
	(void)state;
	refused("", 1, "two servers are needed");
	refused("server alpha 10.0.0.1\nserver alpha 10.0.0.2\n", 2, "the name of both");
	refused("server alpha 10.0.0.1\nserver beta 10.0.0.1\n", 2, "the address of both");
	refused("server alpha 10.0.0.256\n", 1, "not an IPv4 address");
	refused("server al;pha 10.0.0.1\n", 1, "not the name of a server");
	refused(SERVERS "server gamma 10.0.0.3\n", 5, "a pair has two");
}

static void test_fences(void **state)
{
	(void)state;
	refused("server alpha 10.0.0.1\nserver beta 10.0.0.2\ninterface lan0\nexport 0.1 /dev/a\n",
	        5, "nothing can switch alpha off");
	refused("fence alpha fence_a\n", 1, "no server of that name");
	refused("server alpha 10.0.0.1\nfence alpha ../x\n", 2, "not the name of a fence agent");
	refused("server alpha 10.0.0.1\nfence alpha fence_a ip\n", 2, "not a parameter");
	refused("server alpha 10.0.0.1\nfence alpha fence_a action=status\n", 2,
	        "what the agent is to do");
	refused("server alpha 10.0.0.1\nfence alpha fence_a option=on\n", 2,
	        "what the agent is to do");
	refused(SERVERS "fence beta fence_b\n", 5, "a second fence for beta");
}

static void test_exports(void **state)
{
	(void)state;
	refused(HEAD, 6, "no export");
	refused(SERVERS "export 0.1 /dev/a\n", 6, "the LAN is missing");
	refused(HEAD "cluster keepalived\nexport 0.1 /dev/a\n", 8, "keepalived needs");
	refused(HEAD "export 0.1\n", 6, "is missing");
	refused(HEAD "export 0.1 vdb\n", 6, "not the path of a block device");
	refused(HEAD "export 0.1 /dev/a /dev/b /dev/c\n", 6, "a third volume");
	refused(HEAD "export 0.1 /dev/a\nexport e0.1 /dev/b\n", 7, "the address of two exports");
	refused(HEAD "export 0.1 /dev/a\nexport 0.2 /dev/b minor=1\n", 7, "the same minor");
	refused(HEAD "export 0.1 /dev/a\nexport 0.2 /dev/b port=7788\n", 7, "the same port");
	refused(HEAD "export 0.1 /dev/a\nexport 0.2 /dev/a\n", 7, "the same volume");
	refused(HEAD "export 0.1 /dev/a /dev/b\nexport 0.2 /dev/c /dev/b\n", 7, "the same volume");
	refused(HEAD "export 0.1 /dev/a vmac=00:00:00:00:00:01\n", 6, "not a locally administered");
	refused(HEAD "export 0.1 /dev/a minor=256\n", 6, "from 0 to 255");
	refused(HEAD "interface lan1\n", 6, "a second interface");
	refused("interface \"lan 0\"\n", 1, "not the name of an interface");
	refused("cluster heartbeat\n", 1, "pacemaker or keepalived");
}

/* Without a cluster: nobody takes over with old data by itself. */
static void test_resync(void **state)
{
	struct pairing pairing;

	(void)state;
	taken(HEAD "resync \"Mon..Fri *-*-* 03:00 Europe/Berlin\"\nexport 0.1 /dev/a\n", &pairing);
	assert_int_equal(pairing.cluster, PAIRING_NOBODY);
	assert_string_equal(pairing.resync, "Mon..Fri *-*-* 03:00 Europe/Berlin");
	pairing_release(&pairing);
	refused(HEAD "resync hourly\ncluster pacemaker\nexport 0.1 /dev/a\n", 9,
	        "say one of the two");
	refused(HEAD "cluster keepalived\nlink r\nresync hourly\nexport 0.1 /dev/a\n", 10,
	        "say one of the two");
	refused("resync hourly\nresync daily\n", 2, "a second resync");
	refused("resync\n", 1, "when the other half is brought up to date");
	refused("resync \"\"\n", 1, "not a time like hourly");
	refused("resync \"daily%n\"\n", 1, "not a time like hourly");
}

static void test_fence_delay(void **state)
{
	struct pairing pairing;

	(void)state;
	taken(HEAD "fence-delay 20\nexport 0.1 /dev/a\n", &pairing);
	assert_int_equal(pairing.fence_delay, 20);
	pairing_release(&pairing);
	refused("fence-delay 0\n", 1, "from 1 to 300");
	refused("fence-delay 5\nfence-delay 5\n", 2, "a second fence-delay");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_everything),  cmocka_unit_test(test_written_as_read),
	        cmocka_unit_test(test_servers),     cmocka_unit_test(test_fences),
	        cmocka_unit_test(test_exports),     cmocka_unit_test(test_resync),
	        cmocka_unit_test(test_fence_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
