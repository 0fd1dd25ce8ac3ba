/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's event loop, with a shell script in place of QEMU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/boot/machine/guest.h"
#include "tools/host/clock.h"

/*
 * What every fake machine begins with: $1 is its end of the QMP socket; "reply" answers one
 * command, leaving it in $line; "end REASON" is QEMU's goodbye.
 */
#define FAKE                                                                                       \
	"q=$1; reply() { read -r -u $q line && echo '{\"return\": {}}' >&$q; }; "                  \
	"end() { echo '{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"'$1'\"}}' >&$q; exit "   \
	"0; }; "                                                                                   \
	"echo '{\"QMP\": {}}' >&$q; "
#define FAKE_ON FAKE "reply; reply; " /* capabilities, cont */
#define FOREVER "exec sleep 1000"

/* Long for a machine that is a script, short for whoever waits for a test that hangs. */
#define SOON (clock_now() + 120 * CLOCK_SECOND)

struct scene {
	struct guest guest;
	struct expect expect;
};

static void begin(struct scene *scene, const char *pattern)
{
	char why[128];

	memset(scene, 0, sizeof(*scene));
	guest_init(&scene->guest);
	scene->guest.expect = &scene->expect;
	if (pattern)
		assert_int_equal(expect_add(&scene->expect, pattern, strlen(pattern), NULL, why,
		                            sizeof(why)),
		                 0);
}

static int start_with(struct scene *scene, const char *script, bool carrier)
{
	struct args args = {0};
	int ends[2], rc;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	args_add(&args, "bash");
	args_add(&args, "-c");
	args_add(&args, "%s", script);
	args_add(&args, "qemu");
	args_add(&args, "%d", ends[0]);
	rc = guest_start(&scene->guest, &args, ends[0], ends[1], -1, carrier, SOON);
	args_free(&args);
	return rc;
}

static void start(struct scene *scene, const char *script)
{
	assert_int_equal(start_with(scene, script, true), 0);
}

static void finish(struct scene *scene)
{
	guest_destroy(&scene->guest);
	expect_free(&scene->expect);
}

/* The newest whole line of the console. */
static const char *last_line(const struct guest *guest)
{
	return tail_newest(&guest->tail);
}

static void an_expected_prompt_is_seen(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "login: $");
	start(&scene, FAKE_ON "echo Debian; printf 'etherroot login: '; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	assert_non_null(stages_find(&scene.guest.stages, "login"));
	assert_string_equal(last_line(&scene.guest), "Debian");
	finish(&scene);
}

static void what_is_typed_reaches_the_guest(void **state)
{
	struct scene scene;
	char why[128];

	(void)state;
	begin(&scene, NULL);
	assert_int_equal(expect_add_typing(&scene.expect, "login: =>root", why, sizeof(why)), 0);
	assert_int_equal(expect_add_typing(&scene.expect, "# $=>echo hi", why, sizeof(why)), 0);
	assert_int_equal(expect_add(&scene.expect, "got echo hi", 11, NULL, why, sizeof(why)), 0);
	start(&scene, FAKE_ON "printf 'login: '; read -r -d $'\\r' user; printf \"$user# \"; "
	                      "read -r -d $'\\r' command; echo \"got $command\"; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	assert_string_equal(last_line(&scene.guest), "login: root# got echo hi");
	finish(&scene);
}

static void a_prompt_with_a_kernel_message_behind_it_is_answered(void **state)
{
	struct scene scene;
	char why[128];

	(void)state;
	begin(&scene, NULL);
	assert_int_equal(expect_add_typing(&scene.expect, "Password: $=>secret", why, sizeof(why)),
	                 0);
	assert_int_equal(expect_add(&scene.expect, "got secret", 10, NULL, why, sizeof(why)), 0);
	start(&scene, FAKE_ON "echo 'Password: [   12.715104] FDC 0 is a S82078B'; "
	                      "read -r -d $'\\r' word; echo \"got $word\"; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);
}

static void a_guest_that_powers_off_too_early_is_told(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON "echo bye; end guest-shutdown");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_POWERED_OFF);
	assert_string_equal(last_line(&scene.guest), "bye");
	finish(&scene);
}

static void a_guest_that_reboots_is_told(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON "end guest-reset");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_REBOOTED);
	finish(&scene);
}

