// SPDX-License-Identifier: BSD-3-Clause
// The prefilter of scans with the shipped rules: it changes nothing that they find, and next to nothing is scanned.
// Neighbours: lib/signature/prefilter.c; prefilter_random_test.c has other expressions.
#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "mutate.h"
#include "signature.h"

#define RESET       MW_SIGNATURE_ON_RESET, 6
#define TCP         MW_SIGNATURE_ON_SERVICE, 6
#define UDP         MW_SIGNATURE_ON_SERVICE, 17
#define BYTES(text) text, sizeof(text) - 1

/** At least one for each rule of config/signatures. */
static const struct sample {
	uint8_t on, protocol;
	const char *bytes;
	uint32_t count;
	uint32_t zeros; // behind them
} samples[] = {
	{RESET, BYTES("\x33\xaa\x00\x01\x00\x00\x00\x00"), 0},
	{RESET, BYTES("No TCP/No listener\0"), 0},
	{RESET, BYTES("No listener"), 0},
	{RESET, BYTES("no tcp, reset"), 0},
	{RESET, BYTES("tcp_close, during connect"), 0},
	{RESET, BYTES("tcp_disconnect"), 0},
	{RESET, BYTES("tcp_fin_wait_2_timeout"), 0},
	{RESET, BYTES("new data when detached"), 0},
	{RESET, BYTES("tcp_lift_anchor, can't wait"), 0},
	{RESET, BYTES("go away"), 0},
	{RESET, BYTES("\x17\x03\x03\x00\x20"), 32},
	{RESET, BYTES("GET / HTTP/1.1\r\n"), 0},
	{RESET, BYTES("220 mx.example.net\r\n"), 0},
	{RESET, BYTES("MAIL FROM:<a@example.net>\r\n"), 0},
	{RESET, BYTES("\x00\x00\x00\x90\xfeSMB@"), 1},
	{RESET, BYTES("BIG-IP: [0x2664c65:2574] No flow found for ACK"), 0},
	{RESET, BYTES("BIG-IP: [0x266"), 0},
	{TCP, BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 0},
	{TCP, BYTES("INVITE sips:bob@example.net"), 0},
	{UDP, BYTES("PRACK tel:112"), 0},
	{UDP, BYTES("SUBSCRIBE sip:b"), 0},
	{UDP, BYTES("SIP/2.0 200 OK"), 0},
	{UDP, BYTES("M-SEARCH * HTTP/1.1\r\n"), 0},
	{UDP, BYTES("NOTIFY * HTTP/1.1\r\n"), 0},
	{TCP, BYTES("GET / HTTP/1.1\r\n"), 0},
	{TCP, BYTES("PUT https://a"), 0},
	{TCP, BYTES("OPTIONS *"), 0},
	{TCP, BYTES("CONNECT [::1]:443 HTTP/1.1"), 0},
	{TCP, BYTES("HTTP/1.1 404 Not Found"), 0},
	{TCP, BYTES("PRI * HTTP/2.0\r\n\r\nSM"), 0},
	{TCP, BYTES("SSH-2.0-OpenSSH"), 0},
	{TCP, BYTES("SSH-1.99-a"), 0},
	{TCP, BYTES("220 SMTP"), 0},
	{TCP, BYTES("220-mx.example.net ESMTP ready"), 0},
	{TCP, BYTES("ehlo a\r\n"), 0},
	{TCP, BYTES("220 ftp"), 0},
	{TCP, BYTES("+OK POP3 ready"), 0},
	{TCP, BYTES("+OK <1.2@a>"), 0},
	{TCP, BYTES("* PREAUTH IMAP"), 0},
	{UDP, BYTES("\xc3\x00\x00\x00\x01\x08\x01"), 0},
	{UDP, BYTES("\xd3\x6b\x33\x43\xcf\x08\x01"), 0},
	{UDP, BYTES("\x00\x01\x00\x00\x21\x12\xa4\x42"), 12},
	{TCP, BYTES("\x01\x01\x00\x00\x21\x12\xa4\x42"), 12},
	{TCP, BYTES("\x13\x42itTorrent protocol"), 8},
	{UDP, BYTES("d1:ad2:id20:a"), 0},
	{TCP, BYTES("\x10\x10\x00\x04MQTT\x04\x02"), 2},
	{TCP, BYTES("\x10\x80\x80\x80\x01\x00\x06MQIsdp\x03"), 2},
	{TCP, BYTES("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03"), 3},
	{TCP, BYTES("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x43ookie: m"), 3},
	{TCP, BYTES("\x00\x00\x00\x90\xfeSMB@"), 1},
	{UDP, BYTES("IIIIIIIIRRRRRRRR\x21\x20\x22\x08"), 12},
	{UDP, BYTES("\0\0\0\0IIIIIIIIRRRRRRRR\x28\x20\x22\x20"), 12},
	{UDP, BYTES("IIIIIIII\0\0\0\0\0\0\0\0\x01\x10\x02"), 12},
	{UDP, BYTES("\0\0\0\0IIIIIIII\0\0\0\0\0\0\0\0\x01\x10\x04"), 12},
	{UDP, BYTES("\x01"), 147},
	{UDP, BYTES("\x02"), 91},
	{TCP, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x1d\x01\x04"), 0},
	{TCP, BYTES("\xff\xfd\x18"), 0},
	{TCP, BYTES("\xff\xfb\x01\xff\xfe\x03z"), 0},
};

/** A DHCP request: the cookie stands behind 236 bytes. */
static const struct sample dhcp = {UDP, BYTES("\x01\x01\x06\x00"), 232};

static struct payload payload_of(const struct sample *sample)
{
	struct payload payload = {.count = sample->count + sample->zeros};

	assert_in_range(payload.count, 1, 300);
	memcpy(payload.bytes, sample->bytes, sample->count);
	if (sample == &dhcp) {
		memcpy(payload.bytes + payload.count, "\x63\x82\x53\x63", 4);
		payload.count += 4;
	}
	return payload;
}

static void note(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	fail_msg("%s:%u: %s", file, line, message);
}

struct shipped {
	struct mw_signatures *signatures;
	struct mw_signature_scratch *scratch;
	bool found[1024]; // rules that matched anything
};

static void open_shipped(struct shipped *shipped)
{
	char path[512];

	memset(shipped, 0, sizeof(*shipped));
	snprintf(path, sizeof(path), "%s/config/signatures", mw_test_source_root());
	assert_int_equal(mw_signatures_load(path, -1, note, NULL, &shipped->signatures), 0);
	assert_int_equal(mw_signature_scratch_new(shipped->signatures, &shipped->scratch), 0);
	assert_in_range(mw_signatures_count(shipped->signatures), 1, MW_ARRAY_SIZE(shipped->found));
}

static void close_shipped(struct shipped *shipped)
{
	mw_signature_scratch_free(shipped->scratch);
	mw_signatures_free(shipped->signatures);
}

/** A scan with the prefilter finds what a scan without it finds. */
static void assert_same(struct shipped *shipped, enum mw_signature_on on, uint8_t protocol,
						const struct payload *payload)
{
	int with = mw_signature_scan(shipped->signatures, shipped->scratch, on, protocol, payload->bytes, payload->count);
	int without =
		signature_scan_unfiltered(shipped->signatures, shipped->scratch, on, protocol, payload->bytes, payload->count);

	if (with != without)
		fail_msg("rule %d with the prefilter, %d without: %u bytes, %02x %02x %02x %02x ...", with, without,
				 payload->count, payload->bytes[0], payload->bytes[1], payload->bytes[2], payload->bytes[3]);
	if (without >= 0)
		shipped->found[without] = true;
}

static void try_around(struct shipped *shipped, const struct sample *sample)
{
	static const uint8_t protocols[] = {6, 17, 0, 132};

	for (uint32_t i = 0; i < 500; i++) {
		struct payload payload = payload_of(sample);

		for (uint32_t left = any_below(4); left > 0; left--)
			mutate(&payload);
		assert_same(shipped, sample->on, any_below(8) == 0 ? protocols[any_below(4)] : sample->protocol, &payload);
	}
	for (uint32_t at = 0; at < 40; at++) {
		struct payload payload = payload_of(sample);

		for (uint32_t byte = 0; byte < 256; byte += 1 + any_below(3)) {
			payload.bytes[at] = (uint8_t)byte;
			assert_same(shipped, sample->on, sample->protocol, &payload);
		}
	}
}

static void the_prefilter_changes_nothing_that_the_shipped_rules_find(void **state)
{
	struct shipped shipped;

	(void)state;
	mutate_seed = 1;
	open_shipped(&shipped);
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++)
		try_around(&shipped, &samples[i]);
	try_around(&shipped, &dhcp);
	for (uint32_t rule = 0; rule < mw_signatures_count(shipped.signatures); rule++) {
		if (!shipped.found[rule])
			fail_msg("no sample for rule %s", mw_signatures_rule(shipped.signatures, rule)->name);
	}
	close_shipped(&shipped);
}

