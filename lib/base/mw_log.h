// SPDX-License-Identifier: BSD-3-Clause
// What the program says to its operator: one line a message, to a hook that app/ sets (standard error by default).
// Neighbours: cold paths everywhere. Any thread may call mw_log, but a worker never does.
#ifndef MW_LOG_H
#define MW_LOG_H

#include "mw_base.h"

enum mw_log_level { MW_LOG_ERROR, MW_LOG_WARNING, MW_LOG_NOTICE, MW_LOG_DEBUG };

/** Receives each whole message without newline; may be called from any thread that is not a worker. */
typedef void mw_log_hook(enum mw_log_level level, const char *message);

/** Sets the hook; NULL restores standard error. Call before other threads exist. */
void mw_log_set_hook(mw_log_hook *hook);

/** Messages above level are dropped; the default is MW_LOG_NOTICE. Any thread, at any time. */
void mw_log_set_level(enum mw_log_level level);

/** Logs one message, cut to 2047 bytes; control bytes in it are escaped as \xNN. */
void mw_log(enum mw_log_level level, const char *format, ...) MW_PRINTF(2, 3);

#define mw_log_error(...)   mw_log(MW_LOG_ERROR, __VA_ARGS__)
#define mw_log_warning(...) mw_log(MW_LOG_WARNING, __VA_ARGS__)
#define mw_log_notice(...)  mw_log(MW_LOG_NOTICE, __VA_ARGS__)

#endif
