/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the target has to say to its administrator, wherever that goes. */
#ifndef TOOLS_SERVE_WATCH_SAY_H
#define TOOLS_SERVE_WATCH_SAY_H

/* syslog(3)'s levels, as far as they are used here. */
enum say_priority { SAY_ERROR = 3, SAY_WARNING = 4, SAY_NOTICE = 5, SAY_INFO = 6 };

enum { SAY_MAX = 2048 }; /* bytes of one message with its end; longer ones are cut */

/* Where messages go. Belongs to main; all others hold a pointer. */
struct say {
	/* text is one line without its newline. Must not block. */
	void (*print)(void *owner, enum say_priority priority, const char *text);
	void *owner;
};

void say_print(const struct say *say, enum say_priority priority, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#endif
