/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/report.h"
#include "init/status.h"
#include "init/sysfs.h"
#include "tools/base/text.h"

/* Dependencies of dependencies are in modules.dep already; only softdeps nest. */
enum { SOFTDEP_DEPTH = 4 };

static int load_named(const struct modules *modules, const char *name, unsigned depth);

/* Maps a file of the module directory for the life of this process; empty if it is not there. */
static struct span map_file(int directory, const char *name)
{
	struct span span = {0};
	struct status status;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return span;
	if (!status_of(fd, "", 0, &status) && status.size) {
		void *map = mmap(NULL, status.size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map != MAP_FAILED)
			span = (struct span){map, status.size};
	}
	close(fd);
	return span;
}

const char *modules_kernel(void)
{
	static struct utsname kernel;

	if (!kernel.release[0])
		uname(&kernel);
	return kernel.release;
}

void modules_open(struct modules *modules, const struct cmdline *cmdline)
{
	char path[128];

	text_join(path, sizeof(path), "/lib/modules/", modules_kernel(), NULL);
	*modules = (struct modules){.cmdline = cmdline};
	modules->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (modules->directory < 0)
		return;
	modules->db = (struct moddb){map_file(modules->directory, "modules.dep"),
	                             map_file(modules->directory, "modules.alias"),
	                             map_file(modules->directory, "modules.softdep")};
	sysfs_read("/sys/devices/system/cpu/modalias", modules->cpu, sizeof(modules->cpu));
}

/*
 * Loaded to its end, or built in with parameters. One that another process is loading is not: who
 * loads it again waits in the kernel until it is.
 */
static int is_there(const char *name)
{
	char path[sizeof("/sys/module//initstate") + MODULE_NAME], state[16];
	int rc;

	text_join(path, sizeof(path), "/sys/module/", name, "/initstate", NULL);
	for (char *c = path; *c; c++)
		if (*c == '-')
			*c = '_';
	rc = sysfs_read(path, state, sizeof(state));
	if (rc > 0)
		return !strcmp(state, "live");
	path[strlen(path) - strlen("/initstate")] = '\0';
	return !access(path, F_OK);
}

static void say_loading(const struct modules *modules, const char *name)
{
	if (modules->loading)
		text_join(modules->loading, MODULE_NAME, name, NULL);
}

/* Whether the kernel is to unpack it: an image of ours has none such, others' have. */
static bool is_packed(const char *file)
{
	size_t length = strlen(file);

	return length < strlen(".ko") || strcmp(file + length - strlen(".ko"), ".ko") != 0;
}

/* Gives one file to the kernel, which returns when the module's own start has. */
static int insert_file(const struct modules *modules, const char *file, const char *parameters)
{
	int fd = openat(modules->directory, file, O_RDONLY | O_CLOEXEC);
	int flags = is_packed(file) ? MODULE_INIT_COMPRESSED_FILE : 0;
	int rc = fd < 0 || syscall(SYS_finit_module, fd, parameters, flags) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc == -EEXIST ? 0 : rc;
}

/*
 * What the init gives a module; what the command line has comes behind it, and counts. Only what is
 * asked for becomes a bond; the aoe module speaks on no interface until it is told which
 * (iflist.h), and keeps a disk for a week that does not answer, where three minutes would be the
 * end of the root.
 */
static const char *own_parameters(const char *module)
{
	return !strcmp(module, "bonding") ? "max_bonds=0 "
	       : !strcmp(module, "aoe")   ? "aoe_iflist=- aoe_deadsecs=604800 "
	                                  : "";
}

static int insert(const struct modules *modules, struct span path)
{
	char file[256], name[MODULE_NAME], parameters[1024];
	size_t own;
	int rc;

	rc = moddb_name(path, name);
	if (rc)
		return rc;
	if (is_there(name))
		return 0;
	if (path.length >= sizeof(file))
		return -ENAMETOOLONG;
	memcpy(file, path.at, path.length);
	file[path.length] = '\0';
	own = strlen(text_join(parameters, sizeof(parameters), own_parameters(name), NULL));
	if (cmdline_module_parameters(modules->cmdline, name, parameters + own,
	                              sizeof(parameters) - own))
		report_warning(name, "its parameters on the kernel command line are too long");
	say_loading(modules, name);
	rc = insert_file(modules, file, parameters);
	say_loading(modules, "");
	if (!rc)
		report_detail("module", name, *parameters ? " " : "", parameters, NULL);
	else
		report_warning(name, "the kernel did not load it: ", report_errno(rc));
	return rc;
}

