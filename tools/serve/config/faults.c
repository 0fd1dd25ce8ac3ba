/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/faults.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"

enum {
	READ = 1U << STORE_READ,
	WRITE = 1U << STORE_WRITE,
	SYNC = 1U << STORE_SYNC,
	WORDS_MAX = 3,
	WORD_MAX = 24, /* bytes with its end; none that there is comes near */
};

/* A fault's words, which colons stand between. */
struct words {
	char word[WORDS_MAX][WORD_MAX];
	size_t count, next;
};

static const struct {
	const char *name;
	enum fault_effect effect;
	unsigned int operations; /* that it can be about */
	int error;
} effects[] = {
        {"delay", FAULT_DELAY, READ | WRITE | SYNC, 0},
        {"hang", FAULT_HANG, READ | WRITE | SYNC, 0},
        {"error", FAULT_ERROR, READ | WRITE | SYNC, -EIO},
        {"flip", FAULT_FLIP, READ | WRITE, 0},
        {"enospc", FAULT_ERROR, WRITE, -ENOSPC},
};

/* What storage is known to fail with. */
static const struct {
	const char *name;
	int error;
} errors[] = {
        {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},   {"EFBIG", EFBIG},
        {"EROFS", EROFS},   {"ENODEV", ENODEV}, {"ENXIO", ENXIO},     {"ENODATA", ENODATA},
        {"EILSEQ", EILSEQ}, {"ENOMEM", ENOMEM}, {"ENOLINK", ENOLINK}, {"ETIMEDOUT", ETIMEDOUT},
        {"ESTALE", ESTALE},
};

/* Returns false if there are too many, or one is too long. */
static bool split(const char *text, size_t length, struct words *words)
{
	*words = (struct words){.count = 1};
	for (size_t i = 0, used = 0; i < length; i++) {
		if (text[i] == ':') {
			used = 0;
			if (++words->count > WORDS_MAX)
				return false;
			continue;
		}
		if (used == WORD_MAX - 1)
			return false;
		words->word[words->count - 1][used++] = text[i];
	}
	return true;
}

static const char *peek(const struct words *words)
{
	return words->next < words->count ? words->word[words->next] : NULL;
}

/* A number without sign or base, at the beginning of text. Returns what follows it, or NULL. */
static const char *read_number(const char *text, unsigned long high, unsigned long *number)
{
	size_t length = strspn(text, "0123456789");
	char digits[WORD_MAX];

	snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
	/* cli_number takes 0x too, which cannot be here. */
	return !length || cli_number(digits, 0, high, number) ? NULL : text + length;
}

static bool read_time(const char *word, unsigned int *milliseconds)
{
	unsigned long number;
	const char *unit = read_number(word, FAULT_DELAY_MAX * 1000UL, &number);

	if (!unit)
		return false;
	if (!strcmp(unit, "s"))
		number = number > FAULT_DELAY_MAX ? 0 : number * 1000;
	else if (strcmp(unit, "ms") != 0)
		return false;
	*milliseconds = (unsigned int)number;
	return number;
}

/* 12.5%: at most four digits behind the point are as fine as a share goes. */
static bool read_share(const char *word, unsigned int *share)
{
	unsigned long whole, part = 0;
	const char *rest = read_number(word, 100, &whole);
	size_t digits = 0;

	if (rest && *rest == '.') {
		digits = strspn(++rest, "0123456789");
		rest = digits <= 4 ? read_number(rest, 9999, &part) : NULL;
	}
	if (!rest || strcmp(rest, "%") != 0)
		return false;
	for (; digits < 4; digits++)
		part *= 10;
	*share = (unsigned int)(whole * 10000 + part);
	return *share && *share <= FAULT_ALWAYS;
}

static bool read_error(const char *word, int *error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(word, errors[i].name) != 0)
			continue;
		*error = -errors[i].error;
		return true;
	}
	return false;
}

