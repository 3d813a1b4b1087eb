// SPDX-License-Identifier: BSD-3-Clause
// Tests of what may stand after -i, and of section "input".
// Neighbours: lib/input/port_spec.c. Every refusal says why and what to do.
#include "mw_port.h"

#include <errno.h>
#include <string.h>

#include "mw_test.h"
#include "port.h"
#include "port_device.h"
#include "port_xdp.h"

static char said[512];

static int parse(const char *text, const struct mw_port_settings *settings, struct mw_port_spec *spec)
{
	static const struct mw_port_settings defaults = {.rx_descriptors = 2048, .mbufs = 32767};
	struct mw_text problem = mw_text_in(said, sizeof(said));

	return mw_port_parse(text, 3, settings == NULL ? &defaults : settings, spec, &problem);
}

static void names_that_name_nothing_are_refused(void **state)
{
	static const char *const names[] = {"", "a b", "eth1\n", "\x1b[31m", "eth\xff"};
	char longest[MW_PORT_SPEC_BYTES + 8];
	struct mw_port_spec spec;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		assert_int_equal(parse(names[i], NULL, &spec), -EINVAL);
		assert_non_null(strstr(said, "names no port: write 0000:3b:00.0, eth1, afpacket:eth1 or vdev:net_..."));
		assert_null(strchr(said, '\x1b'));
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(parse(longest, NULL, &spec), -EINVAL);
}

static void interface_that_is_not_there_is_told(void **state)
{
	struct mw_port_spec spec;

	(void)state;
	assert_int_equal(parse("no-such-if", NULL, &spec), -ENODEV);
	assert_int_equal(spec.kind, MW_PORT_AF_XDP);
	assert_non_null(strstr(said, "ip -brief link"));
	assert_int_equal(parse("afpacket:no-such-if", NULL, &spec), -ENODEV);
	assert_int_equal(spec.kind, MW_PORT_AF_PACKET);
	assert_string_equal(spec.device, "no-such-if");
}

static void pci_addresses_are_read_with_and_without_domain(void **state)
{
	static const char *const addresses[] = {"0000:FE:1f.7", "fe:1f.7"};
	struct mw_port_spec spec;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(addresses); i++) {
		assert_int_equal(parse(addresses[i], NULL, &spec), -ENODEV);
		assert_int_equal(spec.kind, MW_PORT_PCI);
		assert_string_equal(spec.device, "0000:fe:1f.7");
		assert_non_null(strstr(said, "there is no PCI device 0000:fe:1f.7"));
	}
	assert_int_equal(parse("0000:fe:1f.7x", NULL, &spec), -ENODEV);
	assert_int_equal(spec.kind, MW_PORT_AF_XDP);
}

static void virtual_devices_pass_through_as_dpdk_writes_them(void **state)
{
	struct mw_port_spec spec;

	(void)state;
	assert_int_equal(parse("vdev:net_memif0,role=client,socket=/run/x.sock", NULL, &spec), 0);
	assert_int_equal(spec.kind, MW_PORT_VDEV);
	assert_string_equal(spec.device, "net_memif0");
	assert_string_equal(spec.devargs, "net_memif0,role=client,socket=/run/x.sock");
	assert_string_equal(spec.text, "vdev:net_memif0,role=client,socket=/run/x.sock");
	assert_int_equal(parse("vdev:crypto_null", NULL, &spec), -EINVAL);
	assert_non_null(strstr(said, "write vdev:net_NAME0"));
}

static void loopback_gives_a_packet_ring(void **state)
{
	struct mw_text problem = mw_text_in(said, sizeof(said));
	struct mw_port_settings settings = {.rx_queues = 2, .rx_descriptors = 64, .mbufs = 32767};
	struct mw_port_spec spec;

	(void)state;
	if (port_device_check_interface("lo", &problem) != 0 || port_device_check_privileges("lo", true, &problem) != 0)
		mw_test_skip("needs CAP_NET_RAW and a loopback that is up");
	assert_int_equal(parse("afpacket:lo", &settings, &spec), 0);
	assert_int_equal(spec.queues, 2);
	assert_non_null(strstr(spec.devargs, "net_af_packet3,iface=lo,qpairs=2,blocksz=65536,framesz="));
}

