// SPDX-License-Identifier: BSD-3-Clause
// Port sets, and what a rule gives to a prefix.
// Neighbours: mw_mape.h. Follows RFC 7597 sections 5.1, 5.2 and 6.
#include "mw_mape.h"

#define IPV4_BITS        32
#define MAPPED_BITS      96 // of an IPv4 prefix in its IPv6 form
#define SUBNET_BITS      64 // what stands before the interface identifier
#define OFFSET_BITS_MAX  15
#define IDENTIFIER_BYTES 8

static const char *const problem_texts[MW_MAPE_PROBLEMS] = {
	[MW_MAPE_GOOD] = "",
	[MW_MAPE_OFFSET_TOO_LONG] = "the PSID offset is longer than 15 bits",
	[MW_MAPE_PSID_TOO_LONG] = "PSID offset and PSID together are longer than the 16 bits of a port",
	[MW_MAPE_PSID_TOO_LARGE] = "the PSID does not fit into its length",
	[MW_MAPE_RULE6_NOT_IPV6] = "the rule's IPv6 prefix is an IPv4 prefix",
	[MW_MAPE_RULE4_NOT_IPV4] = "the rule's IPv4 prefix is an IPv6 prefix",
	[MW_MAPE_EA_TOO_SHORT] = "the EA bits end before the IPv4 address does: the rule gives IPv4 prefixes",
	[MW_MAPE_EA_TOO_LONG] = "the rule's IPv6 prefix and the EA bits together are longer than 64 bits",
	[MW_MAPE_PREFIX_NOT_IPV6] = "the line's prefix is an IPv4 prefix",
	[MW_MAPE_PREFIX_TOO_SHORT] = "the line's prefix ends before the EA bits do",
	[MW_MAPE_PREFIX_ELSEWHERE] = "the line's prefix is not within the rule's IPv6 prefix",
};

const char *mw_mape_problem_text(enum mw_mape_problem problem)
{
	return problem_texts[problem];
}

enum mw_mape_problem mw_mape_set_check(const struct mw_mape_set *set)
{
	const struct mw_mape_layout *layout = &set->layout;

	if (layout->offset_bits > OFFSET_BITS_MAX)
		return MW_MAPE_OFFSET_TOO_LONG;
	if (layout->offset_bits + layout->psid_bits > MW_MAPE_PORT_BITS)
		return MW_MAPE_PSID_TOO_LONG;
	return (uint32_t)set->psid >> layout->psid_bits == 0 ? MW_MAPE_GOOD : MW_MAPE_PSID_TOO_LARGE;
}

uint32_t mw_mape_ratio(struct mw_mape_layout layout)
{
	return UINT32_C(1) << layout.psid_bits;
}

// An address that is not shared has no part without an owner.
static unsigned offset_bits(struct mw_mape_layout layout)
{
	return layout.psid_bits == 0 ? 0 : layout.offset_bits;
}

static unsigned range_bits(struct mw_mape_layout layout)
{
	return MW_MAPE_PORT_BITS - offset_bits(layout) - layout.psid_bits;
}

uint32_t mw_mape_ranges(struct mw_mape_layout layout)
{
	unsigned bits = offset_bits(layout);

	return bits == 0 ? 1 : (UINT32_C(1) << bits) - 1;
}

uint32_t mw_mape_range_ports(struct mw_mape_layout layout)
{
	return UINT32_C(1) << range_bits(layout);
}

uint32_t mw_mape_ports(struct mw_mape_layout layout)
{
	return mw_mape_ranges(layout) * mw_mape_range_ports(layout);
}

struct mw_mape_range mw_mape_range_at(const struct mw_mape_set *set, uint32_t index)
{
	unsigned bits = offset_bits(set->layout);
	uint32_t a = bits == 0 ? 0 : (index + 1) << (MW_MAPE_PORT_BITS - bits);
	uint32_t first = a | (uint32_t)set->psid << range_bits(set->layout);

	return (struct mw_mape_range){(uint16_t)first, (uint16_t)(first + mw_mape_range_ports(set->layout) - 1)};
}

uint16_t mw_mape_psid_of(struct mw_mape_layout layout, uint16_t port)
{
	return (uint16_t)((uint32_t)port >> range_bits(layout) & (mw_mape_ratio(layout) - 1));
}

bool mw_mape_holds(const struct mw_mape_set *set, uint16_t port)
{
	unsigned bits = offset_bits(set->layout);

	if (bits > 0 && port >> (MW_MAPE_PORT_BITS - bits) == 0)
		return false;
	return mw_mape_psid_of(set->layout, port) == set->psid;
}

static unsigned suffix4_bits(const struct mw_mape_rule *rule)
{
	return MAPPED_BITS + IPV4_BITS - (unsigned)rule->rule4.len_bits;
}

