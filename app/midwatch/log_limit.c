// SPDX-License-Identifier: BSD-3-Clause
// A bucket a kind; kinds that share one are limited together.
// Neighbours: log_limit.h.
#include "log_limit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mw_log.h"

#define BUCKETS    64u
#define KIND_BYTES 48

struct bucket {
	uint64_t since_ns; // tokens are counted from
	uint32_t used;
	uint64_t left_out;
	char kind[KIND_BYTES]; // of the last line that was left out
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // cold threads alone log
static struct bucket buckets[BUCKETS];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void print(enum mw_log_level level, const char *message)
{
	static const char *const names[] = {"error: ", "warning: ", "", "debug: "};

	fprintf(stderr, "midwatch: %s%s\n", names[level], message);
}

static size_t kind_bytes(const char *message)
{
	return strcspn(message, ":");
}

static struct bucket *bucket_of(const char *message)
{
	uint32_t hash = 2166136261u; // FNV-1a

	for (size_t i = 0; i < kind_bytes(message); i++)
		hash = (hash ^ (uint8_t)message[i]) * 16777619u;
	return &buckets[hash % BUCKETS];
}

static bool take_token(struct bucket *bucket)
{
	uint64_t now = now_ns(), came = (now - bucket->since_ns) / LOG_LIMIT_EVERY_NS;

	if (came > 0) {
		bucket->used -= (uint32_t)MW_MIN((uint64_t)bucket->used, came);
		bucket->since_ns = now;
	}
	if (bucket->used >= LOG_LIMIT_LINES)
		return false;
	bucket->used++;
	return true;
}

static void tell_left_out(struct bucket *bucket)
{
	if (bucket->left_out > 0)
		fprintf(stderr, "midwatch: %s: %llu more lines of this kind were left out\n", bucket->kind,
				(unsigned long long)bucket->left_out);
	bucket->left_out = 0;
}

static void hook(enum mw_log_level level, const char *message)
{
	struct bucket *bucket = bucket_of(message);

	pthread_mutex_lock(&mutex);
	if (take_token(bucket)) {
		tell_left_out(bucket);
		print(level, message);
	} else {
		bucket->left_out++;
		snprintf(bucket->kind, sizeof(bucket->kind), "%.*s", (int)kind_bytes(message), message);
	}
	pthread_mutex_unlock(&mutex);
}

void log_limit_install(void)
{
	mw_log_set_hook(hook);
}

void log_limit_tell(void)
{
	pthread_mutex_lock(&mutex);
	for (uint32_t i = 0; i < BUCKETS; i++)
		tell_left_out(&buckets[i]);
	pthread_mutex_unlock(&mutex);
}
