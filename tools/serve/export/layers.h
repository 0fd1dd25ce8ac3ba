/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layers of an export with ,snapshot: one for each initiator that wrote, told apart by its MAC.
 * A layer is an export of its own, with the address of the one that it belongs to, its parent:
 * what is under way for it, what is stable and what fails is no other layer's matter. Whoever has
 * none reads the parent.
 *
 * Anyone on the LAN can invent a MAC. That costs nothing before it writes; then it costs a place
 * among those that there may be, with a descriptor and memory for the map, and what it writes.
 */
#ifndef TOOLS_SERVE_EXPORT_LAYERS_H
#define TOOLS_SERVE_EXPORT_LAYERS_H

#include "tools/serve/export/export.h"

struct layers;

/*
 * Has layers for an export that is open, and opens those that are kept, which may have to wait for
 * a disk; nothing, of an export that has none. Returns 0, and layers_close
 * frees them, or a negative errno: why says the reason, without the export's address. -ETXTBSY:
 * another process, or an export that is being closed, has one of them.
 */
int layers_open(struct export *export, struct why *why);

/* Has io do their transfers, before there are any. Returns 0 or -ENOMEM. */
int layers_join(struct export *export, struct io *io);

/* Of a parent none of whose layers is left. Those that are, which nobody uses, are closed too. */
void layers_close(struct export *parent);

/* The layer of that initiator, which may be retired; NULL if it has none. */
struct export *layers_find(const struct export *parent, struct mac mac);

/*
 * A new layer for that initiator, which has none. Returns 0, -EUSERS if there are as many as there
 * may be, or -ENOMEM.
 */
int layers_add(struct export *parent, struct mac mac, struct export **layer);

/* No room for that initiator's: says so, once in a while. now is in milliseconds. */
void layers_refused(struct export *parent, struct mac mac, int error, const struct say *say,
                    uint64_t now);

/* The layer is about to be freed: its place is free. */
void layers_remove(struct export *layer);

/* What the parent's options say holds for its layers too. */
void layers_follow(struct export *parent);

/* Its file, if it is kept, is removed when it is closed. */
void layers_discard(struct export *layer);

/* Goes through them: NULL, then the last one that was got. Returns NULL at the end. */
struct export *layers_next(const struct export *parent, const struct export *layer);

/* One that was opened keeps its layers where another of its address does, which has some. */
bool layers_meet(const struct export *opened, const struct export *other);

/* As of now. */
struct layers_facts {
	size_t count;
	uint64_t bytes; /* that they hold, all together */
};

struct layers_facts layers_facts(const struct export *parent);

/* Bytes that it holds. */
uint64_t layers_used(const struct export *layer);

/* Requests that are under way for the export and its layers. */
size_t layers_held(const struct export *export);

#endif
