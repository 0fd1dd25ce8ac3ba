/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused at the start, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

enum { FAILED = 1, USAGE = 2 };

/* Asserts that serving these exports (up to two, or NULL) is refused. */
static void refuses(struct scene *scene, int status, const char *message, char *one, char *two)
{
	scene_refused(scene, status, message, program(scene, "etherroot"), "serve", "--qemu",
	              scene->socket, one, two, NULL);
	/* It left nothing behind. */
	assert_int_equal(access(scene->socket, F_OK), -1);
}

static void malformed_exports(void **state)
{
	struct scene *scene = *state;
	static const struct {
		const char *export, *message;
	} cases[] = {
	        {"disk.img", "disk.img: an export is SHELF.SLOT=PATH[,option...], like "
	                     "0.0=/srv/disk.img\n"},
	        {"1=disk.img", "an export is SHELF.SLOT=PATH"},
	        {"1.1disk.img", "an export is SHELF.SLOT=PATH"},
	        {"0.0=", "0.0=: the path is missing\n"},
	        {"0.0=,ro", "the path is missing\n"},
	        {"65535.0=x", "65535.0=x: shelves go from 0 to 65534, slots from 0 to 254\n"},
	        {"0.255=x", "0.255=x: shelves go from 0 to 65534, slots from 0 to 254\n"},
	        {"0.0=x,rw",
	         "0.0=x,rw: option 'rw': unknown: there are ro, direct, "
	         "cache=writeback, lock=no, writer=one[:SECONDS], config=TEXT, mac=MAC[+MAC...], "
	         "vmac=MAC, duplicate=allow, offset=SIZE, length=SIZE, "
	         "format=raw, fault=FAULT[+FAULT...], snapshot, snapshot-dir=DIR, "
	         "snapshot-size=SIZE and snapshot-layers=COUNT\n"},
	        {"0.0=x,", "option '': unknown"},
	        {"0.0=x,ro=yes", "option 'ro': takes no value\n"},
	        {"0.0=x,mac", "option 'mac': needs a value\n"},
	        {"0.0=x,cache=none", "option 'cache': 'none': only cache=writeback is known\n"},
	        {"0.0=x,format=qcow2", "option 'format': 'qcow2': only format=raw is known: "
	                               "convert it: qemu-img convert -O raw FILE RAWFILE\n"},
	        {"0.0=x,duplicate=yes",
	         "option 'duplicate': 'yes': duplicate is allow or refuse\n"},
	        {"0.0=x,writer=two", "option 'writer': 'two': writer is one, or one:SECONDS from "
	                             "1 to 604800\n"},
	        {"0.0=x,writer=one:0", "option 'writer': 'one:0': writer is one, or one:SECONDS"},
	        {"0.0=x,writer=ones", "option 'writer': 'ones': writer is one, or one:SECONDS"},
	        {"0.0=x,writer=one,ro", "option 'ro': ro and writer=one exclude each other\n"},
	        {"0.0=x,snapshot,writer=one",
	         "option 'writer': snapshot and writer=one exclude each other"},
	        {"0.0=x,lock=maybe", "option 'lock': 'maybe': lock is yes or no\n"},
	        {"0.0=x,offset=-1",
	         "option 'offset': '-1': not a number of sectors of 512 bytes, nor a size"},
	        {"0.0=x,offset=1kb",
	         "option 'offset': '1kb': not a number of sectors of 512 bytes, nor a size like "
	         "512K, 10M or 1G\n"},
	        {"0.0=x,length=0", "option 'length': '0': not a number of sectors of 512 bytes, "},
	        {"0.0=x,length=281474976710656",
	         "option 'length': '281474976710656': not a number"},
	        {"0.0=x,mac=02:00:00:00:00:01+nonsense",
	         "option 'mac': '02:00:00:00:00:01+nonsense': not a list of MAC addresses like "
	         "52:54:00:12:34:56+52:54:00:12:34:57\n"},
	        {"0.0=x,mac=", "option 'mac': '': not a list of MAC addresses"},
	        {"0.0=x,vmac=02:00", "option 'vmac': '02:00': not a MAC address like 02:00:"},
	        {"0.0=x,vmac=03:00:00:00:00:01",
	         "option 'vmac': '03:00:00:00:00:01': a multicast address, which no host answers "
	         "from: its first byte must be even, like 02:00:00:00:00:01\n"},
	        {"0.0=x,vmac=ff:ff:ff:ff:ff:ff", "a multicast address"},
	        {"0.0=x,vmac=00:16:3e:00:00:01",
	         "option 'vmac': '00:16:3e:00:00:01': not a locally administered address, and so "
	         "perhaps that of a card: let it begin with 02, 06, 0a or 0e\n"},
	        {"0.0=x,ro,snapshot", "option 'snapshot': ro and snapshot exclude each other\n"},
	        {"0.0=x,snapshot-size=1G,ro", "option 'ro': ro and snapshot exclude each other\n"},
	        {"0.0=x,snapshot-dir=", "option 'snapshot-dir': an empty path\n"},
	        {"0.0=x,snapshot-size=7", "option 'snapshot-size': '7': not a number of sectors"},
	        {"0.0=x,snapshot-layers=0",
	         "option 'snapshot-layers': '0': not a number from 1 to 4096\n"},
	        {"0.0=x,snapshot-layers=4097",
	         "option 'snapshot-layers': '4097': not a number from 1 to 4096\n"},
	        {"0.0=x,lan-admin=yes", "option 'lan-admin': not supported yet: who may use an "
	                                "export is set here, with mac=\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuses(scene, USAGE, cases[i].message, scene_text(scene, "%s", cases[i].export),
		        NULL);
}

static void long_lists(void **state)
{
	struct scene *scene = *state;
	char text[8192] = "0.0=x,mac=";

	for (int i = 0; i < 129; i++)
		sprintf(text + strlen(text), "%s02:00:00:00:00:%02x", i ? "+" : "", i);
	refuses(scene, USAGE, "...: option 'mac': more than 128 MAC addresses\n", text, NULL);
	strcpy(text, "0.0=x,config=");
	memset(text + strlen(text), 'c', 1025);
	refuses(scene, USAGE, "option 'config': longer than 1024 bytes\n", text, NULL);
}

static void missing_parts(void **state)
{
	struct scene *scene = *state;
	const char *etherroot = program(scene, "etherroot");

	scene_refused(scene, USAGE,
	              "etherroot serve: nothing to export: name at least one SHELF.SLOT=PATH, "
	              "or give --config FILE\n",
	              etherroot, "serve", "--qemu", scene->socket, NULL);
	scene_refused(scene, USAGE,
	              "etherroot serve: no LAN: give --interface IF or --qemu SOCKET\n"
	              "Try 'etherroot serve --help'.\n",
	              etherroot, "serve", "0.0=x", NULL);
}

static void malformed_options(void **state)
{
	struct scene *scene = *state;
	const char *etherroot = program(scene, "etherroot");

	scene_refused(scene, USAGE, "etherroot serve: --mac: 'x': not the address of a host, like ",
	              etherroot, "serve", "--qemu", "s", "--mac", "x", "0.0=x", NULL);
	scene_refused(scene, USAGE, "etherroot serve: --mac: '01:00:5e:00:00:01': not the address",
	              etherroot, "serve", "--qemu", "s", "--mac", "01:00:5e:00:00:01", "0.0=x",
	              NULL);
	scene_refused(scene, USAGE,
	              "etherroot serve: --buffers: '1': not a number from 2 to 65535\n", etherroot,
	              "serve", "--qemu", "s", "--buffers", "1", "0.0=x", NULL);
	scene_refused(scene, USAGE, "etherroot serve: --ready-fd: 'x': not a number from 0 to ",
	              etherroot, "serve", "--qemu", "s", "--ready-fd", "x", "0.0=x", NULL);
	scene_refused(scene, USAGE, "etherroot serve: --frobnicate: unknown option", etherroot,
	              "serve", "--frobnicate", NULL);
}

static void unusable_files(void **state)
{
	struct scene *scene = *state;
	const char *folder = scene->folder;
	const char *missing = scene_text(scene, "%s/missing", folder);
	const char *small = scene_file(scene, "small", 511);
	const char *empty = scene_file(scene, "empty", 0);
	const char *file = scene_file(scene, "file", 4 * AOE_SECTOR);
	const char *fifo = scene_text(scene, "%s/fifo", folder);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	refuses(scene, FAILED,
	        scene_text(scene, "etherroot serve: e0.1: %s: no such file or device\n", missing),
	        scene_text(scene, "0.1=%s", missing), NULL);
	refuses(scene, FAILED,
	        scene_text(scene, "e0.0: %s: a directory: an export is a file or a block device\n",
	                   folder),
	        scene_text(scene, "0.0=%s", folder), NULL);
	refuses(scene, FAILED, "a directory: an export is a file or a block device\n",
	        scene_text(scene, "0.0=%s,ro", folder), NULL);
	refuses(scene, FAILED,
	        scene_text(scene,
	                   "e0.0: %s: smaller than a sector (512 bytes): make it larger, as "
	                   "with truncate -s 1G\n",
	                   small),
	        scene_text(scene, "0.0=%s", small), NULL);
	refuses(scene, FAILED, "smaller than a sector", scene_text(scene, "0.0=%s", empty), NULL);
	refuses(scene, FAILED, "neither a regular file nor a block device\n",
	        scene_text(scene, "0.0=%s", fifo), NULL);
	refuses(scene, FAILED, "neither a regular file nor a block device\n",
	        scene_text(scene, "0.0=/dev/null"), NULL);
	refuses(scene, FAILED, "offset and length reach beyond its end\n",
	        scene_text(scene, "0.0=%s,offset=4", file), NULL);
	refuses(scene, FAILED, "offset and length reach beyond its end\n",
	        scene_text(scene, "0.0=%s,offset=2,length=3", file), NULL);
	refuses(scene, FAILED, "offset and length reach beyond its end\n",
	        scene_text(scene, "0.0=%s,offset=281474976710655,length=281474976710655", file),
	        NULL);
}

/* A file that begins with this; 64 sectors. */
static char *file_that_begins(struct scene *scene, const char *name, const char *text)
{
	char *path = scene_file(scene, name, 64 * AOE_SECTOR);
	FILE *file = fopen(path, "r+e");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void files_that_hold_a_disk_in_another_format(void **state)
{
	struct scene *scene = *state;
	const char *qcow2 = file_that_begins(scene, "disk.qcow2", "QFI\xfb");
	const char *gzip = file_that_begins(scene, "disk.gz", "\x1f\x8b\x08");
	const char *raw = scene_file(scene, "disk.img", 64 * AOE_SECTOR);
	const char *message = scene_text(
	        scene,
	        "etherroot serve: e0.0: %s: a qcow2 image, not a raw disk image: convert it: "
	        "qemu-img convert -O raw FILE RAWFILE; or if that is what stands on the disk, "
	        "export it with ,format=raw\n",
	        qcow2);
	struct client *client;

	refuses(scene, FAILED, message, scene_text(scene, "0.0=%s", qcow2), NULL);
	refuses(scene, FAILED, message, scene_text(scene, "0.0=%s,ro,lock=no", qcow2), NULL);
	refuses(scene, FAILED, message, scene_text(scene, "0.0=%s,direct", qcow2), NULL);
	refuses(scene, FAILED, ": a gzip file, not a raw disk image: unpack it: gzip -dk FILE; or ",
	        scene_text(scene, "0.0=%s", gzip), scene_text(scene, "0.1=%s", qcow2));
	scene_refused(scene, FAILED, ": a gzip file, not a raw disk image: unpack it: ",
	              program(scene, "etherroot-vblade"), "0", "0", "lo", gzip, NULL);
	/* What stands on a disk is its user's affair. */
	scene_serve(scene, scene_text(scene, "0.0=%s,format=raw", qcow2), NULL);
	scene_stop(scene);
	/* It begins in front of the export. */
	scene_serve(scene, scene_text(scene, "0.0=%s,offset=1", qcow2), NULL);
	scene_stop(scene);
	/* Whoever uses an export can have it begin like that: the others' are served. */
	scene_serve(scene, scene_text(scene, "0.0=%s", qcow2), scene_text(scene, "7.3=%s", raw),
	            NULL);
	scene_expect(scene, ": e0.0: ");
	scene_expect(scene, ",format=raw: not exported: mend that, and reload\n");
	client = scene_client(scene);
	ask(client, make_config(client, (struct aoe_address){7, 3}, AOE_CONFIG_READ, ""));
	scene_stop(scene);
}

/* As a user who owns none of it, wherever the program and the folder may lie. */
static void files_that_may_not_be_written(void **state)
{
	struct scene *scene = *state;
	const char *path = scene_file(scene, "file", AOE_SECTOR);
	const char *message =
	        "permission denied: run as a user who may open it, or export it with ,ro\n";
	const char *copy = scene_text(scene, "%s/etherroot", scene->folder);

	assert_int_equal(chmod(path, 0444), 0);
	if (geteuid()) {
		refuses(scene, FAILED, message, scene_text(scene, "0.0=%s", path), NULL);
		return;
	}
	assert_int_equal(chmod(scene->folder, 0755), 0);
	assert_int_equal(system(scene_text(scene, "cp %s %s", program(scene, "etherroot"), copy)),
	                 0);
	scene_refused(scene, FAILED, message, "/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
	              "--clear-groups", copy, "serve", "--qemu", scene->socket,
	              scene_text(scene, "0.0=%s", path), NULL);
	scene_refused(scene, FAILED, "permission denied: choose a folder you may write to\n",
	              "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy,
	              "serve", "--qemu", scene->socket, scene_text(scene, "0.0=%s,ro", path), NULL);
}

static void the_same_address_twice(void **state)
{
	struct scene *scene = *state;
	const char *a = scene_file(scene, "a", AOE_SECTOR), *b = scene_file(scene, "b", AOE_SECTOR);

	refuses(scene, USAGE,
	        scene_text(scene,
	                   "etherroot serve: e3.1: named twice, for %s and %s: give one of "
	                   "them another shelf or slot\n",
	                   a, b),
	        scene_text(scene, "3.1=%s", a), scene_text(scene, "e3.1=%s", b));
}

static void the_same_file_twice(void **state)
{
	struct scene *scene = *state;
	const char *path = scene_file(scene, "a", AOE_SECTOR);

	refuses(scene, FAILED,
	        scene_text(scene,
	                   "e3.2: %s: exported as e3.1 already: export both with ,ro, or with "
	                   ",lock=no if their users coordinate\n",
	                   path),
	        scene_text(scene, "3.1=%s", path), scene_text(scene, "3.2=%s", path));
	refuses(scene, FAILED, "exported as e3.1 already", scene_text(scene, "3.1=%s,ro", path),
	        scene_text(scene, "3.2=%s", path));
	/* What the message proposes. */
	scene_serve(scene, scene_text(scene, "3.1=%s,ro", path),
	            scene_text(scene, "3.2=%s,ro", path), NULL);
	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "3.1=%s", path),
	            scene_text(scene, "3.2=%s,lock=no", path), NULL);
	scene_stop(scene);
}

