// SPDX-License-Identifier: BSD-3-Clause
// The columns of nat_hosts.csv and nat_lines.csv, and the settings of section "nat".
// Neighbours: nat.h; rows.c fills the rows, profile.c reads the timers.
#include "line.h"
#include "nat.h"
#include "nat_model.h"

const char *const mw_nat_line_kind_names[MW_NAT_LINE_KINDS] = {"map-e", "ds-lite", "napt", "cgn", "unknown"};
const char *const mw_nat_state_names[MW_NAT_STATES] = {"ok", "warning", "exhausted"};
const char *const mw_nat_timer_from_names[MW_NAT_TIMER_FROMS] = {"assumed", "measured", "configured"};
const char *const mw_nat_behaviour_names[MW_NAT_BEHAVIOURS] = {"rfc4787", "home-gateway", "linux", "rtx"};

#define COLUMN(row, title, kind, member, text, ...)                                                                    \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct row, member), .help = text, __VA_ARGS__              \
	}
#define HOST(title, kind, member, text, ...) COLUMN(mw_nat_host_row, title, kind, member, text, __VA_ARGS__)
#define LINE(title, kind, member, text, ...) COLUMN(mw_nat_line_row, title, kind, member, text, __VA_ARGS__)
#define NAMES(list, count)                   .names = list, .names_count = count

static const struct mw_column host_columns[] = {
	HOST("line", TEXT, line, "NAT line: its configured name, its outside or CE address, or inside"),
	HOST("host", ADDRESS, host, "inside host; seen from outside, the line's outside address"),
	HOST("sessions", I64, sessions, "entries it holds in the modelled translator at the interval's end"),
	HOST("sessions_peak", I64, sessions_peak, "most entries it held at once"),
	HOST("ports_tcp", I64, ports_tcp, "outside ports it needs for TCP at the interval's end"),
	HOST("ports_udp", I64, ports_udp, "outside ports it needs for UDP"),
	HOST("ports_icmp", I64, ports_icmp, "identifiers it needs for ICMP echo"),
	HOST("ports_peak", I64, ports_peak, "most outside ports it needed at once, of all protocols"),
	HOST("new_per_s", DOUBLE, new_per_s, "entries it opened a second", .decimals = 3),
	HOST("unanswered_pct", DOUBLE, unanswered_pct, "share of its new connections that nothing came back to, percent",
		 .decimals = 1),
	HOST("over_limit", I64, over_limit, "connections that a limit of the modelled translator refused"),
	HOST("top_dst", ADDRESS, top_dst, "where most of its new connections went; of a churner, where they go unanswered"),
	HOST("top_dport", I64, top_dport, "port there; empty when there are several"),
	HOST("pattern", TEXT, pattern, "a churner's habit in words"),
};

const struct mw_record mw_nat_host_record = {
	.name = "nat_hosts",
	.help = "one row per interval and inside host, most ports first",
	.schema = 1,
	.ts_offset = offsetof(struct mw_nat_host_row, ts_ns),
	.row_bytes = sizeof(struct mw_nat_host_row),
	.columns = host_columns,
	.columns_count = MW_ARRAY_SIZE(host_columns),
};

static const struct mw_column line_columns[] = {
	LINE("line", TEXT, line, "its configured name, its outside or CE address, or inside"),
	LINE("kind", ENUM, kind, "what translates", NAMES(mw_nat_line_kind_names, MW_NAT_LINE_KINDS)),
	LINE("outside", ADDRESS, outside, "its outside IPv4 address"),
	LINE("psid", I64, psid, "port set identifier of MAP-E"),
	LINE("psid_bits", I64, psid_bits, "length of the PSID, bits"),
	LINE("psid_offset", I64, psid_offset, "bits of a port before the PSID"),
	LINE("ports_limit", I64, ports_limit,
		 "outside ports it has; from inside what its hosts held, by the model, when the first was refused; empty when "
		 "it is not known"),
	LINE("ports_used", I64, ports_used, "most outside ports needed at once in the interval"),
	LINE("ports_peak", I64, ports_peak, "most outside ports needed at once so far"),
	LINE("sessions", I64, sessions, "entries of the modelled translator at the interval's end"),
	LINE("sessions_limit", I64, sessions_limit, "entries its translator can hold; empty when not known"),
	LINE("timer_s", I64, timer_s, "seconds that an idle UDP entry lives, as the model has it now"),
	LINE("exhaustion_in_s", I64, exhaustion_in_s, "seconds until no port is left at the growth of this interval"),
	LINE("new_v4_failed_pct", DOUBLE, new_v4_failed_pct, "share of new IPv4 connections without an answer, percent",
		 .decimals = 1),
	LINE("established_v4_failed_pct", DOUBLE, established_v4_failed_pct,
		 "share of IPv4 connections answered before that got no answer any more, percent", .decimals = 1),
	LINE("new_v6_failed_pct", DOUBLE, new_v6_failed_pct, "share of new IPv6 connections without an answer, percent",
		 .decimals = 1),
	LINE("state", ENUM, state, "exhausted by what happens, warning by the model",
		 NAMES(mw_nat_state_names, MW_NAT_STATES)),
	LINE("timer_from", ENUM, timer_from, "where timer_s comes from: the profile, what was seen, or the settings",
		 NAMES(mw_nat_timer_from_names, MW_NAT_TIMER_FROMS)),
};

