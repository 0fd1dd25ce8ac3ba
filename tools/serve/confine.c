/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target may ask the kernel for once it serves. It is what tests/protocol/test_sandbox.sh
 * sees it and the C library ask for, and what they ask for when memory, a disk or a LAN is in
 * trouble. There is no way from it to another program, user, namespace, mount or module, to memory
 * that is both written and run, and to a second io_uring: the kernel carries out what is put into a
 * ring without asking this filter, and the first one carries out what it was restricted to.
 */
#include "tools/serve/confine.h"

#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A call that is allowed if `argument`, the first being 0, has `value` in the bits of `mask`. */
struct permit {
	int call;
	unsigned int argument;
	uint64_t mask; /* 0: whatever it has */
	uint64_t value;
};

#define INT_BITS UINT64_C(0xffffffff)

#define CALL(name)                                                                                 \
	{                                                                                          \
		SCMP_SYS(name), 0, 0, 0                                                            \
	}
#define CALL_IF(name, argument, mask, value)                                                       \
	{                                                                                          \
		SCMP_SYS(name), (argument), (mask), (value)                                        \
	}

static const struct permit permits[] = {
        /* files */
        CALL(open),
        CALL(openat),
        CALL(close),
        CALL(read),
        CALL(readv),
        CALL(pread64),
        CALL(preadv),
        CALL(preadv2),
        CALL(write),
        CALL(writev),
        CALL(pwrite64),
        CALL(pwritev),
        CALL(pwritev2),
        CALL(lseek),
        CALL(fsync),
        CALL(fdatasync),
        CALL(sync_file_range),
        CALL(ftruncate),
        CALL(fallocate),
        CALL(fadvise64),
        CALL(flock),
        CALL(fcntl),
        CALL(dup),
        CALL_IF(ioctl, 1, INT_BITS, BLKGETSIZE64),
        CALL_IF(ioctl, 1, INT_BITS, BLKSSZGET),
        CALL_IF(ioctl, 1, INT_BITS, TCGETS),
        CALL_IF(ioctl, 1, INT_BITS, SIOCGIFHWADDR),
        CALL_IF(ioctl, 1, INT_BITS, SIOCGIFFLAGS),

        /* their names */
        CALL(access),
        CALL(faccessat),
        CALL(faccessat2),
        CALL(stat),
        CALL(lstat),
        CALL(fstat),
        CALL(newfstatat),
        CALL(statx),
        CALL(statfs),
        CALL(fstatfs),
        CALL(getcwd),
        CALL(getdents64),
        CALL(readlink),
        CALL(readlinkat),
        CALL(link),
        CALL(linkat),
        CALL(rename),
        CALL(renameat),
        CALL(renameat2),
        CALL(unlink),
        CALL(unlinkat),
        CALL(fchmod),
        CALL(umask),

        /* LANs and whoever asks */
        CALL_IF(socket, 0, INT_BITS, AF_PACKET),
        CALL_IF(socket, 0, INT_BITS, AF_NETLINK),
        CALL_IF(socket, 0, INT_BITS, AF_UNIX),
        CALL(bind),
        CALL(connect),
        CALL(listen),
        CALL(accept4),
        CALL(getsockname),
        CALL(getsockopt),
        CALL(setsockopt),
        CALL(recvfrom),
        CALL(recvmsg),
        CALL(recvmmsg),
        CALL(sendto),
        CALL(sendmsg),
        CALL(sendmmsg),
        CALL(shutdown),

        /* the loop */
        CALL(epoll_create1),
        CALL(epoll_ctl),
        CALL(epoll_wait),
        CALL(epoll_pwait),
        CALL(poll),
        CALL(ppoll),
        CALL(eventfd2),
        CALL(pipe2),
        CALL(timerfd_create),
        CALL(timerfd_settime),
        CALL(io_uring_enter),
        CALL(clock_getres),
        CALL(clock_gettime),
        CALL(clock_nanosleep),
        CALL(gettimeofday),
        CALL(nanosleep),
        CALL(time),
        CALL(restart_syscall),

        /* memory */
        CALL(brk),
        CALL(madvise),
        CALL_IF(mmap, 2, PROT_EXEC, 0),
        CALL_IF(mprotect, 2, PROT_EXEC, 0),
        CALL(mremap),
        CALL(munmap),

        /* threads, and the process's own state */
        CALL_IF(clone, 0, CLONE_THREAD, CLONE_THREAD),
        CALL(clone3), /* fails: see hide_clone3 */
        CALL(exit),
        CALL(exit_group),
        CALL(futex),
        CALL(getegid),
        CALL(geteuid),
        CALL(getgid),
        CALL(getpid),
        CALL(getppid),
        CALL(getrandom),
        CALL(getrusage),
        CALL(gettid),
        CALL(getuid),
        CALL_IF(prlimit64, 0, INT_BITS, 0),
        CALL(rseq),
        CALL(rt_sigaction),
        CALL(rt_sigprocmask),
        CALL(rt_sigreturn),
        CALL(sched_getaffinity),
        CALL(sched_yield),
        CALL(set_robust_list),
        CALL(sigaltstack),
        CALL(sysinfo),
        CALL(uname),
};

/* What LeakSanitizer does at the end. */
static const struct permit permits_to_look[] = {
        CALL(clone), CALL(getdents), CALL(kill), CALL(pipe), CALL(prctl), CALL(ptrace), CALL(wait4),
};

static int permit(scmp_filter_ctx filter, const struct permit *p)
{
	const struct scmp_arg_cmp condition = {
	        .arg = p->argument,
	        .op = SCMP_CMP_MASKED_EQ,
	        .datum_a = p->mask,
	        .datum_b = p->value,
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, p->call, p->mask ? 1 : 0, &condition);
}

static int permit_all(scmp_filter_ctx filter, const struct permit *list, size_t count)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = permit(filter, &list[i]);
	return rc;
}

/* abort(3) does it; other processes of the same user are left alone. */
static int permit_own_signals(scmp_filter_ctx filter)
{
	const struct permit own = CALL_IF(tgkill, 0, INT_BITS, (uint64_t)getpid());

	return permit(filter, &own);
}

static int refuse_programs(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0);

	if (!rc)
		rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0);
	return rc;
}

static int fill_in(scmp_filter_ctx filter, bool traced)
{
	int rc = permit_all(filter, permits, sizeof(permits) / sizeof(*permits));

	if (!rc && traced)
		rc = permit_all(filter, permits_to_look,
		                sizeof(permits_to_look) / sizeof(*permits_to_look));
	if (!rc)
		rc = permit_own_signals(filter);
	if (!rc)
		rc = refuse_programs(filter);
	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	return rc;
}

/*
 * What it is to do is in memory, where no filter looks. The C library starts threads without it
 * where it is not there. It is in a filter of its own since that is nothing for the log.
 */
static int hide_clone3(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Takes the filter. */
static int load(scmp_filter_ctx filter, int rc)
{
	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

int confine(bool traced)
{
	scmp_filter_ctx refusing = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	scmp_filter_ctx hiding = seccomp_init(SCMP_ACT_ALLOW);
	int rc = refusing && hiding ? 0 : -ENOMEM;

	rc = load(hiding, rc ? rc : hide_clone3(hiding));
	return load(refusing, rc ? rc : fill_in(refusing, traced));
}
