#!/usr/bin/env zsh
# SPDX-License-Identifier: GPL-2.0-or-later
# What zsh's completion asks zsh to offer: completes.zsh WORD... where the last one is being typed; a line
# each, "files" and its like for what zsh finds out itself.
compadd() { print -l -- ${(P)2} }
_files() { print files $@ }
_net_interfaces() { print interfaces }
_message() { print message }
words=("$@")
CURRENT=$#words
fpath=(tools/completion $fpath)
autoload -U _etherroot
_etherroot
