/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export with ,snapshot-dir=: what initiators wrote outlives the target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/protocol/layering.h"

static const struct aoe_address disk = {7, 3};

static void what_was_acknowledged_is_kept(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	uint8_t of_a[AOE_SECTOR], of_b[8 * AOE_SECTOR];

	fill(of_a, sizeof(of_a), 2);
	fill(of_b, sizeof(of_b), 3);
	layering_serve(scene, layering_kept(scene));
	write_sectors(a, disk, 13, 1, of_a);
	write_sectors(b, disk, 8, 8, of_b);
	/* It has no time to prepare. */
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	layering_serve(scene, layering_kept(scene));
	layering_check_count(scene, 2);
	layering_expect(a, 13, 1, of_a);
	layering_expect(a, 8, 5, layering_of_image(8));
	layering_expect(b, 8, 8, of_b);
	write_sectors(a, disk, 14, 1, of_b);
	write_sectors(a, disk, 1000, 1, of_b);
	scene_stop(scene);
	layering_serve(scene, layering_kept(scene));
	layering_expect(a, 13, 1, of_a);
	layering_expect(a, 14, 1, of_b);
	layering_expect(a, 1000, 1, of_b);
	layering_expect(a, 1001, 7, layering_of_image(1001));
	/* Its own folder and address: another export has other layers there. */
	scene_stop(scene);
	scene_serve(scene,
	            scene_text(scene, "7.4=%s/disk,snapshot-dir=%s/layers", scene->folder,
	                       scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	layering_check_count(scene, 0);
}

static void a_full_layer_is_full_after_a_start(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[8 * AOE_SECTOR];
	size_t over_the_edge;

	fill(data, sizeof(data), 2);
	layering_serve(scene, scene_text(scene, "%s,snapshot-size=8K", layering_kept(scene)));
	write_sectors(a, disk, 0, 8, data);
	write_sectors(a, disk, 16, 1, data);
	/* A block that it has, and one for which there is no room: nothing of it is done. */
	over_the_edge =
	        make_ata(a, disk, ATA_WRITE_EXT, 7, 2, layering_of_image(100), 2 * AOE_SECTOR);
	ask_ignored(a, over_the_edge, disk);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing sector 7: the layer is full: ");
	layering_expect(a, 0, 8, data);
	layering_expect(a, 8, 8, layering_of_image(8));
	control_agrees(scene, "status json",
	               "\"mac\": \"02:00:00:00:00:01\", \"bytes\": 8192, \"state\": \"silent\", "
	               "\"why\": \"writing fails\", ");
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	layering_serve(scene, scene_text(scene, "%s,snapshot-size=8K", layering_kept(scene)));
	ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 32, 1, data, AOE_SECTOR), disk);
	write_sectors(a, disk, 17, 1, data);
	layering_expect(a, 0, 8, data);
	scene_stop(scene);
	layering_serve(scene, scene_text(scene, "%s,snapshot-size=12K", layering_kept(scene)));
	write_sectors(a, disk, 32, 1, data);
	layering_expect(a, 16, 1, data);
	layering_expect(a, 17, 1, data);
}

static void writeback_is_stable_at_the_end(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_serve(scene, scene_text(scene, "cache=writeback,%s", layering_kept(scene)));
	scene_expect(scene, "cache=writeback: a crash or power cut");
	write_sectors(a, disk, 13, 1, data);
	scene_stop(scene);
	layering_serve(scene, layering_kept(scene));
	layering_expect(a, 13, 1, data);
	layering_expect(a, 12, 1, layering_of_image(12));
}

/* Pieces of any length at any place, against what they are to be. */
static void use_at_random(struct client *client, uint8_t *wanted, uint64_t sectors)
{
	uint8_t data[16 * AOE_SECTOR];

	for (unsigned int i = 0; i < 400; i++) {
		/* The end is an edge too. */
		uint64_t from = i % 8 < 2 ? sectors - 16 : 0;
		uint64_t lba = from + (uint64_t)rand() % (sectors - from);
		uint64_t most = sectors - lba < 16 ? sectors - lba : 16;
		uint8_t count = (uint8_t)(1 + (uint64_t)rand() % most);

		if (i % 2) {
			layering_expect(client, lba, count, wanted + lba * AOE_SECTOR);
			continue;
		}
		fill(data, count * AOE_SECTOR, i);
		write_sectors(client, disk, lba, count, data);
		memcpy(wanted + lba * AOE_SECTOR, data, count * AOE_SECTOR);
	}
}

static void expect_all(struct client *client, const uint8_t *wanted, uint64_t sectors)
{
	for (uint64_t lba = 0; lba < sectors; lba += 16)
		layering_expect(client, lba, (uint8_t)(sectors - lba < 16 ? sectors - lba : 16),
		                wanted + lba * AOE_SECTOR);
}

