// SPDX-License-Identifier: BSD-3-Clause
// Rule directories as an operator has them, the rules that come with the program, and what they match.
// Neighbours: lib/signature/signature.c, config/signatures.
#include "mw_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_service.h"
#include "mw_signature.h"

struct found {
	unsigned problems;
	unsigned line; // of the last
	char file[256], message[256];
};

static void note(void *context, const char *file, unsigned line, const char *message)
{
	struct found *found = context;

	found->problems++;
	found->line = line;
	snprintf(found->file, sizeof(found->file), "%s", file);
	snprintf(found->message, sizeof(found->message), "%s", message);
}

struct directory {
	char path[64];
	char file[96];
};

static void make(struct directory *directory, const char *chars)
{
	FILE *file;

	strcpy(directory->path, "/tmp/mw-signature-test-XXXXXX");
	assert_non_null(mkdtemp(directory->path));
	snprintf(directory->file, sizeof(directory->file), "%s/a.sig", directory->path);
	file = fopen(directory->file, "w");
	assert_non_null(file);
	fputs(chars, file);
	fclose(file);
}

static void clean(const struct directory *directory)
{
	unlink(directory->file);
	rmdir(directory->path);
}

static void a_bad_expression_is_reported_with_its_line(void **state)
{
	struct mw_signatures *signatures = NULL;
	struct directory directory;
	struct found found = {0};

	(void)state;
	make(&directory, "rule a\non reset\nmeans benign\nmatch good\nmatch (never closed\nmatch \\1back\nmatch x*\n");
	assert_int_equal(mw_signatures_load(directory.path, -1, note, &found, &signatures), -EINVAL);
	assert_int_equal(found.problems, 3);
	assert_string_equal(found.file, directory.file);
	assert_int_equal(found.line, 7);
	assert_string_equal(found.message, "expression matches the empty text");
	assert_null(signatures);
	clean(&directory);
}

static void a_missing_directory_is_reported(void **state)
{
	struct mw_signatures *signatures = NULL;
	struct found found = {0};

	(void)state;
	assert_int_equal(mw_signatures_load("/nonexistent/rules", -1, note, &found, &signatures), -ENOENT);
	assert_int_equal(found.problems, 1);
	assert_string_equal(found.file, "/nonexistent/rules");
}

static void a_directory_without_rules_matches_nothing(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = NULL;
	struct directory directory;
	struct found found = {0};

	(void)state;
	make(&directory, "# nothing yet\n");
	assert_int_equal(mw_signatures_load(directory.path, -1, note, &found, &signatures), 0);
	assert_int_equal(mw_signatures_count(signatures), 0);
	assert_int_equal(mw_signature_scratch_new(signatures, &scratch), 0);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_RESET, 6, (const uint8_t *)"abc", 3), -1);
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
	clean(&directory);
}

static void the_first_rule_whose_protocol_fits_wins(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = NULL;
	struct directory directory;
	struct found found = {0};

	(void)state;
	make(&directory, "rule u\non service\nservice quic\nprotocol udp\nmatch ^abc\n"
					 "rule any\non service\nservice http\nmatch ^ab\n"
					 "rule t\non service\nservice tls\nprotocol tcp\nmatch ^abc\n");
	assert_int_equal(mw_signatures_load(directory.path, -1, note, &found, &signatures), 0);
	assert_int_equal(mw_signature_scratch_new(signatures, &scratch), 0);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_SERVICE, 17, (const uint8_t *)"abcd", 4),
					 0);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_SERVICE, 6, (const uint8_t *)"abcd", 4), 1);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_RESET, 6, (const uint8_t *)"abcd", 4), -1);
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
	clean(&directory);
}

