// SPDX-License-Identifier: BSD-3-Clause
// MAP-E calculations as commands.
// Neighbours: lib/mape computes; app/midwatch/commands/commands.c and app/midwatchctl/local.c list them.
#include "commands_mape.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mw_mape.h"

#define PROBLEM_BYTES 256

const struct mw_command_argument commands_mape_calc_arguments[COMMANDS_MAPE_CALC_ARGUMENTS] = {
	{.name = "prefix", .help = "IPv6 prefix or any IPv6 address of the line", .required = true},
	{.name = "service", .help = "name of a known service; else every known rule is tried"},
	{.name = "rule6", .help = "IPv6 prefix of a rule given by hand; rule4 and ea belong to it"},
	{.name = "rule4", .help = "IPv4 prefix of a rule given by hand"},
	{.name = "ea", .help = "number of EA bits of a rule given by hand"},
	{.name = "offset", .help = "PSID offset of a rule given by hand (default 6)"},
	{.name = "br", .help = "border relay of a rule given by hand"},
};

const struct mw_command_argument commands_mape_infer_arguments[COMMANDS_MAPE_INFER_ARGUMENTS] = {
	{.name = "ports", .help = "outside ports of one line, as 7296-7311,11392", .required = true, .rest = true},
	{.name = "ce", .help = "the line's CE address: its PSID settles the layout (as ce=ADDRESS before the ports)"},
};

static const char *given(const json_t *arguments, const char *name)
{
	return json_string_value(json_object_get(arguments, name));
}

