// SPDX-License-Identifier: BSD-3-Clause
// Names by the hash of their question, connects of who asked; a fetch that failed before IPv4 did is its cause.
// Neighbours: fetch.h.
#include "fetch.h"

#include <string.h>

#include "mw_time.h"

#define CONNECTS_NS (30 * MW_NS_PER_SECOND) // after its name was told
#define RETRIES_NS  (5 * MW_NS_PER_SECOND) // other records and servers are asked for at once
#define BEFORE_NS   (600 * MW_NS_PER_SECOND) // a gateway without rules stops at once; it may try again first
#define AFTER_NS    (30 * MW_NS_PER_SECOND)
#define UNSEEN_NS   (3 * MW_NS_PER_SECOND) // in which an answer is due
#define LAG_S       3.0 // as in cause.c

void outages_fetches_start(struct outages_fetches *fetches, const struct mw_hash_key *key)
{
	static const uint16_t types[OUTAGES_NAME_TYPES] = {1, 16, 28, 65}; // A, TXT, AAAA, HTTPS

	for (uint32_t i = 0; i < fetches->names.count; i++) {
		for (unsigned k = 0; k < OUTAGES_NAME_TYPES; k++)
			fetches->questions[i][k] = mw_exchange_question(key, fetches->names.items[i].name, types[k]);
	}
}

// @return the number of the name; OUTAGES_NAMES_MAX: none.
static uint8_t name_of(const struct outages_fetches *fetches, uint32_t question)
{
	for (uint32_t i = 0; question != 0 && i < fetches->names.count; i++) {
		for (unsigned k = 0; k < OUTAGES_NAME_TYPES; k++) {
			if (fetches->questions[i][k] == question)
				return (uint8_t)i;
		}
	}
	return OUTAGES_NAMES_MAX;
}

static struct outages_fetch *add(struct outages_fetches *fetches, const struct outages_sign *sign, uint8_t name)
{
	struct outages_fetch *fetch = &fetches->items[fetches->count++ % OUTAGES_FETCHES_MAX];

	*fetch = (struct outages_fetch){.line = sign->line,
									.gateway = sign->asker_line,
									.asker = sign->asker,
									.asked_ns = sign->time_ns,
									.ended_ns = MW_MAX(sign->until_ns, sign->time_ns),
									.name = name};
	return fetch;
}

static void take_name(struct outages_fetches *fetches, const struct outages_sign *sign,
					  const struct outages_brief *brief, uint8_t name)
{
	struct outages_fetch *fetch = add(fetches, sign, name);

	fetch->code = brief->code;
	if (brief->end != MW_EXCHANGE_ANSWERED)
		fetch->end = FETCH_NO_DNS;
	else if (brief->code != 0)
		fetch->end = FETCH_NO_NAME;
	else
		fetch->end = fetches->names.items[name].relay ? FETCH_DONE : FETCH_NAMED;
}

// The fetch that this goes on with: its name was told just now, or its server is known.
static struct outages_fetch *fetch_of(struct outages_fetches *fetches, const struct outages_sign *sign)
{
	struct outages_fetch *latest = NULL;

	for (uint32_t i = 0; i < MW_MIN(fetches->count, (uint32_t)OUTAGES_FETCHES_MAX); i++) {
		struct outages_fetch *fetch = &fetches->items[i];
		const bool follows = sign->time_ns >= fetch->asked_ns && sign->time_ns - fetch->asked_ns <= CONNECTS_NS;

		if (fetch->line != sign->line || fetches->names.items[fetch->name].relay ||
			mw_address_compare(&fetch->asker, &sign->asker) != 0 ||
			(!(fetch->end == FETCH_NAMED && follows) && mw_address_compare(&fetch->server, &sign->remote) != 0))
			continue;
		if (latest == NULL || fetch->asked_ns >= latest->asked_ns)
			latest = fetch;
	}
	return latest;
}

static void take_connect(struct outages_fetches *fetches, const struct outages_sign *sign,
						 const struct outages_brief *brief)
{
	struct outages_fetch *fetch = fetch_of(fetches, sign);

	if (fetch == NULL)
		return;
	if (fetch->end != FETCH_NAMED) // without asking DNS again
		fetch = add(fetches, sign, fetch->name);
	fetch->server = sign->remote;
	fetch->ended_ns = MW_MAX(sign->until_ns, sign->time_ns);
	if (brief->end == MW_EXCHANGE_ANSWERED)
		fetch->end = FETCH_DONE;
	else
		fetch->end = brief->end == MW_EXCHANGE_REFUSED ? FETCH_RESET : FETCH_NO_SERVER;
}

