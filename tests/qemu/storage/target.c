/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target alone, linked statically: for a storage machine that has no libraries. */
#include "tools/serve/serve.h"

int main(int argc, char **argv)
{
	return serve_main(argc, argv);
}
