// SPDX-License-Identifier: BSD-3-Clause
// Messages to the operator.
// Neighbours: mw_log.h; app/ sets hook and level before it starts threads.
#include "mw_log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "mw_text.h"

#define MESSAGE_BYTES 2048

static void to_stderr(enum mw_log_level level, const char *message)
{
	static const char *const names[] = {"error: ", "warning: ", "", "debug: "};

	fprintf(stderr, "midwatch: %s%s\n", names[level], message);
}

static mw_log_hook *_Atomic log_hook = to_stderr;
static _Atomic int log_level = MW_LOG_NOTICE; // written by the operator's thread, read by all cold paths

void mw_log_set_hook(mw_log_hook *hook)
{
	atomic_store(&log_hook, hook == NULL ? to_stderr : hook);
}

void mw_log_set_level(enum mw_log_level level)
{
	atomic_store(&log_level, (int)level);
}

// Control bytes could move the cursor of a terminal; bytes of UTF-8 stay, paths may have them.
static void add_without_controls(struct mw_text *text, const char *chars)
{
	for (; *chars != '\0'; chars++) {
		unsigned char byte = (unsigned char)*chars;

		if (byte < 0x20 || byte == 0x7f)
			mw_text_add(text, "\\x%02x", byte);
		else
			mw_text_add_chars(text, chars, 1);
	}
}

void mw_log(enum mw_log_level level, const char *format, ...)
{
	char raw[MESSAGE_BYTES];
	char message[MESSAGE_BYTES];
	struct mw_text text = mw_text_in(message, sizeof(message));
	va_list args;
	int len;

	if ((int)level > atomic_load(&log_level))
		return;
	va_start(args, format);
	len = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (len < 0)
		raw[0] = '\0';
	add_without_controls(&text, raw);
	if (text.cut || len >= (int)sizeof(raw)) {
		text.len_bytes = MW_MIN(text.len_bytes, sizeof(message) - 4);
		mw_text_add(&text, "...");
	}
	atomic_load (&log_hook)(level, message);
}
