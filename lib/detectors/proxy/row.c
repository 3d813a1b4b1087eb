// SPDX-License-Identifier: BSD-3-Clause
// One proxy as a row of middleboxes: what it looks like, what proves it, how sure it is.
// Neighbours: table.c; detectors/middlebox/mw_middlebox.h has the row.
#include <stdio.h>

#include "mw_packet.h"
#include "mw_time.h"
#include "table.h"

/**
 * Confidence: one clock for the least that is asked is worth CONFIDENCE_LEAST (it may still be one operator's front
 * end); each further unrelated network and the share of all servers on its ports speak against that.
 */
#define CONFIDENCE_LEAST   60
#define CONFIDENCE_NETWORK 4 // for each above four, up to five of them
#define CONFIDENCE_SHARE   15 // for all servers on its ports

#define PORTS_SHOWN 3

static int64_t confidence_of(const struct proxy *proxy)
{
	int64_t networks = MW_MIN(proxy->networks.count, 9u);

	return CONFIDENCE_LEAST + CONFIDENCE_NETWORK * MW_MAX(networks - 4, 0) +
		   (int64_t)(CONFIDENCE_SHARE * proxy->shared_on / MW_MAX(proxy->shared_all, 1u));
}

/** What a number of all fingerprints is; MW_UNKNOWN_I64 when it varies. */
static int64_t common(const struct proxy *proxy, int64_t (*of)(const struct proxy_observation *fields))
{
	int64_t first = 0;

	for (uint32_t i = 0; i < proxy->fingerprints_count; i++) {
		const struct proxy_observation fields = proxy_fingerprint_fields(proxy->fingerprints[i]);

		if (i > 0 && of(&fields) != first)
			return MW_UNKNOWN_I64;
		first = of(&fields);
	}
	return first;
}

static int64_t ttl_of(const struct proxy_observation *fields)
{
	return fields->ttl;
}

static int64_t window_of(const struct proxy_observation *fields)
{
	return fields->window;
}

static int64_t mss_of(const struct proxy_observation *fields)
{
	return fields->mss;
}

static int64_t wscale_of(const struct proxy_observation *fields)
{
	return fields->options & MW_TCP_OPTION_WSCALE ? fields->wscale : -1;
}

static int64_t hops_of(const struct proxy_observation *fields)
{
	return proxy_hops(fields->ttl);
}

/** True when an earlier fingerprint has the same value. */
static bool is_told(const struct proxy *proxy, uint32_t index, int64_t (*of)(const struct proxy_observation *fields))
{
	const struct proxy_observation fields = proxy_fingerprint_fields(proxy->fingerprints[index]);

	for (uint32_t i = 0; i < index; i++) {
		const struct proxy_observation other = proxy_fingerprint_fields(proxy->fingerprints[i]);

		if (of(&other) == of(&fields))
			return true;
	}
	return false;
}

/** Appends the different values: "TTL 250 or 59", at most two; negative ones are "none". */
static void add_values(struct mw_text *text, const char *name, const struct proxy *proxy,
					   int64_t (*of)(const struct proxy_observation *fields))
{
	static const char *const between[] = {" ", " or "};
	uint32_t told = 0;

	mw_text_add(text, "%s", name);
	for (uint32_t i = 0; i < proxy->fingerprints_count; i++) {
		const struct proxy_observation fields = proxy_fingerprint_fields(proxy->fingerprints[i]);

		if (is_told(proxy, i, of))
			continue;
		if (told == MW_ARRAY_SIZE(between)) {
			mw_text_add(text, " or others");
			return;
		}
		mw_text_add(text, "%s", between[told++]);
		if (of(&fields) < 0)
			mw_text_add(text, "none");
		else
			mw_text_add(text, "%lld", (long long)of(&fields));
	}
}

static void add_count(struct mw_text *text, const struct proxy_set *set, const char *many)
{
	mw_text_add(text, "%s%u %s", set->more ? "more than " : "", set->count, many);
}

