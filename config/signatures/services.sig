# SPDX-License-Identifier: BSD-3-Clause
# What the first payloads of a flow tell about its service, whatever the port. Grammar: see middlebox.sig.
# Tight on purpose: over UDP every expression fixes at least five bytes, or the length.

rule tls
  on service
  service tls
  protocol tcp
  match ^\x16\x03[\x00-\x04]..[\x01\x02]\x00
  source "RFC 8446 section 5.1: handshake record with ClientHello or ServerHello"

rule sip
  on service
  service sip
  match ^(INVITE|REGISTER|OPTIONS|ACK|BYE|CANCEL|SUBSCRIBE|NOTIFY|MESSAGE|PUBLISH|INFO|REFER|UPDATE|PRACK) (sips?|tel):
  match ^SIP/2\.0 [1-6][0-9][0-9]
  source "RFC 3261 section 7"

rule ssdp
  on service
  service ssdp
  protocol udp
  match ^(M-SEARCH|NOTIFY) \* HTTP/1\.1\r\n
  source "UPnP device architecture"

rule http
  on service
  service http
  protocol tcp
  match ^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE) (/|\*|https?://)
  match ^CONNECT [A-Za-z0-9.:\[\]-]{1,255}:[0-9]{1,5} HTTP/1
  match ^HTTP/1\.[01] [1-5][0-9][0-9]
  match ^PRI \* HTTP/2\.0\r\n\r\nSM
  source "RFC 9112, RFC 9113 section 3.4"

rule ssh
  on service
  service ssh
  protocol tcp
  match ^SSH-(1\.99|2\.0)-
  source "RFC 4253 section 4.2"

rule smtp
  on service
  service smtp
  protocol tcp
  match ^220[ -][^\r\n]{0,200}[Ss][Mm][Tt][Pp]
  match ^(EHLO|HELO|ehlo|helo) [^\r\n]{1,255}\r\n
  source "RFC 5321"

rule ftp
  on service
  service ftp
  protocol tcp
  match ^220[ -][^\r\n]{0,200}[Ff][Tt][Pp]
  source "RFC 959"

rule pop3
  on service
  service pop3
  protocol tcp
  match ^\+OK [^\r\n]{0,200}([Pp][Oo][Pp]|<[^\r\n>]{1,100}>)
  source "RFC 1939"

rule imap
  on service
  service imap
  protocol tcp
  match ^\* (OK|PREAUTH) [^\r\n]{0,200}(IMAP|CAPABILITY)
  source "RFC 9051"

rule quic
  on service
  service quic
  protocol udp
  match ^[\xc0-\xff]\x00\x00\x00\x01[\x00-\x14]
  match ^[\xc0-\xff]\x6b\x33\x43\xcf[\x00-\x14]
  source "RFC 9000 section 17.2, RFC 9369: long header, version 1 and 2"

rule stun
  on service
  service stun
  match ^[\x00\x01].{3}\x21\x12\xa4\x42
  source "RFC 8489 section 5: magic cookie"

rule bittorrent
  on service
  service bittorrent
  match ^\x13BitTorrent protocol
  match ^d1:[ad]d2:id20:
  source "BEP 3, BEP 5"

rule mqtt
  on service
  service mqtt
  protocol tcp
  match ^\x10.{1,4}\x00\x04MQTT[\x04\x05]
  match ^\x10.{1,4}\x00\x06MQIsdp\x03
  source "MQTT 3.1, 3.1.1 and 5.0 section 3.1"

rule rdp
  on service
  service rdp
  protocol tcp
  match ^\x03\x00..[\x06-\xff]\xe0\x00\x00..\x00(Cookie: m|\x01[\x00-\x0f]\x08\x00)
  source "MS-RDPBCGR 2.2.1.1"

rule smb
  on service
  service smb
  protocol tcp
  match ^\x00.{3}[\xfe\xff]SMB
  source "MS-SMB2 2.1"

rule ike
  on service
  service ike
  protocol udp
  # alone, and behind the four zeros of port 4500 (RFC 3948)
  match ^.{16}[\x21\x28\x29]\x20\x22[\x08\x20\x28]\x00{4}
  match ^\x00{4}.{16}[\x21\x28\x29]\x20\x22[\x08\x20\x28]\x00{4}
  match ^.{8}\x00{8}\x01\x10[\x02\x04]\x00{5}
  match ^\x00{4}.{8}\x00{8}\x01\x10[\x02\x04]\x00{5}
  source "RFC 7296 section 3.1, RFC 2408 section 3.1"

rule wireguard
  on service
  service wireguard
  protocol udp
  match ^\x01\x00\x00\x00.{144}\z
  match ^\x02\x00\x00\x00.{88}\z
  source "WireGuard protocol: handshake initiation and response have one length"

rule dhcp
  on service
  service dhcp
  protocol udp
  match ^[\x01\x02][\x00-\x20][\x00-\x10].{233}\x63\x82\x53\x63
  source "RFC 2131 section 3: magic cookie"

rule bgp
  on service
  service bgp
  protocol tcp
  match ^\xff{16}\x00[\x1d-\xff]\x01\x04
  source "RFC 4271 section 4.2: OPEN, version 4"

rule telnet
  on service
  service telnet
  protocol tcp
  match ^\xff[\xfb-\xfe][\x00-\x27](\xff[\xfb-\xfe][\x00-\x27]|\z)
  source "RFC 854: option negotiation"
