// SPDX-License-Identifier: BSD-3-Clause
// The event: a fixed-size value that a worker sends to the control core; no pointer in it, so any process may read it.
// Neighbours: detectors emit, ring/ carries, aggregate/ hands it to the detectors' control halves. Any thread;
// nothing here keeps an event.
#ifndef MW_EVENT_H
#define MW_EVENT_H

#include "mw_address.h"
#include "mw_base.h"

#define MW_EVENT_BYTES      384
#define MW_EVENT_LINE_BYTES 64 // an event without a body; what is carried is whole lines
#define MW_EVENT_BODY_BYTES (MW_EVENT_BYTES - MW_EVENT_LINE_BYTES)

/** Whose room it takes on its way. */
enum mw_event_class {
	MW_EVENT_EVIDENCE, // few, or bounded by a budget, and each counts
	MW_EVENT_STEP, // as many as connections; short, and of a flood of them some may be lost
	MW_EVENT_CLASSES,
};

/** The flow that an event is about; all zero when it is about none. src sent the packet that the event reports. */
struct mw_event_flow {
	struct mw_address src, dst;
	uint16_t src_port, dst_port; // host order
	uint8_t protocol;
	uint8_t tunnel; // enum mw_layer, MW_LAYERS for none
	uint16_t vlan; // 0 untagged
};

struct mw_event {
	uint64_t time_ns; // first packet of what it reports
	uint16_t kind; // detector index << 8 | the detector's own number
	uint8_t worker;
	uint8_t class; // enum mw_event_class
	uint32_t body_bytes; // used part of body; what lies behind it means nothing
	struct mw_event_flow flow;
	uint8_t brief[8]; // the detector's own few bytes: an event without a body is one line
	_Alignas(8) uint8_t body[MW_EVENT_BODY_BYTES];
};

_Static_assert(sizeof(struct mw_event) == MW_EVENT_BYTES, "events have one size");

/** Bytes of an event that mean something: most events are short, and are carried so. */
static inline size_t mw_event_used_bytes(const struct mw_event *event)
{
	return offsetof(struct mw_event, body) + MW_MIN(event->body_bytes, (uint32_t)MW_EVENT_BODY_BYTES);
}

/** A line of what is carried. */
struct mw_event_line {
	_Alignas(MW_EVENT_LINE_BYTES) uint8_t bytes[MW_EVENT_LINE_BYTES];
};

/** Lines of an event with a body of so many bytes. */
static inline uint32_t mw_event_lines(uint32_t body_bytes)
{
	return 1 + (MW_MIN(body_bytes, (uint32_t)MW_EVENT_BODY_BYTES) + MW_EVENT_LINE_BYTES - 1) / MW_EVENT_LINE_BYTES;
}

/**
 * The same for whoever walks along events: before is what the one before it had. Most have as many, and then the next
 * one is looked at before the length of this one has arrived.
 */
static inline uint32_t mw_event_lines_after(uint32_t before, uint32_t body_bytes)
{
	const uint32_t lines = mw_event_lines(body_bytes);

	return (uint32_t)(MW_LIKELY(lines == before) ? mw_unguessed(before) : mw_unguessed(lines));
}

/** Where the next event of a class is made, and how many lines there are for it, one behind the other. */
struct mw_event_room {
	struct mw_event_line *next;
	uint32_t lines;
};

/**
 * Where a worker's events go. begin gives room for one with a body of up to body_bytes, to be filled in place, all but
 * its class; NULL means that it is dropped, and the sink has counted it. It goes with send; another begin gives the
 * same room again.
 */
struct mw_event_sink {
	struct mw_event *(*begin)(void *context, enum mw_event_class class, uint32_t body_bytes);
	void (*send)(void *context, enum mw_event_class class);
	void *context;
	const struct mw_event_room *rooms[MW_EVENT_CLASSES]; // what begin gives without more ado; NULL: begin is asked
};

/** As begin of the sink, which is asked only where there is too little room. */
static inline struct mw_event *mw_event_begin(const struct mw_event_sink *sink, enum mw_event_class class,
											  uint32_t body_bytes)
{
	const struct mw_event_room *room = sink->rooms[class];

	if (MW_LIKELY(room != NULL) && MW_LIKELY(mw_event_lines(body_bytes) <= room->lines))
		return (struct mw_event *)(void *)room->next;
	return sink->begin(sink->context, class, body_bytes);
}

/** Sends a copy of the used bytes of an event. @return false when it was dropped. */
bool mw_event_send(const struct mw_event_sink *sink, const struct mw_event *event);

/**
 * Total order that does not depend on which worker sent what: time, kind, flow, brief, body. For qsort.
 * Control brings what it drains in this order, so that one and many workers give the same story.
 * @return below, equal to or above 0.
 */
int mw_event_compare(const void *a, const void *b);

/** Appends whom it is about: "192.0.2.7:443 > [2001:db8::1]:50000". */
void mw_event_add_ends(struct mw_text *text, const struct mw_event *event);

#endif
