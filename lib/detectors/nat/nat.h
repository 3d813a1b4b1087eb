// SPDX-License-Identifier: BSD-3-Clause
// Port demand behind address translators: rows of nat_hosts.csv and nat_lines.csv, the settings, the detector.
// Neighbours: finding*.c make findings of the rows; model/ is the model.
#ifndef NAT_H
#define NAT_H

#include "mw_detector.h"
#include "mw_diagnosis.h"

enum mw_nat_line_kind {
	MW_NAT_LINE_MAP_E,
	MW_NAT_LINE_DS_LITE,
	MW_NAT_LINE_NAPT,
	MW_NAT_LINE_CGN,
	MW_NAT_LINE_UNKNOWN,
	MW_NAT_LINE_KINDS,
};
extern const char *const mw_nat_line_kind_names[MW_NAT_LINE_KINDS]; // map-e ds-lite napt cgn unknown

enum mw_nat_state { MW_NAT_OK, MW_NAT_WARNING, MW_NAT_EXHAUSTED, MW_NAT_STATES };
extern const char *const mw_nat_state_names[MW_NAT_STATES]; // ok warning exhausted

/** Where the timers of a line's model come from. */
enum mw_nat_timer_from { MW_NAT_TIMER_ASSUMED, MW_NAT_TIMER_MEASURED, MW_NAT_TIMER_CONFIGURED, MW_NAT_TIMER_FROMS };
extern const char *const mw_nat_timer_from_names[MW_NAT_TIMER_FROMS]; // assumed measured configured

#define MW_NAT_LINE_BYTES 48 // a line's name: configured, an outside address, a CE's address, or "inside"

/** What a churner does, as its connections show it. */
struct mw_nat_habit {
	bool known;
	struct mw_address dst; // most of its unanswered sessions go there
	uint16_t dport; // 0: several
	uint8_t protocol; // enum mw_nat_protocol
	bool rotating_port; // a new source port each time
	bool dst_private; // not reachable through a translator
	uint32_t period_ms; // of its bursts, by autocorrelation; 0 none
	double per_s; // unanswered sessions a second
	char hint[96]; // an application known to use that port: "hint", never a proof; "" none
};

/** One inside host in one interval. */
struct mw_nat_host_row {
	uint64_t ts_ns;
	char line[MW_NAT_LINE_BYTES];
	struct mw_address host;
	int64_t sessions, sessions_peak, ports_tcp, ports_udp, ports_icmp, ports_peak;
	double new_per_s, unanswered_pct;
	int64_t over_limit;
	struct mw_address top_dst;
	int64_t top_dport;
	char pattern[128]; // the habit in words
	// beyond the columns, for diagnosis
	struct mw_nat_habit habit;
	double share_pct; // of the line's port demand at its peak
	uint64_t last_ns;
};

/** An address and port to which new TCP connections die while open ones live, as seen since the first that died. */
struct mw_nat_full_peer {
	struct mw_address peer;
	uint16_t port;
	bool limit_reached; // the line's known limit, by the open ones and those just closed
	uint32_t open, lived, silent; // open connections to it; of the older ones heard, and those that got no answer
	uint32_t failed, answered, refused; // new ones: without any answer; with one; reset or refused by an ICMP error
	uint32_t hosts; // whose new ones failed, at most 16
	uint32_t elsewhere_answered, elsewhere_failed; // new ones of the line to others
	uint64_t from_ns, to_ns; // first packets of the first and the last that failed
};
#define MW_NAT_FULL_PEERS 4 // told of a line

/** Where a port serves several destinations, they run out towards one: which, and who holds them. */
struct mw_nat_scarce {
	struct mw_address peer;
	uint16_t port;
	uint8_t protocol; // enum mw_nat_protocol
	uint32_t ports; // held towards it, by the model; 0: none is known to be short of them
	double failed_pct, others_failed_pct; // new connections of late to it, and to all others; NaN: not in view
	struct mw_address host; // who holds most of them,
	uint32_t held; // and how many; 0: hosts are not in view
};

