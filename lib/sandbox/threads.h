// SPDX-License-Identifier: BSD-3-Clause
// The same done by every thread of the process: capabilities and Landlock are a thread's own.
// Neighbours: threads.c. seccomp(2) reaches all threads by itself.
#ifndef MW_SANDBOX_THREADS_H
#define MW_SANDBOX_THREADS_H

/**
 * Has each thread call job, the others in a signal handler, the caller last: job makes system calls and nothing else.
 * Main thread. @return 0, the first -errno of job, or -ETIME: a thread did not answer within half a minute,
 * and may do it later.
 */
int threads_each(int (*job)(const void *context), const void *context);

#endif
