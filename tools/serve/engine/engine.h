/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's loop. One thread owns LANs, protocol, order and replies. A frame goes down once, and
 * what comes of it comes up by callback:
 *
 *     lan/port.c       the frames of a LAN, as they arrived
 *     request.c        -> wire/protocol.c decides
 *     transfer.c       -> store/ does it, elsewhere -> its sync -> wire/protocol.c completes
 *                      -> the port's sink
 *
 * Nothing that the loop calls includes this header, but for what is watched.
 */
#ifndef TOOLS_SERVE_ENGINE_ENGINE_H
#define TOOLS_SERVE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/lan/lan.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/watch/capture.h"
#include "tools/serve/watch/say.h"

struct engine;

/*
 * An engine for these exports, whose transfers io does (NULL: nothing is done elsewhere); both stay
 * the caller's. Messages go to say. Returns 0 or a negative errno; engine_free releases it.
 */
int engine_create(const struct say *say, struct exports *exports, struct io *io,
                  struct engine **engine);
void engine_free(struct engine *engine);

/*
 * Adds a LAN, which stays the caller's. buffers, if not 0, is what initiators are told instead of
 * lan->buffers. Returns 0, -ENOMEM or what epoll_ctl(2) says.
 */
int engine_add_lan(struct engine *engine, struct lan *lan, unsigned int buffers);

/* Requests that waited for longer than this before they are taken are dropped; 1000 at first. */
void engine_set_max_age(struct engine *engine, unsigned int milliseconds);

/*
 * Before an export is served on a LAN, whoever else answers for its address there is asked for, and
 * has that many milliseconds to answer; 0, as at first: nobody is asked. For what is added later.
 */
void engine_set_listen(struct engine *engine, unsigned int milliseconds);

/*
 * Has asked called, in the loop, when such a question was answered, or was not. engine_is_asking is
 * true as long as one of any export may be.
 */
void engine_on_asked(struct engine *engine, void (*asked)(void *owner), void *owner);
bool engine_is_asking(const struct engine *engine);

/* Ends that: nothing more is sent there. lan is the caller's again. */
void engine_remove_lan(struct engine *engine, struct lan *lan);

/* Tells initiators that many buffers from now on, or with 0 what each LAN says. */
void engine_set_buffers(struct engine *engine, unsigned int buffers);

/*
 * Adds an export at an address that has none, which is exports' then, and tells every LAN. There is
 * room for it in exports.
 */
void engine_add_export(struct engine *engine, struct export *export);

/* The same in place of one with the same address, which is retired: nobody is asked anew. */
void engine_replace_export(struct engine *engine, struct export *before, struct export *export);

/*
 * Serves an export no more: no request for it begins, what was begun is finished, and then it is
 * closed, which engine_on_closed's function is told.
 */
void engine_retire_export(struct engine *engine, struct export *export);

/*
 * To be called before that, of one that is opened again as soon as it is closed: engine_add_export
 * does not ask then on those LANs on which it answers now.
 */
void engine_keep_tenure(struct engine *engine, const struct export *export);

/* Closes an export that is open and was not served yet, as one that is retired. */
void engine_discard_export(struct engine *engine, struct export *export);

/*
 * Gives up what an initiator wrote to an export with layers: it reads the image again, as soon as
 * what was begun for it is finished, and is not answered before. Returns false if it has no layer.
 */
bool engine_drop_layer(struct engine *engine, struct export *export, struct mac mac);

/* Has changed called, in the loop, when a link came, went or changed; that was said. */
void engine_on_link(struct engine *engine, void (*changed)(void *owner), void *owner);

/* Has closed called, in the loop, whenever an export that was retired was closed. */
void engine_on_closed(struct engine *engine, void (*closed)(void *owner), void *owner);

/*
 * Finishes what was begun for an export, makes stable what it has acknowledged, and answers no more
 * for it, nor tells anyone of it, until engine_resume. Returns 0, or -EBUSY: it is withdrawn, but
 * so much is under way that it cannot be made stable. engine_on_quiet's function is told, in the
 * loop, whenever one that was withdrawn, or is retired, has nothing under way any more, or hangs,
 * before it is closed; and again and again as long as one of them has.
 */
int engine_withdraw(struct engine *engine, struct export *export);
void engine_on_quiet(struct engine *engine, void (*quiet)(void *owner), void *owner);

/*
 * Ends that, and that its address is taken: others are asked again, or with `force` are not, and it
 * answers beside them.
 */
void engine_resume(struct engine *engine, struct export *export, bool force);

/* Takes over who may use an export, and its config string, and tells every LAN. */
void engine_set_access(struct engine *engine, struct export *export,
                       const struct export_options *options);

/*
 * Rehearses other faults on an export, or none; what is held by those of before goes on. That is
 * said.
 */
void engine_set_faults(struct engine *engine, struct export *export,
                       const struct fault_rules *rules);

/*
 * Finds out how large the export's file is by now, and exports so many sectors of it, or with 0 all
 * up to its end. What changes is said, and told to every LAN.
 */
void engine_measure(struct engine *engine, struct export *export, uint64_t length);

/* Those that see every frame that comes in or goes out, on all LANs. */
struct captures *engine_captures(struct engine *engine);

/* Tells every LAN which exports are here, so that initiators need not wait until they ask again. */
void engine_announce(struct engine *engine);

/*
 * Has ready called from the loop, as long as fd, which stays the caller's, is readable; it must not
 * block. Returns 0, -ENOMEM or what epoll_ctl(2) says.
 */
int engine_watch(struct engine *engine, int fd, void (*ready)(void *owner), void *owner);

/* Ends that, at any time; before fd is closed. */
void engine_unwatch(struct engine *engine, int fd);

/*
 * Serves until engine_stop; then finishes what was begun, makes stable what is not yet, and closes
 * all exports. Returns 0 or a negative errno. -ETIMEDOUT: a disk did not answer in time, and then
 * the engine, the exports and io are still in use, and not to be freed. The reason was said, as was
 * what is lost or not finished.
 */
int engine_run(struct engine *engine);

/* Ends engine_run; to be called from the loop, by what is watched. */
void engine_stop(struct engine *engine);

/* One round without waiting: all that has arrived on every LAN, to the end. For tests. */
void engine_work(struct engine *engine);

#endif
