/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest kernel that iPXE can start (Multiboot 0.6.96): says its command line and what came
 * with it on the serial port. So a test of the script waits for no Linux.
 *
 *   cc -m32 -ffreestanding ... -Wl,-Ttext=0x100000
 */
#include <stdint.h>

enum { MAGIC = 0x1badb002, COM1 = 0x3f8, READY = 0x20 };

/* As the specification lays them out; 12 bytes of header near the beginning of the file. */
__attribute__((section(".text.header"), used)) static const uint32_t header[3] = {MAGIC, 0,
                                                                                  0u - MAGIC};

struct multiboot {
	uint32_t flags, lower, upper, device;
	uint32_t command_line;
	uint32_t module_count, modules;
};

struct module {
	uint32_t begin, end, name, reserved;
};

static void print_character(char c)
{
	uint8_t status;

	do
		__asm__ volatile("inb %w1, %0" : "=a"(status) : "Nd"(COM1 + 5));
	while (!(status & READY));
	__asm__ volatile("outb %0, %w1" : : "a"(c), "Nd"(COM1));
}

static void print(const char *text)
{
	while (*text)
		print_character(*text++);
}

static void print_number(uint32_t number)
{
	if (number >= 10)
		print_number(number / 10);
	print_character((char)('0' + number % 10));
}

__attribute__((used)) static void run(const struct multiboot *info)
{
	const struct module *modules = (const struct module *)info->modules;

	print("\r\nkernel: ");
	print((const char *)info->command_line);
	for (uint32_t i = 0; i < info->module_count; i++) {
		print("\r\nmodule: ");
		print((const char *)modules[i].name);
		print(", bytes: ");
		print_number(modules[i].end - modules[i].begin);
	}
	print("\r\nkernel: end\r\n");
	for (;;)
		__asm__ volatile("hlt");
}

/* The loader leaves the address of its information in ebx, and no stack. */
__asm__(".globl _start\n_start:\n\tmovl $0x90000, %esp\n\tpushl %ebx\n\tcall run\n");
