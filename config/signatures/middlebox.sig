# SPDX-License-Identifier: BSD-3-Clause
# What middleboxes write into the resets they forge. A hit here accuses: only texts that no endpoint's stack writes.
#
# A rule is a stanza of lines; indentation is free, # starts a comment line:
#   rule NAME            a-z 0-9 and -, unique over all files
#   on reset | service   payload of a TCP reset | first payloads of a flow
#   means middlebox      (on reset) only a box in the path writes this: the reset is forged
#   means benign         (on reset) known text of an endpoint's own stack: shown, never accused
#   means shown          (on reset) anybody may send this: named in the row, neither accuses nor excuses
#   service NAME         (on service) the service this shows
#   protocol tcp | udp   (on service) default any
#   match EXPRESSION     to the end of the line; PCRE syntax as far as Hyperscan has it, bytes as \xNN, . matches all
#                        several match lines are alternatives; anchor with ^ unless you know why not
#                        Fast where it begins with plain bytes, classes or a group of them: a payload with other bytes
#                        there is not scanned. Every one is without ^, with a part at the front that may be absent, with
#                        a bar outside groups, or with (?i), \Q, \c, a look-around or [:alpha:] anywhere.
#   label "TEXT"         device or stack in words
#   source "TEXT"        where this is known from
# The first rule that matches wins: files in the order of their names, rules in the order of their lines. One that means
# shown wins only where no other rule matches.
# `midwatch --check` reads these files and reports every mistake.

rule bigip-reset-cause
  on reset
  means middlebox
  # BIG-IP: [0xBUILD:LINE] {peer} cause; the second expression is the same text cut by a short capture length
  match ^BIG-IP: \[0x[0-9a-fA-F]+:[0-9]+\]
  match ^BIG-IP: \[0x[0-9a-fA-F]*(:[0-9]*)?\z
  label "F5 BIG-IP"
  source "F5 db variable tm.rstcause.pkt; F5 articles K13223, K9812"
