// SPDX-License-Identifier: BSD-3-Clause
// The columns of ike.csv, and how an attempt fills them.
// Neighbours: row.h. Names of errors follow RFC 7296 section 3.10.1 and its registry at IANA.
#include "row.h"

#include <string.h>

#include "mw_text.h"

#define NOT_KNOWN 2 // MW_COLUMN_BOOL

const char *const mw_ike_response_names[MW_IKE_RESPONSES] = {"complete", "partial", "none"};
const char *const mw_ike_rfc7383_names[MW_IKE_RFC7383S] = {"no", "offered", "used"};
const char *const mw_ike_verdict_names[MW_IKE_VERDICTS] = {
	"established",       "no-answer-to-init", "request-lost", "response-fragments-lost", "response-lost-after-tap",
	"no-answer-to-auth", "refused",           "unknown",
};

#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct mw_ike_row, member), .help = text, __VA_ARGS__       \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("initiator", ADDRESS, initiator, "who began the attempt"),
	COLUMN("responder", ADDRESS, responder, "with whom"),
	COLUMN("spi_i", TEXT, spi_i, "SPI of the initiator, 16 hexadecimal digits"),
	COLUMN("spi_r", TEXT, spi_r, "SPI of the responder; empty when it was never seen"),
	COLUMN("nat_t", BOOL, nat_t, "in UDP on port 4500 (RFC 3948); empty when no message behind SA_INIT was seen"),
	COLUMN("init_ok", BOOL, init_ok, "SA_INIT was answered, by whatever answer; empty when it was not seen"),
	COLUMN(
		"auth_requests", I64, auth_requests,
		"transmissions of the IKE_AUTH or IKE_INTERMEDIATE request: of the newest exchange, of an established SA that "
		"with the largest response"),
	COLUMN("auth_response", ENUM, auth_response, "how much of its response passed",
		   NAMES(mw_ike_response_names, MW_IKE_RESPONSES)),
	COLUMN("request_bytes", I64, request_bytes, "IKE length of the request, bytes; the sum over RFC 7383 fragments"),
	COLUMN("response_bytes", I64, response_bytes,
		   "IKE length of the response, bytes, known from its first piece; the sum over RFC 7383 fragments"),
	COLUMN("fragmented", BOOL, fragmented, "by IP: a request or a response"),
	COLUMN("rfc7383", ENUM, rfc7383, "IKE's own fragmentation: offered by an end, used in a message",
		   NAMES(mw_ike_rfc7383_names, MW_IKE_RFC7383S)),
	COLUMN("verdict", ENUM, verdict, "what became of the attempt", NAMES(mw_ike_verdict_names, MW_IKE_VERDICTS)),
	COLUMN("confidence", I64, confidence, "in the verdict, 0 to 100"),
	COLUMN("notify", TEXT, notify,
		   "what the responder said in clear text instead of going on: an error (RFC 7296 section 3.10.1), or COOKIE, "
		   "INVALID_KE_PAYLOAD, REDIRECT when no request followed that does as it asks; empty: nothing"),
};

