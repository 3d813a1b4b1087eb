// SPDX-License-Identifier: BSD-3-Clause
// Evidence of failing resolvers and families: questions that nobody answered stay, the others go.
// Neighbours: lib/detectors/health/evidence.c, lib/detector/evidence_asked.c.
#include "evidence.h"

#include <string.h>

#include "evidence_scene.h"
#include "mw_test.h"

#define RESOLVER scene_v4(198, 51, 100, 53)

static const struct health_row dns_row = {.first_ns = SCENE_NS,
										  .last_ns = SCENE_NS + 10 * MW_NS_PER_SECOND,
										  .family = HEALTH_IPV4,
										  .service = HEALTH_DNS,
										  .questions = 8,
										  .counts = {.exchanges = 10, .unanswered = 8},
										  .stretch = {.first_ns = SCENE_NS,
													  .last_ns = SCENE_NS + 10 * MW_NS_PER_SECOND,
													  .own = {.exchanges = 10, .unanswered = 8},
													  .others = {{.exchanges = 20}}}};

static struct scene *open_dns(void)
{
	struct health_row row = dns_row;

	row.peer = RESOLVER;
	return scene_open(&health_dns_evidence, &row);
}

static void give(struct scene *scene, bool asks, uint32_t kinds, uint16_t asker, uint16_t service, int64_t after_ms)
{
	const struct mw_address host = scene_v4(192, 0, 2, 1), peer = RESOLVER;
	const struct mw_packet packet = {.time_ns = SCENE_NS + (uint64_t)(after_ms * SCENE_MS),
									 .family = 4,
									 .kinds = kinds,
									 .protocol = (kinds & MW_KIND_UDP) != 0 ? 17 : 6,
									 .tcp = {.flags = (kinds & MW_KIND_SYN) != 0 ? MW_TCP_SYN : MW_TCP_ACK},
									 .src = asks ? host : peer,
									 .dst = asks ? peer : host,
									 .src_port = asks ? asker : service,
									 .dst_port = asks ? service : asker};

	scene_take(scene, &packet);
}

static void what_was_answered_proves_nothing(void **state)
{
	struct scene *scene = open_dns();

	(void)state;
	give(scene, true, MW_KIND_UDP, 50001, 53, 0);
	give(scene, true, MW_KIND_UDP, 50002, 53, 10);
	give(scene, false, MW_KIND_UDP, 50002, 53, 20);
	mw_evidence_packets_finish(&scene->packets);
	assert_int_equal(scene_kept(scene, HEALTH_EVIDENCE_QUESTIONS), 1);
	assert_string_equal(scene_comment(scene, 1), "midwatch: a DNS query that had no answer here within 10 s");
	assert_string_equal(scene_comment(scene, 3), "midwatch: a DNS response");
	scene_close(scene);
}

static void a_question_asked_again_had_no_answer_the_first_time(void **state)
{
	struct scene *scene = open_dns();

	(void)state;
	give(scene, true, MW_KIND_UDP, 50001, 53, 0);
	give(scene, true, MW_KIND_UDP, 50001, 53, 5000);
	give(scene, false, MW_KIND_UDP, 50001, 53, 5020);
	mw_evidence_packets_finish(&scene->packets);
	assert_non_null(scene_packet(scene, 1));
	assert_null(scene_packet(scene, 2));
	scene_close(scene);
}

static void of_a_resolver_queries_alone_are_kept(void **state)
{
	struct scene *scene = open_dns();

	(void)state;
	give(scene, true, MW_KIND_TCP | MW_KIND_SYN, 50001, 443, 0);
	assert_null(scene_packet(scene, 1));
	scene_close(scene);
}

static void of_a_family_connects_are_kept_too(void **state)
{
	const struct health_row row = {.first_ns = SCENE_NS,
								   .last_ns = SCENE_NS + 10 * MW_NS_PER_SECOND,
								   .family = HEALTH_IPV4,
								   .service = HEALTH_SERVICES,
								   .counts = {.asked = 20, .answered = 12, .exchanges = 20, .unanswered = 8},
								   .peers = 4,
								   .peers_failing = 3};
	struct scene *scene = scene_open(&health_family_evidence, &row);

	(void)state;
	assert_string_equal(scene->key, "IPv4");
	give(scene, true, MW_KIND_TCP | MW_KIND_SYN, 50001, 443, 0);
	give(scene, true, MW_KIND_TCP | MW_KIND_SYN, 50002, 443, 0);
	give(scene, false, MW_KIND_TCP | MW_KIND_SYN_ACK, 50002, 443, 20);
	mw_evidence_packets_finish(&scene->packets);
	assert_string_equal(scene_comment(scene, 1), "midwatch: a connect (SYN) that had no answer here within 10 s");
	assert_null(scene_packet(scene, 2));
	scene_close(scene);
}

static void a_resolver_that_answers_has_none(void **state)
{
	struct health_row row = dns_row;

	(void)state;
	row.counts.unanswered = row.stretch.own.unanswered = 1;
	assert_null(scene_open(&health_dns_evidence, &row));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_was_answered_proves_nothing),
	cmocka_unit_test(a_question_asked_again_had_no_answer_the_first_time),
	cmocka_unit_test(of_a_resolver_queries_alone_are_kept),
	cmocka_unit_test(of_a_family_connects_are_kept_too),
	cmocka_unit_test(a_resolver_that_answers_has_none),
};
MW_TEST_MAIN("health_evidence", tests)
