/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/machines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/cli/buffer.h"
#include "tools/cli/words.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"
#include "tools/host/configuration.h"
#include "tools/host/self.h"
#include "tools/inventory/inventory.h"
#include "tools/publish/generations.h"
#include "tools/publish/lasterror.h"
#include "tools/publish/trial.h"
#include "tools/serve/watch/ask.h"

/* For one machine: as much again as its initrd may take. */
#define MACHINE_DEADLINE (600 * CLOCK_SECOND)

/* All of a run. */
struct run {
	const struct cli_command *command;
	const struct machines_request *request;
	const char *root;
	struct inventory inventory;
	struct buffer target; /* the target's status, once it was asked; ends with a zero byte */
	bool asked;
};

/* One machine of it. */
struct job {
	const struct inventory_machine *machine;
	char *folder;        /* where its kernel goes */
	char *trials;        /* where its starts are counted */
	char *url;           /* which the count is asked for, or NULL */
	struct args options; /* as it was published last */
};

/* ---- the inventory --------------------------------------------------------------------------- */

static int parse(const char *text, size_t length, void *inventory, struct place *place,
                 struct why *why)
{
	return inventory_parse(text, length, inventory, place, why);
}

static int load(struct run *run, struct why *why)
{
	char *path = args_text("%s" INVENTORY_PATH, run->root);
	int rc = configuration_load(path, INVENTORY_MIB, parse, &run->inventory, why);

	if (rc == -ENOENT)
		why_set(why, rc,
		        "%s: not there: 'etherroot server init' makes it; without it: --disk PATH "
		        "--output FOLDER",
		        path);
	free(path);
	return rc;
}

static int check_names(const struct run *run, struct why *why)
{
	for (char **name = run->request->names; *name; name++)
		if (!inventory_find(&run->inventory, *name))
			return why_set(
			        why, -ENOENT,
			        "%.60s: no such machine: 'etherroot machine list' lists them",
			        *name);
	return 0;
}

static struct job job_of(const struct run *run, const struct inventory_machine *machine)
{
	const struct inventory *inventory = &run->inventory;
	char address[INET_ADDRSTRLEN];
	struct job job = {
	        .machine = machine,
	        .folder = args_text("%s" INVENTORY_BOOT "/%s", run->root, machine->name),
	        .trials = args_text("%s" TRIAL_FOLDER, run->root),
	};

	if (inventory->trial)
		job.url =
		        args_text("http://%s:%u/cgi-bin/trial?%s",
		                  inet_ntop(AF_INET, &inventory->address, address, sizeof(address)),
		                  inventory->trial, machine->name);
	return job;
}

static void job_free(struct job *job)
{
	free(job->folder);
	free(job->trials);
	free(job->url);
	args_free(&job->options);
}

/* ---- what went wrong ------------------------------------------------------------------------- */

/* Keeps for `etherroot server status` what it is. */
static void keep_error(const struct run *run, const struct job *job, const char *text)
{
	struct why why;

	if (lasterror_keep(run->root, job->machine->name, text, &why))
		cli_error(run->command, "%s", why.text);
}

/* What a run by the timer has said before is not said again. */
static bool is_news(const struct run *run, const struct job *job, const char *line)
{
	char *before = run->request->quiet ? lasterror_read(run->root, job->machine->name) : NULL;
	bool is = !before || strcmp(before, line) != 0;

	free(before);
	return is;
}

static void tell_error(const struct run *run, const struct job *job, const char *text)
{
	if (is_news(run, job, text))
		cli_error(run->command, "%s: %s", job->machine->name, text);
	keep_error(run, job, text);
}

/* ---- what is on trial ------------------------------------------------------------------------ */

/* Asked once; a target that does not answer has seen nobody. */
static const char *target_status(struct run *run)
{
	char *path = args_text("%s" ASK_DEFAULT, run->root);
	struct why why;

	if (!run->asked && ask_target(path, "status json", &run->target, &why))
		buffer_free(&run->target);
	if (!run->asked && buffer_append(&run->target, "", 1))
		buffer_free(&run->target);
	run->asked = true;
	free(path);
	return run->target.data ? (const char *)run->target.data : "";
}

