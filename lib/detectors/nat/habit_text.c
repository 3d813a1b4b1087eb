// SPDX-License-Identifier: BSD-3-Clause
// A habit in words, for the column "pattern" and for findings.
// Neighbours: habit.h.
#include "habit.h"

static const char *const protocol_names[MW_NAT_PROTOCOLS] = {"tcp", "udp", "icmp"};

void nat_habit_add_text(struct mw_text *text, const struct mw_nat_habit *habit)
{
	bool bracket = habit->dport != 0 && !mw_address_is_v4(&habit->dst);

	if (!habit->known)
		return;
	mw_text_add(text, habit->per_s < 0.095 ? "%.2f/s to " : "%.1f/s to ", habit->per_s);
	mw_text_add(text, bracket ? "[" : "");
	mw_address_add_text(text, &habit->dst);
	mw_text_add(text, bracket ? "]" : "");
	if (habit->dport != 0)
		mw_text_add(text, ":%u", habit->dport);
	if (habit->protocol < MW_NAT_PROTOCOLS)
		mw_text_add(text, "/%s", protocol_names[habit->protocol]);
	mw_text_add(text, habit->dst_private ? " (private, never answered)" : " (never answered)");
	if (habit->dport == 0 && habit->protocol != MW_NAT_ICMP)
		mw_text_add(text, ", several ports");
	if (habit->rotating_port)
		mw_text_add(text, habit->protocol == MW_NAT_ICMP ? ", new identifier each time" : ", new port each time");
	if (habit->period_ms != 0)
		mw_text_add(text, ", every %u.%u s", (habit->period_ms + 50) / 1000, (habit->period_ms + 50) % 1000 / 100);
}