static void what_is_only_shown_comes_behind_all_others(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = NULL;
	struct directory directory;
	struct found found = {0};

	(void)state;
	make(&directory, "rule echo\non reset\nmeans shown\nmatch ^HTTP/1\nrule page\non reset\nmeans middlebox\n"
					 "match ^HTTP/1\\.1 403\nrule again\non reset\nmeans shown\nmatch ^HTTP\n");
	assert_int_equal(mw_signatures_load(directory.path, -1, note, &found, &signatures), 0);
	assert_int_equal(mw_signature_scratch_new(signatures, &scratch), 0);
	assert_int_equal(
		mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_RESET, 6, (const uint8_t *)"HTTP/1.1 403", 12), 1);
	assert_int_equal(
		mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_RESET, 6, (const uint8_t *)"HTTP/1.1 200", 12), 0);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_RESET, 6, (const uint8_t *)"HTTP/2", 6), 2);
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
	clean(&directory);
}

/** Loads the rules that come with the program. */
static struct mw_signatures *shipped(struct mw_signature_scratch **scratch)
{
	struct mw_signatures *signatures = NULL;
	struct found found = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/config/signatures", mw_test_source_root());
	if (mw_signatures_load(path, -1, note, &found, &signatures) != 0)
		fail_msg("%s:%u: %s", found.file, found.line, found.message);
	assert_int_equal(mw_signature_scratch_new(signatures, scratch), 0);
	return signatures;
}

struct sample {
	uint8_t on, protocol;
	const char *rule; // NULL: none may match
	const char *bytes;
	uint32_t count; // 0: strlen
};

#define RESET       MW_SIGNATURE_ON_RESET, 6
#define TCP         MW_SIGNATURE_ON_SERVICE, 6
#define UDP         MW_SIGNATURE_ON_SERVICE, 17
#define BYTES(text) text, sizeof(text) - 1

