// SPDX-License-Identifier: BSD-3-Clause
// Order and text of events.
// Neighbours: mw_event.h; aggregate/ sorts with the order.
#include "mw_event.h"

#include <string.h>

static int compare_bodies(const struct mw_event *left, const struct mw_event *right)
{
	size_t left_bytes = MW_MIN(left->body_bytes, (uint32_t)MW_EVENT_BODY_BYTES);
	size_t right_bytes = MW_MIN(right->body_bytes, (uint32_t)MW_EVENT_BODY_BYTES);
	int order = memcmp(left->body, right->body, MW_MIN(left_bytes, right_bytes));

	return order != 0 ? order : (left_bytes > right_bytes) - (left_bytes < right_bytes);
}

bool mw_event_send(const struct mw_event_sink *sink, const struct mw_event *event)
{
	struct mw_event *place = mw_event_begin(sink, event->class, event->body_bytes);

	if (place == NULL)
		return false;
	memcpy(place, event, mw_event_used_bytes(event));
	sink->send(sink->context, event->class);
	return true;
}

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
	order = order != 0 ? order : memcmp(left->brief, right->brief, sizeof(left->brief));
	return order != 0 ? order : compare_bodies(left, right);
}

// Every event is told: printf would take longer than all the rest of the line.
static void add_port(struct mw_text *text, uint16_t port)
{
	char chars[sizeof(":65535")];
	size_t at = sizeof(chars);

	do {
		chars[--at] = (char)('0' + port % 10);
		port /= 10;
	} while (port != 0);
	chars[--at] = ':';
	mw_text_add_chars(text, &chars[at], sizeof(chars) - at);
}

static void add_endpoint(struct mw_text *text, const struct mw_address *address, uint16_t port)
{
	bool bracket = port != 0 && !mw_address_is_v4(address);

	if (bracket)
		mw_text_add_chars(text, "[", 1);
	mw_address_add_text(text, address);
	if (bracket)
		mw_text_add_chars(text, "]", 1);
	if (port != 0)
		add_port(text, port);
}

void mw_event_add_ends(struct mw_text *text, const struct mw_event *event)
{
	add_endpoint(text, &event->flow.src, event->flow.src_port);
	mw_text_add_chars(text, " > ", 3);
	add_endpoint(text, &event->flow.dst, event->flow.dst_port);
}
