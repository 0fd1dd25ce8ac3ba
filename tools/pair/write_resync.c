/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timer that brings the other half up to date, and what it starts. */
#include "tools/pair/recipes.h"

/*
 * On both servers: the one that does not serve has nothing to do. What failed is tried again: until
 * it is done the other half may be of no use at all.
 */
int write_resync_service(const char *program, struct buffer *text)
{
	return buffer_printf(text,
	                     "# " RECIPES_MADE ".\n"
	                     "[Unit]\n"
	                     "Description=Bring the other half of each mirror up to date\n"
	                     "Documentation=man:etherroot-pair(7)\n"
	                     "After=drbd.service network.target\n"
	                     "\n"
	                     "[Service]\n"
	                     "Type=oneshot\n"
	                     "ExecStart=%s pair resync\n"
	                     "Restart=on-failure\n"
	                     "RestartSec=10min\n",
	                     program);
}

int write_resync_timer(const struct pairing *pairing, struct buffer *text)
{
	return buffer_printf(
	        text,
	        "# " RECIPES_MADE ".\n"
	        "[Unit]\n"
	        "Description=When the other half of each mirror is brought up to date\n"
	        "Documentation=man:etherroot-pair(7)\n"
	        "\n"
	        "[Timer]\n"
	        "OnCalendar=%s\n"
	        "AccuracySec=1s\n"
	        "\n"
	        "[Install]\n"
	        "WantedBy=timers.target\n",
	        pairing->resync);
}