static const struct sample samples[] = {
	{RESET, "bigip-reset-cause", "BIG-IP: [0x2664c65:2574] No flow found for ACK", 0},
	{RESET, "bigip-reset-cause", "BIG-IP: [0x31ae141:4666] {peer} TCP RST from remote system", 0},
	{RESET, "bigip-reset-cause", "BIG-IP: [0x266", 0},
	{RESET, "bigip-reset-cause", "BIG-IP: [0x2664c65:25", 0},
	{RESET, NULL, "BIG-IP: no bracket", 0},
	{RESET, NULL, "see BIG-IP: [0x2664c65:2574] No flow", 0},
	{RESET, "stack-no-tcp", "No TCP", 0},
	{RESET, "stack-no-tcp", "No TCP/No listener", 0},
	{RESET, "stack-no-tcp", "No listener", 0},
	{RESET, "stack-no-tcp", BYTES("No TCP\0")},
	{RESET, "stack-no-tcp-reset", "no tcp, reset", 0},
	{RESET, "stack-tcp-close", "tcp_close, during connect", 0},
	{RESET, "stack-tcp-disconnect", "tcp_disconnect", 0},
	{RESET, "stack-fin-wait", "tcp_fin_wait_2_timeout", 0},
	{RESET, "stack-detached", "new data when detached", 0},
	{RESET, "stack-detached", "tcp_lift_anchor, can't wait", 0},
	{RESET, "stack-go-away", "Go away, we're not home", 0},
	{RESET, "stack-go-away", "go away", 0},
	{RESET, "stack-go-away", "Go away!\r\n", 0},
	{RESET, "rst-diagnostic", BYTES("\x33\xaa\x00\x01\x00\x00\x00\x00")},
	{RESET, "rst-diagnostic", BYTES("\x33\xaa\x00\x07\x00\x00\x0a\x0a")},
	{RESET, "echoed-data", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
	{RESET, "echoed-data", BYTES("\x17\x03\x03\x40\x11\xa7\x5e")},
	{RESET, "echoed-data", "GET / HTTP/1.1\r\n", 0},
	{RESET, "echoed-data", "POST http://example.net/ HTTP/1.0\r\n", 0},
	{RESET, "echoed-data", "CONNECT example.net:443 HTTP/1.1\r\n", 0},
	{RESET, "echoed-data", "HTTP/1.1 200 OK\r\n", 0},
	{RESET, "echoed-data", "SSH-2.0-OpenSSH_9.2\r\n", 0},
	{RESET, "echoed-data", "220 mx.example.net ESMTP ready\r\n", 0},
	{RESET, "echoed-data", "EHLO client.example.net\r\n", 0},
	{RESET, "echoed-data", "MAIL FROM:<a@example.net>\r\n", 0},
	{RESET, "echoed-data", "QUIT\r\n", 0},
	{RESET, "echoed-data", "+OK ready\r\n", 0},
	{RESET, "echoed-data", "* OK IMAP4rev1 ready\r\n", 0},
	{RESET, "echoed-data",
	 BYTES("\x13"
		   "BitTorrent protocol\0\0\0\0\0\0\0\0")},
	{RESET, "echoed-data", BYTES("\x00\x00\x00\x90\xfeSMB@\x00")},
	// a box's text with data of the connection behind it stays a box's
	{RESET, "bigip-reset-cause", "BIG-IP: [0x2664c65:2574] Policy actionGET / HTTP/1.1\r\n", 0},
	// look-alikes: 46 bytes of payload are not the 46 bytes of HP-UX's packet
	{RESET, NULL, "No TCP connection: blocked by company policy..", 0},
	{RESET, NULL, "No TCPx", 0},
	{RESET, NULL, BYTES("No TCP\0\0")},
	{RESET, NULL, "No TCP/No listeners", 0},
	{RESET, NULL, "no tcp, reset by filter", 0},
	{RESET, NULL, "tcp_close, during connection", 0},
	{RESET, NULL, "tcp_disconnected", 0},
	{RESET, NULL, "tcp_fin_wait_2_timeouts", 0},
	{RESET, NULL, "say: tcp_disconnect", 0},
	{RESET, NULL, "new data when", 0},
	{RESET, NULL, "Go awayward", 0},
	{RESET, NULL, BYTES("\x33\xaa\x00\x01\x00\x00\x00\x00\x00")},
	{RESET, NULL, BYTES("\x33\xaa\x00\x01\x00\x00\x00")},
	{RESET, NULL, BYTES("\x33\xab\x00\x01\x00\x00\x00\x00")},
	{RESET, NULL, BYTES("\x18\x03\x03\x00\x11\xa7")},
	{RESET, NULL, BYTES("\x17\x03\x03\x49\x00\xa7")}, // longer than a record can be
	{RESET, NULL, "GETTING / HTTP/1.1\r\n", 0},
	{RESET, NULL, "220 without an end", 0},
	{RESET, NULL, "Blocked by policy", 0},
	{TCP, "tls", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
	{TCP, "http", "GET /index.html HTTP/1.1\r\nHost: a\r\n", 0},
	{TCP, "http", "HTTP/1.1 200 OK\r\n", 0},
	{TCP, NULL, "GETTING started", 0},
	{TCP, "ssh", "SSH-2.0-OpenSSH_9.2\r\n", 0},
	{TCP, "smtp", "220 mx.example.net ESMTP ready\r\n", 0},
	{TCP, "ftp", "220 example FTP server ready\r\n", 0},
	{TCP, "imap", "* OK [CAPABILITY IMAP4rev1] ready\r\n", 0},
	{TCP, "pop3", "+OK POP3 ready\r\n", 0},
	{TCP, "bittorrent",
	 "\x13"
	 "BitTorrent protocol",
	 0},
	{TCP, "mqtt", BYTES("\x10\x10\x00\x04MQTT\x04\x02\x00\x3c")},
	{TCP, "rdp", BYTES("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00")},
	{TCP, "smb", BYTES("\x00\x00\x00\x90\xfeSMB@\x00")},
	{UDP, "sip", "INVITE sip:bob@example.net SIP/2.0\r\n", 0},
	{UDP, "quic", BYTES("\xc3\x00\x00\x00\x01\x08\x01\x02\x03\x04\x05\x06\x07\x08")},
	{UDP, "quic", BYTES("\xd3\x6b\x33\x43\xcf\x08\x01\x02\x03\x04\x05\x06\x07\x08")},
	{UDP, "stun",
	 BYTES("\x00\x01\x00\x00\x21\x12\xa4\x42"
		   "abcdefghijkl")},
	{UDP, "ssdp", "M-SEARCH * HTTP/1.1\r\n", 0},
	{UDP, "bittorrent", "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaa", 0},
	{UDP, "ike", BYTES("IIIIIIII\0\0\0\0\0\0\0\0\x21\x20\x22\x08\0\0\0\0\0\0\1\xfb")},
	{UDP, "ike", BYTES("\0\0\0\0IIIIIIIIRRRRRRRR\x21\x20\x22\x20\0\0\0\0\0\0\1\xfb")},
	{UDP, NULL,
	 BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07"
		   "example\x03"
		   "com\x00\x00\x01\x00\x01")},
};

static void shipped_rules_know_what_they_should(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = shipped(&scratch);

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++) {
		const struct sample *sample = &samples[i];
		uint32_t count = sample->count != 0 ? sample->count : (uint32_t)strlen(sample->bytes);
		int rule =
			mw_signature_scan(signatures, scratch, sample->on, sample->protocol, (const uint8_t *)sample->bytes, count);
		const char *name = rule < 0 ? "none" : mw_signatures_rule(signatures, (uint32_t)rule)->name;

		if (strcmp(name, sample->rule != NULL ? sample->rule : "none") != 0)
			fail_msg("sample %zu: %s, not %s", i, name, sample->rule);
	}
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
}