static void a_file_that_is_in_use(void **state)
{
	struct scene *scene = *state;
	const char *path = scene_file(scene, "a", AOE_SECTOR);
	const char *message = scene_text(scene,
	                                 "e3.1: %s: in use by another process that has locked it: "
	                                 "stop that, or export it with ,ro on both sides, or with "
	                                 ",lock=no if its users coordinate\n",
	                                 path);
	FILE *other = fopen(path, "re");

	assert_non_null(other);
	assert_int_equal(flock(fileno(other), LOCK_SH | LOCK_NB), 0);
	refuses(scene, FAILED, message, scene_text(scene, "3.1=%s", path), NULL);
	/* Readers among themselves. */
	scene_serve(scene, scene_text(scene, "3.1=%s,ro", path), NULL);
	scene_stop(scene);
	assert_int_equal(flock(fileno(other), LOCK_EX | LOCK_NB), 0);
	refuses(scene, FAILED, message, scene_text(scene, "3.1=%s,ro", path), NULL);
	scene_serve(scene, scene_text(scene, "3.1=%s,lock=no", path), NULL);
	scene_stop(scene);
	fclose(other);
	/* And the target itself holds what it exports. */
	scene_serve(scene, scene_text(scene, "3.1=%s", path), NULL);
	other = fopen(path, "re");
	assert_non_null(other);
	assert_int_equal(flock(fileno(other), LOCK_SH | LOCK_NB), -1);
	scene_stop(scene);
	assert_int_equal(flock(fileno(other), LOCK_EX | LOCK_NB), 0);
	fclose(other);
}

