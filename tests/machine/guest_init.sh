#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# First process of the emulated machine: mounts, modules, then a shell on the second serial port (vm.py talks to it).
export PATH=/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/hugepages /dev/shm
mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t hugetlbfs huge /dev/hugepages
cd /modules || exit
while read -r module; do
	insmod "$module"
done <order >/dev/ttyS0 2>&1
cd /
tries=0
while ! ls /dev/vport*p1 >/dev/null 2>&1 && [ "$tries" -lt 100 ]; do
	usleep 100000
	tries=$((tries + 1))
done
port=$(ls /dev/vport*p1)
echo READY >/dev/ttyS0
while :; do
	exec 3<>"$port" && sh <&3 >&3 2>&3
	sleep 1
done