uint8_t mw_mape_rule_psid_bits(const struct mw_mape_rule *rule)
{
	return (uint8_t)(rule->ea_bits - suffix4_bits(rule));
}

enum mw_mape_problem mw_mape_rule_check(const struct mw_mape_rule *rule)
{
	if (mw_address_is_v4(&rule->rule6.address))
		return MW_MAPE_RULE6_NOT_IPV6;
	if (!mw_address_is_v4(&rule->rule4.address) || rule->rule4.len_bits < MAPPED_BITS)
		return MW_MAPE_RULE4_NOT_IPV4;
	if (rule->ea_bits < suffix4_bits(rule))
		return MW_MAPE_EA_TOO_SHORT;
	if (rule->rule6.len_bits + rule->ea_bits > SUBNET_BITS)
		return MW_MAPE_EA_TOO_LONG;
	const struct mw_mape_set set = {.layout = {rule->offset_bits, mw_mape_rule_psid_bits(rule)}};

	return mw_mape_set_check(&set);
}

// The first 64 bits of an address, and the 64 bits as its beginning.
static uint64_t first_half(const struct mw_address *address)
{
	uint64_t bits;

	memcpy(&bits, address->bytes, sizeof(bits));
	return be64toh(bits);
}

static struct mw_address beginning_with(uint64_t bits)
{
	struct mw_address address = {{0}};

	bits = htobe64(bits);
	memcpy(address.bytes, &bits, sizeof(bits));
	return address;
}

// The first len_bits of 64 bits; len_bits from 0 to 64.
static uint64_t kept(uint64_t bits, unsigned len_bits)
{
	return len_bits == 0 ? 0 : bits & UINT64_MAX << (SUBNET_BITS - len_bits);
}

static struct mw_address ipv4_of(const struct mw_mape_rule *rule, uint32_t suffix)
{
	struct mw_address address = rule->rule4.address;
	uint32_t bits;

	memcpy(&bits, address.bytes + 12, sizeof(bits));
	bits |= htobe32(suffix);
	memcpy(address.bytes + 12, &bits, sizeof(bits));
	return address;
}

// IPv4 address and PSID behind the prefix, from the identifier's octet at on.
static struct mw_address ce_address(uint64_t prefix, const struct mw_mape_line *line, unsigned at)
{
	struct mw_address address = beginning_with(prefix);
	uint16_t psid = htobe16(line->set.psid);

	memcpy(address.bytes + IDENTIFIER_BYTES + at, line->ipv4.bytes + 12, 4);
	memcpy(address.bytes + IDENTIFIER_BYTES + at + 4, &psid, sizeof(psid));
	return address;
}

static enum mw_mape_problem check_prefix(const struct mw_mape_rule *rule, const struct mw_prefix *prefix)
{
	if (mw_address_is_v4(&prefix->address))
		return MW_MAPE_PREFIX_NOT_IPV6;
	if (!mw_prefix_holds(&rule->rule6, &prefix->address) || prefix->len_bits < rule->rule6.len_bits)
		return MW_MAPE_PREFIX_ELSEWHERE;
	return prefix->len_bits < rule->rule6.len_bits + rule->ea_bits ? MW_MAPE_PREFIX_TOO_SHORT : MW_MAPE_GOOD;
}

enum mw_mape_problem mw_mape_calc(const struct mw_mape_rule *rule, const struct mw_prefix *prefix,
								  struct mw_mape_line *line)
{
	enum mw_mape_problem problem = mw_mape_rule_check(rule);

	if (problem == MW_MAPE_GOOD)
		problem = check_prefix(rule, prefix);
	if (problem != MW_MAPE_GOOD)
		return problem;
	unsigned end_bits = (unsigned)rule->rule6.len_bits + rule->ea_bits;
	uint64_t given = kept(first_half(&prefix->address), MW_MIN(prefix->len_bits, (unsigned)SUBNET_BITS));
	uint64_t used = kept(given, end_bits);
	uint64_t ea = rule->ea_bits == 0 ? 0 : used << rule->rule6.len_bits >> (SUBNET_BITS - rule->ea_bits);
	uint8_t psid_bits = mw_mape_rule_psid_bits(rule);

	line->set.layout = (struct mw_mape_layout){rule->offset_bits, psid_bits};
	line->set.psid = (uint16_t)(ea & (mw_mape_ratio(line->set.layout) - 1));
	line->ipv4 = ipv4_of(rule, (uint32_t)(ea >> psid_bits));
	line->prefix6 = (struct mw_prefix){beginning_with(used), (uint8_t)end_bits};
	line->ce_rfc7597 = ce_address(given, line, 2);
	line->ce_draft03 = ce_address(used, line, 1);
	return MW_MAPE_GOOD;
}
