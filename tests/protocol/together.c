/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/protocol/together.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TESTS = 32, LINE = 4096 };

/* One that is under way. */
struct run {
	pid_t process;
	FILE *said;
};

static _Noreturn void run_alone(const struct CMUnitTest *test, FILE *said)
{
	int failed;

	/* Whatever becomes of the program, nothing of it stays behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(fileno(said), STDOUT_FILENO) < 0 || dup2(fileno(said), STDERR_FILENO) < 0)
		_exit(126);
	setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1);
	failed = _cmocka_run_group_tests("one", test, 1, NULL, NULL);
	fflush(NULL);
	_exit(failed ? 1 : 0);
}

static int start(const struct CMUnitTest *test, struct run *run)
{
	run->said = tmpfile();
	if (!run->said)
		return -1;
	fflush(NULL);
	run->process = fork();
	if (!run->process)
		run_alone(test, run->said);
	return run->process < 0 ? -1 : 0;
}

static bool says_skip(FILE *said)
{
	char line[LINE];
	bool skip = false;

	while (!skip && fgets(line, sizeof(line), said))
		skip = strstr(line, "# SKIP");
	rewind(said);
	return skip;
}

/* As comments: its results are told here. */
static void repeat(FILE *said)
{
	char line[LINE];

	while (fgets(line, sizeof(line), said))
		print_message("# %s", line);
}

static void tell(void **state)
{
	struct run *run = *state;
	bool skipped;
	int status;

	assert_int_equal(waitpid(run->process, &status, 0), run->process);
	rewind(run->said);
	skipped = says_skip(run->said);
	if (status || skipped)
		repeat(run->said);
	fclose(run->said);
	if (status)
		fail_msg("it ended with status 0x%x", (unsigned int)status);
	if (skipped)
		skip();
}

int together_run(const struct CMUnitTest *tests, size_t count)
{
	struct CMUnitTest told[TESTS];
	struct run runs[TESTS];

	if (count > TESTS)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (start(&tests[i], &runs[i])) {
			perror("together");
			return 1;
		}
		told[i] = (struct CMUnitTest){
		        .name = tests[i].name, .test_func = tell, .initial_state = &runs[i]};
	}
	return _cmocka_run_group_tests("tests", told, count, NULL, NULL);
}