static void add_chance(struct mw_text *text, double chance)
{
	uint32_t zeros = 0;

	while (chance < 1 && chance > PROXY_CHANCE_LEAST) {
		chance *= 10;
		zeros++;
	}
	mw_text_add(text, "chance alone: less than one in 10^%u", chance < 1 ? 30 : zeros - 1);
}

static void write_proof(const struct proxy *proxy, struct mw_middlebox_row *row)
{
	struct mw_text text = mw_text_in(row->proof, sizeof(row->proof));

	mw_text_add(&text, "- ");
	add_count(&text, &proxy->servers, "servers in ");
	add_count(&text, &proxy->networks, "unrelated networks");
	mw_text_add(&text, " (%s) answer with TCP timestamps of one clock, %u ticks a second.\n",
				!proxy->v6   ? "IPv4"
				: !proxy->v4 ? "IPv6"
							 : "IPv4 and IPv6",
				proxy->clock.rate_hz);
	mw_text_add(&text, "- At most ");
	mw_time_add_duration(&text, proxy->deviation_ns);
	mw_text_add(&text, " off it, over ");
	mw_time_add_duration(&text, proxy->span_ns);
	mw_text_add(&text, "; ");
	add_chance(&text, proxy->chance);
	mw_text_add(&text, ".\n- Their SYN-ACKs look alike: ");
	add_values(&text, "TTL", proxy, ttl_of);
	add_values(&text, ", window", proxy, window_of);
	add_values(&text, ", MSS", proxy, mss_of);
	add_values(&text, ", window scale", proxy, wscale_of);
	mw_text_add(&text, ".\n- Of all servers with timestamps on port");
	for (uint32_t i = 0; i < MW_MIN(proxy->ports_count, (uint32_t)PORTS_SHOWN); i++)
		mw_text_add(&text, "%s %u", i > 0 ? "," : "", proxy->ports[i]);
	mw_text_add(&text, "%s, %llu %% are on it.\n", proxy->ports_count > PORTS_SHOWN ? " or others" : "",
				(unsigned long long)(100 * proxy->shared_on / MW_MAX(proxy->shared_all, 1u)));
}

void proxy_row(const struct proxy *proxy, struct mw_middlebox_row *row)
{
	int64_t window = common(proxy, window_of);

	*row = (struct mw_middlebox_row){.first_ns = proxy->first_ns,
									 .last_ns = proxy->last_ns,
									 .kind = MW_MIDDLEBOX_PROXY,
									 .label = "transparent proxy",
									 .servers = proxy->servers.count,
									 .clients = proxy->clients.count == 0 ? MW_UNKNOWN_I64 : proxy->clients.count,
									 .ttl = common(proxy, ttl_of),
									 .window = "varies",
									 .hops_estimate = common(proxy, hops_of),
									 .confidence = confidence_of(proxy)};
	snprintf(row->cluster, sizeof(row->cluster), "mb-%08x", proxy->id);
	if (window != MW_UNKNOWN_I64)
		snprintf(row->window, sizeof(row->window), "%lld", (long long)window);
	write_proof(proxy, row);
}

/** One operator's front end answers for its own servers among many; a proxy in the path for nearly all. */
static bool speaks_for_most(const struct proxy *proxy)
{
	return proxy->shared_on * 2 > proxy->shared_all;
}

void proxy_table_report(const struct proxy_table *table, uint64_t since_ns, const struct mw_row_sink *rows)
{
	for (uint32_t i = 0; i < PROXY_MAX; i++) {
		const struct proxy *proxy = &table->proxies[i];
		struct mw_middlebox_row row;

		if (proxy->id == 0 || proxy->last_ns < since_ns || !speaks_for_most(proxy))
			continue;
		proxy_row(proxy, &row);
		rows->row(rows->context, &mw_middlebox_record, &row);
	}
}
