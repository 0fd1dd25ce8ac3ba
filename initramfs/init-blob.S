/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The init, carried inside the command: INIT_FILE is its path at build time. */
	.section .rodata
	.balign 16
	.globl init_blob_start
	.globl init_blob_end
init_blob_start:
	.incbin INIT_FILE
init_blob_end:
	.section .note.GNU-stack, "", %progbits
