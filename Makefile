# SPDX-License-Identifier: GPL-2.0-or-later
# make boot    a diskless Debian, from nothing to its login prompt
# make test    the same set-up from nothing, then all tests (test-all adds the slow ones)
# make fuzz TARGET=protocol SECONDS=600   more of one fuzz target than the tests have time for
# make mutants breaks the code line by line, and sees whether a test notices
# make coverage  the lines that the tests reach, folder by folder
# make bench   the tables of measurements: the boot against initramfs-tools, a local disk and an NBD
#              root; what memory a machine takes and what trouble costs it; each way to start against a
#              local disk with GRUB; the target against vblade, fio, NBD and iSCSI (make bench-target:
#              only that)
# make         builds build/etherroot (the command) and build/init (the initramfs's PID 1)
# make install PREFIX=/usr DESTDIR=...
# make dist    the source as a tarball, with its checksum, in build/dist
# make deb     packages for this release of Debian, in build/deb (needs dpkg-dev and debhelper)

VERSION := 0.1.0
BUILD   := build
PREFIX  ?= /usr/local
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
# Pacemaker looks for agents in one place alone, whatever the prefix within /usr.
OCF     ?= $(if $(filter /usr /usr/%,$(PREFIX)),/usr,$(PREFIX))/lib/ocf
CC      ?= gcc
MUSL_CC ?= musl-gcc

# V=1 shows the commands.
V   ?=
Q := $(if $(V),,@)
SAY = @$(if $(V),true,echo "  $(1)  $(2)")

# Processors to build with when nobody said -j.
JOBS := $(shell nproc)

# The target `packages` lists and installs what is missing; what follows it may then rely on them.
ENTRY   := packages boot test test-all fuzz mutants coverage bench bench-target
GOALS   := $(filter-out packages,$(filter $(ENTRY),$(MAKECMDGOALS)))
SECTION := $(if $(filter 1,$(words $(GOALS))),$(if $(filter test-all fuzz mutants,$(GOALS)),test,$(GOALS:bench-target=bench)),all)

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
           -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Werror
LIBS    := libkmod libarchive libzstd liblzma zlib libelf liburing libseccomp blkid ext2fs com_err

CFLAGS       ?= -O2 -g
HOST_CFLAGS   = -std=gnu11 $(WARN) -I. -D_GNU_SOURCE -DETHERROOT_VERSION='"$(VERSION)"' \
                -D_FILE_OFFSET_BITS=64 -fno-common $(LIB_CFLAGS)
ifeq ($(filter $(ENTRY) clean dist deb,$(MAKECMDGOALS)),)
LIB_CFLAGS   := $(shell pkg-config --cflags $(LIBS))
LIB_LDLIBS   := $(shell pkg-config --libs $(LIBS))
endif