static void a_socket_that_is_in_use(void **state)
{
	struct scene *scene = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *export = scene_text(scene, "0.0=%s", scene_file(scene, "a", AOE_SECTOR));
	int live = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, scene->socket);
	assert_int_equal(bind(live, (struct sockaddr *)&address, sizeof(address)), 0);
	scene_refused(scene, FAILED,
	              scene_text(scene,
	                         "etherroot serve: %s: a running target listens there: stop "
	                         "it, or choose another socket\n",
	                         scene->socket),
	              program(scene, "etherroot"), "serve", "--qemu", scene->socket, export, NULL);
	/* It is still there, and makes way once nobody listens. */
	assert_int_equal(access(scene->socket, F_OK), 0);
	close(live);
	scene_serve(scene, export, NULL);
	scene_stop(scene);
}

static void unusable_sockets(void **state)
{
	struct scene *scene = *state;
	const char *etherroot = program(scene, "etherroot");
	const char *export = scene_text(scene, "0.0=%s", scene_file(scene, "a", AOE_SECTOR));
	const char *file = scene_file(scene, "file", 3);
	struct stat status;
	char path[110];

	scene_refused(scene, FAILED,
	              scene_text(scene,
	                         "etherroot serve: %s: exists and is no socket: choose another "
	                         "path, or remove it\n",
	                         file),
	              etherroot, "serve", "--qemu", file, export, NULL);
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_size, 3);
	scene_refused(scene, FAILED, "/missing/lan: No such file or directory\n", etherroot,
	              "serve", "--qemu", scene_text(scene, "%s/missing/lan", scene->folder), export,
	              NULL);
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	scene_refused(scene, FAILED,
	              ": the path of a socket has at most 107 bytes: choose a shorter one\n",
	              etherroot, "serve", "--qemu", path, export, NULL);
}

