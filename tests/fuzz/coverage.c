/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells libFuzzer, which counts as clang's code does, where gcc's code went. gcc calls a function
 * in every basic block (-fsanitize-coverage=trace-pc). libFuzzer has one of that name, which does
 * nothing: the linker's --wrap leads here instead. The comparisons that gcc tells of (trace-cmp)
 * libFuzzer understands as they are. So the compiler and the sanitizers are those of all tests.
 */
#include <stddef.h>
#include <stdint.h>

/* More than the linked code has blocks: two that share a counter hide a little from each other. */
enum { COUNTERS = 1 << 16 };

static uint8_t counters[COUNTERS];

/* libFuzzer's; compiler-rt, include/sanitizer/coverage_interface.h */
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);

void __wrap___sanitizer_cov_trace_pc(void);
void __wrap___sanitizer_cov_trace_pc(void)
{
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);

	counters[(pc ^ pc >> 16) % COUNTERS]++;
}

/* gcc tells of floating-point comparisons as well, which libFuzzer does not know. */
void __sanitizer_cov_trace_cmpf(float a, float b);
void __sanitizer_cov_trace_cmpf(float a, float b)
{
	(void)a, (void)b;
}

void __sanitizer_cov_trace_cmpd(double a, double b);
void __sanitizer_cov_trace_cmpd(double a, double b)
{
	(void)a, (void)b;
}

/* Each sanitizer has a runtime of its own: libFuzzer hears of the end of both by a signal. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1:quarantine_size_mb=16";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

__attribute__((constructor)) static void tell_counters(void)
{
	__sanitizer_cov_8bit_counters_init(counters, counters + COUNTERS);
}
