#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The names of the system calls by number, as lines of a C array. Usage: names.py COMPILER-WORD...

Neighbours: refused.c includes it. The list is the one that the compiler's headers have.
"""
import re
import subprocess
import sys

macros = subprocess.run([*sys.argv[1:], "-E", "-dM", "-x", "c", "-include", "sys/syscall.h", "/dev/null"], check=True,
                        capture_output=True, encoding="utf-8").stdout
for name in sorted(set(re.findall(r"^#define __NR_([a-z]\w*) \d+$", macros, re.MULTILINE))):
    print(f'[__NR_{name}] = "{name}",')