static void xdp_program_that_cannot_be_read_is_told(void **state)
{
	struct mw_text problem = mw_text_in(said, sizeof(said));
	struct mw_port_settings settings = {.xdp_program = "/nowhere/program.o"};
	struct mw_port_spec spec;

	(void)state;
	if (port_device_check_interface("lo", &problem) != 0 || port_device_check_privileges("lo", false, &problem) != 0)
		mw_test_skip("needs CAP_NET_ADMIN and a loopback that is up");
	assert_int_equal(parse("lo", &settings, &spec), -EINVAL);
	assert_non_null(strstr(said, "/nowhere/program.o cannot be read (No such file or directory)"));
	assert_non_null(strstr(said, "input.xdp-program"));
}

static void buffers_are_enough_for_every_number_of_queues(void **state)
{
	struct mw_port_settings settings = {.rx_descriptors = 2048};
	struct mw_port_spec spec = {.kind = MW_PORT_AF_XDP, .queues = 1, .frame_bytes = PORT_XDP_FRAME_BYTES};
	uint64_t each, usual = mw_port_memory_bytes(&spec, &settings);

	(void)state;
	each = usual / 32767;
	for (spec.queues = 2; spec.queues <= MW_PORT_QUEUES_MAX; spec.queues++)
		assert_true(mw_port_memory_bytes(&spec, &settings) / each >= spec.queues * (3u * 2048 + 512) + 2048);
	spec.queues = 4;
	assert_int_equal(mw_port_memory_bytes(&spec, &settings), usual);
	settings.mbufs = 9000;
	assert_int_equal(mw_port_memory_bytes(&spec, &settings), 9000 * each);
}

static void vlan_numbers_are_checked(void **state)
{
	static const char *const good[] = {"0", "100", "4094"}, *const bad[] = {"4095", "-1", "one", "", "10 "};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(bad); i++) {
		struct mw_text problem = mw_text_in(said, sizeof(said));

		assert_int_equal(port_xdp_check_vlan(bad[i], &problem), -EINVAL);
		assert_non_null(strstr(said, "is no VLAN number: write 0 to 4094"));
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(good); i++) {
		struct mw_text problem = mw_text_in(said, sizeof(said));

		assert_int_equal(port_xdp_check_vlan(good[i], &problem), 0);
	}
}

static void xdp_program_of_this_build_is_found(void **state)
{
	(void)state;
	assert_non_null(strstr(port_xdp_default_program(), "lib/input/mw_xdp.bpf.o"));
}

static void settings_have_names_defaults_and_help(void **state)
{
	const struct mw_settings_module *module = &mw_port_settings_module;

	(void)state;
	assert_string_equal(module->name, "input");
	assert_int_equal(module->values_bytes, sizeof(struct mw_port_settings));
	for (uint32_t i = 0; i < module->settings_count; i++) {
		assert_non_null(module->settings[i].default_text);
		assert_true(strlen(module->settings[i].help) > 20);
		assert_true(module->settings[i].offset < module->values_bytes);
		assert_true(module->settings[i].needs_restart);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(names_that_name_nothing_are_refused),
	MW_TEST(interface_that_is_not_there_is_told),
	MW_TEST(pci_addresses_are_read_with_and_without_domain),
	MW_TEST(virtual_devices_pass_through_as_dpdk_writes_them),
	MW_TEST(loopback_gives_a_packet_ring),
	MW_TEST(xdp_program_that_cannot_be_read_is_told),
	MW_TEST(buffers_are_enough_for_every_number_of_queues),
	MW_TEST(vlan_numbers_are_checked),
	MW_TEST(xdp_program_of_this_build_is_found),
	MW_TEST(settings_have_names_defaults_and_help),
};
MW_TEST_MAIN("port_spec", tests)
