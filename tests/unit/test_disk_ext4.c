/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ext4 inside an image: read as a root of its own, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/reader.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* Where the tree, the image and what comes out of it lie. */
static char scratch[] = "/tmp/etherroot-ext4-XXXXXX";

static void shell(const char *command)
{
	char *whole =
	        args_text("cd %s; PATH=$PATH:/usr/sbin:/sbin; { %s; } >log 2>&1", scratch, command);

	if (system(whole))
		fail_msg("%s", command);
	free(whole);
}

/* Makes tree/ with what the command adds to it, and the image of it. */
static int set_up(void **state)
{
	(void)state;
	shell("mkdir -p tree/usr/lib/modules/6.1/kernel tree/boot tree/etc; cd tree; "
	      "ln -s usr/lib lib; echo dep >lib/modules/6.1/modules.dep; "
	      "echo kernel >boot/vmlinuz-6.1; "
	      "ln -s vmlinuz-6.1 boot/vmlinuz-link; echo inner >etc/inner");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shell("rm -rf tree out image");
	return 0;
}

static void make_image(void)
{
	shell("rm -rf image out; mke2fs -q -F -t ext4 -d tree image 8M; mkdir out");
}

static struct ext4 *open_image(uint64_t offset)
{
	char *path = args_text("%s/image", scratch);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct ext4 *ext4;
	struct why why;

	if (ext4_open(&ext4, fd, offset, &why))
		fail_msg("%s", why.text);
	close(fd); /* libext2fs has its own */
	free(path);
	return ext4;
}

static int take(struct ext4 *ext4, const char *path, const char *name, struct why *why)
{
	char *out = args_text("%s/out", scratch);
	int directory = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = ext4_take(ext4, path, directory, name, why);

	close(directory);
	free(out);
	return rc;
}