#define RESET "echo '{\"event\": \"RESET\", \"data\": {\"guest\": true}}' >&$q; "

/* QEMU resets the machine by itself, until it is told not to any more. */
static void a_guest_may_reboot_as_often_as_it_was_allowed(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "no more: .*set-action.*shutdown");
	scene.guest.reboots = 2;
	start(&scene, FAKE_ON RESET RESET "reply; echo \"no more: $line\"; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	assert_int_equal(scene.guest.reboots, 0);
	finish(&scene);

	begin(&scene, "never");
	scene.guest.reboots = 1;
	start(&scene, FAKE_ON RESET "reply; end guest-reset");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_REBOOTED);
	finish(&scene);

	/* On a terminal nobody counts: nothing is said to QEMU. */
	begin(&scene, "nothing");
	start(&scene, FAKE_ON RESET "read -r -t 1 -u $q line || echo nothing; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);
}

static void last_words_still_count(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "Power down$");
	start(&scene, FAKE_ON "printf 'reboot: Power down'; end guest-shutdown");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);
}

static void a_panic_ends_the_wait_with_its_trace(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	start(&scene,
	      FAKE_ON "echo '[ 1.0] Kernel panic - not syncing: no init'; echo trace; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_TROUBLE);
	assert_string_equal(scene.guest.trouble, "the kernel panicked");
	assert_string_equal(last_line(&scene.guest), "trace");
	finish(&scene);
}

/* As on a busy machine, whose serial line takes its time for a trace. */
static void a_panic_may_take_its_time(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "Rebooting");
	start(&scene, FAKE_ON "echo '[ 1.0] Kernel panic - not syncing: no init'; "
	                      "for i in 1 2 3 4 5 6; do sleep 0.5; echo trace $i; done; "
	                      "echo Rebooting; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);

	begin(&scene, "never");
	start(&scene, FAKE_ON "echo '[ 1.0] Kernel panic - not syncing: no init'; "
	                      "while :; do echo trace; sleep 0.1; done");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_TROUBLE);
	finish(&scene);
}

static void an_expected_panic_is_no_trouble(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "end Kernel panic");
	start(&scene, FAKE_ON
	      "echo 'Kernel panic - not syncing: x'; echo '---[ end Kernel panic'; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);
}

static void a_rescue_shell_is_trouble_unless_somebody_answers_it(void **state)
{
	struct scene scene;
	char why[128];

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON "printf '(initramfs) '; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_TROUBLE);
	finish(&scene);

	begin(&scene, NULL);
	assert_int_equal(expect_add_typing(&scene.expect, "# $=>exit", why, sizeof(why)), 0);
	assert_int_equal(expect_add(&scene.expect, "done", 4, NULL, why, sizeof(why)), 0);
	start(&scene, FAKE_ON "echo '(initramfs) '; sleep 2; printf '# '; read -r -d $'\\r' x; "
	                      "echo done; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);
}

static void time_runs_out(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON FOREVER);
	assert_int_equal(guest_run(&scene.guest, clock_now() + CLOCK_SECOND / 5), GUEST_TIMEOUT);
	finish(&scene);
}

static void a_qemu_that_dies_is_told_from_a_guest_that_ends(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON "exit 3");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_NO_QEMU);
	assert_int_equal(WEXITSTATUS(scene.guest.status), 3);
	finish(&scene);
}

static void a_qemu_that_does_not_start_is_told(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	assert_int_equal(start_with(&scene, "exit 1", true), -ECHILD);
	assert_int_equal(scene.guest.power_on, 0);
	finish(&scene);
}

/* It may be gone before the first command is written: nobody is left to take that. */
static void a_qemu_that_has_ended_already_is_told(void **state)
{
	char program[] = "false";
	char *v[] = {program, NULL};
	const struct args args = {v, 1};
	struct scene scene;
	int ends[2];

	(void)state;
	begin(&scene, "never");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	close(ends[0]);
	assert_int_equal(guest_start(&scene.guest, &args, open("/dev/null", O_RDWR | O_CLOEXEC),
	                             ends[1], -1, true, SOON),
	                 -ECHILD);
	finish(&scene);
}

