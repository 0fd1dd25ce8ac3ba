/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests that run at the same time, for those that do little but wait. */
#ifndef TESTS_PROTOCOL_TOGETHER_H
#define TESTS_PROTOCOL_TOGETHER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Runs each in a process of its own, and then tells of them in their order, as
 * cmocka_run_group_tests does; what a failed one has said is told too. Returns main's status.
 */
int together_run(const struct CMUnitTest *tests, size_t count);

#endif