const struct mw_record mw_ike_record = {
	.name = "ike",
	.help = "one row per IKE SA attempt (IKEv2), written when it has ended",
	.schema = 1,
	.ts_offset = offsetof(struct mw_ike_row, ts_ns),
	.row_bytes = sizeof(struct mw_ike_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

static const struct {
	uint16_t number;
	const char *name;
} errors[] = {
	{1, "UNSUPPORTED_CRITICAL_PAYLOAD"}, {4, "INVALID_IKE_SPI"},
	{5, "INVALID_MAJOR_VERSION"},        {7, "INVALID_SYNTAX"},
	{9, "INVALID_MESSAGE_ID"},           {11, "INVALID_SPI"},
	{14, "NO_PROPOSAL_CHOSEN"},          {IKE_NOTIFY_INVALID_KE, "INVALID_KE_PAYLOAD"},
	{24, "AUTHENTICATION_FAILED"},       {34, "SINGLE_PAIR_REQUIRED"},
	{35, "NO_ADDITIONAL_SAS"},           {36, "INTERNAL_ADDRESS_FAILURE"},
	{37, "FAILED_CP_REQUIRED"},          {38, "TS_UNACCEPTABLE"},
	{39, "INVALID_SELECTORS"},           {40, "UNACCEPTABLE_ADDRESSES"},
	{41, "UNEXPECTED_NAT_DETECTED"},     {43, "TEMPORARY_FAILURE"},
	{44, "CHILD_SA_NOT_FOUND"},          {47, "STATE_NOT_FOUND"},
	{IKE_NOTIFY_COOKIE, "COOKIE"},       {IKE_NOTIFY_REDIRECT, "REDIRECT"},
};

static void fill_notify(struct mw_ike_row *row, uint16_t number)
{
	struct mw_text text = mw_text_in(row->notify, sizeof(row->notify));

	if (number == 0)
		return;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(errors); i++) {
		if (errors[i].number == number) {
			mw_text_add(&text, "%s", errors[i].name);
			return;
		}
	}
	mw_text_add(&text, "error %u", number);
}

static void fill_spi(char *chars, size_t size_bytes, const uint8_t spi[IKE_SPI_BYTES])
{
	struct mw_text text = mw_text_in(chars, size_bytes);
	uint8_t any = 0;

	for (uint32_t i = 0; i < IKE_SPI_BYTES; i++)
		any |= spi[i];
	for (uint32_t i = 0; i < IKE_SPI_BYTES && any != 0; i++)
		mw_text_add(&text, "%02x", spi[i]);
}

static int64_t known(int64_t value)
{
	return value == 0 ? MW_UNKNOWN_I64 : value;
}

static void fill_ends(const struct ike_attempt *attempt, struct mw_ike_row *row)
{
	const struct ike_exchange *init = &attempt->init;

	row->initiator = attempt->initiator;
	row->responder = attempt->responder;
	row->initiator_port = attempt->initiator_port;
	row->responder_port = attempt->responder_port;
	fill_spi(row->spi_i, sizeof(row->spi_i), attempt->spi_i);
	memcpy(row->initiator_spi, attempt->spi_i, sizeof(row->initiator_spi));
	fill_spi(row->spi_r, sizeof(row->spi_r), attempt->spi_r);
	row->nat_t = attempt->nat_t ? 1 : attempt->plain_auth ? 0 : NOT_KNOWN;
	row->init_ok = init->type == 0                                        ? NOT_KNOWN
				   : attempt->auth.type != 0                              ? 1
				   : init->response.whole_ns != 0 || attempt->begin_again ? 1
																		  : 0;
	row->init_requests = init->request.sent;
	row->offered_i = attempt->offered_i;
	row->offered_r = attempt->offered_r;
	row->rfc7383 = attempt->skf                               ? MW_IKE_7383_USED
				   : attempt->offered_i || attempt->offered_r ? MW_IKE_7383_OFFERED
															  : MW_IKE_7383_NO;
}

static uint8_t response_of(const struct ike_exchange *auth)
{
	if (auth->response.whole_ns != 0)
		return MW_IKE_COMPLETE;
	return auth->response.sent > 0 || auth->guesses > 0 ? MW_IKE_PARTIAL : MW_IKE_NONE;
}

static void fill_auth(const struct ike_attempt *attempt, struct mw_ike_row *row)
{
	const struct ike_exchange *auth = &attempt->auth;

	row->auth_requests = auth->request.sent;
	row->auth_response = response_of(auth);
	row->request_bytes = known(auth->request.message_bytes);
	row->response_bytes = known(auth->response.message_bytes);
	row->responses = (int64_t)auth->response.sent + auth->guesses;
	if (row->verdict != MW_IKE_ESTABLISHED || attempt->before_response_bytes <= auth->response.message_bytes)
		return;
	row->auth_requests = attempt->before_sent;
	row->auth_response = MW_IKE_COMPLETE; // the initiator went on
	row->request_bytes = known(attempt->before_request_bytes);
	row->response_bytes = attempt->before_response_bytes;
}

static void fill_fragments(const struct ike_attempt *attempt, struct mw_ike_row *row)
{
	const struct ike_exchange *auth = &attempt->auth, *init = &attempt->init;

	row->request_fragmented =
		auth->request.fragmented || init->request.fragmented || attempt->before_fragmented_request;
	row->response_fragmented = auth->response.fragmented || init->response.fragmented || auth->guesses > 0 ||
							   attempt->before_fragmented_response;
	row->fragmented = row->request_fragmented || row->response_fragmented;
	row->response_largest_bytes = known(MW_MAX(auth->response.packet_bytes, attempt->before_packet_bytes));
	row->exceeded = ike_attempt_at(attempt)->exceeded_request || ike_attempt_at(attempt)->exceeded_response;
	row->guessed = row->verdict == MW_IKE_RESPONSE_FRAGMENTS_LOST && auth->guesses > 0 && auth->response.sent == 0;
}

static void fill_missing(const struct ike_facts *lost, struct mw_ike_row *row)
{
	struct mw_text text = mw_text_in(row->missing, sizeof(row->missing));

	row->missing_total = MW_UNKNOWN_I64;
	if (lost->what != IKE_PIECES)
		return;
	row->missing_total = known(lost->bytes_total);
	row->missing_is_request = !lost->is_response;
	for (uint32_t i = 0; i < MW_MIN(lost->missing_count, (uint32_t)IKE_FACTS_MISSING); i++) {
		mw_text_add(&text, "%s%u-", i > 0 ? ";" : "", lost->missing[i].from);
		if (lost->missing[i].to != UINT32_MAX && lost->missing[i].to > 0)
			mw_text_add(&text, "%u", lost->missing[i].to - 1);
	}
}

void ike_row_fill(const struct ike_attempt *attempt, const struct ike_decision *decision, uint32_t other_response_bytes,
				  struct mw_ike_row *row)
{
	*row = (struct mw_ike_row){.ts_ns = attempt->first_ns,
							   .last_ns = attempt->last_ns,
							   .verdict = decision->verdict,
							   .confidence = decision->confidence,
							   .reason = decision->reason,
							   .unreachable = attempt->unreachable,
							   .mtu_reported = known(attempt->mtu_bytes),
							   .mtu_reporter = attempt->mtu_reporter,
							   .other_response_bytes = known(other_response_bytes)};
	fill_ends(attempt, row);
	fill_auth(attempt, row);
	fill_fragments(attempt, row);
	fill_missing(&attempt->lost, row);
	fill_notify(row, attempt->begin_again && attempt->notify == 0 ? attempt->again_notify : attempt->notify);
}
