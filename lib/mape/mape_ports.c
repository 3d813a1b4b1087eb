// SPDX-License-Identifier: BSD-3-Clause
// A list of ports as people write it.
// Neighbours: mape_infer.c.
#include <ctype.h>
#include <errno.h>

#include "mw_mape.h"

#define PORT_MAX 65535u

// Reads one port, moving at; false when there is none or it is too large.
static bool take_port(const char **at, uint32_t *port)
{
	const char *begin = *at;

	for (*port = 0; isdigit((unsigned char)**at) && *port <= PORT_MAX; (*at)++)
		*port = *port * 10 + (uint32_t)(**at - '0');
	return *at > begin && *port <= PORT_MAX;
}

static bool is_between(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

static int refuse(struct mw_text *why, const char *word, const char *what)
{
	mw_text_add(why, "'");
	mw_text_add_escaped(why, (const uint8_t *)word, MW_MIN(strcspn(word, ", "), 32));
	mw_text_add(why, "' %s", what);
	return -EINVAL;
}

int mw_mape_seen_parse(struct mw_mape_seen *seen, const char *chars, struct mw_text *why)
{
	uint32_t count = 0, first, last;

	for (const char *at = chars;;) {
		while (is_between(*at))
			at++;
		if (*at == '\0')
			break;
		const char *word = at;
		bool good = take_port(&at, &first);

		last = first;
		if (good && *at == '-') {
			at++;
			good = take_port(&at, &last);
		}
		if (!good || (*at != '\0' && !is_between(*at)))
			return refuse(why, word, "is neither a port nor a range such as 7296-7311");
		if (last < first)
			return refuse(why, word, "goes from high to low");
		count += last - first + 1;
		if (count > MW_MAPE_PORTS_TEXT_MAX)
			return refuse(why, word, "makes it more ports than there are");
		for (uint32_t port = first; port <= last; port++)
			mw_mape_seen_add(seen, (uint16_t)port);
	}
	if (count > 0)
		return 0;
	mw_text_add(why, "no port is given");
	return -EINVAL;
}
