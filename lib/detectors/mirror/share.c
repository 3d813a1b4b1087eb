// SPDX-License-Identifier: BSD-3-Clause
// How sure a share is, and what of the copies' delays a histogram tells.
// Neighbours: mirror.h. Wilson: Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
#include <math.h>

#include "mirror.h"

#define Z 1.96 // 95 %

struct mirror_bounds mirror_share_bounds(double share, double count)
{
	const double middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count);
	const double half = Z / (1 + Z * Z / count) * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count));

	if (count < 1)
		return (struct mirror_bounds){0, 1};
	return (struct mirror_bounds){MW_MAX(middle - half, 0.0), MW_MIN(middle + half, 1.0)};
}

double mirror_delay_us(const int64_t delays[MIRROR_DELAYS], double part)
{
	int64_t all = 0, within = 0;
	double most_us = 1;

	for (unsigned i = 0; i < MIRROR_DELAYS; i++)
		all += delays[i];
	for (unsigned i = 0; i < MIRROR_DELAYS; i++, most_us *= 2) {
		within += delays[i];
		if (all > 0 && (double)within >= part * (double)all)
			return most_us;
	}
	return MW_UNKNOWN_DOUBLE;
}
