// SPDX-License-Identifier: BSD-3-Clause
// Order and text of events.
// Neighbours: mw_event.h; control/ sorts with the order.
#include "mw_event.h"

#include <string.h>

#include "mw_time.h"

int mw_event_compare(const void *a, const void *b)
{
	const struct mw_event *left = a;
	const struct mw_event *right = b;
	int order;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	order = memcmp(&left->flow, &right->flow, sizeof(left->flow));
	return order != 0 ? order : memcmp(left->body, right->body, sizeof(left->body));
}

static void add_endpoint(struct mw_text *text, const struct mw_address *address, uint16_t port)
{
	bool bracket = port != 0 && !mw_address_is_v4(address);

	mw_text_add(text, "%s", bracket ? "[" : "");
	mw_address_add_text(text, address);
	mw_text_add(text, "%s", bracket ? "]" : "");
	if (port != 0)
		mw_text_add(text, ":%u", port);
}

void mw_event_add_text(struct mw_text *text, const struct mw_event *event, const char *kind_name)
{
	mw_time_add_rfc3339(text, event->time_ns);
	mw_text_add(text, " %s ", kind_name);
	add_endpoint(text, &event->flow.src, event->flow.src_port);
	mw_text_add(text, " > ");
	add_endpoint(text, &event->flow.dst, event->flow.dst_port);
}
