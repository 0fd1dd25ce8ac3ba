#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The walk of the README with a workstation that runs Debian 12.
RELEASE=12 exec tests/qemu/readme-walk.sh
