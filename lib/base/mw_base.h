// SPDX-License-Identifier: BSD-3-Clause
// Small words that every folder uses: compiler hints, bounds, array sizes, how many workers there may be.
// Neighbours: the other headers of lib/base. Depends on nothing but the C library.
#ifndef MW_BASE_H
#define MW_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MW_CACHE_LINE_BYTES  64
#define MW_ARRAY_SIZE(a)     (sizeof(a) / sizeof((a)[0]))
#define MW_LIKELY(x)         __builtin_expect(!!(x), 1)
#define MW_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define MW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * The lesser and the greater of two. Each is evaluated once, so that it may be a clock. Two of one type give that type,
 * others what arithmetic makes of them. Within functions alone. Any thread.
 */
#define MW_MIN(a, b) MW_PICK(a, <, b, __COUNTER__)
#define MW_MAX(a, b) MW_PICK(a, >, b, __COUNTER__)

// The number gives names that nothing hides where one stands within another.
#define MW_PICK(a, is, b, number) MW_PICK_NUMBERED(a, is, b, number)
#define MW_PICK_NUMBERED(a, is, b, number)                                                                             \
	__extension__({                                                                                                    \
		typedef MW_TYPE_OF(a, b) mw_type_##number;                                                                     \
		const mw_type_##number mw_a_##number = (a), mw_b_##number = (b);                                               \
		(mw_type_##number)(mw_a_##number is mw_b_##number ? mw_a_##number : mw_b_##number);                            \
	})
#define MW_TYPE_OF(a, b)                                                                                               \
	__typeof__(__builtin_choose_expr(__builtin_types_compatible_p(__typeof__(a), __typeof__(b)), (a), 1 ? (a) : (b)))

/**
 * The same number, of which the compiler knows nothing: what is computed from it stays arithmetic and becomes no
 * branch. For what takes turns at random, and would be guessed wrong every other time. Any thread.
 */
static inline uint64_t mw_unguessed(uint64_t number)
{
	__asm__("" : "+r"(number));
	return number;
}

#define MW_WORKERS_MAX 64 // threads of a run that work on packets

#define MW_NS_PER_SECOND UINT64_C(1000000000)
#define MW_NS_PER_MS     UINT64_C(1000000)
#define MW_NS_PER_US     UINT64_C(1000)

/**
 * Asks for a cache line some time before it is used. GCC takes a function that does nothing else for one without effect
 * and leaves out its calls; the empty statement says that there is one. Any thread.
 */
static inline void mw_fetch_line(const void *at)
{
	__builtin_prefetch(at);
	__asm__ volatile("");
}

/**
 * The same where a whole batch asks at once: into the second cache. The first has sixteen places or less for lines that
 * are on their way, and who asks for more waits. Any thread.
 */
static inline void mw_fetch_line_of_many(const void *at)
{
	__builtin_prefetch(at, 0, 2);
	__asm__ volatile("");
}

/** Fetches all cache lines that a thing touches, wherever it begins. Any thread. */
static inline void mw_prefetch(const void *thing, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const char *)thing + at);
	mw_fetch_line((const char *)thing + bytes - 1);
}

#endif
