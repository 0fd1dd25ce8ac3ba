/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/boot/cmdline.h"
#include "tools/boot/grub.h"
#include "tools/boot/target.h"
#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/clock.h"
#include "tools/host/files.h"
#include "tools/host/ipxe.h"
#include "tools/host/self.h"

#define TOOL_DEADLINE   (300 * CLOCK_SECOND) /* an initrd or a script takes a second */
#define TARGET_DEADLINE (30 * CLOCK_SECOND)  /* to answer, and to drain at the end */

static int fail(const char *what, const char *why)
{
	cli_error(&boot_command, "%s: %s", what, why);
	return CLI_FAILED;
}

int setup_begin(struct setup *setup, const struct boot_options *options, int signals)
{
	char *path;
	int rc;

	*setup = (struct setup){.options = options,
	                        .signals = signals,
	                        .directory_lock = -1,
	                        .messages = -1,
	                        .image = {.fd = -1},
	                        .taken = {.lock = -1},
	                        .vmlinux_lock = -1,
	                        .target = CHILD_NONE};
	rc = files_run_directory(&setup->directory, &setup->directory_lock);
	if (rc < 0) {
		fail(setup->directory, strerror(-rc));
		free(setup->directory);
		setup->directory = NULL;
		return CLI_FAILED;
	}
	path = args_text("%s/messages", setup->directory);
	setup->messages = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	rc = setup->messages < 0 ? fail(path, strerror(errno)) : CLI_OK;
	free(path);
	return rc;
}

void setup_show_messages(const struct setup *setup)
{
	char text[4096];
	off_t size = lseek(setup->messages, 0, SEEK_END);
	ssize_t n = pread(setup->messages, text, sizeof(text) - 1,
	                  size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0);

	if (n > 0)
		fprintf(stderr, "%.*s%s", (int)n, text, text[n - 1] == '\n' ? "" : "\n");
	if (ftruncate(setup->messages, 0) < 0)
		return; /* shown twice then */
}

/* ---- the image --------------------------------------------------------------------------------
 */

/* Whether the target will write to the image. */
static bool will_write(const struct boot_options *options)
{
	return options->lan == LAN_OWN && !options->read_only && !options->snapshot;
}

/* One that QEMU opens itself, and would wait for without end if it were a FIFO; NULL: there is
 * none. */
static int check_drive(const char *path)
{
	struct stat st;

	if (!path)
		return CLI_OK;
	if (stat(path, &st))
		return fail(path, strerror(errno));
	return S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)
	               ? CLI_OK
	               : fail(path, "neither a disk image nor a block device");
}

int setup_image(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	int rc = check_drive(options->medium);
	struct why why;

	rc = rc ? rc : check_drive(options->disk);
	if (rc || !options->image)
		return rc;
	rc = image_open(&setup->image, options->image, setup->signals, &why);
	if (rc)
		return rc == -EINTR ? rc : fail(options->image, why.text);
	if (will_write(options) && access(options->image, W_OK) < 0) {
		cli_error(&boot_command,
		          "%s: %s: --snapshot lets the guest write all the same, --read-only does "
		          "not",
		          options->image, strerror(errno));
		return CLI_FAILED;
	}
	return CLI_OK;
}

/* ---- the kernel ---------------------------------------------------------------------------------
 */

static bool is_file(const char *name)
{
	return strchr(name, '/') || !access(name, F_OK);
}

static int read_version(struct setup *setup, const char *path)
{
	int rc = kernel_file_version(path, &setup->version);

	if (rc == -ENOEXEC)
		return fail(path, "not a Linux kernel image (bzImage)");
	if (rc == -ENODATA && !setup->options->initrd)
		return fail(path, "does not say its version: give an --initrd FILE for it");
	return rc == -ENODATA ? CLI_OK : rc < 0 ? fail(path, strerror(-rc)) : CLI_OK;
}

static int take_from_image(struct setup *setup, const char *version, int what)
{
	struct why why;
	int rc = image_take_kernel(&setup->image, version, what, &setup->taken, &why);

	return rc && rc != -EINTR ? fail(setup->image.path, why.text) : rc;
}

