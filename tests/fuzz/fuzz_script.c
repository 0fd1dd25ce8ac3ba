/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The iPXE script of any texts: refused with a reason, or a script that has the lines it always
 * has, in which none of the texts has become a command of its own. And boot's command line beside
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipxe/script.h"
#include "tests/fuzz/fuzz.h"
#include "tools/boot/cmdline.h"

/* What a line does: the script with all that the texts bring cut off. */
static size_t count_lines(const struct buffer *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->size; i++) {
		lines += text->data[i] == '\n';
		ALWAYS(text->data[i] == '\n' || (text->data[i] >= ' ' && text->data[i] != 0x7f));
	}
	return lines;
}

/* The lines of a script that has the same parts. */
static size_t usual_lines(const struct script *like)
{
	static const char *const servers[] = {"http://a", "http://b"};
	const struct script usual = {.kernel = like->kernel ? "kernel" : NULL,
	                             .initrd = "initrd",
	                             .root = "aoe:e0.0",
	                             .append = "",
	                             .generation = like->generation ? "generation" : NULL,
	                             .servers = servers,
	                             .server_count = like->server_count,
	                             .sanboot = like->sanboot ? "aoe:e0.0" : NULL};
	struct buffer text = {0};
	struct why why;
	size_t lines;

	ALWAYS(!script_write(&usual, &text, &why));
	lines = count_lines(&text);
	buffer_free(&text);
	return lines;
}

static void check_script(const struct script *script)
{
	struct buffer text = {0};
	struct why why = {""};
	int rc = script_write(script, &text, &why);

	ALWAYS(rc == 0 || rc == -EINVAL);
	if (rc)
		ALWAYS(*why.text && !strpbrk(why.text, "\n\r\x1b"));
	else
		ALWAYS(count_lines(&text) == usual_lines(script));
	buffer_free(&text);
}

/* Taken apart and put together, nothing of the user's words is lost but root=. */
static void check_boot(const char *append)
{
	char *root = cmdline_root((struct aoe_address){0, 0}, 1, append);
	char *rest = cmdline_rest(false, false, append);

	ALWAYS(root && rest);
	ALWAYS(strlen(root) <= strlen(append) + sizeof("aoe:e0.0p1"));
	ALWAYS(strlen(rest) <= strlen(append) + sizeof("no_timer_check rw console=ttyS0 "));
	free(root);
	free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *kernel = take_string(&input), *initrd = take_string(&input);
	char *root = take_string(&input), *append = take_string(&input);
	char *generation = take_string(&input), *sanboot = take_string(&input);
	char *one = take_string(&input), *two = take_string(&input);
	const char *const servers[] = {one, two};

	check_script(&(struct script){.kernel = *kernel || !*sanboot ? kernel : NULL,
	                              .initrd = initrd,
	                              .root = root,
	                              .append = append,
	                              .generation = *generation ? generation : NULL,
	                              .servers = servers,
	                              .server_count = *two   ? 2
	                                              : *one ? 1
	                                                     : 0,
	                              .sanboot = *sanboot ? sanboot : NULL});
	check_boot(append);
	free(two);
	free(one);
	free(sanboot);
	free(kernel);
	free(initrd);
	free(root);
	free(append);
	free(generation);
	return 0;
}
