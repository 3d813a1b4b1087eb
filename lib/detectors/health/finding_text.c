// SPDX-License-Identifier: BSD-3-Clause
// Shares and spans in words, and how sure a share is.
// Neighbours: finding_text.h. Wilson: Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
#include "finding_text.h"

#include <inttypes.h>
#include <math.h>

#include "mw_time.h"

#define Z 1.96 // 95 %

void health_add_share(struct mw_text *text, int64_t part, int64_t whole)
{
	mw_text_add(text, "%" PRId64 " of %" PRId64, part, whole);
	if (whole > 0)
		mw_text_add(text, " (%.0f %%)", 100.0 * (double)part / (double)whole);
}

void health_add_span(struct mw_text *text, const struct mw_finding *finding)
{
	mw_time_add_rfc3339(text, finding->first_ns);
	mw_text_add(text, " to ");
	mw_time_add_rfc3339(text, finding->last_ns);
}

struct health_bounds health_share_bounds(int64_t part, int64_t whole)
{
	const double n = (double)whole, p = whole == 0 ? 0 : (double)part / n;
	const double middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
	const double half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));

	if (whole == 0)
		return (struct health_bounds){0, 1};
	return (struct health_bounds){middle - half, middle + half};
}