static void expect_file(const char *path, const void *wanted, size_t size)
{
	uint8_t *data = malloc(size + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_non_null(data);
	assert_int_equal(read(fd, data, size + 1), size);
	assert_memory_equal(data, wanted, size);
	close(fd);
	free(data);
}

/* Neither end of the export is one of a block, of the image or of a layer. */
static void an_image_past_the_page_cache(void **state)
{
	enum { FILE_SECTORS = 2048, OFFSET = 3, LENGTH = 2039 };
	static uint8_t whole[FILE_SECTORS * AOE_SECTOR], of_a[LENGTH * AOE_SECTOR];
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	const char *path = scene_file(scene, "whole", 0);
	char *export = scene_text(scene, "7.3=%s,direct,offset=%d,length=%d,snapshot-dir=%s/layers",
	                          path, OFFSET, LENGTH, scene->folder);
	int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		print_message("# this file system has no O_DIRECT\n");
		skip();
	}
	close(fd);
	fill(whole, sizeof(whole), 5);
	memcpy(of_a, whole + OFFSET * AOE_SECTOR, sizeof(of_a));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, whole, sizeof(whole)), sizeof(whole));
	close(fd);
	scene_serve(scene, export, NULL);
	use_at_random(a, of_a, LENGTH);
	expect_all(a, of_a, LENGTH);
	expect_all(b, whole + OFFSET * AOE_SECTOR, LENGTH);
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	scene_serve(scene, export, NULL);
	expect_all(a, of_a, LENGTH);
	expect_all(b, whole + OFFSET * AOE_SECTOR, LENGTH);
	ask_failing(a, disk, ATA_READ_EXT, LENGTH, 1, ATA_ERROR_ID_NOT_FOUND);
	scene_stop(scene);
	expect_file(path, whole, sizeof(whole));
}

/* That target does not start, for this reason. */
static void refuses(struct scene *scene, const char *message, const char *options)
{
	char *export = scene_text(scene, "7.3=%s/disk,%s", scene->folder, options);

	scene_refused(scene, 1, message, program(scene, "etherroot"), "serve", "--qemu",
	              scene->socket, export, NULL);
}

static void a_layer_is_for_its_image(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *options = layering_kept(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat status;
	uint8_t data[AOE_SECTOR] = {1};
	int fd;

	layering_serve(scene, layering_kept(scene));
	write_sectors(a, disk, 13, 1, data);
	write_sectors(b, disk, 13, 1, data);
	scene_stop(scene);
	refuses(scene,
	        "/layers: more layers are kept there than snapshot-layers=1 allows: raise that, or "
	        "remove some\n",
	        scene_text(scene, "%s,snapshot-layers=1", options));
	assert_int_equal(unlink(scene_path(scene, "layers/e7.3-02:00:00:00:00:02.layer")), 0);
	/* Changed, although only its time tells. */
	assert_int_equal(stat(scene_path(scene, "disk"), &status), 0);
	times[1] = status.st_mtim;
	times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
	assert_int_equal(utimensat(AT_FDCWD, scene_path(scene, "disk"), times, 0), 0);
	refuses(scene,
	        scene_text(scene,
	                   "etherroot serve: e7.3: %s/disk: %s: the image has another size, or was "
	                   "changed since: bring back the image as it was, or remove the layer\n",
	                   scene->folder, layer),
	        options);
	times[1] = status.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, scene_path(scene, "disk"), times, 0), 0);
	refuses(scene, "the image has another size", scene_text(scene, "%s,length=8", options));
	refuses(scene, "the image has another size", scene_text(scene, "%s,offset=8", options));
	/* In use. */
	fd = open(layer, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	refuses(scene, scene_text(scene, "%s: in use by another process", layer), options);
	/* Not what it was. */
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(pwrite(fd, "X", 1, 0), 1);
	close(fd);
	refuses(scene, scene_text(scene, "%s: not the file of a layer, or damaged", layer),
	        options);
}

static void make_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