/** Of `count` random payloads of this length, how many pass the prefilter. */
static uint32_t scanned(const struct shipped *shipped, uint8_t protocol, uint32_t len_bytes, uint32_t count)
{
	uint32_t result = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t bytes[64];

		for (uint32_t at = 0; at < len_bytes; at++)
			bytes[at] = (uint8_t)any_below(256);
		result += mw_signature_may_match(shipped->signatures, MW_SIGNATURE_ON_SERVICE, protocol, bytes, len_bytes);
	}
	return result;
}

static void hardly_any_payload_needs_a_scan_by_the_shipped_rules(void **state)
{
	static const uint8_t zeros[1000], tls_data[1000] = {0x17, 0x03, 0x03, 0x03, 0xe3, 0x42};
	static const uint8_t protocols[] = {6, 17};
	struct shipped shipped;

	(void)state;
	mutate_seed = 2;
	open_shipped(&shipped);
	for (size_t i = 0; i < MW_ARRAY_SIZE(protocols); i++) {
		const uint8_t protocol = protocols[i];

		assert_in_range(scanned(&shipped, protocol, 6, 10000), 0, 100);
		assert_in_range(scanned(&shipped, protocol, 18, 10000), 0, 100);
		assert_in_range(scanned(&shipped, protocol, 64, 10000), 0, 100);
		// a reset with data of a connection is rare, and scanned
		assert_false(
			mw_signature_may_match(shipped.signatures, MW_SIGNATURE_ON_SERVICE, protocol, tls_data, sizeof(tls_data)));
		for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++) {
			assert_false(mw_signature_may_match(shipped.signatures, on, protocol, zeros, sizeof(zeros)));
			assert_false(mw_signature_may_match(shipped.signatures, on, protocol, zeros, 0));
		}
	}
	close_shipped(&shipped);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_prefilter_changes_nothing_that_the_shipped_rules_find),
	MW_TEST(hardly_any_payload_needs_a_scan_by_the_shipped_rules),
};

MW_TEST_MAIN("signature_prefilter", tests)