/* Inserts the modules of a blank separated list from the last to the first. */
static int insert_backwards(const struct modules *modules, struct span list)
{
	int rc = 0;

	while (list.length && !rc) {
		size_t end = list.length;
		size_t start;

		while (end && list.at[end - 1] == ' ')
			end--;
		for (start = end; start && list.at[start - 1] != ' '; start--)
			;
		if (end > start)
			rc = insert(modules, (struct span){list.at + start, end - start});
		list.length = start;
	}
	return rc;
}

/*
 * Loads the modules that a softdep names, as far as they are there: none of them is a must, and
 * some are for processors that this one is not.
 */
static void load_softdeps(const struct modules *modules, struct span names, unsigned depth)
{
	struct span word;

	if (depth >= SOFTDEP_DEPTH)
		return;
	while ((word = moddb_next_word(&names)).length) {
		char wanted[MODULE_NAME], name[MODULE_NAME];
		size_t cursor = 0;

		if (word.length >= sizeof(wanted))
			continue;
		memcpy(wanted, word.at, word.length);
		wanted[word.length] = '\0';
		if (!moddb_suits_cpu(&modules->db, wanted, modules->cpu) ||
		    load_named(modules, wanted, depth + 1) != -ENOENT)
			continue;
		while (moddb_match(&modules->db, wanted, &cursor, name))
			if (moddb_suits_cpu(&modules->db, name, modules->cpu))
				load_named(modules, name, depth + 1);
	}
}

static int load_named(const struct modules *modules, const char *name, unsigned depth)
{
	struct moddb_module module;
	struct span rest;
	int rc;

	if (is_there(name))
		return 0;
	if (moddb_find(&modules->db, name, &module))
		return -ENOENT;
	load_softdeps(modules, moddb_softdep(&modules->db, name, "pre:"), depth);
	/* A dependency's own softdeps count too: libcrc32c wants a crc32c before it starts. */
	rest = module.dependencies;
	for (struct span path; (path = moddb_next_word(&rest)).length;) {
		char dependency[MODULE_NAME];

		if (!moddb_name(path, dependency) && !is_there(dependency))
			load_softdeps(modules, moddb_softdep(&modules->db, dependency, "pre:"),
			              depth);
	}
	rc = insert_backwards(modules, module.dependencies);
	if (!rc)
		rc = insert(modules, module.path);
	if (!rc)
		load_softdeps(modules, moddb_softdep(&modules->db, name, "post:"), depth);
	return rc;
}

int modules_load(const struct modules *modules, const char *name)
{
	return load_named(modules, name, 0);
}

int modules_load_alias(const struct modules *modules, const char *alias)
{
	char name[MODULE_NAME];
	size_t cursor = 0;
	int loaded = 0;

	while (moddb_match(&modules->db, alias, &cursor, name))
		if (!cmdline_blacklists(modules->cmdline, name))
			loaded += !load_named(modules, name, 0);
	return loaded;
}

void modules_loaded_for(const struct modules *modules, const char *alias, char name[MODULE_NAME])
{
	size_t cursor = 0;

	while (moddb_match(&modules->db, alias, &cursor, name))
		if (is_there(name))
			return;
	*name = '\0';
}

void modules_load_list(const struct modules *modules, const char *path)
{
	struct span rest = map_file(AT_FDCWD, path);

	while (rest.length) {
		const char *newline = memchr(rest.at, '\n', rest.length);
		size_t length = newline ? (size_t)(newline - rest.at) : rest.length;
		char name[MODULE_NAME];

		if (length && length < sizeof(name) && rest.at[0] != '#') {
			memcpy(name, rest.at, length);
			name[length] = '\0';
			if (modules_load(modules, name) == -ENOENT)
				report_warning(name, "listed in ", path, ", but not in this image");
		}
		rest.at += length + (newline != NULL);
		rest.length -= length + (newline != NULL);
	}
}
