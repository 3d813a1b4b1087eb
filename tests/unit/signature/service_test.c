// SPDX-License-Identifier: BSD-3-Clause
// Services by port and by name.
// Neighbours: lib/signature/service.c.
#include "mw_test.h"

#include <errno.h>

#include "mw_service.h"

static void a_port_suggests_its_service(void **state)
{
	(void)state;
	assert_int_equal(mw_service_by_port(6, 50000, 443), MW_SERVICE_TLS);
	assert_int_equal(mw_service_by_port(17, 443, 50000), MW_SERVICE_QUIC);
	assert_int_equal(mw_service_by_port(17, 53, 53), MW_SERVICE_DNS);
	assert_int_equal(mw_service_by_port(17, 20, 20), MW_SERVICE_UNKNOWN);
	assert_int_equal(mw_service_by_port(17, 51820, 40000), MW_SERVICE_WIREGUARD);
	assert_int_equal(mw_service_by_port(1, 443, 443), MW_SERVICE_UNKNOWN);
}

static void the_lower_port_is_asked_first(void **state)
{
	(void)state;
	assert_int_equal(mw_service_by_port(6, 8080, 22), MW_SERVICE_SSH);
	assert_int_equal(mw_service_by_port(6, 8080, 1), MW_SERVICE_HTTP);
}

static void every_name_is_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < MW_SERVICES; i++)
		assert_int_equal(mw_service_find(mw_service_names[i]), i);
	assert_int_equal(mw_service_find("no-such"), -ENOENT);
}

static void every_port_is_found_in_the_table(void **state)
{
	uint32_t known = 0;

	(void)state;
	for (uint32_t port = 0; port < 65536; port++)
		known += mw_service_by_port(6, (uint16_t)port, (uint16_t)port) != MW_SERVICE_UNKNOWN;
	assert_int_equal(known, 36); // of the table, over TCP: an entry out of order would not be found
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_port_suggests_its_service),
	MW_TEST(the_lower_port_is_asked_first),
	MW_TEST(every_name_is_found_again),
	MW_TEST(every_port_is_found_in_the_table),
};

MW_TEST_MAIN("signature_service", tests)
