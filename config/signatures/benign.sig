# SPDX-License-Identifier: BSD-3-Clause
# What endpoints' own stacks write into resets. Shown in resets.csv, never an accusation. Grammar: see middlebox.sig.
# Each text stands alone, or with a NUL behind it: what goes on is another's text. The length alone tells nothing: a
# packet of 46 bytes is HP-UX saying "No TCP", a payload of 46 bytes may be a BIG-IP's.

rule rst-diagnostic
  on reset
  means benign
  match ^\x33\xaa.{6}\z
  label "RST diagnostic payload"
  source "draft-ietf-tcpm-rst-diagnostic-payload: magic, 16 bits of reason, 32 bits of PEN"

rule stack-no-tcp
  on reset
  means benign
  match ^No TCP(/No listener)?\x00?\z
  match ^No listener\x00?\z
  label "HP-UX 11, Mac OS 9 or SunOS 5"
  source "p0f p0fr.fp: 46 bytes of packet, with the listener 58"

rule stack-no-tcp-reset
  on reset
  means benign
  match ^no tcp, reset\x00?\z
  label "Mac OS 7 or 8"
  source "p0f p0fr.fp: 53 bytes of packet"

rule stack-tcp-close
  on reset
  means benign
  match ^tcp_close, during connect\x00?\z
  label "early Mac OS X"
  source "p0f p0fr.fp: 65 bytes of packet"

rule stack-tcp-disconnect
  on reset
  means benign
  match ^tcp_disconnect\x00?\z
  label "Mac OS or Solaris 2"
  source "p0f p0fr.fp: 54 bytes of packet, with options 58"

rule stack-fin-wait
  on reset
  means benign
  match ^tcp_fin_wait_2_timeout\x00?\z
  label "HP-UX"
  source "p0f p0fr.fp: 62 bytes of packet"

rule stack-detached
  on reset
  means benign
  match ^new data when detached\x00?\z
  match ^tcp_lift_anchor, can't wait\x00?\z
  label "SunOS 5"
  source "p0f p0fr.fp: 62 and 67 bytes of packet"

rule stack-go-away
  on reset
  means benign
  match ^[Gg]o away([ ,.!\r\n\x00]|\z)
  label "host or mail filter saying go away"
  source "p0f p0fr.fp: 63 bytes of packet, unknown device; NDSS 2009"

# Data of the connection itself. Cisco IOS and PIX, Windows NT, FreeBSD 4 and others repeat in a reset what they were
# sent, and boxes that forge copy a packet and set its flag: it tells nothing of the sender.
rule echoed-data
  on reset
  means shown
  # TLS record; length at most 2^14 + 2048
  match ^[\x14-\x17]\x03[\x00-\x04][\x00-\x48].
  match ^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE) (/|\*|https?://)
  match ^CONNECT [A-Za-z0-9.:\[\]-]{1,255}:[0-9]{1,5} HTTP/1
  match ^HTTP/1\.[01] [1-5][0-9][0-9]
  match ^SSH-(1\.99|2\.0)-
  # SMTP and FTP: replies with three digits, commands
  match ^[1-5][0-5][0-9][ -][^\r\n]{1,510}\r\n
  match ^(EHLO|HELO|ehlo|helo|USER|PASS|RCPT TO:|MAIL FROM:) ?[^\r\n]{1,510}\r\n
  match ^(DATA|QUIT|STARTTLS|RSET|NOOP)\r\n
  # POP3 and IMAP
  match ^\+OK [^\r\n]{0,510}\r\n
  match ^\* (OK|PREAUTH|BYE) [^\r\n]{0,510}\r\n
  match ^\x13BitTorrent protocol
  match ^\x00.{3}[\xfe\xff]SMB
  label "data of the connection, repeated in the reset"
  source "p0f p0fr.fp: Cisco IOS/PIX NAT + data, Windows NT 4.0 + data, FreeBSD 4.8 + data"