static json_t *address_json(const struct mw_address *address)
{
	char chars[MW_ADDRESS_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_address_add_text(&text, address);
	return json_string(chars);
}

static json_t *prefix_json(const struct mw_prefix *prefix)
{
	char chars[MW_ADDRESS_TEXT_BYTES + 4];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_address_add_text(&text, &prefix->address);
	mw_text_add(&text, "/%u", mw_address_is_v4(&prefix->address) ? prefix->len_bits - 96u : prefix->len_bits);
	return json_string(chars);
}

static json_t *ranges_json(const struct mw_mape_set *set)
{
	json_t *ranges = json_array();

	for (uint32_t i = 0; i < mw_mape_ranges(set->layout); i++) {
		struct mw_mape_range range = mw_mape_range_at(set, i);

		json_array_append_new(ranges, range.first == range.last ? json_sprintf("%u", range.first)
																: json_sprintf("%u-%u", range.first, range.last));
	}
	return ranges;
}

// What a port set is, added to answer.
static void add_set(json_t *answer, const struct mw_mape_set *set)
{
	json_object_set_new(answer, "psid", json_integer(set->psid));
	json_object_set_new(answer, "psid_bits", json_integer(set->layout.psid_bits));
	json_object_set_new(answer, "psid_offset", json_integer(set->layout.offset_bits));
	json_object_set_new(answer, "ports", json_integer(mw_mape_ports(set->layout)));
	json_object_set_new(answer, "lines_per_address", json_integer(mw_mape_ratio(set->layout)));
	json_object_set_new(answer, "ranges", ranges_json(set));
}

// The line's: an address with a length too, so of "2001:db8::5/64" it is 2001:db8::/64.
static bool read_line_prefix(const char *chars, struct mw_prefix *prefix)
{
	size_t len = strcspn(chars, "/");
	char host[MW_ADDRESS_TEXT_BYTES];
	uint64_t bits = 128;

	if (mw_prefix_parse(chars, prefix) == 0)
		return true;
	if (chars[len] == '\0' || len >= sizeof(host))
		return false;
	memcpy(host, chars, len);
	host[len] = '\0';
	if (mw_prefix_parse(host, prefix) != 0 || mw_text_parse_uint(chars + len + 1, &bits) != 0 || bits > 128)
		return false;
	prefix->len_bits = (uint8_t)bits; // what is behind is cut off by the calculation
	return true;
}

static bool take_prefix(const json_t *arguments, const char *name, struct mw_prefix *prefix, struct mw_reply *reply)
{
	const char *chars = given(arguments, name);

	if (chars != NULL && mw_prefix_parse(chars, prefix) == 0)
		return true;
	reply->fail(reply, MW_CODE_USAGE, chars == NULL ? "a rule given by hand needs %s=" : "%s is not an IP prefix",
				name);
	return false;
}

static bool take_bits(const json_t *arguments, const char *name, uint64_t usual, uint8_t *bits, struct mw_reply *reply)
{
	const char *chars = given(arguments, name);
	uint64_t number = usual;

	if ((chars != NULL && mw_text_parse_uint(chars, &number) != 0) || number > 64) {
		reply->fail(reply, MW_CODE_USAGE, "%s must be a number of bits from 0 to 64", name);
		return false;
	}
	*bits = (uint8_t)number;
	return true;
}

static bool take_rule(const json_t *arguments, struct mw_mape_rule *rule, struct mw_reply *reply)
{
	struct mw_prefix br = {.len_bits = 128};

	*rule = (struct mw_mape_rule){.service = "given by hand"};
	if (!take_prefix(arguments, "rule6", &rule->rule6, reply) || !take_prefix(arguments, "rule4", &rule->rule4, reply))
		return false;
	if (given(arguments, "ea") == NULL) {
		reply->fail(reply, MW_CODE_USAGE, "a rule given by hand needs ea=");
		return false;
	}
	if (!take_bits(arguments, "ea", 0, &rule->ea_bits, reply) ||
		!take_bits(arguments, "offset", 6, &rule->offset_bits, reply))
		return false;
	if (given(arguments, "br") != NULL && !take_prefix(arguments, "br", &br, reply))
		return false;
	rule->br = br.address;
	return true;
}

static bool is_known(const struct mw_address *address)
{
	static const struct mw_address none;

	return mw_address_compare(address, &none) != 0;
}

static json_t *line_json(const struct mw_mape_rule *rule, const struct mw_mape_line *line)
{
	json_t *answer =
		json_pack("{s:s, s:s*, s:o, s:o, s:I, s:o}", "service", rule->service, "source",
				  rule->source[0] == '\0' ? NULL : rule->source, "rule_ipv6", prefix_json(&rule->rule6), "rule_ipv4",
				  prefix_json(&rule->rule4), "ea_bits", (json_int_t)rule->ea_bits, "ipv4", address_json(&line->ipv4));

	add_set(answer, &line->set);
	json_object_set_new(answer, "ce_draft03", address_json(&line->ce_draft03));
	json_object_set_new(answer, "ce_rfc7597", address_json(&line->ce_rfc7597));
	json_object_set_new(answer, "br", is_known(&rule->br) ? address_json(&rule->br) : json_null());
	return answer;
}

static void say_problem(void *context, const struct mw_settings_problem *problem)
{
	struct mw_text *text = context;

	if (text->len_bytes == 0)
		mw_text_add(text, "%s:%u:%u: %s%s%s", problem->file, problem->line, problem->column, problem->key,
					problem->key[0] == '\0' ? "" : ": ", problem->message);
}

static struct mw_mape_rules *load_rules(struct mw_reply *reply)
{
	char chars[PROBLEM_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	struct mw_mape_rules *rules = NULL;
	int error = mw_mape_rules_load(mw_mape_rules_default_path(), say_problem, &text, &rules);

	if (error != 0)
		reply->fail(reply, MW_CODE_FAILED, "%s", chars[0] == '\0' ? strerror(-error) : chars);
	return rules;
}

/** What the known rules say of a prefix. */
struct lookup {
	const struct mw_prefix *prefix;
	const char *service; // NULL: any
	json_t *answer; // by the longest rule; NULL: none yet
	json_t *others; // services of shorter ones
	const char *problem; // of the first rule that holds the prefix and gives nothing
};

static void try_rule(struct lookup *lookup, const struct mw_mape_rule *rule)
{
	struct mw_mape_line line;
	enum mw_mape_problem problem = mw_mape_calc(rule, lookup->prefix, &line);

	if (problem != MW_MAPE_GOOD)
		lookup->problem = lookup->problem == NULL ? mw_mape_problem_text(problem) : lookup->problem;
	else if (lookup->answer == NULL)
		lookup->answer = line_json(rule, &line);
	else
		json_array_append_new(lookup->others, json_string(rule->service));
}

static void calc_by_known_rules(struct lookup *lookup, struct mw_reply *reply)
{
	struct mw_mape_rules *rules = load_rules(reply);
	const struct mw_mape_rule *rule = NULL;

	if (rules == NULL)
		return;
	lookup->others = json_array();
	while ((rule = mw_mape_rules_find(rules, &lookup->prefix->address, rule)) != NULL)
		if (lookup->service == NULL || strcasecmp(lookup->service, rule->service) == 0)
			try_rule(lookup, rule);
	if (lookup->answer != NULL) {
		if (json_array_size(lookup->others) > 0)
			json_object_set(lookup->answer, "also_held_by", lookup->others);
		reply->message(reply, lookup->answer);
	} else if (lookup->problem != NULL) {
		reply->fail(reply, MW_CODE_USAGE, "%s", lookup->problem);
	} else {
		reply->fail(reply, MW_CODE_NOT_FOUND,
					"no rule of %s%s holds this prefix; give one with rule6= rule4= ea= offset=",
					mw_mape_rules_default_path(), lookup->service == NULL ? "" : " for this service");
	}
	json_decref(lookup->others);
	mw_mape_rules_free(rules);
}

bool commands_mape_calc(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct mw_prefix prefix;
	struct mw_mape_rule rule;
	struct mw_mape_line line;

	(void)backend;
	if (!read_line_prefix(given(arguments, "prefix"), &prefix)) {
		reply->fail(reply, MW_CODE_USAGE, "prefix is not an IP prefix or address");
		return false;
	}
	if (given(arguments, "rule6") == NULL && given(arguments, "rule4") == NULL && given(arguments, "ea") == NULL) {
		calc_by_known_rules(&(struct lookup){.prefix = &prefix, .service = given(arguments, "service")}, reply);
	} else if (take_rule(arguments, &rule, reply)) {
		enum mw_mape_problem problem = mw_mape_calc(&rule, &prefix, &line);

		if (problem == MW_MAPE_GOOD)
			reply->message(reply, line_json(&rule, &line));
		else
			reply->fail(reply, MW_CODE_USAGE, "%s", mw_mape_problem_text(problem));
	}
	return false;
}

// Without more digits than it deserves.
static json_t *chance_json(double chance)
{
	if (chance >= 0.1)
		return json_sprintf("%.0f %%", chance * 100);
	if (chance < 1e-9)
		return json_string("less than 1 in 1000000000");
	return json_sprintf("1 in %.0f", 1 / chance);
}

static json_t *alternatives_json(const struct mw_mape_judgement *judgement)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < judgement->alternatives_count; i++) {
		const struct mw_mape_alternative *other = &judgement->alternatives[i];

		json_array_append_new(rows, json_pack("{s:i, s:i, s:i, s:I, s:o}", "psid", other->set.psid, "psid_bits",
											  other->set.layout.psid_bits, "psid_offset", other->set.layout.offset_bits,
											  "ports", (json_int_t)mw_mape_ports(other->set.layout), "chance",
											  chance_json(other->chance)));
	}
	return rows;
}

