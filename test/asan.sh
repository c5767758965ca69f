#!/bin/bash
# asan.sh [TEST...]: the regression tests, or those named of sql/, on a server
# that was built with AddressSanitizer, assertions and debugging, with the
# extension built the same way.  It fails when a test does or when anything was
# reported, and prints each report with the functions it came through.
#
# The sanitizer knows of malloc, not of palloc, where nearly all memory of a
# backend comes from.  PostgreSQL tells valgrind what in its contexts may be
# touched (USE_VALGRIND); a header in place of valgrind's own passes that on to
# the sanitizer, so that a byte beyond a palloc'd chunk is found as well, and a
# freed one.
#
# The server is built from the release's source package once, which takes some
# six minutes, and is kept (100 MB) in TCS_CACHE (default ~/.cache/tcs).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lib.sh
. "$here/lib.sh"

command -v apt-get >/dev/null || die "this is no Debian: no source package"
need gcc libc6-dev make perl flex bison dpkg-dev libxml2-dev pkg-config \
	libipc-run-perl
version=$(debian_version)
[[ -n $version ]] || die "apt knows no package postgresql"

cflags="-O1 -g -fno-omit-frame-pointer -fsanitize=address \
-fsanitize-address-use-after-scope"
configure="--enable-cassert --enable-debug --enable-tap-tests --with-libxml \
--without-icu --without-readline --without-zlib"
options=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1:disable_coredump=1:print_legend=0

# What runs while the server is built (zic, for one) leaks, and may.
export ASAN_OPTIONS=$options

# What valgrind's header offers, for the sanitizer.
memcheck_header()
{
	cat <<'HEADER'
#include <stddef.h>
extern void __asan_poison_memory_region(void const volatile *, size_t);
extern void __asan_unpoison_memory_region(void const volatile *, size_t);
#define TCS_OPEN(a, n) __asan_unpoison_memory_region((a), (n))
#define TCS_CLOSE(a, n) __asan_poison_memory_region((a), (n))
#define VALGRIND_MAKE_MEM_DEFINED(a, n) TCS_OPEN(a, n)
#define VALGRIND_MAKE_MEM_UNDEFINED(a, n) TCS_OPEN(a, n)
#define VALGRIND_MAKE_MEM_NOACCESS(a, n) TCS_CLOSE(a, n)
#define VALGRIND_MEMPOOL_ALLOC(pool, a, n) TCS_OPEN(a, n)
#define VALGRIND_MEMPOOL_CHANGE(pool, from, to, n) TCS_OPEN(to, n)
#define VALGRIND_MEMPOOL_FREE(pool, a) do {} while (0)
#define VALGRIND_MEMPOOL_TRIM(pool, a, n) do {} while (0)
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) do {} while (0)
#define VALGRIND_DESTROY_MEMPOOL(pool) do {} while (0)
#define VALGRIND_MOVE_MEMPOOL(from, to) do {} while (0)
#define VALGRIND_CHECK_MEM_IS_DEFINED(a, n) do {} while (0)
#define VALGRIND_CHECK_VALUE_IS_DEFINED(a) do {} while (0)
#define VALGRIND_CHECK_MEM_IS_ADDRESSABLE(a, n) do {} while (0)
#define VALGRIND_DISABLE_ERROR_REPORTING do {} while (0)
#define VALGRIND_ENABLE_ERROR_REPORTING do {} while (0)
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_PRINTF(...) do {} while (0)
HEADER
}

# Lists of source packages of the repositories that this machine uses, apart
# from its own lists.
source_lists()
{
	local lists=$1

	mkdir -p "$lists/lists/partial" "$lists/sources.d"
	# shellcheck disable=SC2016
	apt-get indextargets \
		--format 'deb-src $(SITE) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u >"$lists/sources.list"
	if [[ ! -s $lists/sources.list ]]; then
		apt_update
		# shellcheck disable=SC2016
		apt-get indextargets \
			--format 'deb-src $(SITE) $(RELEASE) $(COMPONENT)' \
			'Created-By: Packages' 'Origin: Debian' | sort -u >"$lists/sources.list"
	fi
	[[ -s $lists/sources.list ]] ||
		die "apt-get indextargets names no Debian repository"
	apt_options=(-qq -o "Dir::Etc::SourceList=$lists/sources.list"
		-o "Dir::Etc::SourceParts=$lists/sources.d"
		-o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists"
		-o "APT::Sandbox::User=root")
	if [[ -f /usr/share/keyrings/debian-archive-keyring.gpg ]]; then
		sed -i 's,^deb-src ,&[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ,' \
			"$lists/sources.list"
	fi
	apt-get "${apt_options[@]}" update || die "no lists of source packages"
}

# The newest there is; a repository may name one and not have it.
get_source()
{
	local found

	for found in $(apt-cache "${apt_options[@]}" madison "postgresql-$version" |
		awk '$NF == "Sources" { print $3 }' | sort -rVu); do
		apt-get "${apt_options[@]}" source "postgresql-$version=$found" \
			>source.log 2>&1 && return
	done
	return 1
}

