// SPDX-License-Identifier: BSD-3-Clause
// Small pieces of text that several texts about forged resets are made of.
// Neighbours: finding.h; finding_text.c, finding_evidence.c, advice.c.
#include <string.h>

#include "mw_time.h"
#include "finding.h"

#define PLACE_SHARE 4 // one episode in so many tells the place of all
#define HOPS_SPREAD 4 // distances further apart than this are no distance

uint8_t resets_origin(const struct resets_facts *facts)
{
	uint64_t in = facts->origins[MW_MIDDLEBOX_ORIGIN_IN_PATH], off = facts->origins[MW_MIDDLEBOX_ORIGIN_OFF_PATH];

	// of one device the earlier rows were written before its place was known
	if (in == off || MW_MAX(in, off) * PLACE_SHARE < facts->episodes)
		return MW_MIDDLEBOX_ORIGIN_UNKNOWN;
	return in > off ? MW_MIDDLEBOX_ORIGIN_IN_PATH : MW_MIDDLEBOX_ORIGIN_OFF_PATH;
}

bool resets_add_distance(struct mw_text *text, const struct resets_facts *facts)
{
	const struct resets_range *hops = &facts->hops;

	if (resets_is_near(facts)) {
		mw_text_add(text, "on this very link");
		return true;
	}
	if (hops->episodes * 2 < facts->episodes || hops->episodes == 0 || hops->high - hops->low > HOPS_SPREAD)
		return false;
	mw_text_add(text, "%lld", (long long)hops->low);
	if (hops->high != hops->low)
		mw_text_add(text, " to %lld", (long long)hops->high);
	mw_text_add(text, " router%s from this tap", hops->high == 1 ? "" : "s");
	return true;
}

void resets_add_mac(struct mw_text *text, const struct resets_facts *facts)
{
	for (size_t i = 0; i < sizeof(facts->mac.bytes); i++)
		mw_text_add(text, "%s%02x", i > 0 ? ":" : "", facts->mac.bytes[i]);
	if (facts->mac.several)
		mw_text_add(text, " and others");
}

void resets_add_share(struct mw_text *text, const struct resets_facts *facts, uint64_t episodes)
{
	if (facts->episodes == 1)
		mw_text_add(text, "this one");
	else if (episodes == facts->episodes && episodes == 2)
		mw_text_add(text, "both");
	else if (episodes == facts->episodes)
		mw_text_add(text, "all %llu", (unsigned long long)episodes);
	else
		mw_text_add(text, "%llu of %llu", (unsigned long long)episodes, (unsigned long long)facts->episodes);
}

void resets_add_second(struct mw_text *text, uint64_t time_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text all = mw_text_in(chars, sizeof(chars));

	mw_time_add_rfc3339(&all, time_ns);
	mw_text_add(text, "%.*sZ", (int)strcspn(chars, ".Z"), chars);
}

void resets_add_end(struct mw_text *text, const struct mw_address *address, int64_t port)
{
	mw_address_add_text(text, address);
	mw_text_add(text, " port %lld", (long long)port);
}
