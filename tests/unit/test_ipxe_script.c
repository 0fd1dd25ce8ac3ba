/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot script of `etherroot ipxe`, to the letter, and what it refuses to write. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ipxe/script.h"

static const struct script usual = {
        .kernel = "vmlinuz", .initrd = "initrd.img", .root = "aoe:e0.0", .append = ""};

/* How each script ends. */
#define FAILED                                                                                     \
	":failed\n"                                                                                \
	"echo etherroot: this machine could not be started: the lines above say why\n"             \
	"prompt --key s --timeout ${wait}000 Next try in ${wait} seconds; press s for a shell, "   \
	"any"                                                                                      \
	" other key to try now && shell ||\n"                                                      \
	"iseq ${wait} 40 || inc wait ${wait}\n"                                                    \
	"goto start\n"

/* How a disk is started. */
#define DISK                                                                                       \
	":disk\n"                                                                                  \
	"imgfree\n"                                                                                \
	"echo etherroot: starting the disk by its own boot loader: aoe:e0.0\n"                     \
	"sanboot aoe:e0.0 ||\n"                                                                    \
	"echo etherroot: the disk could not be started: aoe:e0.0\n"                                \
	"goto failed\n"                                                                            \
	"\n"

static void assert_script(const struct script *script, const char *expected)
{
	struct buffer text = {0};
	struct why why;

	assert_int_equal(script_write(script, &text, &why), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_string_equal((const char *)text.data, expected);
	buffer_free(&text);
}

static void assert_has(const struct script *script, const char *expected)
{
	struct buffer text = {0};
	struct why why;

	assert_int_equal(script_write(script, &text, &why), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_non_null(strstr((const char *)text.data, expected));
	buffer_free(&text);
}

static void assert_refused(const struct script *script, const char *expected)
{
	struct buffer text = {0};
	struct why why = {""};

	assert_int_equal(script_write(script, &text, &why), -EINVAL);
	assert_string_equal(why.text, expected);
	assert_int_equal(text.size, 0);
	buffer_free(&text);
}

static void the_usual_script(void **state)
{
	(void)state;
	assert_script(&usual, "#!ipxe\n"
	                      "# Starts a machine that has no disk: made by 'etherroot ipxe'.\n"
	                      "\n"
	                      "set wait:int32 5\n"
	                      "\n"
	                      ":start\n"
	                      "imgfree\n"
	                      "isset ${netX/ip} || dhcp || goto no_address\n"
	                      "kernel --name kernel vmlinuz initrd=initrd root=aoe:e0.0"
	                      " BOOTIF=01-${netX/mac:hexhyp} || goto no_kernel\n"
	                      "initrd --name initrd initrd.img || goto no_initrd\n"
	                      "boot || goto no_boot\n"
	                      "\n"
	                      ":no_address\n"
	                      "echo etherroot: no network address by DHCP\n"
	                      "goto failed\n"
	                      "\n"
	                      ":no_kernel\n"
	                      "echo etherroot: the kernel could not be loaded: vmlinuz\n"
	                      "goto failed\n"
	                      "\n"
	                      ":no_initrd\n"
	                      "echo etherroot: the initrd could not be loaded: initrd.img\n"
	                      "goto failed\n"
	                      "\n"
	                      ":no_boot\n"
	                      "echo etherroot: the kernel could not be started: vmlinuz\n"
	                      "goto failed\n"
	                      "\n" FAILED);
}

static void names_and_arguments_go_where_they_belong(void **state)
{
	struct script script = {.kernel = "http://10.0.0.1/k/vmlinuz-6.1",
	                        .initrd = "tftp://${next-server}/initrd",
	                        .root = "LABEL=root",
	                        .append = "console=ttyS0 hostname=${hostname} quiet"};

	(void)state;
	assert_has(&script, "\nkernel --name kernel http://10.0.0.1/k/vmlinuz-6.1 "
	                    "initrd=initrd root=LABEL=root BOOTIF=01-${netX/mac:hexhyp} "
	                    "console=ttyS0 hostname=${hostname} quiet || goto no_kernel\n");
	assert_has(&script, "\ninitrd --name initrd tftp://${next-server}/initrd || goto "
	                    "no_initrd\n");
}

static void a_generation_is_asked_for_first_and_the_one_before_is_tried(void **state)
{
	struct script script = usual;

	(void)state;
	script.kernel = "${generation}/vmlinuz";
	script.initrd = "${generation}/initrd.img";
	script.generation = "generation.ipxe";
	assert_script(&script,
	              "#!ipxe\n"
	              "# Starts a machine that has no disk: made by 'etherroot ipxe'.\n"
	              "\n"
	              "set wait:int32 5\n"
	              "\n"
	              ":start\n"
	              "imgfree\n"
	              "isset ${netX/ip} || dhcp || goto no_address\n"
	              "clear trial-failed ||\n"
	              "chain --autofree generation.ipxe || goto no_generation\n"
	              ":load\n"
	              "kernel --name kernel ${generation}/vmlinuz initrd=initrd root=aoe:e0.0"
	              " BOOTIF=01-${netX/mac:hexhyp} ${trial-args} || goto no_kernel\n"
	              "initrd --name initrd ${generation}/initrd.img || goto no_initrd\n"
	              "isset ${trial} && chain --autofree --timeout 20000 ${trial} ||\n"
	              "isset ${trial-over} && goto fall_back ||\n"
	              "isset ${trial-failed} && chain --autofree --timeout 20000 ${trial-failed} "
	              "||\n"
	              "clear trial-over ||\n"
	              "boot || goto no_boot\n"
	              "\n"
	              ":no_address\n"
	              "echo etherroot: no network address by DHCP\n"
	              "goto failed\n"
	              "\n"
	              ":no_kernel\n"
	              "echo etherroot: the kernel could not be loaded: ${generation}/vmlinuz\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_initrd\n"
	              "echo etherroot: the initrd could not be loaded: ${generation}/initrd.img\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_boot\n"
	              "echo etherroot: the kernel could not be started: ${generation}/vmlinuz\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_generation\n"
	              "echo etherroot: what names the kernel could not be loaded: generation.ipxe\n"
	              "goto failed\n"
	              "\n"
	              ":fall_back\n"
	              "isset ${trial} && set trial-failed ${trial}/failed ||\n"
	              "clear trial ||\n"
	              "clear trial-args ||\n"
	              "clear trial-over ||\n"
	              "isset ${previous} || goto failed\n"
	              "echo etherroot: trying the generation before: ${previous}\n"
	              "set generation ${previous}\n"
	              "clear previous\n"
	              "imgfree\n"
	              "goto load\n"
	              "\n" FAILED);
	script.generation = "a b";
	assert_refused(&script,
	               "--generation: a blank (write %20 in a URL) at character 2 of 'a b'");
}

static void servers_are_tried_in_turn_and_the_disk_at_last(void **state)
{
	static const char *const servers[] = {"http://10.0.0.1:8067", "tftp://10.0.0.2/ws1/"};
	struct script script = usual;

	(void)state;
	script.servers = servers;
	script.server_count = 2;
	script.sanboot = "aoe:e0.0";
	script.generation = "generation.ipxe";
	assert_script(&script,
	              "#!ipxe\n"
	              "# Starts a machine that has no disk: made by 'etherroot ipxe'.\n"
	              "\n"
	              "set wait:int32 5\n"
	              "\n"
	              ":start\n"
	              "imgfree\n"
	              "isset ${netX/ip} || dhcp || goto no_address\n"
	              "set server http://10.0.0.1:8067/\n"
	              "set next server_2\n"
	              "goto server\n"
	              "\n"
	              ":server_2\n"
	              "echo etherroot: trying another server: tftp://10.0.0.2/ws1/\n"
	              "set server tftp://10.0.0.2/ws1/\n"
	              "set next disk\n"
	              "goto server\n"
	              "\n"
	              ":server\n"
	              "imgfree\n"
	              "clear trial-failed ||\n"
	              "chain --autofree ${server}generation.ipxe || goto no_generation\n"
	              ":load\n"
	              "kernel --name kernel ${server}vmlinuz initrd=initrd root=aoe:e0.0"
	              " BOOTIF=01-${netX/mac:hexhyp} ${trial-args} || goto no_kernel\n"
	              "initrd --name initrd ${server}initrd.img || goto no_initrd\n"
	              "isset ${trial} && chain --autofree --timeout 20000 ${trial} ||\n"
	              "isset ${trial-over} && goto fall_back ||\n"
	              "isset ${trial-failed} && chain --autofree --timeout 20000 ${trial-failed} "
	              "||\n"
	              "clear trial-over ||\n"
	              "boot || goto no_boot\n"
	              "\n"
	              ":no_address\n"
	              "echo etherroot: no network address by DHCP\n"
	              "ifopen ||\n"
	              "goto disk\n"
	              "\n"
	              ":no_kernel\n"
	              "echo etherroot: the kernel could not be loaded: ${server}vmlinuz\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_initrd\n"
	              "echo etherroot: the initrd could not be loaded: ${server}initrd.img\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_boot\n"
	              "echo etherroot: the kernel could not be started: ${server}vmlinuz\n"
	              "goto fall_back\n"
	              "\n"
	              ":no_generation\n"
	              "echo etherroot: what names the kernel could not be loaded: "
	              "${server}generation.ipxe\n"
	              "goto ${next}\n"
	              "\n"
	              ":fall_back\n"
	              "isset ${trial} && set trial-failed ${trial}/failed ||\n"
	              "clear trial ||\n"
	              "clear trial-args ||\n"
	              "clear trial-over ||\n"
	              "isset ${previous} || goto ${next}\n"
	              "echo etherroot: trying the generation before: ${previous}\n"
	              "set generation ${previous}\n"
	              "clear previous\n"
	              "imgfree\n"
	              "goto load\n"
	              "\n" DISK FAILED);
	script.sanboot = NULL;
	script.generation = NULL;
	assert_has(&script, "\nset next failed\n");
	assert_has(&script, ":no_kernel\n"
	                    "echo etherroot: the kernel could not be loaded: ${server}vmlinuz\n"
	                    "goto ${next}\n");
}

static void a_disk_alone_wants_no_kernel(void **state)
{
	struct script script = usual;

	(void)state;
	script.kernel = NULL;
	script.initrd = NULL;
	script.sanboot = "aoe:e0.0";
	assert_script(&script, "#!ipxe\n"
	                       "# Starts a machine that has no disk: made by 'etherroot ipxe'.\n"
	                       "\n"
	                       "set wait:int32 5\n"
	                       "\n"
	                       ":start\n"
	                       "imgfree\n"
	                       "isset ${netX/ip} || dhcp || goto no_address\n"
	                       "goto disk\n"
	                       "\n"
	                       ":no_address\n"
	                       "echo etherroot: no network address by DHCP\n"
	                       "ifopen ||\n"
	                       "goto disk\n"
	                       "\n" DISK FAILED);
}

static void places_are_one_word(void **state)
{
	const char *servers[] = {"http://10.0.0.1", "10.0.0.2"};
	struct script script = usual;

	(void)state;
	script.servers = servers;
	script.server_count = 2;
	assert_refused(&script, "--server: not an address like http://10.0.0.1 at character 1 of "
	                        "'10.0.0.2'");
	servers[1] = "http://10.0.0.2 || shell";
	assert_refused(&script, "--server: a word that ends iPXE's command at character 17 of "
	                        "'http://10.0.0.2 || shell'");
	servers[1] = "http://10.0.0.2";
	script.kernel = "http://10.0.0.3/vmlinuz";
	assert_refused(&script,
	               "--kernel: --server leaves no room for an address at character 1 of "
	               "'http://10.0.0.3/vmlinuz'");
	script = usual;
	script.sanboot = "aoe:e0.0 x";
	assert_refused(&script, "--sanboot: a blank (write %20 in a URL) at character 9 of "
	                        "'aoe:e0.0 x'");
}

static void what_breaks_the_script_is_refused(void **state)
{
	static const struct {
		const char *append;
		const char *message;
	} cases[] = {
	        {"a\nb", "--append: a line's end at character 2 would end the command"},
	        {"a\r", "--append: a line's end at character 2 would end the command"},
	        {"a\033[2J", "--append: control character 0x1b at character 2"},
	        {"a\tb", "--append: control character 0x09 at character 2"},
	        {"quiet || sanboot x",
	         "--append: a word that ends iPXE's command at character 7 of 'quiet || sanboot "
	         "x'"},
	        {"a && b", "--append: a word that ends iPXE's command at character 3 of 'a && b'"},
	        {"a ; b", "--append: a word that ends iPXE's command at character 3 of 'a ; b'"},
	        {"a #b", "--append: a word beginning with '#' at character 3 of 'a #b'"},
	        {"a ${b c}", "--append: '${' without its '}' at character 3 of 'a ${b c}'"},
	        {"${", "--append: '${' without its '}' at character 1 of '${'"},
	        {"${a${b}}", "--append: '${' without its '}' at character 1 of '${a${b}}'"},
	        {"x${}", "--append: '${}' names no setting at character 2 of 'x${}'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = usual;

		script.append = cases[i].append;
		assert_refused(&script, cases[i].message);
	}
}

static void words_that_only_look_alike_are_taken(void **state)
{
	static const char *const fine[] = {"a=||", "x;y", "a#b", "$", "a=${net0/mac}", "--", "&"};

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct script script = usual;
		struct buffer text = {0};
		struct why why;

		script.append = fine[i];
		assert_int_equal(script_write(&script, &text, &why), 0);
		buffer_free(&text);
	}
}

static void names_are_one_word(void **state)
{
	struct script script = usual;

	(void)state;
	script.kernel = "my kernel";
	assert_refused(&script,
	               "--kernel: a blank (write %20 in a URL) at character 3 of 'my kernel'");
	script = usual;
	script.initrd = "";
	assert_refused(&script, "--initrd: is empty");
	script.initrd = "--name";
	assert_refused(&script,
	               "--initrd: iPXE would read an option: '-' at character 1 of '--name'");
	script = usual;
	script.root = "aoe:e0.0 ro";
	assert_refused(&script,
	               "--root: a blank (write %20 in a URL) at character 9 of 'aoe:e0.0 ro'");
}

static void the_command_line_has_an_end(void **state)
{
	struct script script = usual;
	char append[2049];

	(void)state;
	memset(append, 'x', sizeof(append) - 1);
	append[sizeof(append) - 1] = '\0';
	script.append = append;
	assert_refused(&script, "--append: the kernel's command line would be longer than the 2048 "
	                        "bytes that it reads");
	/* 256 bytes are left for what iPXE puts in place of its settings. */
	memset(append, 'x', sizeof(append) - 1);
	append[2048 - 256 - strlen(script.root) + 1] = '\0';
	assert_refused(&script, "--append: the kernel's command line would be longer than the 2048 "
	                        "bytes that it reads");
	append[2048 - 256 - strlen(script.root)] = '\0';
	{
		struct buffer text = {0};
		struct why why;

		assert_int_equal(script_write(&script, &text, &why), 0);
		buffer_free(&text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_usual_script),
	        cmocka_unit_test(names_and_arguments_go_where_they_belong),
	        cmocka_unit_test(a_generation_is_asked_for_first_and_the_one_before_is_tried),
	        cmocka_unit_test(servers_are_tried_in_turn_and_the_disk_at_last),
	        cmocka_unit_test(a_disk_alone_wants_no_kernel),
	        cmocka_unit_test(places_are_one_word),
	        cmocka_unit_test(what_breaks_the_script_is_refused),
	        cmocka_unit_test(words_that_only_look_alike_are_taken),
	        cmocka_unit_test(names_are_one_word),
	        cmocka_unit_test(the_command_line_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
