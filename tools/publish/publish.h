/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PUBLISH_PUBLISH_H
#define TOOLS_PUBLISH_PUBLISH_H

#include <stdbool.h>

/* `etherroot publish`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int publish_main(int argc, char **argv);

/* What one machine of an inventory boots; text is NULL where there is nothing to say. */
struct publish_state {
	char *current, *previous; /* generations */
	char *fallen;             /* the previous one, if it did not come up */
	char *error;              /* of the last time that it was published */
	bool on_trial;
	bool foreign;        /* its kernel is put there by hand */
	unsigned int starts; /* that were counted of a trial */
};

/* Looks at the machine's files in a site; root is "" for /. publish_state_free is due. */
struct publish_state publish_look(const char *root, const char *machine);
void publish_state_free(struct publish_state *state);

/* A site has no machine of that name any more: what was noted of it goes; its kernels stay. */
void publish_forget(const char *root, const char *machine);

#endif