/* When the machine used its disk, by any of its cards, as trial_now has it, or 0. */
static int64_t last_use(struct run *run, const struct inventory_machine *machine)
{
	const char *status = target_status(run);
	int64_t now = trial_now(), last = 0;

	for (size_t i = 0; i < machine->mac_count; i++) {
		int64_t ms = trial_find_use(status, machine->export, machine->macs[i]);

		if (ms >= 0 && now - ms / 1000 > last)
			last = now - ms / 1000;
	}
	return last;
}

static int judge(struct run *run, const struct job *job, struct generations *generations,
                 struct why *why)
{
	const struct names *names = &generations->names;
	const char *machine = job->machine->name;
	struct trial trial = trial_read(job->trials, machine, names->current);
	int rc;

	switch (trial_judge(&trial, last_use(run, job->machine))) {
	case TRIAL_CAME_UP:
		rc = generations_pass(generations, why);
		if (!rc)
			printf("%s: %s came up\n", machine, names->current);
		return rc;
	case TRIAL_FELL:
		rc = generations_fall_back(generations, why);
		if (!rc)
			printf("%s: %s did not come up: going back to %s\n", machine,
			       names->previous, names->current);
		return rc;
	case TRIAL_OPEN:
		break;
	}
	/* The machine has another name now, or the server another address. */
	return strcmp(names->trial, job->url) != 0 ? generations_move_trial(generations, why) : 0;
}

/* The words of "etherroot VERSION WORD...", which stand behind a tab. */
static void read_options(struct job *job, const char *identity)
{
	char *copy = args_text("%.*s", (int)strcspn(identity, "\n"), identity), *word;
	char *rest = strchr(copy, '\t');

	for (size_t i = 0; rest && (word = strsep(&rest, " ")); i++)
		if (i >= 2)
			args_add(&job->options, "%s", word);
	free(copy);
}

static int settle_open(struct run *run, struct job *job, struct generations *generations,
                       struct why *why)
{
	const struct names *names = &generations->names;
	char *identity;
	int rc = 0;

	generations->trial = job->url;
	/* Who goes back has judged; and what is tried, or fallen back to, may have been removed. */
	if (names->trial && names->current && !run->request->back)
		rc = job->url && names->previous ? judge(run, job, generations, why)
		                                 : generations_pass(generations, why);
	trial_prune(job->trials, job->machine->name, names->trial ? names->current : NULL);
	identity = generations_identity(generations);
	read_options(job, identity);
	free(identity);
	return rc;
}

/* What was published before: whether it came up, and how it was made. -EEXIST: it is not ours. */
static int settle(struct run *run, struct job *job, struct why *why)
{
	struct generations generations;
	int rc = generations_open(&generations, job->folder, why);

	if (!rc)
		rc = settle_open(run, job, &generations, why);
	generations_close(&generations);
	return rc;
}

/* ---- publishing ------------------------------------------------------------------------------ */

static void add_words(const struct run *run, const struct job *job, struct args *args)
{
	const struct args *options =
	        run->request->options->n ? run->request->options : &job->options;

	self_args(args, "publish");
	args_add(args, "--output=%s", job->folder);
	if (job->url)
		args_add(args, "--trial=%s", job->url);
	if (run->request->back) {
		args_add(args, "--back");
		return;
	}
	if (run->request->quiet)
		args_add(args, "--quiet");
	args_add(args, "--disk=%s%s", run->root, job->machine->disk);
	if (run->request->kernel)
		args_add(args, "--kernel=%s", run->request->kernel);
	for (size_t i = 0; i < options->n; i++)
		args_add(args, "%s", options->v[i]);
}