const struct mw_record mw_nat_line_record = {
	.name = "nat_lines",
	.help = "one row per interval and NAT line",
	.schema = 1,
	.ts_offset = offsetof(struct mw_nat_line_row, ts_ns),
	.row_bytes = sizeof(struct mw_nat_line_row),
	.columns = line_columns,
	.columns_count = MW_ARRAY_SIZE(line_columns),
};

static const char *const mapping_names[1 + MW_NAT_MAPPINGS] = {"auto", "independent", "dependent"};
static const char *const shared_names[] = {"auto", "no", "yes"};

#define MEMBER(member) MW_SETTING_OFFSET(struct mw_nat_settings, member)
#define DAY_NS         (24 * 3600 * MW_NS_PER_SECOND)
#define TIMER(key, member, text, ...)                                                                                  \
	{                                                                                                                  \
		.name = key, .type = MW_SETTING_DURATION, .offset = MEMBER(member), .default_text = "0s", .max = 365 * DAY_NS, \
		.help = text "; 0s: as the profile has it", __VA_ARGS__                                                        \
	}
#define LIMIT(key, member, text)                                                                                       \
	{                                                                                                                  \
		.name = key, .type = MW_SETTING_UINT, .offset = MEMBER(member), .default_text = "0", .max = UINT32_MAX,        \
		.help = text                                                                                                   \
	}
#define ROOM(key, member, usual, least, most, text)                                                                    \
	{                                                                                                                  \
		.name = key, .type = MW_SETTING_UINT, .offset = MEMBER(member), .needs_restart = true, .default_text = usual,  \
		.min = least, .max = most, .help = text                                                                        \
	}
#define CHOICE(key, member, usual, list, text)                                                                         \
	{                                                                                                                  \
		.name = key, .type = MW_SETTING_ENUM, .offset = MEMBER(member), .default_text = usual, .names = list,          \
		.names_count = MW_ARRAY_SIZE(list), .help = text                                                               \
	}

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = MEMBER(enabled),
	 .default_text = "yes",
	 .help = "follow the port demand of hosts behind address translators"},
	{.name = "inside",
	 .type = MW_SETTING_PREFIXES,
	 .offset = MEMBER(inside),
	 .default_text = "",
	 .help = "prefixes of inside hosts; what lies outside them is reached through the translator; empty: private "
			 "addresses, and of private destinations those networks that are seen to answer"},
	{.name = "lines",
	 .type = MW_SETTING_TEXTS,
	 .offset = MEMBER(lines),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "names of lines, each NAME=PREFIX: a prefix of inside hosts, outside addresses or CE addresses",
	 .check = nat_lines_check,
	 .check_beside = nat_lines_check_beside},
	CHOICE("profile", profile, "rfc4787", mw_nat_behaviour_names,
		   "how the translator behaves; single timers and limits override it"),
	TIMER("udp-timer", udp_timer_ns, "how long an idle UDP entry lives"),
	TIMER("udp-unanswered-timer", udp_unanswered_timer_ns, "how long an idle UDP entry lives that nothing came back to",
		  .at_most = "nat.udp-timer"),
	TIMER("dns-timer", dns_timer_ns, "how long an idle entry of UDP port 53 lives"),
	TIMER("icmp-timer", icmp_timer_ns, "how long an idle entry of ICMP echo lives"),
	TIMER("tcp-opening-timer", tcp_opening_timer_ns, "how long an unanswered TCP entry lives"),
	TIMER("tcp-timer", tcp_timer_ns, "how long an idle established TCP entry lives"),
	TIMER("tcp-closing-timer", tcp_closing_timer_ns, "how long a TCP entry lives after a FIN or a reset"),
	CHOICE("tcp-mapping", tcp_mapping, "auto", mapping_names,
		   "whether one outside port serves a TCP port towards all peers, or may be used again towards another peer"),
	CHOICE("udp-mapping", udp_mapping, "auto", mapping_names, "the same for UDP"),
	CHOICE("shared-pool", shared_pool, "auto", shared_names,
		   "whether TCP, UDP and ICMP draw their numbers from one pool"),
	LIMIT("ports-limit", ports_limit, "outside ports of a line; 0: what its port pattern says, else no limit"),
	LIMIT("sessions-limit", sessions_limit, "entries of a line's translator; 0: as the profile has it"),
	LIMIT("host-limit", host_limit, "entries that one inside host may hold; 0: no limit"),
	ROOM("lines-max", lines_max, "1024", 1, 65536, "lines followed at a time"),
	ROOM("hosts-max", hosts_max, "131072", 16, 16000000, "inside hosts followed at a time"),
	ROOM("sessions-max", sessions_max, "1048576", 1024, 256000000, "entries of all translators followed at a time"),
	{.name = "steps-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = MEMBER(steps_per_second),
	 .default_text = "1000000",
	 .min = 1000,
	 .max = 100000000,
	 .help = "steps of connections that all workers tell in a second, at most; beyond, the numbers are too low"},
};

const struct mw_settings_module mw_nat_settings_module = {
	.name = "nat",
	.help = "port demand behind address translators",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_nat_settings),
};