int setup_kernel(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	int modules = options->initrd ? 0 : IMAGE_MODULES;
	int rc = CLI_OK;

	setup->root = cmdline_root(options->address, setup->image.part.number, options->append);
	setup->rest = cmdline_rest(options->read_only, options->lan != LAN_TAP, options->append);
	setup->command_line = args_text("root=%s %s", setup->root, setup->rest);
	if (boot_finds_its_own(options))
		return CLI_OK;
	if (options->kernel && is_file(options->kernel)) {
		setup->kernel = realpath(options->kernel, NULL);
		if (!setup->kernel)
			return fail(options->kernel, strerror(errno));
		rc = read_version(setup, options->kernel);
		if (!rc && modules && !setup->options->image)
			return fail(options->kernel, "no --image with its modules and no --initrd");
		if (!rc && modules)
			rc = take_from_image(setup, setup->version, modules);
		return rc;
	}
	if (!options->image)
		return fail(options->kernel, "no such file, and no --image that could hold it");
	rc = take_from_image(setup, options->kernel, IMAGE_KERNEL | modules);
	if (!rc) {
		setup->kernel = args_text("%s", setup->taken.vmlinuz);
		setup->version = args_text("%s", setup->taken.version);
	}
	return rc;
}

/*
 * With KVM the guest unpacks its kernel in no time; without, the host does it, where it can. A
 * kernel that is not of that kind starts as it is.
 */
int setup_unpack(struct setup *setup, bool kvm)
{
	if (setup->options->via == VIA_DIRECT && setup->options->firmware == FIRMWARE_BIOS && !kvm)
		kernel_file_unpack(setup->kernel, &setup->vmlinux, &setup->vmlinux_lock);
	return CLI_OK;
}

/* ---- what is made for it
 * ------------------------------------------------------------------------- */

/* Runs another subcommand, whose own message is the error's. */
static int run_self(struct setup *setup, struct args *args)
{
	struct child_io io = CHILD_IO;
	int rc;

	io.err = setup->messages;
	rc = child_run(args->v, &io, clock_now() + TOOL_DEADLINE, setup->signals);
	if (rc == -EINTR)
		return rc;
	setup_show_messages(setup);
	if (rc < 0)
		return fail(args->v[1], strerror(-rc));
	return rc ? CLI_FAILED : CLI_OK;
}

int setup_initrd(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	const char *driver = machine_nic_module(options->nic);
	struct args args = {0};
	int rc;

	if (boot_finds_its_own(options))
		return CLI_OK;
	if (options->initrd) {
		setup->initrd = realpath(options->initrd, NULL);
		if (!setup->initrd || access(setup->initrd, R_OK) < 0)
			return fail(options->initrd, strerror(errno));
		return CLI_OK;
	}
	setup->initrd = args_text("%s/initrd", setup->directory);
	self_args(&args, "initrd");
	args_add(&args, "--kernel");
	args_add(&args, "%s", setup->version);
	args_add(&args, "--root");
	args_add(&args, "%s", setup->taken.directory);
	args_add(&args, "--drivers");
	args_add(&args, "%s", driver ? driver : "virtual");
	args_add(&args, "--fs");
	args_add(&args, "%s", setup->image.file_system);
	args_add(&args, "--output");
	args_add(&args, "%s", setup->initrd);
	rc = run_self(setup, &args);
	args_free(&args);
	return rc;
}

static int offer(const struct setup *setup, const char *file, const char *name)
{
	char *link = args_text("%s/%s", setup->tftp, name);
	int rc = symlink(file, link) < 0 ? fail(link, strerror(errno)) : CLI_OK;

	free(link);
	return rc;
}

static int offer_kernel(const struct setup *setup)
{
	int rc = offer(setup, setup->kernel, "vmlinuz");

	return rc ? rc : offer(setup, setup->initrd, "initrd");
}

