/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The claims of all exports (export/claim.h) in the loop: the LANs are asked, the answers told, and
 * what is free is served and announced.
 */
#ifndef TOOLS_SERVE_ENGINE_CLAIMS_H
#define TOOLS_SERVE_ENGINE_CLAIMS_H

#include "tools/serve/engine/request.h"

/*
 * Has the export ask for its address on that LAN, or on all of them, before it is served there;
 * unless nobody is to be asked. One that has a claim there already begins anew.
 */
void claims_begin(struct requests *requests, struct export *export, const struct sink *sink);
void claims_begin_everywhere(struct requests *requests, struct export *export);

/* The same on those LANs on which it is not served yet; on the others it goes on answering. */
void claims_begin_again(struct requests *requests, struct export *export);

/*
 * The export is about to be closed, and opened again: where it answers now, nobody is asked when it
 * begins anew; unless another target announces itself there meanwhile, or the link goes.
 */
void claims_keep_tenure(struct requests *requests, const struct export *export);

/* Another target answered on the LAN for an address for which there is no export now. */
void claims_lose_tenure(struct requests *requests, struct aoe_address address,
                        const struct sink *sink);

/*
 * Another target answered on the LAN for the export's address. Returns false if the export has no
 * claim there: it is served, and both are.
 */
bool claims_heard(struct requests *requests, struct export *export, const struct sink *sink,
                  struct mac other);

/* The link there went or came. What was served there is asked for again when it is up. */
void claims_follow_link(struct requests *requests, const struct sink *sink);

/*
 * The first frame since the link is up: what was asked before may have reached nobody, as with a
 * switch port that is not forwarding yet (spanning tree: for 30 s). All is asked for again, before
 * anything is answered.
 */
void claims_first_heard(struct requests *requests, struct sink *sink);

/*
 * Does what is due by requests->now: asks, and serves what is free. All answers that came in time
 * were heard.
 */
void claims_run(struct requests *requests);

/* True if it is not known yet of some export whether its address is free. */
bool claims_are_open(const struct requests *requests);

#endif