static void unusable_control_sockets(void **state)
{
	struct scene *scene = *state;
	const char *etherroot = program(scene, "etherroot");
	const char *export = scene_text(scene, "0.0=%s", scene_file(scene, "a", AOE_SECTOR));
	const char *file = scene_file(scene, "file", 3);
	struct stat status;
	char path[110];

	scene_refused(scene, FAILED,
	              scene_text(scene,
	                         "%s: exists and is no socket: choose another path, or remove it\n",
	                         file),
	              etherroot, "serve", "--qemu", scene->socket, "--control", file, export, NULL);
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_size, 3);
	scene_refused(scene, FAILED, "/missing/control: No such file or directory\n", etherroot,
	              "serve", "--qemu", scene->socket, "--control",
	              scene_text(scene, "%s/missing/control", scene->folder), export, NULL);
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	scene_refused(scene, FAILED,
	              ": the path of a socket has at most 107 bytes: choose a shorter one\n",
	              etherroot, "serve", "--qemu", scene->socket, "--control", path, export, NULL);
}

static void unusable_interfaces(void **state)
{
	struct scene *scene = *state;
	const char *export = scene_text(scene, "0.0=%s", scene_file(scene, "a", AOE_SECTOR));

	scene_refused(scene, FAILED, "etherroot serve: nosuch0: no such interface",
	              program(scene, "etherroot"), "serve", "--interface", "nosuch0", export, NULL);
	scene_refused(scene, FAILED, "a-name-that-no-interface-can-have: no such interface",
	              program(scene, "etherroot"), "serve", "--interface",
	              "a-name-that-no-interface-can-have", export, NULL);
}

