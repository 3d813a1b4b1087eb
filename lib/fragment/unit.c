// SPDX-License-Identifier: BSD-3-Clause
// The top byte of a product by an odd constant: sixteen units at a time where the CPU has AVX2.
// Neighbours: unit.h.
#include "unit.h"

#include <endian.h>
#include <string.h>

#include "mw_base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define UNIT_AVX2_TARGET __attribute__((target("avx2")))
#endif

#define MIX UINT64_C(0x9e3779b97f4a7c15) // 2^64 over the golden ratio: every bit of the unit reaches the top

uint8_t unit_sign(const uint8_t *at)
{
	uint64_t word;
	uint8_t sign;

	memcpy(&word, at, sizeof(word));
	sign = (uint8_t)(le64toh(word) * MIX >> 56);
	return MW_MAX(sign, (uint8_t)1);
}

void unit_signs_portable(const uint8_t *at, uint32_t count, uint8_t *signs)
{
	for (uint32_t unit = 0; unit < count; unit++)
		signs[unit] = unit_sign(at + (size_t)unit * UNIT_BYTES);
}

#if defined(__x86_64__)
#define SIXTEEN 16

/** In the upper half of each of four units: that of its product. */
UNIT_AVX2_TARGET static inline __m256i products_of(const uint8_t *at)
{
	const __m256i mix = _mm256_set1_epi64x((int64_t)MIX);
	const __m256i crossed = _mm256_set1_epi64x((int64_t)(MIX << 32 | MIX >> 32));
	const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)at);
	const __m256i cross = _mm256_mullo_epi32(words, crossed);

	return _mm256_add_epi32(_mm256_add_epi32(cross, _mm256_slli_epi64(cross, 32)), _mm256_mul_epu32(words, mix));
}

/** The top bytes of eight units, each in four: of the first and the third pair, then of the second and the fourth. */
UNIT_AVX2_TARGET static inline __m256i tops_of(const uint8_t *at)
{
	const __m256 first = _mm256_castsi256_ps(products_of(at));
	const __m256 second = _mm256_castsi256_ps(products_of(at + 4 * (size_t)UNIT_BYTES));

	return _mm256_srli_epi32(_mm256_castps_si256(_mm256_shuffle_ps(first, second, 0xdd)), 24);
}

UNIT_AVX2_TARGET static inline void sign_sixteen(const uint8_t *at, uint8_t *signs)
{
	// units 0 1 4 5 8 9 12 13, and in the upper half 2 3 6 7 10 11 14 15
	const __m256i words = _mm256_packus_epi32(tops_of(at), tops_of(at + 8 * (size_t)UNIT_BYTES));
	const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
	const __m128i order = _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);

	_mm_storeu_si128((__m128i *)(void *)signs, _mm_max_epu8(_mm_shuffle_epi8(bytes, order), _mm_set1_epi8(1)));
}

UNIT_AVX2_TARGET static void signs_avx2(const uint8_t *at, uint32_t count, uint8_t *signs)
{
	uint32_t unit = 0;

	if (count < SIXTEEN) {
		unit_signs_portable(at, count, signs);
		return;
	}
	for (; unit + SIXTEEN <= count; unit += SIXTEEN)
		sign_sixteen(at + (size_t)unit * UNIT_BYTES, &signs[unit]);
	unit = count - SIXTEEN; // the last sixteen: some of them for the second time
	sign_sixteen(at + (size_t)unit * UNIT_BYTES, &signs[unit]);
}

void unit_signs(const uint8_t *at, uint32_t count, uint8_t *signs)
{
	if (__builtin_cpu_supports("avx2"))
		signs_avx2(at, count, signs);
	else
		unit_signs_portable(at, count, signs);
}
#else
void unit_signs(const uint8_t *at, uint32_t count, uint8_t *signs)
{
	unit_signs_portable(at, count, signs);
}
#endif