static void an_unplugged_cable_comes_before_the_start(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "link .*set_link.*\"nic\".*false.*cont");
	assert_int_equal(start_with(&scene,
	                            FAKE "reply; reply; set=$line; reply; "
	                                 "echo \"link $set $line\"; " FOREVER,
	                            false),
	                 0);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	finish(&scene);

	begin(&scene, "never");
	assert_int_equal(start_with(&scene,
	                            FAKE "reply; read -r -u $q line; echo '{\"error\": "
	                                 "{\"desc\": \"no such device\"}}' >&$q; " FOREVER,
	                            false),
	                 -EPROTO);
	assert_string_equal(scene.guest.refusal, "no such device");
	finish(&scene);
}

static void the_power_button_is_pressed_until_it_works(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "up");
	start(&scene, FAKE_ON "echo up; reply; reply; case $line in *system_powerdown*) "
	                      "end guest-shutdown;; esac; exit 1");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	assert_int_equal(guest_power_off(&scene.guest, SOON), GUEST_POWERED_OFF);
	finish(&scene);
}

static void a_guest_without_an_ear_for_the_button_is_given_up(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, "up");
	start(&scene, FAKE_ON "echo up; " FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	assert_int_equal(guest_power_off(&scene.guest, clock_now() + CLOCK_SECOND / 5),
	                 GUEST_TIMEOUT);
	finish(&scene);
}

static void the_targets_end_is_noticed(void **state)
{
	char *const program[] = {(char[]){"true"}, NULL};
	struct child_io io = CHILD_IO;
	struct child target;
	struct scene scene;

	(void)state;
	begin(&scene, "never");
	assert_int_equal(child_start(&target, program, &io), 0);
	scene.guest.target = target.fd;
	start(&scene, FAKE_ON FOREVER);
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_NO_TARGET);
	assert_int_equal(child_wait(&target, SOON, -1), 0);
	finish(&scene);
}

static void a_signal_ends_the_wait(void **state)
{
	struct scene scene;
	int signal = eventfd(1, EFD_CLOEXEC);

	(void)state;
	begin(&scene, "never");
	start(&scene, FAKE_ON FOREVER);
	scene.guest.signals = signal;
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_INTERRUPTED);
	finish(&scene);
	close(signal);
}

static void nothing_is_left_behind(void **state)
{
	struct scene scene;
	pid_t pid;

	(void)state;
	begin(&scene, "up");
	start(&scene, FAKE_ON "trap '' TERM; echo up; while :; do sleep 1000; done");
	assert_int_equal(guest_run(&scene.guest, SOON), GUEST_SEEN);
	pid = scene.guest.qemu.pid;
	assert_int_equal(kill(pid, 0), 0);
	finish(&scene);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_expected_prompt_is_seen),
	        cmocka_unit_test(what_is_typed_reaches_the_guest),
	        cmocka_unit_test(a_prompt_with_a_kernel_message_behind_it_is_answered),
	        cmocka_unit_test(a_guest_that_powers_off_too_early_is_told),
	        cmocka_unit_test(a_guest_that_reboots_is_told),
	        cmocka_unit_test(a_guest_may_reboot_as_often_as_it_was_allowed),
	        cmocka_unit_test(last_words_still_count),
	        cmocka_unit_test(a_panic_ends_the_wait_with_its_trace),
	        cmocka_unit_test(a_panic_may_take_its_time),
	        cmocka_unit_test(an_expected_panic_is_no_trouble),
	        cmocka_unit_test(a_rescue_shell_is_trouble_unless_somebody_answers_it),
	        cmocka_unit_test(time_runs_out),
	        cmocka_unit_test(a_qemu_that_dies_is_told_from_a_guest_that_ends),
	        cmocka_unit_test(a_qemu_that_does_not_start_is_told),
	        cmocka_unit_test(a_qemu_that_has_ended_already_is_told),
	        cmocka_unit_test(an_unplugged_cable_comes_before_the_start),
	        cmocka_unit_test(the_power_button_is_pressed_until_it_works),
	        cmocka_unit_test(a_guest_without_an_ear_for_the_button_is_given_up),
	        cmocka_unit_test(the_targets_end_is_noticed),
	        cmocka_unit_test(a_signal_ends_the_wait),
	        cmocka_unit_test(nothing_is_left_behind),
	};

	signal(SIGPIPE, SIG_IGN); /* as boot_main() does: a QEMU that is gone is an error, no end */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