/* What the script loads, as options of the command that users make theirs with. */
static void add_script(const struct setup *setup, struct args *args)
{
	char address[AOE_ADDRESS_TEXT];

	if (setup->options->via == VIA_SANBOOT) {
		args_add(args, "--sanboot");
		args_add(args, "aoe:%s", aoe_address_format(setup->options->address, address));
		return;
	}
	if (setup->options->via == VIA_HTTP) {
		args_add(args, "--server");
		args_add(args, MACHINE_HTTP_URL);
	}
	args_add(args, "--kernel");
	args_add(args, "vmlinuz");
	args_add(args, "--initrd");
	args_add(args, "initrd");
	args_add(args, "--root");
	args_add(args, "%s", setup->root);
	args_add(args, "--append");
	args_add(args, "%s", setup->rest);
}

/* To a file, or as a medium. */
static int write_script(struct setup *setup, const char *kind, const char *path)
{
	struct args args = {0};
	int rc;

	self_args(&args, "ipxe");
	add_script(setup, &args);
	args_add(&args, "%s", kind);
	args_add(&args, "%s", path);
	rc = run_self(setup, &args);
	args_free(&args);
	return rc;
}

static bool has_medium(const struct boot_options *options)
{
	return options->via == VIA_ISO || options->via == VIA_USB;
}

/* Beside the script that TFTP has: an iPXE for UEFI may read none from its medium. */
static int write_scripts(struct setup *setup)
{
	char *path = args_text("%s/boot.ipxe", setup->tftp);
	int rc = setup->options->via == VIA_SANBOOT ? CLI_OK : offer_kernel(setup);

	if (!rc)
		rc = write_script(setup, "--output", path);
	free(path);
	if (rc || !has_medium(setup->options))
		return rc;
	setup->medium = args_text("%s/medium", setup->directory);
	return write_script(setup, "--iso", setup->medium);
}

/*
 * Firmware that starts iPXE from the network card reads our script itself. Debian 13's has a PXE of
 * its own, and starts programs only: it is given an iPXE that finds the script beside itself.
 */
static int offer_ipxe(struct setup *setup)
{
	bool reads;
	size_t size;
	char *script;
	int rc;

	if (ipxe_look(&size, &reads) || !reads)
		return CLI_OK;
	script = args_text("%s/%s", setup->tftp, setup->bootfile);
	rc = offer(setup, IPXE_EFI, "ipxe.efi");
	if (!rc)
		rc = offer(setup, script, IPXE_AUTOEXEC);
	free(script);
	setup->bootfile = "ipxe.efi";
	return rc;
}

static int offer_signed(const struct setup *setup)
{
	static const struct {
		const char *file, *name, *package;
	} parts[] = {{GRUB_SHIM, GRUB_SHIM_NAME, "shim-signed"},
	             {GRUB_NET, GRUB_NET_NAME, "grub-efi-amd64-signed"}};
	int rc = CLI_OK;

	for (size_t i = 0; !rc && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!access(parts[i].file, R_OK)) {
			rc = offer(setup, parts[i].file, parts[i].name);
			continue;
		}
		cli_error(&boot_command, "%s: %s: install the package %s", parts[i].file,
		          strerror(errno), parts[i].package);
		rc = CLI_FAILED;
	}
	return rc;
}

static int write_grub_config(const struct setup *setup)
{
	char *folder = args_text("%s/" GRUB_FOLDER, setup->tftp);
	char *path = args_text("%s/" GRUB_CONFIG, setup->tftp);
	struct buffer text = {0};
	int rc = mkdir(folder, 0700) ? -errno : grub_config(setup->command_line, &text);

	if (!rc)
		rc = outfile_save(path, text.data, text.size);
	buffer_free(&text);
	rc = rc ? fail(path, strerror(-rc)) : CLI_OK;
	free(path);
	free(folder);
	return rc;
}

static int setup_grub(struct setup *setup)
{
	int rc = offer_signed(setup);

	if (!rc)
		rc = offer_kernel(setup);
	setup->bootfile = GRUB_SHIM_NAME;
	return rc ? rc : write_grub_config(setup);
}

