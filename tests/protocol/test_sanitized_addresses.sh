#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The target as a process of its own under AddressSanitizer, LeakSanitizer and UBSan, while the tests
# talk to it. (Those of hostile frames have no other.)
. tests/protocol/sanitized.sh

sanitized "$build/san/etherroot" test_serve_commands test_serve_admin test_serve_layers \
	test_serve_layers_kept test_serve_life test_serve_trouble test_serve_usage test_serve_control test_raw.sh
