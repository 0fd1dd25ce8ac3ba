#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash offers: completes.bash WORD... where the last one is being typed; a line each.
set -eu
. tools/completion/etherroot.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_etherroot
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
