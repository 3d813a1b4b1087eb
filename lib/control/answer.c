// SPDX-License-Identifier: BSD-3-Clause
// What is said to a client: rows, messages, refusals, each one line of JSON.
// Neighbours: client.h; handlers of commands come here through struct mw_reply.
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REFUSAL_BYTES 1024

static int queue_bytes(const char *bytes, size_t count, void *context)
{
	client_queue(context, bytes, count);
	return 0;
}

void answer_line(struct client *client, json_t *line)
{
	if (line == NULL || json_dump_callback(line, queue_bytes, client, JSON_COMPACT | JSON_REAL_PRECISION(15)) != 0)
		client->gone = true; // memory was short and half a line may be queued: the rest would be nonsense
	client_queue(client, "\n", 1);
	json_decref(line);
}

// Borrows id; NULL is null.
static json_t *line_with_id(const json_t *id)
{
	json_t *line = json_object();

	json_object_set_new(line, "id", id != NULL ? json_incref((json_t *)(uintptr_t)id) : json_null());
	return line;
}

void answer_refuse(struct client *client, const json_t *id, const char *code, const char *message)
{
	json_t *line = line_with_id(id);

	json_object_set_new(line, "return", json_string("NOK"));
	json_object_set_new(line, "code", json_string(code));
	json_object_set_new(line, "message", mw_json_text(message));
	answer_line(client, line);
}

static struct client *client_of(struct mw_reply *reply)
{
	return (struct client *)(void *)((char *)reply - offsetof(struct client, reply));
}

static const json_t *id_of(const struct client *client)
{
	return json_object_get(client->request, "id");
}

static void reply_row_json(struct mw_reply *reply, json_t *row)
{
	struct client *client = client_of(reply);
	json_t *line = NULL;

	if (client->answered || client->gone) {
		json_decref(row);
		return;
	}
	if (row != NULL) {
		line = line_with_id(id_of(client));
		json_object_set_new(line, "row", row);
		client->rows++;
	}
	answer_line(client, line);
}

static void reply_row(struct mw_reply *reply, const struct mw_record *record, const void *row)
{
	reply_row_json(reply, mw_json_from_row(record, row));
}

static void reply_message(struct mw_reply *reply, json_t *message)
{
	struct client *client = client_of(reply);
	json_t *line = line_with_id(id_of(client));

	json_object_set_new(line, "return", json_string("OK"));
	json_object_set_new(line, "message", message);
	answer_line(client, line);
	client->answered = true;
}

static void reply_fail(struct mw_reply *reply, const char *code, const char *format, ...)
{
	struct client *client = client_of(reply);
	char message[REFUSAL_BYTES];
	va_list list;

	va_start(list, format);
	vsnprintf(message, sizeof(message), format, list);
	va_end(list);
	answer_refuse(client, id_of(client), code, message);
	client->answered = true;
	client->failed = true;
}

static bool reply_full(const struct mw_reply *reply)
{
	const struct client *client =
		(const struct client *)(const void *)((const char *)reply - offsetof(struct client, reply));

	return client->gone || client_queued(client) >= MW_SERVER_QUEUE_FULL_BYTES;
}

void answer_begin(struct client *client)
{
	client->reply = (struct mw_reply){
		.row = reply_row, .row_json = reply_row_json, .message = reply_message, .fail = reply_fail, .full = reply_full};
	client->rows = 0;
	client->answered = client->failed = false;
}

// "ts", then the record's own, as in its rows.
static json_t *columns_of(const struct mw_command *command)
{
	json_t *columns = json_array();

	if (command->rows != NULL)
		json_array_append_new(columns, json_string("ts"));
	for (uint16_t i = 0; command->rows != NULL && i < command->rows->columns_count; i++)
		json_array_append_new(columns, json_string(command->rows->columns[i].name));
	for (const char *const *at = command->columns; at != NULL && *at != NULL; at++)
		json_array_append_new(columns, json_string(*at));
	return columns;
}

void answer_end(struct client *client)
{
	if (client->answered)
		return;
	json_t *line = line_with_id(id_of(client));

	json_object_set_new(line, "end", json_true());
	json_object_set_new(line, "count", json_integer((json_int_t)client->rows));
	if (client->rows == 0 && (client->command->rows != NULL || client->command->columns != NULL))
		json_object_set_new(line, "columns", columns_of(client->command));
	answer_line(client, line);
}