# ---- the command -----------------------------------------------------------------------------
HOST_DIRS := tools $(patsubst %/,%,$(wildcard tools/*/ tools/*/*/)) initramfs ipxe images
HOST_SRC  := $(foreach d,$(HOST_DIRS),$(wildcard $(d)/*.c $(d)/*.S))
HOST_OBJ  := $(patsubst %,$(BUILD)/host/%.o,$(basename $(HOST_SRC)))

# ---- the init --------------------------------------------------------------------------------
# What the init and the command both stand on is built for each: pure, without stdio or malloc.
SHARED_SRC  := $(wildcard tools/base/*.c) $(wildcard tools/aoe/*.c)
INIT_SRC    := $(wildcard init/*.c) $(SHARED_SRC)
INIT_OBJ    := $(patsubst %.c,$(BUILD)/musl/%.o,$(INIT_SRC))
MULTIARCH   := $(shell $(CC) -print-multiarch 2>/dev/null)
INIT_CFLAGS := -std=gnu11 $(WARN) -I. -D_GNU_SOURCE -DETHERROOT_VERSION='"$(VERSION)"' -Oz \
               -isystem $(BUILD)/uapi -fno-common -ffunction-sections -fdata-sections \
               -fno-asynchronous-unwind-tables -fno-stack-protector -fno-pie -flto \
               -fno-inline-functions-called-once -malign-data=abi -mgeneral-regs-only -fno-caller-saves
INIT_LDFLAGS := -static -no-pie -s -flto -flto-partition=one -Oz -Wl,--gc-sections -Wl,-z,norelro -Wl,--build-id=none \
                -Wl,-z,noseparate-code -Wl,--hash-style=gnu \
                -Wl,-z,common-page-size=16 # the data begins in the page that the code ends in

# ---- the tests' copy of everything, as host code under the sanitizers ---------------------------
SAN        := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_SRC    := $(filter-out %.S tools/etherroot.c init/main.c,$(sort $(HOST_SRC) $(INIT_SRC)))
PATH_OBJ   := $(patsubst %.c,$(BUILD)/host/%.o,$(wildcard tools/lan/*.c tools/aoe/*.c tools/base/*.c) \
              tools/serve/wire/frame.c tools/serve/wire/protocol.c)
SAN_OBJ    := $(patsubst %.c,$(BUILD)/san/%.o,$(SAN_SRC))
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c tests/protocol/test_*.c))
UNIT_AIDS  := $(patsubst %.c,$(BUILD)/san/%.o,$(filter-out tests/unit/test_% tests/protocol/test_%, \
              $(wildcard tests/unit/*.c tests/protocol/*.c)))

# ---- and as fuzz targets: libFuzzer of compiler-rt, with gcc's coverage (tests/fuzz/coverage.c) ----
# Comparisons are calls, so that the fuzzer learns what is compared with.
FUZZ_CFLAGS  := $(SAN) -fsanitize-coverage=trace-pc,trace-cmp \
                $(patsubst %,-fno-builtin-%,memcmp strcmp strncmp strstr memmem)
FUZZ_ENGINE  := $(lastword $(sort \
                $(wildcard /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-$(shell uname -m).a)))
FUZZ_OBJ     := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(SAN_SRC))
FUZZ_AIDS    := $(patsubst %.c,$(BUILD)/san/%.o,$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

# ---- the target alone, static, for a machine in QEMU with nothing else on it ---------------------
TARGET_DIRS := tools/base tools/host tools/cli tools/aoe tools/lan tools/serve
TARGET_OBJ  := $(filter $(foreach d,$(TARGET_DIRS),$(BUILD)/host/$(d)/%),$(HOST_OBJ)) \
               $(BUILD)/host/tests/qemu/storage/target.o

# ---- what writes in a machine in QEMU that has nothing else either --------------------------------
WRITER_OBJ  := $(filter $(BUILD)/host/tools/cli/%,$(HOST_OBJ)) $(filter $(BUILD)/host/tools/base/%,$(HOST_OBJ)) \
               $(patsubst %,$(BUILD)/host/%.o,tests/qemu/pair/writer tools/aoe/address \
               tools/bench/ledger tools/bench/stamp tools/bench/pattern)

# ---- and what has threads, or talks to it, under the thread sanitizer ----------------------------
TSAN     := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
TSAN_OBJ := $(patsubst $(BUILD)/host/%,$(BUILD)/tsan/%,$(filter $(foreach d,$(TARGET_DIRS) tools/survey tools/discover,\
            $(BUILD)/host/$(d)/%),$(HOST_OBJ))) $(BUILD)/tsan/tests/threads/etherroot.o

# ---- what lies beside the command: scripts it runs, services, manual pages -------------------------
SCRIPTS  := $(wildcard images/*.sh initramfs/*.sh)
BUILT_SCRIPTS := $(addprefix $(BUILD)/lib/etherroot/,$(notdir $(SCRIPTS)))
UNITS    := $(wildcard tools/*/*.service tools/*/*.timer)
MANUAL   := $(foreach d,init $(HOST_DIRS),$(wildcard $(d)/*.[1578]))

.PHONY: all boot test test-all fuzz mutants coverage bench bench-target packages install clean dist deb unit-tests
all: $(BUILD)/etherroot $(BUILD)/etherroot-vblade $(BUILD)/init $(BUILT_SCRIPTS)

packages:
	@tools/packages.sh $(SECTION)

# Each of these is run again by make once the packages are there, so that pkg-config answers.
boot: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@tools/make-boot.sh

test: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) all unit-tests
	@tests/run

test-all: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) all unit-tests
	@tests/run --all

# TARGET is a file tests/fuzz/fuzz_TARGET.c.
fuzz: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(FUZZ_TARGETS)
	@tests/fuzz/run '$(TARGET)' '$(SECONDS)'

# Breaks the code, one line at a time, and sees whether a test notices; takes a while.
mutants: packages
	@tests/mutants/run

coverage: packages
	@tests/coverage

bench: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) all $(BUILD)/tests/qemu/wire
	@status=0; for part in run init ways target; do tests/bench/$$part || status=1; done; exit $$status

bench-target: packages
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@tests/bench/target

unit-tests: $(UNIT_TESTS) $(FUZZ_TARGETS) $(BUILD)/tests/qemu/target $(BUILD)/tests/qemu/mute $(BUILD)/tests/qemu/wire $(BUILD)/tests/qemu/switch $(BUILD)/tests/qemu/pair/writer \
            $(BUILD)/tests/hostile/noise \
            $(foreach d,san tsan,$(BUILD)/$(d)/etherroot $(BUILD)/$(d)/etherroot-vblade)

$(BUILD)/etherroot: $(HOST_OBJ)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

$(BUILD)/tests/qemu/target: $(TARGET_OBJ)
	@mkdir -p $(@D)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^ $(filter -luring -lseccomp,$(LIB_LDLIBS))

$(BUILD)/tests/qemu/pair/writer: $(WRITER_OBJ)
	@mkdir -p $(@D)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^

$(BUILD)/etherroot-vblade $(BUILD)/san/etherroot-vblade $(BUILD)/tsan/etherroot-vblade:
	@mkdir -p $(@D)
	$(Q)ln -sfn etherroot $@

$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC  ,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# The init travels inside the command, so that `etherroot initrd` needs no second file.
$(BUILD)/host/%.o: %.S $(BUILD)/init
	@mkdir -p $(@D)
	$(call SAY,AS  ,$@)
	$(Q)$(CC) -DINIT_FILE='"$(BUILD)/init"' -c -o $@ $<

$(BUILD)/init: $(INIT_OBJ)
	$(call SAY,LINK,$@)
	$(Q)$(MUSL_CC) $(INIT_LDFLAGS) -o $@ $^

$(BUILD)/musl/%.o: %.c | $(BUILD)/uapi
	@mkdir -p $(@D)
	$(call SAY,MUSL,$@)
	$(Q)$(MUSL_CC) $(INIT_CFLAGS) -MMD -MP -c -o $@ $<

# The kernel's own headers for the musl compiler, and nothing else of the host's C library.
$(BUILD)/uapi:
	@mkdir -p $@
	$(Q)ln -sfn /usr/include/linux $@/linux
	$(Q)ln -sfn /usr/include/asm-generic $@/asm-generic
	$(Q)ln -sfn /usr/include/$(MULTIARCH)/asm $@/asm

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,SAN ,$@)
	$(Q)$(CC) $(SAN) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/san/code.a: $(SAN_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcsP $@ $^

# The command as a whole under the sanitizers, for the tests that talk to it as it runs.
$(BUILD)/san/etherroot: $(BUILD)/san/tools/etherroot.o $(BUILD)/san/code.a \
		$(BUILD)/host/initramfs/init-blob.o
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(SAN) -o $@ $^ $(LIB_LDLIBS)

$(BUILD)/tsan/etherroot: $(TSAN_OBJ)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(TSAN) -o $@ $^ $(LIB_LDLIBS)

$(BUILD)/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,TSAN,$@)
	$(Q)$(CC) $(TSAN) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/san/tests/%.o $(UNIT_AIDS) $(BUILD)/san/code.a
	@mkdir -p $(@D)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(SAN) -o $@ $^ $(LIB_LDLIBS) -lcmocka

# What a packet socket costs, and what AF_XDP would: measured by tests/bench/target --only path.
$(BUILD)/tests/bench/path: tests/bench/path.c $(PATH_OBJ)
	@mkdir -p $(@D)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(HOST_CFLAGS) -o $@ $^

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,FUZZ,$@)
	$(Q)$(CC) $(FUZZ_CFLAGS) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/code.a: $(FUZZ_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcsP $@ $^

# Exported symbols: the sanitizers' runtime finds libFuzzer's hooks by them. No PIE: the same place
# in the code is the same counter in every run.
$(BUILD)/tests/fuzz/%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_AIDS) $(BUILD)/fuzz/code.a
	@mkdir -p $(@D)
	$(call SAY,LINK,$@)
	$(Q)$(CC) $(SAN) -no-pie -rdynamic -Wl,--wrap=__sanitizer_cov_trace_pc -o $@ $^ \
		$(FUZZ_ENGINE) -l:libstdc++.so.6 -lm $(LIB_LDLIBS)

vpath %.sh images initramfs
$(BUILD)/lib/etherroot/%: %
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/etherroot
	install -m 755 $(BUILD)/etherroot $(DESTDIR)$(PREFIX)/bin/etherroot
	ln -sfn etherroot $(DESTDIR)$(PREFIX)/bin/etherroot-vblade
	install -m 755 $(BUILD)/init $(DESTDIR)$(PREFIX)/lib/etherroot/etherroot-init
	set -e; for script in $(SCRIPTS); do \
		mode=644; [ ! -x $$script ] || mode=755; \
		install -m $$mode $$script $(DESTDIR)$(PREFIX)/lib/etherroot/; \
	done
	install -D -m 755 tools/publish/trial.sh $(DESTDIR)$(PREFIX)/lib/etherroot/trial/cgi-bin/trial
	install -d $(DESTDIR)$(OCF)/resource.d/etherroot
	sed 's,@PREFIX@,$(PREFIX),' tools/pair/export >$(DESTDIR)$(OCF)/resource.d/etherroot/export
	chmod 755 $(DESTDIR)$(OCF)/resource.d/etherroot/export
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d
	set -e; for unit in $(UNITS); do \
		sed 's,@PREFIX@,$(PREFIX),' $$unit \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
		chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
	done
	install -m 644 tools/serve/etherroot.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/etherroot.conf
	set -e; for page in $(MANUAL); do \
		install -D -m 644 $$page \
			$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	done

	install -D -m 644 tools/completion/etherroot.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/etherroot
	install -D -m 644 tools/completion/_etherroot $(DESTDIR)$(ZSH_COMPLETIONS)/_etherroot

dist:
	@tools/packaging/dist.sh $(VERSION) $(BUILD)/dist
	$(call SAY,DIST,$(BUILD)/dist/etherroot-$(VERSION).tar.xz)

deb: dist
	@tools/packaging/deb.sh $(VERSION) $(BUILD)/dist $(BUILD)/deb

clean:
	rm -rf $(BUILD)

-include $(patsubst %.o,%.d,$(HOST_OBJ) $(TARGET_OBJ) $(WRITER_OBJ) $(INIT_OBJ) $(SAN_OBJ) $(FUZZ_OBJ) \
           $(BUILD)/san/tools/etherroot.o $(TSAN_OBJ)) \
         $(wildcard $(BUILD)/san/tests/*/*.d $(BUILD)/fuzz/tests/*/*.d)
