/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/protocol/layering.h"

static const struct aoe_address disk = {7, 3};

uint8_t layering_image[LAYERING_SECTORS * AOE_SECTOR];

static void write_image(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, layering_image, sizeof(layering_image)), sizeof(layering_image));
	close(fd);
}

int layering_setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	fill(layering_image, sizeof(layering_image), 1);
	write_image(scene_path(scene, "disk"));
	return mkdir(scene_path(scene, "layers"), 0700);
}

void layering_serve(struct scene *scene, const char *options)
{
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s/disk,%s", scene->folder, options), NULL);
}

char *layering_kept(struct scene *scene)
{
	return scene_text(scene, "snapshot-dir=%s/layers", scene->folder);
}

/* Whatever was written, nobody has written to the image. */
int layering_teardown(void **state)
{
	struct scene *scene = *state;
	static uint8_t now[sizeof(layering_image) + 1];
	int fd = open(scene_path(scene, "disk"), O_RDONLY | O_CLOEXEC);
	bool same = read(fd, now, sizeof(now)) == sizeof(layering_image) &&
	            !memcmp(now, layering_image, sizeof(layering_image));

	close(fd);
	if (!same)
		print_error("the image has changed\n");
	return scene_teardown(state) || !same;
}

void layering_check_count(struct scene *scene, unsigned int count)
{
	control_agrees(scene, "status json", scene_text(scene, "\"layers\": %u,", count));
}

void layering_expect(struct client *client, uint64_t lba, uint8_t count, const void *wanted)
{
	uint8_t in[16 * AOE_SECTOR];

	read_sectors(client, disk, lba, count, in);
	assert_memory_equal(in, wanted, count * AOE_SECTOR);
}

const uint8_t *layering_of_image(uint64_t lba)
{
	return layering_image + lba * AOE_SECTOR;
}

void layering_check_found(struct client *client, bool found)
{
	size_t length = make_config(client, disk, AOE_CONFIG_READ, "");

	if (found)
		ask(client, length);
	else
		ask_ignored(client, length, disk);
}

void layering_hear_all(struct client *client)
{
	say(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
	do
		hear(client);
	while (client->header.tag != client->tag);
}

void layering_configure(struct scene *scene, const char *options)
{
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/disk %s\n", scene->folder, options));
}

void layering_serve_configured(struct scene *scene, const char *options)
{
	layering_configure(scene, options);
	scene_serve(scene, scene_text(scene, "--config=%s/serve.conf", scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	scene_expect(scene, "etherroot serve: serving ");
}

void layering_reload(struct scene *scene, const char *options, const char *message)
{
	layering_configure(scene, options);
	scene->log_length = 0;
	scene->log[0] = '\0';
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "etherroot serve: serving ");
	scene_expect(scene, message);
}

void layering_hear_announcement(struct client *client)
{
	do
		hear(client);
	while (client->header.command != AOE_CONFIG);
}

void layering_write_in_vain(struct client *client, uint64_t lba)
{
	uint8_t data[AOE_SECTOR] = {1};

	for (int i = 0; i < 20; i++)
		ask_ignored(client,
		            make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, sizeof(data)),
		            disk);
}

void layering_write_when_possible(struct client *client, uint64_t lba, const void *data)
{
	struct pollfd p = {.fd = client->socket, .events = POLLIN};
	size_t length = make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, AOE_SECTOR);
	int patience = DEADLINE / 100;

	do
		say(client, length);
	while (poll(&p, 1, 100) <= 0 && --patience);
	do
		hear(client);
	while (client->header.tag != client->tag);
	check_reply(client, disk, AOE_RESPONSE, 0);
	layering_hear_all(client);
}