/** One line in one interval. */
struct mw_nat_line_row {
	uint64_t ts_ns;
	char line[MW_NAT_LINE_BYTES];
	uint8_t kind; // enum mw_nat_line_kind
	struct mw_address outside;
	int64_t psid, psid_bits, psid_offset, ports_limit, ports_used, ports_peak, sessions, sessions_limit, timer_s,
		exhaustion_in_s;
	double new_v4_failed_pct, established_v4_failed_pct, new_v6_failed_pct;
	uint8_t state; // enum mw_nat_state
	uint8_t timer_from; // enum mw_nat_timer_from: of timer_s
	// beyond the columns, for diagnosis
	bool inside; // seen from the LAN side of the translator
	bool limit_inferred; // from a port pattern or what was refused, not configured
	int64_t limit_least; // ... from what was refused, after the shortest timers in use; 0 not from that
	double pattern_chance; // that unrelated ports look so
	bool first_block_only; // of several blocks only one is used, though ports were short of it
	int64_t blocks_seen, blocks; // of the port set
	int64_t strays; // sessions from ports outside the set, since it is known; MW_UNKNOWN_I64 without one
	int64_t pool_used; // as ports_used, of the fullest pool: what the limit is held against; 0 as ports_used
	double new_per_s; // sessions opened a second
	double steady_ports; // where the present rate and timer lead
	double timed_per_s; // ... of which so many new ones a second by the timer timer_s
	int64_t ports_tcp, ports_udp, ports_icmp; // of those in use, at the interval's end
	int64_t ping_failed_pct; // MW_UNKNOWN_I64 unknown
	uint64_t exhausted_from_ns, exhausted_to_ns; // of this interval; 0 none
	int64_t measured_timer_s; // how long after their last use ports came back; MW_UNKNOWN_I64 not measured
	uint64_t refused; // by the model's limits
	uint32_t turn_ranges, turn_range_ports; // ranges of the set are taken in turn, and some were full: 0 not seen
	struct mw_address full_peer; // ... towards this destination, UDP
	uint16_t full_port;
	bool full_answers; // something came from it
	uint64_t last_ns;
	char lan_line[MW_NAT_LINE_BYTES]; // outside: the same line as it is seen from inside; "" not in view
	uint8_t reused; // protocols whose ports serve several destinations, a bit each
	struct mw_nat_scarce scarce; // of an exhausted line
	bool limit_each_peer; // the limit has shown to count for each destination
	uint32_t full_peers_count; // destinations without a port, seen from inside
	struct mw_nat_full_peer full_peers[MW_NAT_FULL_PEERS];
};

/** How a translator behaves where nothing else is configured. */
enum mw_nat_behaviour {
	MW_NAT_RFC4787,
	MW_NAT_HOME_GATEWAY,
	MW_NAT_LINUX,
	MW_NAT_RTX,
	MW_NAT_BEHAVIOURS,
};
extern const char *const mw_nat_behaviour_names[MW_NAT_BEHAVIOURS];

/** Section "nat". Times in ns; 0 in timers: as the profile has it. Limits: 0 is none. */
struct mw_nat_settings {
	bool enabled;
	uint64_t steps_per_second; // all workers tell at most so many; key nat.steps-per-second, default 1000000
	uint8_t profile; // enum mw_nat_behaviour
	uint64_t udp_timer_ns, udp_unanswered_timer_ns, dns_timer_ns, icmp_timer_ns;
	uint64_t tcp_opening_timer_ns, tcp_timer_ns, tcp_closing_timer_ns;
	uint8_t tcp_mapping, udp_mapping; // 0 as the profile has it; else 1 + enum mw_nat_mapping
	uint8_t shared_pool; // 0 as the profile has it, 1 no, 2 yes
	uint64_t ports_limit, sessions_limit, host_limit;
	struct mw_setting_prefixes inside;
	struct mw_setting_texts lines; // NAME=PREFIX
	uint64_t lines_max, hosts_max, sessions_max;
};

extern const struct mw_record mw_nat_host_record; // nat_hosts.csv
extern const struct mw_record mw_nat_line_record; // nat_lines.csv
extern const struct mw_settings_module mw_nat_settings_module; // section "nat"
extern const struct mw_detector mw_detector_nat;
extern const struct mw_diagnoser diagnose_nat_lines;
extern const struct mw_diagnoser diagnose_nat_hosts;
extern const struct mw_finding_kind finding_nat_exhaustion, finding_nat_risk, finding_nat_first_block,
	finding_nat_churner;

#endif