static void vblades_command_line(void **state)
{
	struct scene *scene = *state;
	const char *vblade = program(scene, "etherroot-vblade");
	const char *usage = "usage: etherroot-vblade [-b bufcnt] [-o offset] [-l length] [-B] "
	                    "[-d] [-s] [-r] [-m mac[,mac...]] shelf slot netif[,netif...] "
	                    "filename\n";
	const char *file = scene_file(scene, "file", 4 * AOE_SECTOR);

	scene_refused(scene, 1, usage, vblade, NULL);
	scene_refused(scene, 1, usage, vblade, "0", "0", "eth0", NULL);
	scene_refused(scene, 1, usage, vblade, "0", "0", "eth0", file, "more", NULL);
	scene_refused(scene, 1, "etherroot-vblade: invalid option -- 'z'\nusage: ", vblade, "-z",
	              NULL);
	scene_refused(scene, 1, "etherroot-vblade: invalid option -- 'b'\nusage: ", vblade, "-b",
	              NULL);
	scene_refused(scene, 1,
	              "etherroot-vblade: shelf '65535': not a number from 0 to 65534\nusage: ",
	              vblade, "65535", "0", "eth0", file, NULL);
	scene_refused(scene, 1,
	              "etherroot-vblade: slot 'x': not a number from 0 to 254\nusage: ", vblade,
	              "0", "x", "eth0", file, NULL);
	scene_refused(scene, 1,
	              "etherroot-vblade: -b '0': not a number from 1 to 65535\nusage: ", vblade,
	              "-b", "0", "0", "0", "eth0", file, NULL);
	scene_refused(scene, 1, "etherroot-vblade: -m 'x': ", vblade, "-m", "x", "0", "0", "eth0",
	              file, NULL);
	scene_refused(scene, 1, "etherroot-vblade: -l '0': '0': not a number of sectors", vblade,
	              "-l", "0", "0", "0", "eth0", file, NULL);
	scene_refused(scene, 1, "etherroot-vblade: netif 'eth0,,eth1': not the name of an", vblade,
	              "0", "0", "eth0,,eth1", file, NULL);
	scene_refused(scene, 1, "etherroot-vblade: nosuch0: named twice", vblade, "0", "0",
	              "nosuch0,nosuch0", file, NULL);
	/* All of them, up to where a network would be needed. */
	scene_refused(scene, 1, "etherroot-vblade: nosuch0: no such interface", vblade, "-b", "8",
	              "-B", "-d", "-s", "-r", "-o", "0", "-l", "4", "-m",
	              "525400123456,52:54:00:12:34:57", "1", "2", "nosuch0,nosuch1",
	              scene_file(scene, "large", 8192), NULL);
	scene_refused(scene, 1, "etherroot-vblade: e1.2: /nosuch: no such file or device", vblade,
	              "1", "2", "nosuch0", "/nosuch", NULL);
	scene_refused(scene, 1, "offset and length reach beyond its end", vblade, "-o", "5", "1",
	              "2", "nosuch0", file, NULL);
}

