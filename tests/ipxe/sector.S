/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The smallest boot loader that a BIOS can start: says on the serial port (0x3f8) that it was. */
	.code16
	.globl _start
_start:
	xorw	%ax, %ax
	movw	%ax, %ds
	cld
	movw	$text, %si
	movw	$0x3f8, %dx
next:
	lodsb
	testb	%al, %al
	jz	end
	outb	%al, %dx
	jmp	next
end:
	hlt
	jmp	end
text:
	.asciz	"\r\nsector: the disk is started\r\n"
	.org	510
	.word	0xaa55