int setup_script(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	int rc;

	if (options->medium)
		setup->medium = args_text("%s", options->medium);
	if (options->medium || options->via == VIA_DIRECT || options->via == VIA_DISK ||
	    options->lan == LAN_TAP)
		return CLI_OK;
	setup->tftp = args_text("%s/tftp", setup->directory);
	if (mkdir(setup->tftp, 0700) < 0)
		return fail(setup->tftp, strerror(errno));
	if (options->via == VIA_GRUB)
		return setup_grub(setup);
	setup->bootfile = "boot.ipxe";
	rc = write_scripts(setup);
	return rc || has_medium(options) || options->firmware != FIRMWARE_UEFI ? rc
	                                                                       : offer_ipxe(setup);
}

/* ---- the firmware
 * ------------------------------------------------------------------------------- */

/*
 * The firmware's code, and the variables that it starts with; the larger ones are the newer ones.
 * Those of Secure Boot have Microsoft's keys.
 */
static const struct uefi {
	enum boot_firmware firmware;
	const char *code, *variables;
} uefis[] = {
        {FIRMWARE_UEFI, "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
        {FIRMWARE_UEFI, "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
        {FIRMWARE_UEFI_SECURE, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd",
         "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
        {FIRMWARE_UEFI_SECURE, "/usr/share/OVMF/OVMF_CODE.ms.fd",
         "/usr/share/OVMF/OVMF_VARS.ms.fd"},
};

/* Larger than any firmware's. */
enum { VARIABLES_LIMIT = 16 << 20 };

static int copy_variables(const struct setup *setup, const char *from)
{
	size_t n;
	char *bytes = files_read(from, VARIABLES_LIMIT, &n);
	FILE *file = bytes ? fopen(setup->variables, "we") : NULL;
	int rc = CLI_OK;

	if (!bytes)
		rc = fail(from, strerror(errno));
	else if (!file || fwrite(bytes, 1, n, file) != n)
		rc = fail(setup->variables, strerror(errno));
	if (file && fclose(file) && !rc)
		rc = fail(setup->variables, strerror(errno));
	free(bytes);
	return rc;
}

int setup_firmware(struct setup *setup)
{
	enum boot_firmware firmware = setup->options->firmware;

	if (firmware == FIRMWARE_BIOS)
		return CLI_OK;
	for (size_t i = 0; i < sizeof(uefis) / sizeof(uefis[0]); i++) {
		if (uefis[i].firmware != firmware || access(uefis[i].code, R_OK) < 0)
			continue;
		setup->uefi = uefis[i].code;
		setup->variables = args_text("%s/variables", setup->directory);
		return copy_variables(setup, uefis[i].variables);
	}
	return fail("UEFI firmware", "not found: install the package ovmf");
}

/* ---- the target
 * ----------------------------------------------------------------------------------- */

/* A target that writes holds the lock for itself. It may well be idle: the user knows. */
static bool is_written(const struct setup *setup)
{
	if (!flock(setup->image.fd, LOCK_SH | LOCK_NB)) {
		flock(setup->image.fd, LOCK_UN);
		return false;
	}
	cli_error(
	        &boot_command,
	        "%s: warning: it is exported for writing: if a machine writes to it now, the guest "
	        "of --snapshot finds it torn",
	        setup->image.path);
	return true;
}

static uint64_t sectors_of(const struct setup *setup)
{
	off_t size = lseek(setup->image.fd, 0, SEEK_END);

	return size > 0 ? ((uint64_t)size + 511) / 512 : 0;
}

static int start_target(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	struct boot_target target = {.address = options->address,
	                             .path = options->image,
	                             .snapshot = options->snapshot,
	                             .shared = options->snapshot && is_written(setup),
	                             .sectors = options->snapshot ? sectors_of(setup) : 0,
	                             .read_only = options->read_only,
	                             .socket = setup->target_socket,
	                             .exports = &options->exports};
	int rc = boot_target_start(&setup->target, &target, setup->messages, setup->signals,
	                           clock_now() + TARGET_DEADLINE);

	if (rc == -EINTR || !rc)
		return rc;
	setup_show_messages(setup);
	return fail("the target", rc == -ECHILD      ? "it ended before it answered"
	                          : rc == -ETIMEDOUT ? "it does not answer"
	                                             : strerror(-rc));
}

int setup_target(struct setup *setup)
{
	const struct boot_options *options = setup->options;
	struct stat st;

	if (options->lan == LAN_TAP)
		return CLI_OK;
	setup->guest_socket = args_text("%s/guest.socket", setup->directory);
	if (options->lan == LAN_QEMU) {
		setup->target_socket = args_text("%s", options->lan_name);
		if (!stat(options->lan_name, &st) && !S_ISSOCK(st.st_mode))
			return fail(options->lan_name, "not a socket");
		return CLI_OK;
	}
	setup->target_socket = args_text("%s/target.socket", setup->directory);
	if (options->lan == LAN_NONE)
		return CLI_OK; /* the cable is there and nobody at its other end */
	return start_target(setup);
}

bool setup_stop_target(struct setup *setup)
{
	int status = child_stop(&setup->target, clock_now() + TARGET_DEADLINE);

	if (!status || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM))
		return true;
	setup_show_messages(setup);
	if (WIFSIGNALED(status))
		cli_error(&boot_command, "the target: ended by signal %d", WTERMSIG(status));
	else
		cli_error(&boot_command, "the target: ended with status %d", WEXITSTATUS(status));
	return false;
}

void setup_machine(const struct setup *setup, bool kvm, struct machine *machine)
{
	const struct boot_options *options = setup->options;
	bool direct = options->via == VIA_DIRECT;

	*machine = (struct machine){
	        .kvm = kvm,
	        .memory = options->memory,
	        .cpus = options->cpus ? options->cpus
	                : kvm         ? 2
	                              : 1,
	        .cpu = options->cpu,
	        .nic = options->nic,
	        .mac = options->mac,
	        .pxe = !direct && !setup->medium && options->via != VIA_DISK,
	        .own_pxe = options->via == VIA_GRUB || options->via == VIA_PXE ||
	                   options->via == VIA_UEFI_HTTP,
	        .own_http = options->via == VIA_UEFI_HTTP,
	        .uefi_secure = options->firmware == FIRMWARE_UEFI_SECURE,
	        .uefi_code = setup->uefi,
	        .uefi_variables = setup->variables,
	        .kernel = !direct          ? NULL
	                  : setup->vmlinux ? setup->vmlinux
	                                   : setup->kernel,
	        .initrd = direct ? setup->initrd : NULL,
	        .command_line = direct ? setup->command_line : NULL,
	        /* QEMU's DHCP server must not answer on a LAN of somebody else's. */
	        .user_network = options->lan != LAN_TAP,
	        .internet = options->internet,
	        .tftp = setup->tftp,
	        .bootfile = setup->bootfile,
	        .http = options->via == VIA_HTTP ? setup->tftp : NULL,
	        .medium = setup->medium,
	        .medium_usb = options->via == VIA_USB,
	        .lan_local = setup->guest_socket,
	        .lan_remote = setup->target_socket,
	        .tap = options->lan == LAN_TAP ? options->lan_name : NULL,
	        .disk = options->disk,
	        .disk_snapshot = options->snapshot,
	        .disk_boots = options->via == VIA_DISK,
	        .disk_read_only = options->read_only,
	};
}

void setup_end(struct setup *setup)
{
	free(setup->guest_socket);
	free(setup->target_socket);
	free(setup->variables);
	free(setup->medium);
	free(setup->tftp);
	free(setup->command_line);
	free(setup->rest);
	free(setup->root);
	free(setup->version);
	free(setup->initrd);
	free(setup->kernel);
	free(setup->vmlinux);
	if (setup->vmlinux_lock >= 0)
		close(setup->vmlinux_lock);
	image_kernel_free(&setup->taken);
	image_close(&setup->image);
	if (setup->messages >= 0)
		close(setup->messages);
	if (setup->directory)
		files_remove_tree(setup->directory);
	if (setup->directory_lock >= 0)
		close(setup->directory_lock);
	free(setup->directory);
}
