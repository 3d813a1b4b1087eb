// SPDX-License-Identifier: BSD-3-Clause
// Bounded lists of times, in order, and the same as lines of text.
// Neighbours: history.h.
#include "history.h"

#include <stdio.h>
#include <string.h>

#include "mw_time.h"

// Its own place, a free one, or that of the line whose last outage is the longest ago.
static struct outages_history *place_of(struct outages_histories *histories, const char *line)
{
	struct outages_history *oldest = &histories->lines[0];

	for (unsigned i = 0; i < OUTAGES_HISTORIES_MAX; i++) {
		struct outages_history *history = &histories->lines[i];

		if (history->count == 0 || strcmp(history->line, line) == 0)
			return history;
		if (history->starts_ns[MW_MIN(history->count, (uint32_t)OUTAGES_STARTS_MAX) - 1] <
			oldest->starts_ns[MW_MIN(oldest->count, (uint32_t)OUTAGES_STARTS_MAX) - 1])
			oldest = history;
	}
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

struct outages_history *outages_history_add(struct outages_histories *histories, const char *line, uint64_t start_ns)
{
	struct outages_history *history = place_of(histories, line);
	uint32_t at = MW_MIN(history->count, (uint32_t)OUTAGES_STARTS_MAX);

	snprintf(history->line, sizeof(history->line), "%s", line);
	if (at == OUTAGES_STARTS_MAX) {
		at--;
		memmove(history->starts_ns, history->starts_ns + 1, at * sizeof(history->starts_ns[0]));
	}
	for (; at > 0 && history->starts_ns[at - 1] > start_ns; at--)
		history->starts_ns[at] = history->starts_ns[at - 1];
	history->starts_ns[at] = start_ns;
	history->count++;
	return history;
}

// A MAC address, and /VLAN where there is one.
static bool is_line(const char *text)
{
	int mac_end = 0, vlan_end = 0;
	unsigned bytes[6], vlan;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5],
			   &mac_end) != 6 ||
		mac_end != 17)
		return false;
	return text[mac_end] == '\0' ||
		   (sscanf(text + mac_end, "/%4u%n", &vlan, &vlan_end) == 1 && text[mac_end + vlan_end] == '\0');
}

bool outages_history_recall(void *histories, const char *text)
{
	struct outages_history *history;
	const char *time = strchr(text, ' ');
	char line[sizeof(history->line)];
	uint64_t start_ns;

	if (time == NULL || (size_t)(time - text) >= sizeof(line))
		return false;
	snprintf(line, sizeof(line), "%.*s", (int)(time - text), text);
	if (!is_line(line) || mw_time_parse_rfc3339(time + 1, &start_ns) != 0)
		return false;
	history = outages_history_add(histories, line, start_ns);
	history->recalled++;
	return true;
}

void outages_history_keep(const void *data, struct mw_text *text)
{
	const struct outages_histories *histories = data;

	for (unsigned i = 0; i < OUTAGES_HISTORIES_MAX; i++) {
		const struct outages_history *history = &histories->lines[i];

		for (uint32_t k = 0; k < MW_MIN(history->count, (uint32_t)OUTAGES_STARTS_MAX); k++) {
			mw_text_add(text, "%s ", history->line);
			mw_time_add_rfc3339(text, history->starts_ns[k]);
			mw_text_add(text, "\n");
		}
	}
}
