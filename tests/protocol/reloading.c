/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/protocol/reloading.h"

#include <setjmp.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct aoe_address first = {7, 3}, second = {7, 4};

void serve(struct scene *scene, const char *text)
{
	scene->sanitized = true;
	scene_file(scene, "a", SECTORS * AOE_SECTOR);
	scene_file(scene, "b", SECTORS * AOE_SECTOR);
	scene_configure(scene, text);
	scene_serve(scene, scene_text(scene, "--config=%s/serve.conf", scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	scene_expect(scene, "etherroot serve: serving ");
}

void reload(struct scene *scene, const char *message)
{
	scene->log_length = 0;
	scene->log[0] = '\0';
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "etherroot serve: serving ");
	scene_expect(scene, message);
}

void check_works(struct scene *scene, struct aoe_address address, unsigned int seed)
{
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	fill(out, sizeof(out), seed);
	write_sectors(client, address, 1, 1, out);
	read_sectors(client, address, 1, 1, in);
	assert_memory_equal(in, out, sizeof(in));
}

void check_gone(struct scene *scene, struct aoe_address address, struct aoe_address alive)
{
	struct client *client = scene_client(scene);

	ask_ignored(client, make_config(client, address, AOE_CONFIG_READ, ""), alive);
}

char *with_files(struct scene *scene, const char *format)
{
	char text[4096] = "";

	for (const char *p = format; *p; p++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s",
		         *p == '@' ? scene->folder : "", *p != '@', p);
	return scene_text(scene, "%s", text);
}

bool can_tamper(struct scene *scene, const char *how, const char *file)
{
	if (system("strace -o /dev/null true 2>/dev/null")) {
		print_message("# no strace, or it may not trace here\n");
		return false;
	}
	scene->strace = how;
	scene->strace_file = scene_path(scene, file);
	return true;
}