/* That name is refused, and what has it is as before. */
static void refuses_name(struct scene *scene, const char *layer)
{
	char *options = layering_kept(scene);
	struct stat before, after;

	assert_int_equal(lstat(layer, &before), 0);
	refuses(scene,
	        scene_text(scene,
	                   "etherroot serve: e7.3: %s/disk: %s: not the file of a layer, or "
	                   "damaged: move it out of the way\n",
	                   scene->folder, layer),
	        options);
	assert_int_equal(lstat(layer, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
	assert_int_equal(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	assert_int_equal(remove(layer), 0);
}

static void what_is_no_layer_is_left_as_it_is(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	const char *whole = scene_path(scene, "whole"), *victim = scene_path(scene, "victim");
	uint8_t data[AOE_SECTOR] = {1};

	layering_serve(scene, layering_kept(scene));
	write_sectors(a, disk, 13, 1, data);
	scene_stop(scene);
	assert_int_equal(rename(layer, whole), 0);
	make_file(layer, "", 0);
	refuses_name(scene, layer);
	make_file(layer, layering_image, sizeof(layering_image));
	refuses_name(scene, layer);
	assert_int_equal(mkfifo(layer, 0600), 0);
	refuses_name(scene, layer);
	assert_int_equal(mkdir(layer, 0700), 0);
	refuses_name(scene, layer);
	/* A link, be it to what is one. */
	assert_int_equal(symlink(whole, layer), 0);
	refuses_name(scene, layer);
	make_file(victim, layering_image, sizeof(layering_image));
	assert_int_equal(symlink(victim, layer), 0);
	refuses_name(scene, layer);
	expect_file(victim, layering_image, sizeof(layering_image));
	assert_int_equal(rename(whole, layer), 0);
	layering_serve(scene, layering_kept(scene));
	layering_expect(a, 13, 1, data);
	scene_stop(scene);
	assert_int_equal(truncate(layer, 8192), 0);
	refuses_name(scene, layer);
}

static void a_name_that_is_taken_meanwhile(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_serve(scene, layering_kept(scene));
	make_file(layer, layering_image, sizeof(layering_image));
	layering_write_in_vain(a, 800);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing sector 800: a file of its name "
	                    "has come into the folder: 1 request stays unanswered, and initiators "
	                    "repeat them until it works again: move that file out of the way\n");
	expect_file(layer, layering_image, sizeof(layering_image));
	assert_int_equal(unlink(layer), 0);
	layering_write_when_possible(a, 800, data);
	scene_stop(scene);
	layering_serve(scene, layering_kept(scene));
	layering_expect(a, 800, 1, data);
}

static void a_folder_that_cannot_have_layers(void **state)
{
	struct scene *scene = *state;

	refuses(scene, "/nowhere: no layers there: there is no such folder: make it\n",
	        scene_text(scene, "snapshot-dir=%s/nowhere", scene->folder));
	refuses(scene, "disk: no layers there: Not a directory",
	        scene_text(scene, "snapshot-dir=%s/disk", scene->folder));
	refuses(scene, "/proc: no layers there: ", "snapshot-dir=/proc");
	setenv("TMPDIR", scene_path(scene, "nowhere"), 1);
	refuses(scene, "/nowhere: no layers there: there is no such folder: make it\n", "snapshot");
	unsetenv("TMPDIR");
}

static void kept_layers_survive_a_change(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_serve_configured(scene, layering_kept(scene));
	write_sectors(a, disk, 13, 1, data);
	/* It is closed and opened again. */
	layering_reload(scene, scene_text(scene, "%s cache=writeback", layering_kept(scene)),
	                "1 changed");
	scene_expect(scene, "serving e7.3 on");
	layering_hear_announcement(a);
	layering_hear_all(a);
	layering_expect(a, 13, 1, data);
	write_sectors(a, disk, 14, 1, data);
	layering_expect(a, 14, 1, data);
}

static void serve_huge(struct scene *scene, off_t size)
{
	assert_int_equal(truncate(scene_path(scene, "huge"), size), 0);
	scene_configure(scene, scene_text(scene, "export 7.3 %s/huge %s\n", scene->folder,
	                                  layering_kept(scene)));
}

/* The largest that there may be, with something at each end, over a reload and a start. */
static void an_image_of_many_terabytes(void **state)
{
	const off_t size = (off_t)15 << 40;
	const uint64_t last = (uint64_t)size / AOE_SECTOR - 1;
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t of_a[2][AOE_SECTOR], nothing[AOE_SECTOR] = {0};
	char *config = scene_text(scene, "--config=%s/serve.conf", scene->folder);

	if (truncate(scene_file(scene, "huge", 0), size + ((off_t)1 << 30)))
		skip(); /* its layer is a bit larger */
	serve_huge(scene, size);
	scene_serve(scene, config, NULL);
	fill(of_a[0], sizeof(of_a[0]), 2);
	fill(of_a[1], sizeof(of_a[1]), 3);
	write_sectors(a, disk, 0, 1, of_a[0]);
	write_sectors(a, disk, last, 1, of_a[1]);
	scene_configure(scene, scene_text(scene, "export 7.3 %s/huge %s cache=writeback\n",
	                                  scene->folder, layering_kept(scene)));
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "reloaded: 0 exports as before, 1 changed");
	layering_hear_announcement(a);
	layering_hear_all(a);
	layering_expect(a, 0, 1, of_a[0]);
	layering_expect(a, 1, 1, nothing);
	layering_expect(a, last, 1, of_a[1]);
	layering_expect(a, last / 2, 1, nothing);
	scene_stop(scene);
	serve_huge(scene, size + AOE_SECTOR);
	scene_refused(scene, 1, "too large for layers, which are for up to 15 TiB",
	              program(scene, "etherroot"), "serve", "--qemu", scene->socket, config, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, layering_setup, layering_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_was_acknowledged_is_kept),  TEST(a_full_layer_is_full_after_a_start),
	        TEST(writeback_is_stable_at_the_end), TEST(an_image_past_the_page_cache),
	        TEST(a_layer_is_for_its_image),       TEST(what_is_no_layer_is_left_as_it_is),
	        TEST(a_name_that_is_taken_meanwhile), TEST(a_folder_that_cannot_have_layers),
	        TEST(kept_layers_survive_a_change),   TEST(an_image_of_many_terabytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
