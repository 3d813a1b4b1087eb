// SPDX-License-Identifier: BSD-3-Clause
// Tests of the AF_PACKET ring's sizes and of finding this process's sockets.
// Neighbours: lib/input/port_packet.c. Replacing a driver's socket is tried by the system test, with the driver.
#include "port_packet.h"

#include <sys/socket.h>
#include <unistd.h>

#include "mw_test.h"

static void ring_holds_a_whole_frame_and_what_precedes_it(void **state)
{
	static const uint32_t mtus[] = {0, 1280, 1500, 1946, 1947, 9000, 16000, 30000};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(mtus); i++) {
		struct port_packet_ring ring = port_packet_ring(mtus[i], 2048);

		assert_true(ring.frame_bytes >= mtus[i] + 22 + 80);
		assert_true(ring.frame_bytes >= 2048);
		assert_int_equal(ring.frame_bytes & (ring.frame_bytes - 1), 0);
		assert_int_equal(ring.block_bytes % ring.frame_bytes, 0);
		assert_int_equal((uint64_t)ring.frames * ring.frame_bytes % ring.block_bytes, 0);
	}
}

static void ring_has_the_descriptors_asked_for_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(port_packet_ring(1500, 64).frames, 8192);
	assert_int_equal(port_packet_ring(1500, 10000).frames, 16384);
	assert_int_equal(port_packet_ring(9000, 2048).frames, 2048);
	assert_int_equal(port_packet_ring(65535, 2048).frame_bytes, 32768);
	assert_int_equal(port_packet_ring(1500, UINT64_MAX).frames, 65536);
}

static void only_sockets_of_the_family_that_are_new_are_found(void **state)
{
	struct port_sockets before, after;
	int old_fd = socket(AF_UNIX, SOCK_DGRAM, 0), new_fd, other_fd;

	(void)state;
	port_sockets_find(&before, AF_UNIX, 0);
	new_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	other_fd = socket(AF_INET, SOCK_DGRAM, 0);
	port_sockets_find(&after, AF_UNIX, 0);
	assert_int_equal(after.count, before.count + 1);
	port_sockets_subtract(&after, &before);
	assert_int_equal(after.count, 1);
	assert_int_equal(after.fds[0], new_fd);
	close(old_fd);
	close(new_fd);
	close(other_fd);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ring_holds_a_whole_frame_and_what_precedes_it),
	MW_TEST(ring_has_the_descriptors_asked_for_within_bounds),
	MW_TEST(only_sockets_of_the_family_that_are_new_are_found),
};
MW_TEST_MAIN("port_packet", tests)