/* read- and so on, and then one of the effects that go with it. */
static bool read_name(const char *word, struct fault_rule *rule)
{
	static const struct {
		const char *name;
		unsigned int operation;
	} operations[] = {{"read-", READ}, {"write-", WRITE}, {"sync-", SYNC}};
	unsigned int only = READ | WRITE | SYNC;
	bool plain = true;

	for (size_t i = 0; plain && i < sizeof(operations) / sizeof(operations[0]); i++) {
		size_t length = strlen(operations[i].name);

		if (strncmp(word, operations[i].name, length) != 0)
			continue;
		word += length;
		only = operations[i].operation;
		plain = false;
	}
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		/* enospc is about writes as it is. */
		if (strcmp(word, effects[i].name) != 0 || !(effects[i].operations & only) ||
		    (!plain && effects[i].operations == WRITE))
			continue;
		rule->effect = effects[i].effect;
		rule->operations = effects[i].operations & only;
		rule->error = effects[i].error;
		return true;
	}
	return false;
}

static bool takes_an_errno(const struct words *words)
{
	return peek(words) && isalpha((unsigned char)*peek(words)) &&
	       strcmp(words->word[0], "enospc") != 0;
}

static int read_rule(struct words *words, struct fault_rule *rule, struct why *why)
{
	const char *name = words->word[words->next++];

	*rule = (struct fault_rule){.share = FAULT_ALWAYS};
	if (!read_name(name, rule))
		return why_set(why, -EINVAL,
		               "'%s': there are delay:TIME, hang, error[:ERRNO] and flip, each for "
		               "all requests or as read-, write- and sync-; enospc; seed:NUMBER; "
		               "and none",
		               name);
	if (rule->effect == FAULT_DELAY &&
	    !(peek(words) && read_time(words->word[words->next++], &rule->delay)))
		return why_set(why, -EINVAL,
		               "'%s': needs a time, like %s:10ms or %s:2s, up to an "
		               "hour",
		               name, name, name);
	if (rule->effect == FAULT_ERROR && takes_an_errno(words) &&
	    !read_error(words->word[words->next++], &rule->error))
		return why_set(why, -EINVAL,
		               "'%s': not an error that storage has, like EIO, ENOSPC or ETIMEDOUT",
		               words->word[words->next - 1]);
	if (peek(words) && !read_share(words->word[words->next++], &rule->share))
		return why_set(why, -EINVAL, "'%s': not a share of the requests, like 5%% or 0.1%%",
		               words->word[words->next - 1]);
	if (peek(words))
		return why_set(why, -EINVAL, "'%s': takes nothing more", name);
	return 0;
}

static int read_seed(const struct words *words, struct fault_rules *rules, struct why *why)
{
	unsigned long seed;
	const char *rest = words->count == 2 ? read_number(words->word[1], ULONG_MAX, &seed) : NULL;

	if (!rest || *rest)
		return why_set(why, -EINVAL, "seed: needs a number, like seed:7");
	rules->seed = seed;
	return 0;
}

static int read_fault(const char *text, size_t length, struct fault_rules *rules, struct why *why)
{
	struct words words;

	if (!split(text, length, &words))
		return why_set(why, -EINVAL, "'%.*s': not a fault, like write-error:EIO:1%%",
		               (int)(length < 60 ? length : 60), text);
	if (!strcmp(words.word[0], "seed"))
		return read_seed(&words, rules, why);
	if (rules->count == FAULT_RULES_MAX)
		return why_set(why, -EINVAL, "more than %d faults", FAULT_RULES_MAX);
	return read_rule(&words, &rules->list[rules->count++], why);
}

/* What is shown again is what terminals and logs can take. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("-:.%+", *text))
			return false;
	return true;
}

int faults_parse(const char *text, struct fault_rules *rules, struct why *why)
{
	int rc = 0;

	*rules = (struct fault_rules){0};
	if (strlen(text) >= sizeof(rules->text))
		return why_set(why, -EINVAL, "longer than %d bytes", FAULT_TEXT - 1);
	if (!is_plain(text))
		return why_set(why, -EINVAL,
		               "has other characters than a fault, like "
		               "write-error:EIO:1%%");
	if (!strcmp(text, "none"))
		return 0;
	for (const char *p = text; !rc; p++) {
		size_t length = strcspn(p, "+");

		rc = read_fault(p, length, rules, why);
		p += length;
		if (!*p)
			break;
	}
	if (!rc && !rules->count)
		rc = why_set(why, -EINVAL, "'%s': names no fault", text);
	if (rc)
		*rules = (struct fault_rules){0};
	else
		strcpy(rules->text, text);
	return rc;
}