void outages_fetches_take(struct outages_fetches *fetches, const struct outages_sign *sign,
						  const struct outages_brief *brief, uint32_t question, uint16_t port)
{
	const bool web = port == 443 || port == 80;
	struct outages_fetch *fetch;
	uint8_t name;

	if (brief->sort == MW_EXCHANGE_DNS || brief->sort == MW_EXCHANGE_DNS_TCP) {
		name = name_of(fetches, question);
		if (name != OUTAGES_NAMES_MAX)
			take_name(fetches, sign, brief, name);
	} else if (brief->sort == MW_EXCHANGE_CONNECT && web)
		take_connect(fetches, sign, brief);
	else if (brief->sort == MW_EXCHANGE_DATA && web && brief->end == MW_EXCHANGE_UNANSWERED) {
		fetch = fetch_of(fetches, sign);
		if (fetch != NULL && fetch->end == FETCH_DONE && sign->time_ns - fetch->asked_ns <= CONNECTS_NS)
			fetch->end = FETCH_STALLED;
	}
}

// Who asked DNS elsewhere (a cache, HTTPS) is known by what it says to the server: that it answered the connect.
void outages_fetches_take_name(struct outages_fetches *fetches, const struct outages_sign *sign, uint32_t question)
{
	const uint8_t name = name_of(fetches, question);
	struct outages_fetch *fetch = fetch_of(fetches, sign);

	if (name == OUTAGES_NAMES_MAX || fetches->names.items[name].relay)
		return;
	if (fetch == NULL || fetch->name != name || sign->time_ns - fetch->asked_ns > CONNECTS_NS)
		fetch = add(fetches, sign, name);
	fetch->server = sign->remote;
	fetch->end = FETCH_DONE;
}

// All are of one gateway: then its other side is this one's.
static bool is_one_gateway(const struct outages_fetches *fetches)
{
	for (uint32_t i = 1; i < MW_MIN(fetches->count, (uint32_t)OUTAGES_FETCHES_MAX); i++) {
		if (fetches->items[i].gateway != fetches->items[0].gateway)
			return false;
	}
	return true;
}

// On the access side IPv4 comes in IPv6, and what asks is the gateway. Hosts of the inner side may ask out of
// curiosity.
static bool is_of(const struct outages_fetches *fetches, const struct outages_fetch *fetch,
				  const struct outages_line *line)
{
	if (fetch->line == line->key)
		return line->classes[OUTAGES_4IN6].heard_ns != 0;
	return fetch->gateway != line->key && is_one_gateway(fetches);
}

static bool has_failed(const struct outages_fetch *fetch)
{
	return fetch->end != FETCH_NAMED && fetch->end != FETCH_DONE;
}

// What was asked beside it, or again before to_ns, went well.
static bool went_well(const struct outages_fetches *fetches, const struct outages_fetch *failed, uint64_t to_ns)
{
	for (uint32_t i = 0; i < MW_MIN(fetches->count, (uint32_t)OUTAGES_FETCHES_MAX); i++) {
		const struct outages_fetch *fetch = &fetches->items[i];

		if (fetch->line == failed->line && fetch->name == failed->name && !has_failed(fetch) &&
			fetch->asked_ns + RETRIES_NS >= failed->asked_ns && fetch->asked_ns <= to_ns)
			return true;
	}
	return false;
}

static const struct outages_fetch *find_failed(const struct outages_fetches *fetches, const struct mw_kit_blind *times,
											   const struct outages_line *line, uint64_t start_ns)
{
	const struct outages_fetch *latest = NULL;

	for (uint32_t i = 0; i < MW_MIN(fetches->count, (uint32_t)OUTAGES_FETCHES_MAX); i++) {
		const struct outages_fetch *fetch = &fetches->items[i];

		if (is_of(fetches, fetch, line) && has_failed(fetch) && fetch->asked_ns <= start_ns &&
			fetch->asked_ns + BEFORE_NS >= start_ns &&
			!mw_kit_blind_touches(times, fetch->asked_ns, fetch->asked_ns + UNSEEN_NS) &&
			!went_well(fetches, fetch, start_ns) && (latest == NULL || fetch->asked_ns > latest->asked_ns))
			latest = fetch;
	}
	return latest;
}