make_server()
{
	local build apt_options

	build=$(mktemp -d /var/tmp/tcs-asan.XXXXXX)
	say "Building PostgreSQL $version with AddressSanitizer in $build"
	source_lists "$build/apt"
	mkdir -p "$build/include/valgrind"
	memcheck_header >"$build/include/valgrind/memcheck.h"
	(
		cd "$build"
		get_source || { cat source.log >&2; exit 1; }
		cd postgresql-"$version"-*/

		# Lists that move at each addition make parsing quadratic: a condition
		# with 100,000 subscripts would take half an hour.
		sed -i "$list_patch" src/backend/nodes/list.c
		# shellcheck disable=SC2086
		{ ./configure --prefix="$server.new" $configure CFLAGS="$cflags" \
			LDFLAGS="-fsanitize=address" \
			CPPFLAGS="-DUSE_VALGRIND -I$build/include" &&
			make -s -j "$(nproc)" &&
			make -s install &&
			make -s -C contrib/pg_stat_statements install; } >"$build/build.log" 2>&1 ||
			{ tail -n 50 "$build/build.log" >&2; exit 1; }
	) || { rm -rf "$build"; die "the server could not be built"; }

	# Extensions are compiled with the server's flags, the header among them.
	mkdir -p "$server.new/include/tcs"
	cp -R "$build/include/valgrind" "$server.new/include/tcs/"
	sed -i "s,-I$build/include,-I\$(includedir)/tcs,g" \
		"$(find "$server.new" -name Makefile.global)"
	mv "$server.new" "$server"
	rm -rf "$build"
}

cache=${TCS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcs}
list_patch='/^#define DEBUG_LIST_MEMORY_USAGE/d'
recipe=$({ echo "$cflags $configure $list_patch"; memcheck_header; } | cksum | cut -d ' ' -f 1)
server=$cache/asan/postgresql-$version-$recipe
mkdir -p "$cache/asan"
exec 9>"$cache/asan/.lock"
flock 9
[[ -d $server ]] || make_server
flock -u 9
exec 9>&-

# The account that runs the tests may not look into the cache; the programs
# find their files wherever they are.
make_copy
cp -R "$server" "$work/server"
pg_config=$work/server/bin/pg_config
bindir=$work/server/bin
ASAN_OPTIONS=$options:log_path=$work/report
[[ -z $account ]] || chown -R "$account:" "$work/server"
say "Building in $work"
make_in_copy -s -j "$(nproc)"
make_in_copy -s install >/dev/null

# This server has its directories to itself: nothing is to be redirected.
extension_settings() { :; }
# shellcheck disable=SC2119
start_server

# Run the tests given, or all; what pg_regress prints goes to a log of its own.
run_tests()
{
	local log=$1
	shift

	as_account make -i -s PG_CONFIG="$pg_config" installcheck PROVE_TESTS= \
		${1:+REGRESS="setup $*"} 2>&1 | tee "$log" || :
}

run_tests "$work/check.log" "$@"

# A crash takes the tests after it along, as the server is not back at once:
# each that did not come to its end runs once more, alone.
grep -vE '^test [^ ]+ +\.\.\. FAILED \(' "$work/check.log" |
	grep -E '^test [^ ]+ +\.\.\. ' >"$work/ended" || :
cat regression.diffs >"$work/diffs" 2>/dev/null || :
mapfile -t broken < <(
	sed -nE 's/^test ([^ ]+) +\.\.\. FAILED \(.*/\1/p' "$work/check.log")
for test in "${broken[@]}"; do
	for _ in $(seq 600); do
		as_account "$bindir/psql" -XAtq -d postgres -c 'SELECT 1' >/dev/null 2>&1 && break
		sleep 0.1
	done
	run_tests "$work/again.log" "$test"
	grep -E "^test $test +\.\.\. " "$work/again.log" >>"$work/ended" || :
	cat regression.diffs >>"$work/diffs" 2>/dev/null || :
done
as_account "$bindir/pg_ctl" stop -D "$work/data" -m fast -s || :

passed=$(grep -cE '^test [^ ]+ +\.\.\. ok' "$work/ended" || :)
failed=$(grep -cE '^test [^ ]+ +\.\.\. FAILED' "$work/ended" || :)
reports=0
shopt -s nullglob
for report in "$work"/report.*; do
	reports=$((reports + 1))
	sed -n '/^==.*ERROR/,/^$/p' "$report" | head -n 40
done
[[ ! -s $work/diffs ]] || cat "$work/diffs"
grep -aE 'TRAP|PANIC|terminated by signal' "$work/server.log" || :
traps=$(grep -caE 'TRAP|terminated by signal' "$work/server.log" || :)
echo "AddressSanitizer: $reports reports, $traps failed assertions or signals"
echo "$passed passed, $failed failed"
[[ $passed -gt 0 && $failed -eq 0 && $reports -eq 0 && $traps -eq 0 ]]
