// SPDX-License-Identifier: BSD-3-Clause
// What to do about a path that is narrower than its sender believes: the quickest first, with computed sizes.
// Neighbours: finding.h. Sizes: headers of IP and TCP have 40 bytes (IPv6: 60), those of IP and ICMP echo 28 (48).
#include <string.h>

#include "finding.h"

#define ETHERNET_BYTES 1500

static bool is_udp(const struct paths_sum *sum)
{
	return sum->row.protocol == 17;
}

/** The MTU of a clamp stands in brackets: a reader must be able to check it. */
static void line_clamp(struct lines *lines, const struct paths_sum *sum, const char *where)
{
	struct paths_clamp clamp = paths_clamp_of(sum);
	struct mw_text *text = &lines->text;

	if (is_udp(sum) || clamp.mss_bytes == 0)
		return;
	if (clamp.guessed)
		mw_text_add(text, "- The range is wide, so start %s with MSS clamp %lld (%lld - %lld), and measure.", where,
					(long long)clamp.mss_bytes, (long long)clamp.mtu_bytes, (long long)paths_tcp_bytes(sum));
	else
		mw_text_add(text, "- MSS clamp %lld (%lld - %lld) %s.%s", (long long)clamp.mss_bytes,
					(long long)clamp.mtu_bytes, (long long)paths_tcp_bytes(sum), where,
					paths_exact(sum) == 0 ? " More may fit: measure." : "");
	lines_end(lines);
}

static void line_application(struct lines *lines, const struct paths_sum *sum)
{
	int64_t mtu_bytes = paths_clamp_of(sum).mss_bytes != 0 ? paths_clamp_of(sum).mtu_bytes : 0;

	if (!is_udp(sum))
		return;
	mw_text_add(&lines->text, "- The application ");
	if (mtu_bytes != 0)
		mw_text_add(&lines->text, "should put at most %lld bytes into a UDP packet (%lld - %lld), or ",
					(long long)(mtu_bytes - paths_echo_bytes(sum)), (long long)mtu_bytes,
					(long long)paths_echo_bytes(sum));
	mw_text_add(&lines->text, "should find the size itself (RFC 8899). An MSS clamp helps TCP alone.");
	lines_end(lines);
}

static void line_let_through(struct lines *lines, const struct paths_sum *sum, const char *where)
{
	mw_text_add(&lines->text, "- Let ");
	paths_add_report_name(&lines->text, sum);
	mw_text_add(&lines->text, " through %s ", where);
	paths_add_sender(&lines->text, sum);
	mw_text_add(&lines->text, ".");
	lines_end(lines);
}

static void line_mtu(struct lines *lines, const struct paths_sum *sum)
{
	struct paths_clamp clamp = paths_clamp_of(sum);

	if (clamp.mss_bytes == 0)
		return;
	mw_text_add(&lines->text, "- Or set MTU %lld on the sender's side (", (long long)clamp.mtu_bytes);
	paths_add_sender(&lines->text, sum);
	mw_text_add(&lines->text, ").");
	lines_end(lines);
}

/** A prefix is no address to ping. */
static const char *target(const struct paths_sum *sum)
{
	return sum->to != NULL && strchr(sum->to, '/') == NULL ? sum->to : "ADDRESS";
}

/** How to measure: what should pass, what should not; without a range, how to look for it. */
static void line_measure(struct lines *lines, const struct paths_sum *sum)
{
	const char *family = sum->ipv6 ? "-6 " : "";
	int64_t headers = paths_echo_bytes(sum), high = paths_limit(sum) + 1 - headers;
	int64_t low = paths_known(sum->row.mtu_low) ? sum->row.mtu_low - headers : 0;
	struct mw_text *text = &lines->text;
	bool known = low > 0 && high > low && !sum->apart;
	int64_t size = known ? low : ETHERNET_BYTES - headers;

	mw_text_add(text, "- Measure on the sender: ping %s-M do -s %lld %s", family, (long long)size, target(sum));
	mw_text_add(text, " (Windows: ping %s-l %lld)", sum->ipv6 ? "-6 " : "-f ", (long long)size);
	if (!known)
		mw_text_add(text, ", less until it passes; MTU = size + %lld", (long long)headers);
	else if (high - low > 1)
		mw_text_add(text, " passes, %lld does not: halve between them; MTU = size + %lld", (long long)high,
					(long long)headers);
	else
		mw_text_add(text, " passes, %lld does not", (long long)high);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_probing(struct lines *lines, const struct paths_sum *sum)
{
	if (!is_udp(sum))
		paths_line_words(lines, "- Linux senders find it without ICMP: sysctl -w net.ipv4.tcp_mtu_probing=1");
}

void paths_advise_hole(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	line_clamp(&lines, sum, "on the router of the narrow link");
	line_application(&lines, sum);
	line_let_through(&lines, sum, "on all filters on the way to");
	line_mtu(&lines, sum);
	line_measure(&lines, sum);
	line_probing(&lines, sum);
	if (paths_is_implausible(sum) && sum->ipv6)
		paths_line_words(&lines, "- Every IPv6 link must carry 1280 bytes: mend the one that does not.");
}

static void line_nat(struct lines *lines)
{
	paths_line_words(lines,
					 "- Mend the NAT or firewall that sends the report on: its destination must be translated as the "
					 "packet quoted in it. Known of pf with route-to and NAT (opnsense/core#4094, opnsense/src#282): "
					 "update it.");
}

static void line_translator(struct lines *lines)
{
	paths_line_words(
		lines, "- Mend the translator (NAT, firewall, load balancer) on the way: it leaves the quote as it is. It "
			   "must translate the packet inside an ICMP error, too (RFC 5508 section 4.2).");
}

void paths_advise_ignored(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);
	bool misaddressed = sum->row.verdict == MW_PATH_MISADDRESSED, misquoted = sum->misquoted > 0 && !misaddressed;

	if (misaddressed)
		line_nat(&lines);
	else if (misquoted)
		line_translator(&lines);
	else
		line_let_through(&lines, sum, "between this tap and the sender, and in the firewall of");
	line_clamp(&lines, sum,
			   misaddressed ? "there for now (pf: scrub max-mss)"
			   : misquoted  ? "there for now"
							: "on the router before the narrow link");
	line_application(&lines, sum);
	line_mtu(&lines, sum);
	if (!misaddressed && !misquoted && sum->to != NULL && strchr(sum->to, '/') == NULL && paths_limit(sum) != 0) {
		mw_text_add(&lines.text, "- Does the sender know? On Linux, ip route get %s shows mtu %lld when it does.",
					sum->to, (long long)paths_limit(sum));
		lines_end(&lines);
	}
	line_measure(&lines, sum);
	line_probing(&lines, sum);
}
