/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of an export with layers have in common: the image, which nobody may write to. */
#ifndef TESTS_PROTOCOL_LAYERING_H
#define TESTS_PROTOCOL_LAYERING_H

#include "tests/protocol/scene.h"

enum { LAYERING_SECTORS = 2048 + 3 }; /* the last block is not whole */

extern uint8_t layering_image[LAYERING_SECTORS * AOE_SECTOR];

/* Its sectors from there on. */
const uint8_t *layering_of_image(uint64_t lba);

/* scene_setup with the image as the file "disk", and a folder "layers"; asserts at the end that it
 * is as it was. */
int layering_setup(void **state);
int layering_teardown(void **state);

/* A target for the image as e7.3, with these options: by its command line, or its configuration
 * file. */
void layering_serve(struct scene *scene, const char *options);
void layering_serve_configured(struct scene *scene, const char *options);

/* Makes the file say that, and no more. */
void layering_configure(struct scene *scene, const char *options);

/* Other options in the file, and waits until the target has read it and said this. */
void layering_reload(struct scene *scene, const char *options, const char *message);

/* The option that has layers kept in that folder. */
char *layering_kept(struct scene *scene);

/* That there are so many, by the status. */
void layering_check_count(struct scene *scene, unsigned int count);

/* Reads up to 16 sectors, which have to be those. */
void layering_expect(struct client *client, uint64_t lba, uint8_t count, const void *wanted);

/* An initiator whose request for what is there gets an answer, or none. */
void layering_check_found(struct client *client, bool found);

/*
 * Writes a sector to which the target does not answer; or one that it answers as soon as what it
 * lacks is there, repeated until then.
 */
void layering_write_in_vain(struct client *client, uint64_t lba);
void layering_write_when_possible(struct client *client, uint64_t lba, const void *data);

/* Hears what is told to all: the next announcement; all that there is, as that an export is back.
 */
void layering_hear_announcement(struct client *client);
void layering_hear_all(struct client *client);

#endif
