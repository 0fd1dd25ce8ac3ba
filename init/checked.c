/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/checked.h"

#include <errno.h>

#include "init/mapper.h"
#include "init/verity.h"
#include "tools/base/text.h"

/* Not "root": that may be what a hook has made below. */
static const char NAME[] = "etherroot", MODULE[] = "dm-verity";

/* Where the superblock of the tree is: on a device of its own in front, else behind the data. */
static int read_superblock(const struct cmdline *cmdline, const struct device *root,
                           const struct device *tree, struct verity *verity,
                           struct failure *failure)
{
	uint8_t bytes[VERITY_SUPERBLOCK];
	char place[TEXT_NUMBER];
	const char *problem;
	uint64_t at = 0;
	int rc;

	if (cmdline->verity_is_placed)
		at = cmdline->verity_offset;
	else if (tree == root)
		at = root->superblock.size;
	if (tree == root && !at) {
		failure_set(failure, FAIL_VERITY, root->path,
		            "its file system does not say where it ends", NULL);
		return -EINVAL;
	}
	rc = disk_read(tree->path, bytes, sizeof(bytes), at);
	if (rc == -ENOENT) {
		problem = "it ends before that";
		rc = -EINVAL;
	} else if (rc) {
		problem = report_errno(rc);
	} else {
		rc = verity_parse(bytes, at, verity, &problem);
	}
	if (!rc && tree == root && verity_data_size(verity) > at) {
		problem = "the tree is in the midst of its data";
		rc = -EINVAL;
	}
	if (rc)
		failure_set(failure, FAIL_VERITY, tree->path, "hash tree at byte ",
		            text_decimal(place, at), ": ", problem, NULL);
	return rc;
}

static int map(const struct verity *verity, const struct device *root, const struct device *tree,
               const char *root_hash, struct device *checked, struct failure *failure)
{
	char table[VERITY_TABLE];
	int rc = mapper_create(NAME, "verity",
	                       verity_write_table(verity, root->path, tree->path, root_hash, table),
	                       verity_data_size(verity) / 512, checked->path);

	if (rc)
		failure_set(failure, FAIL_VERITY, root->path, "setting up ", MODULE, " with ",
		            verity->algorithm, ": ", report_errno(rc), NULL);
	return rc;
}

int checked_open(const struct cmdline *cmdline, const struct modules *modules,
                 const struct device devices[DEVICES], struct device *checked,
                 struct failure *failure)
{
	const struct device *root = &devices[DEVICE_ROOT], *tree = &devices[DEVICE_TREE];
	struct verity verity;
	int rc;

	if (!*tree->path)
		tree = root;
	modules_load(modules, MODULE);
	if (!mapper_is_there()) {
		failure_set(failure, FAIL_NOMODULE, MODULE,
		            "not in this image (etherroot initrd --verity) for kernel ",
		            modules_kernel(), NULL);
		return -ENODEV;
	}
	rc = read_superblock(cmdline, root, tree, &verity, failure);
	if (rc)
		return rc;
	rc = map(&verity, root, tree, cmdline->root_hash, checked, failure);
	if (rc)
		return rc;
	/* What was read before was not checked. */
	rc = disk_identify(checked->path, &checked->superblock);
	if (!rc || rc == -ENOENT) {
		report_stage("verity", root->path, " as ", checked->path, ", ", verity.algorithm,
		             NULL);
		return 0;
	}
	failure_set(failure, rc == -EIO ? FAIL_IO : FAIL_NOFS, checked->path, report_errno(rc),
	            NULL);
	return checked_explain(root, rc, failure);
}

int checked_explain(const struct device *root, int rc, struct failure *failure)
{
	/* "V" or "C": valid so far, or corrupted (verity_status in drivers/md/dm-verity-target.c)
	 */
	if (mapper_status(NAME) != 'C')
		return rc;
	failure_set(failure, FAIL_ROOTHASH, root->path,
	            "what was read does not match roothash=", NULL);
	return -EBADMSG;
}

void checked_close(void)
{
	mapper_remove(NAME);
}
