# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What quickstart, test, fuzz and setup-debian share: steps that say what they do and stop at the first error.
# Neighbours: the scripts that source it. Sets $root and goes there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
logs=$root/build/logs
# shellcheck disable=SC2034 # for those who source this
release_options=(--buildtype=release -Db_lto=true -Dtests=false)
# shellcheck disable=SC2034
gcc_options=(-Dwerror=true -Dfuzz=disabled --prefix=/usr)
# the runtime of a sanitizer is part of some 300 programs: lld links one in a quarter of the time
clang_options=(-Dwerror=true -Db_lundef=false -Dc_link_args=-fuse-ld=lld)
# shellcheck disable=SC2034,SC2054 # the comma is meson's
asan_options=("${clang_options[@]}" -Db_sanitize=address,undefined -Dfuzz=enabled
	-Dc_args=-fsanitize=fuzzer-no-link)
# shellcheck disable=SC2034
tsan_options=("${clang_options[@]}" -Db_sanitize=thread -Dfuzz=disabled)
# Debian's own python, meson and compilers first: another python in PATH has not their modules.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
export LC_ALL=C.UTF-8

say() {
	printf '==> %s\n' "$*"
}

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# step "what it does" COMMAND...: runs it into a log; on failure shows the log's end and stops.
step() {
	local what=$1 log started=$SECONDS
	shift
	mkdir -p "$logs"
	log=$logs/$(printf '%s' "$what" | tr -cs 'A-Za-z0-9' '-' | sed 's/^-*//; s/-*$//').log
	printf '==> %s ... ' "$what"
	if "$@" >"$log" 2>&1 </dev/null; then
		printf 'done (%s s)\n' "$((SECONDS - started))"
		return 0
	fi
	printf 'FAILED\n\n'
	# compilers print errors in the middle: those first, then the end without the progress and the long command lines
	{
		grep -nE '(^|[ :])(error|ERROR): |undefined reference to' "$log" | head -n 10 || true
		echo '...'
		grep -vE '^\[[0-9]+/[0-9]+\] |^(gcc|clang|cc) ' "$log" | tail -n 25 || true
	} | cut -c1-400 >&2
	die "$what failed: $* (the whole log: $log)"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root, and sudo is not here: run as root: $*"
	fi
}

# configure FOLDER MESON-OPTIONS...: sets a build folder up once, and again only when its options have changed.
configure() {
	local folder=$1
	shift
	if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.options" 2>/dev/null)" = "${CC:-cc} $*" ]; then
		return 0
	fi
	rm -rf "$folder"
	step "configure $folder (${CC:-cc} $*)" meson setup "$folder" "$@"
	printf '%s' "${CC:-cc} $*" >"$folder/.options"
}
