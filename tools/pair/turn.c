/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/cli/outfile.h"
#include "tools/host/files.h"

static const char *word_of(bool serve)
{
	return serve ? "take" : "leave";
}

int turn_begin(struct turn *turn, struct aoe_address address, bool serve, struct why *why)
{
	char name[AOE_ADDRESS_TEXT];
	const char *word = word_of(serve);
	int rc;

	aoe_address_format(address, name);
	snprintf(turn->wanted, sizeof(turn->wanted), "/run/etherroot-%s.wanted", name);
	snprintf(turn->lock_path, sizeof(turn->lock_path), "/run/etherroot-%s.lock", name);
	rc = outfile_save(turn->wanted, word, strlen(word));
	if (rc)
		return why_set(why, rc, "%s: %s", turn->wanted, strerror(-rc));
	turn->lock = open(turn->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (turn->lock >= 0 && !flock(turn->lock, LOCK_EX))
		return 0;
	rc = -errno;
	if (turn->lock >= 0)
		close(turn->lock);
	return why_set(why, rc, "%s: %s", turn->lock_path, strerror(-rc));
}

bool turn_is(const struct turn *turn, bool serve)
{
	size_t length;
	char *word = files_read(turn->wanted, 16, &length);
	bool same = word && !strcmp(word, word_of(serve));

	free(word);
	return same;
}

void turn_end(struct turn *turn)
{
	close(turn->lock);
}
