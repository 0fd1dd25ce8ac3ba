#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The walk of the README with a workstation that has UEFI.
FIRMWARE=uefi exec tests/qemu/readme-walk.sh