/* What the other process says on standard error is added to text. */
static int run_publish(struct args *args, struct buffer *text, struct why *why)
{
	struct child_io io = CHILD_IO;
	int status;

	io.out = STDOUT_FILENO;
	io.err = memfd_create("messages", MFD_CLOEXEC);
	if (io.err < 0)
		return why_set(why, -errno, "memory: %s", strerror(errno));
	fflush(stdout);
	status = child_run(args->v, &io, clock_now() + MACHINE_DEADLINE, -1);
	lseek(io.err, 0, SEEK_SET);
	buffer_read(text, io.err, LASTERROR_MAX);
	close(io.err);
	if (status < 0)
		return why_set(why, status, "etherroot publish: %s", strerror(-status));
	return status ? why_set(why, -EIO, "it failed") : 0;
}

/* The last line of it, without whose it is; "" if there is none. The caller frees. */
static char *last_line(const struct buffer *text)
{
	static const char whose[] = "etherroot publish: ";
	char *all = args_text("%.*s", (int)text->size, text->size ? (char *)text->data : "");
	char *line = all, *next;

	while ((next = strchr(line, '\n')) && next[1])
		line = next + 1;
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, whose, strlen(whose)))
		line += strlen(whose);
	next = args_text("%s", line);
	free(all);
	return next;
}

static void tell_failure(const struct run *run, const struct job *job, const struct buffer *text,
                         const struct why *why)
{
	char *line = last_line(text);

	if (!*line)
		tell_error(run, job, why->text);
	else if (is_news(run, job, line))
		fwrite(text->data, 1, text->size, stderr);
	if (*line)
		keep_error(run, job, line);
	free(line);
}

static int publish_one(const struct run *run, const struct job *job)
{
	struct buffer text = {0};
	struct args args = {0};
	struct why why;
	int rc;

	add_words(run, job, &args);
	rc = run_publish(&args, &text, &why);
	if (rc) {
		tell_failure(run, job, &text, &why);
	} else {
		fwrite(text.data, 1, text.size, stderr);
		lasterror_forget(run->root, job->machine->name);
	}
	args_free(&args);
	buffer_free(&text);
	return rc ? CLI_FAILED : CLI_OK;
}

/* One that starts its disk by the disk's own boot loader gets its kernels there. */
static int pass_over(struct run *run, const struct inventory_machine *machine)
{
	if (!run->request->quiet)
		printf("%s: its kernels are its disk's own, which starts them\n", machine->name);
	return CLI_OK;
}

static int do_machine(struct run *run, const struct inventory_machine *machine)
{
	struct job job = job_of(run, machine);
	struct why why;
	int rc = settle(run, &job, &why), status = rc ? CLI_FAILED : publish_one(run, &job);

	if (rc == -EEXIST) {
		if (!run->request->quiet)
			printf("%s: its kernel is put there by hand\n", machine->name);
		status = CLI_OK;
	} else if (rc == -EBUSY) {
		cli_error(run->command, "%s: %s", machine->name, why.text);
	} else if (rc) {
		tell_error(run, &job, why.text);
	}
	job_free(&job);
	return status;
}

/* ---- the door -------------------------------------------------------------------------------- */

static bool is_wanted(const struct run *run, const char *machine)
{
	char **name = run->request->names;

	if (!*name)
		return true;
	while (*name && strcmp(*name, machine) != 0)
		name++;
	return *name != NULL;
}

static int do_machines(struct run *run)
{
	int status = CLI_OK;

	for (size_t i = 0; i < run->inventory.machine_count; i++)
		if (is_wanted(run, run->inventory.machines[i].name) &&
		    (run->inventory.machines[i].install ? pass_over : do_machine)(
		            run, &run->inventory.machines[i]))
			status = CLI_FAILED;
	return status;
}

int machines_publish(const struct cli_command *command, const struct machines_request *request)
{
	struct run run = {.command = command, .request = request};
	int status = CLI_FAILED;
	struct why why;

	run.root = request->root && strcmp(request->root, "/") != 0 ? request->root : "";
	if (load(&run, &why) || check_names(&run, &why))
		cli_error(command, "%s", why.text);
	else
		status = do_machines(&run);
	inventory_release(&run.inventory);
	buffer_free(&run.target);
	return status;
}