static const struct outages_fetch *find_done(const struct outages_fetches *fetches, const struct outages_line *line,
											 uint64_t from_ns, uint64_t to_ns)
{
	for (uint32_t i = 0; i < MW_MIN(fetches->count, (uint32_t)OUTAGES_FETCHES_MAX); i++) {
		const struct outages_fetch *fetch = &fetches->items[i];

		if (is_of(fetches, fetch, line) && fetch->end == FETCH_DONE && fetch->asked_ns >= from_ns &&
			fetch->ended_ns <= to_ns)
			return fetch;
	}
	return NULL;
}

static void add_what(struct mw_text *text, const struct outages_fetches *fetches, const struct outages_fetch *fetch)
{
	const struct outages_name *name = &fetches->names.items[fetch->name];

	mw_text_add(text, "the %s of %s (%s)", name->relay ? "relay" : "rules", name->service, name->name);
}

static void add_reason(struct mw_text *text, const struct outages_fetch *fetch)
{
	enum { SERVFAIL = 2, NXDOMAIN = 3 };
	static const char *const reasons[] = {[FETCH_NO_DNS] = "no answer from DNS",
										  [FETCH_NO_SERVER] = "no answer from the server",
										  [FETCH_RESET] = "the server refused the connection",
										  [FETCH_STALLED] = "the server did not go on"};

	if (fetch->end != FETCH_NO_NAME)
		mw_text_add(text, "%s", reasons[fetch->end]);
	else if (fetch->code == SERVFAIL || fetch->code == NXDOMAIN)
		mw_text_add(text, "DNS said %s", fetch->code == SERVFAIL ? "SERVFAIL" : "NXDOMAIN");
	else
		mw_text_add(text, "DNS said error %u", fetch->code);
}

static struct mw_text more_of(struct outages_row *row)
{
	const size_t used = strlen(row->evidence);
	struct mw_text text = mw_text_in(row->evidence + used, sizeof(row->evidence) - used);

	if (used > 0)
		mw_text_add(&text, "; ");
	return text;
}

static void explain_ipv4(const struct outages_fetches *fetches, const struct outages_fetch *failed,
						 struct outages_row *row)
{
	struct mw_text text = more_of(row);

	mw_text_add(&text, "the gateway asked for ");
	add_what(&text, fetches, failed);
	mw_text_add(&text, " in vain ");
	mw_time_add_duration(&text, row->start_ns - failed->asked_ns);
	mw_text_add(&text, " before: ");
	add_reason(&text, failed);
	row->unprovided = true;
	row->confidence = MW_MAX(row->confidence, INT64_C(90));
}

// Between the return of IPv6 and that of IPv4, its rules are what a gateway that starts waits for. One that was gone
// itself, and asks anew, lost more than its cable.
static void explain_restart(const struct outages_fetches *fetches, const struct outages_fetch *done,
							struct outages_row *row)
{
	struct mw_text text = more_of(row);
	const bool waited = row->ipv6_ns != 0 && row->ipv4_lag_s > LAG_S && done->asked_ns <= row->ipv4_ns;

	mw_text_add(&text, "the gateway asked for ");
	add_what(&text, fetches, done);
	mw_text_add(&text, " anew, and got it");
	if (row->verdict == OUTAGES_GATEWAY_RESTART)
		row->confidence = MW_MIN(row->confidence + 5, INT64_C(95));
	else if (row->resumed == 0 &&
			 (row->verdict == OUTAGES_GATEWAY_DOWN || (row->verdict == OUTAGES_LINE_DOWN && waited))) {
		row->confidence = row->verdict == OUTAGES_GATEWAY_DOWN ? 75 : 70;
		row->verdict = OUTAGES_GATEWAY_RESTART;
	}
}

void outages_fetches_explain(const struct outages_fetches *fetches, const struct mw_kit_blind *times,
							 const struct outages_line *line, struct outages_row *row)
{
	const uint64_t end_ns = row->end_ns == 0 ? UINT64_MAX : row->end_ns + AFTER_NS;
	const struct outages_fetch *failed, *done;

	if (!outages_is_of_line(row->verdict))
		return;
	failed = find_failed(fetches, times, line, row->start_ns);
	done = find_done(fetches, line, row->start_ns, end_ns);
	if (failed != NULL && row->verdict == OUTAGES_IPV4_ONLY)
		explain_ipv4(fetches, failed, row);
	if (done != NULL && row->verdict != OUTAGES_UPSTREAM)
		explain_restart(fetches, done, row);
}