/* The content of a file that was taken out, up to its newline; NULL: there is none. */
static const char *taken(const char *name)
{
	static char line[256];
	char *path = args_text("%s/out/%s", scratch, name);
	struct stat st;
	FILE *file = lstat(path, &st) || !S_ISREG(st.st_mode) ? NULL : fopen(path, "re");

	free(path);
	if (!file || !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (!file)
		return NULL;
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void directories_are_listed_through_links(void **state)
{
	struct buffer names = {0};
	struct ext4 *ext4;
	struct why why;

	(void)state;
	make_image();
	ext4 = open_image(0);
	assert_true(ext4_is_directory(ext4, "/lib/modules"));
	assert_false(ext4_is_directory(ext4, "/boot/vmlinuz-6.1"));
	assert_false(ext4_is_directory(ext4, "/none"));
	assert_int_equal(ext4_names(ext4, "/lib/modules", &names, &why), 0);
	assert_int_equal(names.size, 4);
	assert_memory_equal(names.data, "6.1", 4);
	assert_int_equal(ext4_names(ext4, "/none", &names, &why), -ENOENT);
	assert_string_equal(why.text, "/none: not in it");
	assert_int_equal(ext4_names(ext4, "/boot/vmlinuz-6.1", &names, &why), -ENOENT);
	buffer_free(&names);
	ext4_close(ext4);
}

static void a_tree_comes_out_and_links_stay_inside(void **state)
{
	struct ext4 *ext4;
	struct why why;

	(void)state;
	shell("cd tree/lib/modules/6.1; echo one >kernel/one.ko; ln -s kernel/one.ko two.ko; "
	      "ln -s /etc/inner absolute; ln -s ../../../../../../../../../etc/inner up; "
	      "ln -s /etc/passwd outside; ln -s /usr build; ln -s loop loop; mkfifo fifo");
	make_image();
	ext4 = open_image(0);
	assert_int_equal(take(ext4, "/lib/modules/6.1", "modules", &why), 0);
	assert_int_equal(take(ext4, "/boot/vmlinuz-link", "vmlinuz", &why), 0);
	ext4_close(ext4);
	assert_string_equal(taken("vmlinuz"), "kernel");
	assert_string_equal(taken("modules/modules.dep"), "dep");
	assert_string_equal(taken("modules/kernel/one.ko"), "one");
	assert_string_equal(taken("modules/two.ko"), "one");
	assert_string_equal(taken("modules/absolute"), "inner");
	assert_string_equal(taken("modules/up"), "inner");
	assert_null(taken("modules/outside")); /* the host has one, the image has none */
	shell("[ \"$(find out -type l -o -type p)\" = '' ] && ! ls out/modules/build "
	      "out/modules/loop out/modules/fifo out/modules/outside");
}

static void a_partition_is_found_by_its_offset(void **state)
{
	struct ext4 *ext4;
	struct why why;

	(void)state;
	make_image();
	shell("truncate -s 1M begin; cat begin image >disk; mv disk image");
	ext4 = open_image(1 << 20);
	assert_int_equal(take(ext4, "/boot/vmlinuz-6.1", "vmlinuz", &why), 0);
	assert_string_equal(taken("vmlinuz"), "kernel");
	ext4_close(ext4);
}

static void identify(struct buffer *identity)
{
	struct ext4 *ext4 = open_image(0);
	struct why why;

	assert_int_equal(ext4_identity(ext4, "/boot/vmlinuz-6.1", identity, &why), 0);
	ext4_close(ext4);
}

static void a_file_that_changes_is_another(void **state)
{
	struct buffer before = {0}, same = {0}, changed = {0};

	(void)state;
	make_image();
	identify(&before);
	identify(&same);
	shell("debugfs -w -R 'sif /boot/vmlinuz-6.1 mtime_extra 4' image");
	identify(&changed);
	assert_int_equal(before.size, same.size);
	assert_memory_equal(before.data, same.data, same.size);
	assert_true(before.size != changed.size ||
	            memcmp(before.data, changed.data, before.size) != 0);
	buffer_free(&before);
	buffer_free(&same);
	buffer_free(&changed);
}

static void assert_refused(const char *path, int error, const char *text)
{
	struct ext4 *ext4 = open_image(0);
	struct why why = {""};

	assert_int_equal(take(ext4, path, "refused", &why), error);
	if (!strstr(why.text, text))
		fail_msg("'%s' in: %s", text, why.text);
	ext4_close(ext4);
}

static void what_no_kernel_has_is_refused(void **state)
{
	(void)state;
	shell("cd tree/lib/modules/6.1; truncate -s 3G huge");
	make_image();
	assert_refused("/lib/modules/6.1", -EFBIG, "huge: more than any kernel");
	shell("rm tree/lib/modules/6.1/huge");
	make_image();
	shell("debugfs -w -R 'link /usr/lib/modules/6.1 /usr/lib/modules/6.1/kernel/again' image");
	assert_refused("/lib/modules/6.1", -EFBIG, "more than any kernel");
	make_image();
	shell("debugfs -w -R 'sif /boot/vmlinuz-6.1 flags 0x80800' image");
	assert_refused("/boot/vmlinuz-6.1", -ENOKEY, "it is encrypted");
}

/* A disk that is full takes a part of it, and says why only of the next. */
static void what_the_host_does_not_take_is_told(void **state)
{
	struct rlimit before, small;

	(void)state;
	make_image();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){3, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_refused("/boot/vmlinuz-6.1", -EFBIG, "refused: File too large");
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
}

static void damage_is_told(void **state)
{
	(void)state;
	shell("touch tree/boot/a-name-to-spoil");
	make_image();
	shell("debugfs -w -R 'sif /boot/vmlinuz-6.1 block[0] 12345' image");
	assert_refused("/boot/vmlinuz-6.1", -EUCLEAN, "refused: Corrupt extent header");
	make_image();
	shell("tune2fs -O ^metadata_csum image; "
	      "at=$(grep -obUa a-name-to-spoil image | cut -d : -f 1); "
	      "printf / | dd of=image bs=1 seek=$at conv=notrunc");
	assert_refused("/boot", -EUCLEAN, "no file's name");
}

/* Whatever stands in the metadata: it ends, and with a verdict. */
static void nonsense_ends(void **state)
{
	char *path = args_text("%s/image", scratch);
	uint32_t random = 1;

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct why why = {""};
		struct ext4 *ext4;
		int fd;

		if (run % 20 == 0)
			make_image();
		shell("rm -rf out; mkdir out");
		fd = open(path, O_RDWR | O_CLOEXEC);
		for (unsigned i = 0; i < 1 + run % 20; i++) {
			uint8_t byte;

			random = random * 1664525 + 1013904223;
			byte = (uint8_t)(random >> 24);
			assert_int_equal(pwrite(fd, &byte, 1, 1024 + random / 16 % (300 * 1024)),
			                 1);
		}
		if (!ext4_open(&ext4, fd, 0, &why)) {
			struct buffer names = {0};

			ext4_names(ext4, "/boot", &names, &why);
			take(ext4, "/lib/modules/6.1", "modules", &why);
			buffer_free(&names);
			ext4_close(ext4);
		}
		close(fd);
	}
	free(path);
}

/* ---- a file system that is in use
 * ------------------------------------------------------------ */

/* What a machine that lost its power left behind: the kernel's newest content is in the journal. */
static void the_journal_counts(void **state)
{
	struct ext4 *ext4;
	struct why why;

	(void)state;
	make_image();
	shell("block=$(debugfs -R 'blocks /boot/vmlinuz-6.1' image 2>/dev/null | tr -d ' '); "
	      "size=$(dumpe2fs -h image 2>/dev/null | sed -n 's/^Block size: *//p'); "
	      "printf 'newest\\n' >block; truncate -s $size block; "
	      "printf 'jo -c -v 3\\njw -b %s block\\njc\\n' $block >commands; "
	      "debugfs -w -f commands image; dumpe2fs -h image | grep needs_recovery");
	ext4 = open_image(0);
	assert_int_equal(take(ext4, "/boot/vmlinuz-6.1", "vmlinuz", &why), 0);
	assert_string_equal(taken("vmlinuz"), "newest");
	assert_int_equal(ext4_settled(ext4, &why), 0);
	ext4_close(ext4);
	shell("e2fsck -fy -E journal_only image; rm -r out; mkdir out");
	ext4 = open_image(0);
	assert_int_equal(take(ext4, "/boot/vmlinuz-6.1", "vmlinuz", &why), 0);
	assert_string_equal(taken("vmlinuz"), "newest");
	ext4_close(ext4);
}

static void assert_not_opened(int error, const char *text)
{
	char *path = args_text("%s/image", scratch);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct ext4 *ext4;
	struct why why = {""};

	assert_int_equal(ext4_open(&ext4, fd, 0, &why), error);
	if (!strstr(why.text, text))
		fail_msg("'%s' in: %s", text, why.text);
	close(fd);
	free(path);
}

static void what_cannot_be_told_is_refused(void **state)
{
	(void)state;
	make_image();
	shell("tune2fs -O ^has_journal image");
	ext4_close(open_image(0));
	shell("debugfs -w -R 'ssv state 0' image");
	assert_not_opened(-EBUSY, "it has no journal, and a machine uses it");
	make_image();
	shell("debugfs -w -R 'feature needs_recovery' image; "
	      "debugfs -w -R 'ssv journal_inum 0' image");
	assert_not_opened(-EOPNOTSUPP, "its journal is on another disk");
}

/* A machine that writes while its disk is read; in the other process. */
struct writer {
	unsigned times; /* that it will still write */
	bool reads;     /* the file that it writes to */
};

static int read_while_written(struct ext4 *ext4, void *context, struct buffer *output,
                              struct why *why)
{
	struct writer *writer = context;
	int rc = writer->reads ? ext4_identity(ext4, "/boot/vmlinuz-6.1", output, why)
	                       : ext4_names(ext4, "/boot", output, why);
	char *command;

	if (!writer->times)
		return rc;
	writer->times--;
	/* Elsewhere is 32 inodes on: 4 of them stand in one block, with large blocks 16. */
	command = args_text(
	        "n=$(debugfs -R 'stat %s' image | sed -n 's/^Inode: *\\([0-9]*\\).*/\\1/p'); "
	        "debugfs -w -R \"sif <$((n + %d))> generation %u\" image",
	        writer->reads ? "/boot/vmlinuz-6.1" : "/boot", writer->reads ? 0 : 32,
	        writer->times + 1);
	shell(command);
	free(command);
	return rc;
}

static int read_with_writer(unsigned times, bool reads, struct buffer *output, struct why *why)
{
	char *path = args_text("%s/image", scratch);
	const struct reader reader = {open(path, O_RDONLY | O_CLOEXEC), 0, -1};
	struct writer writer = {times, reads};
	int rc = reader_run(&reader, read_while_written, &writer, output, why);

	close(reader.fd);
	free(path);
	return rc;
}

static void what_was_written_meanwhile_is_read_again(void **state)
{
	struct buffer output = {0}, identity = {0};
	struct why why = {""};

	(void)state;
	make_image();
	assert_int_equal(read_with_writer(2, true, &output, &why), 0);
	identify(&identity);
	assert_int_equal(output.size, identity.size);
	assert_memory_equal(output.data, identity.data, output.size);
	buffer_free(&identity);
	buffer_free(&output);
}

static void a_writer_without_a_pause_is_told(void **state)
{
	struct buffer output = {0};
	struct why why = {""};

	(void)state;
	make_image();
	assert_int_equal(read_with_writer(1000, true, &output, &why), -EBUSY);
	assert_non_null(strstr(why.text, "writes to it without a pause"));
	assert_int_equal(output.size, 0);
}

/* A database may write all day: it is no business of the kernel's files. */
static void what_is_written_elsewhere_does_not_matter(void **state)
{
	struct buffer output = {0};
	struct why why = {""};

	(void)state;
	make_image();
	assert_int_equal(read_with_writer(1000, false, &output, &why), 0);
	buffer_free(&output);
}

/* ---- the process of its own
 * ---------------------------------------------------------------------- */

static int say(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const char *text = context;

	(void)ext4;
	if (!strcmp(text, "crash"))
		raise(SIGKILL);
	if (!strcmp(text, "hang"))
		pause();
	if (!strcmp(text, "fail"))
		return why_set(why, -ENOKEY, "it fails");
	return buffer_append(output, text, strlen(text));
}

static int run_reader(const char *text, int signals, struct buffer *output, struct why *why)
{
	char *path = args_text("%s/image", scratch);
	const struct reader reader = {open(path, O_RDONLY | O_CLOEXEC), 0, signals};
	char *copy = args_text("%s", text);
	int rc = reader_run(&reader, say, copy, output, why);

	close(reader.fd);
	free(copy);
	free(path);
	return rc;
}

static void what_happens_to_the_reader_is_told(void **state)
{
	struct buffer output = {0};
	struct why why;
	int ends[2];

	(void)state;
	make_image();
	assert_int_equal(run_reader("hello", -1, &output, &why), 0);
	assert_int_equal(output.size, 5);
	assert_memory_equal(output.data, "hello", 5);
	assert_int_equal(run_reader("fail", -1, &output, &why), -ENOKEY);
	assert_string_equal(why.text, "it fails");
	assert_int_equal(run_reader("crash", -1, &output, &why), -EUCLEAN);
	assert_string_equal(why.text, "what read it was ended by signal 9");
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	assert_int_equal(run_reader("hang", ends[0], &output, &why), -EINTR);
	assert_string_equal(why.text, "");
	close(ends[0]);
	shell("truncate -s 100 image");
	assert_int_equal(run_reader("hello", -1, &output, &why), -EUCLEAN);
	assert_true(*why.text);
	buffer_free(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(directories_are_listed_through_links, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(a_tree_comes_out_and_links_stay_inside, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(a_partition_is_found_by_its_offset, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(a_file_that_changes_is_another, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_no_kernel_has_is_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_the_host_does_not_take_is_told, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(damage_is_told, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(nonsense_ends, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_journal_counts, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_cannot_be_told_is_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_was_written_meanwhile_is_read_again, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(a_writer_without_a_pause_is_told, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(what_is_written_elsewhere_does_not_matter, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(what_happens_to_the_reader_is_told, set_up,
	                                        tear_down),
	};
	int failed;

	alarm(600); /* it ends: see nonsense_ends */
	if (!mkdtemp(scratch))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	files_remove_tree(scratch);
	return failed;
}
