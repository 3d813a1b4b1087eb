# SPDX-License-Identifier: BSD-3-Clause
# What endpoints' own stacks write into resets. Shown in resets.csv, never an accusation. Grammar: see middlebox.sig.

rule rst-diagnostic
  on reset
  means benign
  match ^\x33\xaa.{6}\z
  label "RST diagnostic payload"
  source "draft-ietf-tcpm-rst-diagnostic-payload"

rule stack-no-tcp
  on reset
  means benign
  match ^No TCP(/No listener)?\x00?\z
  match ^No listener\x00?\z
  label "HP-UX 11 or old Mac OS stack"
  source "p0f p0fr.fp"

rule stack-no-tcp-reset
  on reset
  means benign
  match ^no tcp, reset
  label "old Mac OS stack"
  source "p0f p0fr.fp"

rule stack-tcp-close
  on reset
  means benign
  match ^tcp_close, during connect
  match ^tcp_disconnect
  match ^tcp_fin_wait_2_timeout
  match ^tcp_lift_anchor, can't wait
  match ^new data when detached
  label "old Solaris or Mac OS stack"
  source "p0f p0fr.fp"

rule stack-go-away
  on reset
  means benign
  match ^[Gg]o away
  label "host or mail filter saying go away"
  source "p0f p0fr.fp"