static uint8_t means_of(const struct mw_signatures *signatures, struct mw_signature_scratch *scratch, const char *text)
{
	int rule = mw_signature_scan(signatures, scratch, RESET, (const uint8_t *)text, (uint32_t)strlen(text));

	assert_true(rule >= 0);
	return mw_signatures_rule(signatures, (uint32_t)rule)->means;
}

static void boxes_accuse_stacks_excuse_and_echoes_do_neither(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = shipped(&scratch);

	(void)state;
	assert_int_equal(means_of(signatures, scratch, "BIG-IP: [0x2664c65:2574] No flow found for ACK"),
					 MW_SIGNATURE_MIDDLEBOX);
	assert_int_equal(means_of(signatures, scratch, "No TCP"), MW_SIGNATURE_BENIGN);
	assert_int_equal(means_of(signatures, scratch, "Go away, we're not home"), MW_SIGNATURE_BENIGN);
	assert_int_equal(means_of(signatures, scratch, "GET / HTTP/1.1\r\n"), MW_SIGNATURE_SHOWN);
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
}

static void wireguard_is_known_by_length_too(void **state)
{
	struct mw_signature_scratch *scratch = NULL;
	struct mw_signatures *signatures = shipped(&scratch);
	uint8_t initiation[149] = {1};
	int rule = mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_SERVICE, 17, initiation, 148);

	(void)state;
	assert_true(rule >= 0);
	assert_int_equal(mw_signatures_rule(signatures, (uint32_t)rule)->service, MW_SERVICE_WIREGUARD);
	assert_int_equal(mw_signature_scan(signatures, scratch, MW_SIGNATURE_ON_SERVICE, 17, initiation, 149), -1);
	mw_signature_scratch_free(scratch);
	mw_signatures_free(signatures);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_bad_expression_is_reported_with_its_line), MW_TEST(a_missing_directory_is_reported),
	MW_TEST(a_directory_without_rules_matches_nothing),  MW_TEST(the_first_rule_whose_protocol_fits_wins),
	MW_TEST(what_is_only_shown_comes_behind_all_others), MW_TEST(boxes_accuse_stacks_excuse_and_echoes_do_neither),
	MW_TEST(shipped_rules_know_what_they_should),        MW_TEST(wireguard_is_known_by_length_too),
};

MW_TEST_MAIN("signature_load", tests)
