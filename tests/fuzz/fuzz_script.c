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

static size_t usual_lines(const char *generation)
{
	const struct script usual = {"kernel", "initrd", "aoe:e0.0", "", generation};
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
		ALWAYS(count_lines(&text) == usual_lines(script->generation ? "generation" : NULL));
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
	char *generation = take_string(&input);

	check_script(
	        &(struct script){kernel, initrd, root, append, *generation ? generation : NULL});
	check_boot(append);
	free(kernel);
	free(initrd);
	free(root);
	free(append);
	free(generation);
	return 0;
}
