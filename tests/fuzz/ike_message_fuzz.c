// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as an IKE message, and as the payload of UDP 4500: read without harm, and no fact that contradicts another.
// Neighbours: lib/detectors/ike/message.c.
#include "message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes);

static void read_message(const uint8_t *bytes, size_t len_bytes)
{
	struct ike_facts facts = {0};
	enum ike_read read = ike_message_read(bytes, len_bytes, &facts);

	if (read == IKE_READ_NONE ? facts.version != 0 : facts.version != 1 && facts.version != 2)
		abort();
	if (facts.skf_number > facts.skf_total || (facts.skf_number != 0 && !facts.skf) || facts.error_notify >= 16384)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes)
{
	const uint8_t *at;
	size_t count;

	read_message(bytes, len_bytes);
	at = ike_message_in_udp(bytes, len_bytes, 4500, 4500, &count);
	if (at == NULL)
		return 0;
	if (at != bytes + 4 || count != len_bytes - 4)
		abort();
	read_message(at, count);
	(void)ike_message_digest(at, count);
	return 0;
}