static void add_pattern(json_t *answer, const struct mw_mape_judgement *judgement)
{
	add_set(answer, &judgement->set);
	json_object_set_new(answer, "ranges_seen", json_integer(judgement->ranges));
	json_object_set_new(answer, "usual_layout", json_boolean(judgement->usual));
	json_object_set_new(answer, "chance_of_unrelated_ports", chance_json(judgement->chance));
	if (judgement->alternatives_count > 0)
		json_object_set_new(answer, "or_else", alternatives_json(judgement));
}

static const char *const verdict_texts[MW_MAPE_VERDICTS] = {
	[MW_MAPE_TOO_FEW] = "these ports may be of one set, but they are too few or too near each other to tell",
	[MW_MAPE_NO_PATTERN] = "these ports are not of one MAP-E port set",
	[MW_MAPE_ONE_BLOCK] = "one block only: a CE that uses no more of its set, or ports taken in order from no set",
	[MW_MAPE_PATTERN] = "these ports share the bits of one PSID",
};

static json_t *judgement_json(const struct mw_mape_judgement *judgement, uint32_t ports)
{
	json_t *answer = json_pack("{s:s, s:s, s:I}", "verdict", mw_mape_verdict_names[judgement->verdict], "meaning",
							   verdict_texts[judgement->verdict], "ports_given", (json_int_t)ports);

	if (judgement->verdict == MW_MAPE_PATTERN)
		add_pattern(answer, judgement);
	if (judgement->verdict == MW_MAPE_ONE_BLOCK)
		json_object_set_new(answer, "block", json_sprintf("%u-%u", judgement->block.first, judgement->block.last));
	if (judgement->verdict == MW_MAPE_TOO_FEW)
		json_object_set_new(answer, "chance_of_unrelated_ports", chance_json(judgement->chance));
	return answer;
}

// What the CE address adds. @return false after a refusal.
static bool add_ce(json_t *answer, const char *chars, const struct mw_mape_seen *seen, struct mw_reply *reply)
{
	struct mw_mape_layout layout;
	struct mw_mape_ce ce;
	struct mw_prefix prefix;

	if (mw_prefix_parse(chars, &prefix) != 0 || !mw_mape_ce_read(&prefix.address, &ce)) {
		reply->fail(reply, MW_CODE_USAGE, "ce has the form of no MAP-E CE address (RFC 7597 or draft-03)");
		return false;
	}
	bool fits = mw_mape_seen_layout(seen, ce.psid, &layout);
	json_t *told = json_pack("{s:s, s:o, s:i, s:b}", "form", mw_mape_form_names[ce.form], "ipv4",
							 address_json(&ce.ipv4), "psid", ce.psid, "ports_fit", fits);

	if (fits) {
		const struct mw_mape_set set = {layout, ce.psid};

		add_set(told, &set);
		json_object_set_new(told, "ranges_seen", json_integer(mw_mape_seen_ranges(seen, layout)));
	}
	json_object_set_new(answer, "ce", told);
	return true;
}

bool commands_mape_infer(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	char chars[PROBLEM_BYTES];
	struct mw_text why = mw_text_in(chars, sizeof(chars));
	struct mw_mape_seen seen = {0};
	struct mw_mape_judgement judgement;

	(void)backend;
	if (mw_mape_seen_parse(&seen, given(arguments, "ports"), &why) != 0) {
		reply->fail(reply, MW_CODE_USAGE, "%s", chars);
		return false;
	}
	mw_mape_seen_judge(&seen, &judgement);
	json_t *answer = judgement_json(&judgement, seen.adds);

	if (given(arguments, "ce") != NULL && !add_ce(answer, given(arguments, "ce"), &seen, reply))
		json_decref(answer);
	else
		reply->message(reply, answer);
	return false;
}