/* The path of a configuration file with that text. */
static char *config_file(struct scene *scene, const char *text)
{
	char *path = scene_text(scene, "%s/serve.conf", scene->folder);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void refuses_config(struct scene *scene, const char *message, const char *text)
{
	scene_refused(scene, USAGE, message, program(scene, "etherroot"), "serve", "--config",
	              config_file(scene, text), NULL);
}

static void wrong_configuration_files(void **state)
{
	struct scene *scene = *state;
	const char *etherroot = program(scene, "etherroot");
	const char *fifo = scene_text(scene, "%s/fifo", scene->folder);

	refuses_config(scene, "/serve.conf:2:18: option 'rw': unknown: ",
	               "interface lan0\nexport 0.0 /x ro rw\n");
	refuses_config(scene, "/serve.conf:3:8: e0.0: named twice, for /x and /y",
	               "interface lan0\nexport 0.0 /x\nexport 0.0 /y\n");
	refuses_config(scene, "/serve.conf: no LAN: add a line like 'interface eth0'\n",
	               "export 0.0 /x\n");
	refuses_config(scene, "/serve.conf: no LAN: ", "");
	/* There, and on the command line. */
	scene_refused(scene, USAGE, "/serve.conf:2:8: e0.0: named twice, for /y and /x", etherroot,
	              "serve", "-c", config_file(scene, "interface lan0\nexport 0.0 /x\n"),
	              "0.0=/y", NULL);
	scene_refused(scene, USAGE, "etherroot serve: /nosuch: No such file or directory\n",
	              etherroot, "serve", "--config", "/nosuch", NULL);
	scene_refused(scene, USAGE, scene_text(scene, "%s: Is a directory\n", scene->folder),
	              etherroot, "serve", "--config", scene->folder, NULL);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	scene_refused(scene, USAGE, "/fifo: not a regular file\n", etherroot, "serve", "--config",
	              fifo, NULL);
	scene_refused(scene, USAGE, "/huge: larger than 4 MiB\n", etherroot, "serve", "--config",
	              scene_file(scene, "huge", (4 << 20) + 1), NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(malformed_exports),
	        TEST(long_lists),
	        TEST(missing_parts),
	        TEST(malformed_options),
	        TEST(unusable_files),
	        TEST(files_that_may_not_be_written),
	        TEST(the_same_address_twice),
	        TEST(the_same_file_twice),
	        TEST(a_file_that_is_in_use),
	        TEST(a_socket_that_is_in_use),
	        TEST(unusable_sockets),
	        TEST(unusable_interfaces),
	        TEST(vblades_command_line),
	        TEST(wrong_configuration_files),
	        TEST(files_that_hold_a_disk_in_another_format),
	        TEST(unusable_control_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
