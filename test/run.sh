#!/bin/bash
# run.sh GOAL: the goals of the Makefile that are not about installing.  The file
# goals lists them; goal_NAME below is each.
#
# Each installs the Debian packages it misses, builds in a private copy and
# runs a throwaway server, which is gone when it ends.
#
# What runs where.  CI runs make check-all, which is to take half an hour: the
# goals one after the other, since each keeps all processors busy by itself.  All
# tests run on the machine's own release and on 18.  On 17 and 19, with the
# sanitizer, and on 15 as bookworm was released with it, where the extension comes
# from a Debian package that was built from the archive, the tests in test/t that
# take longest and look least at the server (LONG below) and those of the documents
# (PAGES) are left out; with the sanitizer so are those in which the server does
# the work (SERVERS).
#
# Within a run the regression tests are dealt out to servers of their own, one
# a processor, and the tests in test/t, which start theirs, run beside them: no
# test sees another's roles, rows or transactions, but those before it in its own
# deal.  A regression test needs setup alone before it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lib.sh
. "$here/lib.sh"

psql() { as_account "$bindir/psql" -X -v ON_ERROR_STOP=1 "$@"; }

# Build, start, and run the tour in a database of its own.
run_demo()
{
	local customers=${CUSTOMERS:-20000}

	need_server
	build
	start_server
	as_account "$bindir/createdb" demo
	say "Making a shop with $customers customers (CUSTOMERS=... for another size)"
	psql -q -d demo -v customers="$customers" -v report="$work/report.html" \
		-v report_goes_to="${report:-}" -v sales_report="$work/sales_report.html" \
		-v metrics_report="$work/metrics_report.html" -v metrics_report_goes_to="${metrics_report:-}" \
		-v sales_report_goes_to="${sales_report:-}" -f test/demo.sql
}

# The account that runs psql may not be able to write where the caller is.
show_demo()
{
	report=${REPORT:-tcs_report.html}
	[[ $report == /* ]] || report=$PWD/$report
	sales_report=${SALES_REPORT:-tcs_sales_report.html}
	[[ $sales_report == /* ]] || sales_report=$PWD/$sales_report
	metrics_report=${METRICS_REPORT:-tcs_metrics_report.html}
	[[ $metrics_report == /* ]] || metrics_report=$PWD/$metrics_report
	run_demo
	cat "$work/report.html" >"$report"
	cat "$work/metrics_report.html" >"$metrics_report"
	cat "$work/sales_report.html" >"$sales_report"
	printf '\nThree pages to open in a browser:\n%s\n%s\n%s\n' "$metrics_report" "$report" "$sales_report"
}

# The shop is made afresh each time: it takes seconds, and is never out of
# step with the code.
open_prompt()
{
	run_demo >/dev/null

	# Ctrl-C is for psql: it cancels a query, and must not end this script.
	trap : INT
	as_account env PSQL_HISTORY=/dev/null "$bindir/psql" -d demo
}

run_bench()
{
	need_server
	build
	start_server test/bench/postgresql.con[f]
	as_account "$bindir/createdb" bench
	as_account env PATH="$bindir:$PATH" PGDATABASE=bench test/bench/run.sh
}

run_bench_shards()
{
	need_server
	build
	start_server test/bench/postgresql.con[f]
	as_account env PATH="$bindir:$PATH" test/bench/shards.sh
}

# The tests in test/t that take longest: they begin first.
LONG=(058_membership_oracle 051_membership_crash 041_holdout_eval)

# What they say is the same on every server.
PAGES=(010_docs 011_docs_links 012_docs_reference 066_report_pictures)

# Installation, dumps, standbys, crashes, rights and sessions beside each other.
SERVERS=(001_install 004_standby 030_upgrade 031_publish 033_rules_sessions
	034_rules_dump 050_membership_concurrency 053_membership_dump_standby
	054_membership_rights 055_clients 056_membership_snapshots)

# The tests in test/t that are left out.
left_out=()
[[ -z ${TCS_SHORT:-} ]] || left_out=("${LONG[@]}" "${PAGES[@]}")

# A line for each test as it ends, NAME and what became of it, from what
# pg_regress (in two forms) and prove say.  Not awk: some wait for a full buffer.
test_ends()
{
	# shellcheck disable=SC2016
	perl -ne '
		BEGIN { $| = 1 }
		sub tell_end
		{
			my ($name, $how, $ms) = @_;
			print "$name $how", ($ms ? sprintf(" (%.1f s)", $ms / 1000) : ""), "\n";
		}
		if (/^test (\S+) +\.\.\. (\w+) *(\d*)/)
		{ tell_end($1, $2 eq "ok" ? "ok" : "FAILED", $3) }
		elsif (/^(not )?ok \d+ +[-+] (\S+) *(\d*)/)
		{ tell_end($2, $1 ? "FAILED" : "ok", $3) }
		elsif (m{^(?:\[[0-9:]+\] )?test/(t/\S+)\.pl \.+ ?(.*)})
		{
			my ($name, $how) = ($1, $2);
			if ($how =~ /^ok *(\d*)/) { tell_end($name, "ok", $1) }
			elsif ($how =~ /^skipped: (?!\(no reason)/) { tell_end($name, $how) }
			else { tell_end($name, "FAILED") }
		}
		else { print STDERR }' 2>>"$work/noise.log"
}

# Number the lines; further servers are set up without a word.
number_lines()
{
	local total=$1 line number=0 again=

	while read -r line; do
		if [[ $line == "setup ok"* ]]; then
			[[ -z $again ]] || continue
			again=1
		fi
		number=$((number + 1))
		echo "[$number/$total] $line"
	done
}

# The regression tests of a deal, on a server of their own.
run_deal()
{
	local number=$1

	shift
	start_server_beside "$number"
	as_account mkdir "$work/deal$number"
	make_in_copy -s installcheck PROVE_TESTS= TAP_TESTS= REGRESS="setup $*" \
		EXTRA_REGRESS_OPTS="--outputdir=$work/deal$number" 2>&1 |
		test_ends || :
}

# All tests at once.  What did not report that it passed has failed: nothing is
# lost when a run breaks off, or prints what this does not know.
run_tests()
{
	local name test last=() all=() regress=() tap=()
	local passed=0 skipped=0 lost=() i deals

	for test in sql/*.sql; do
		name=$(basename "$test" .sql)
		all+=("$name")
		[[ $name == setup ]] || regress+=("$name")
	done
	for name in "${LONG[@]}" "${PAGES[@]}" "${SERVERS[@]}"; do
		[[ -e test/t/$name.pl ]] || die "no test $name"
	done
	for test in test/t/*.pl; do
		name=$(basename "$test" .pl)
		[[ " ${left_out[*]} " != *" $name "* ]] || continue
		if [[ " ${LONG[*]} " == *" $name "* ]]; then
			tap+=("$test")
		else
			last+=("$test")
		fi
		all+=("t/$name")
	done
	tap+=("${last[@]}")

	deals=$(nproc)
	[[ $deals -le 4 ]] || deals=4
	{
		for ((i = 0; i < deals; i++)); do
			local deal=()
			for ((test = i; test < ${#regress[@]}; test += deals)); do
				deal+=("${regress[test]}")
			done
			run_deal "$i" "${deal[@]}" &
		done
		make_in_copy -s installcheck REGRESS= PROVE_TESTS="${tap[*]}" \
			PROVE_FLAGS="--timer -j $deals" 2>&1 | test_ends || :
		wait
	} | number_lines "${#all[@]}" | tee "$work/ends"

	for name in "${all[@]}"; do
		if grep -qE "^\[[0-9/]+\] $name ok( |$)" "$work/ends"; then
			passed=$((passed + 1))
		elif grep -qE "^\[[0-9/]+\] $name skipped" "$work/ends"; then
			skipped=$((skipped + 1))
		else
			lost+=("$name")
		fi
	done
	if [[ ${#lost[@]} -gt 0 ]]; then
		show_failures "${lost[@]}"
		say "Failed: ${lost[*]}"
	fi
	echo "$passed passed, ${#lost[@]} failed$(
		[[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
	[[ $passed -gt 0 && ${#lost[@]} -eq 0 ]]
}

show_failures()
{
	local name log

	[[ ! -e $work/noise.log ]] || cat "$work/noise.log"
	for log in "$work"/deal*/regression.diffs; do
		[[ ! -s $log ]] || cat "$log"
	done
	grep -hE 'PANIC|terminated by signal|runtime error' "$work"/server*.log || :
	for name; do
		log=tmp_check/log/regress_log_${name#t/}
		[[ $name == t/* && -e $log ]] || continue
		say "$log"
		tail -n 60 "$log"
	done
}

run_check()
{
	# Public data that some tests compare with; without them these are skipped.
	export TCS_SHARED=${TCS_SHARED:-$(dirname "$top")/shared}
	# Releases are built from the history, which the copy is without.
	export TCS_REPOSITORY=${TCS_REPOSITORY:-$top}
	need_server libipc-run-perl
	build
	make_cluster
	run_tests
}

# The clients that Debian has for its own server.  make check runs the same test
# with those that are installed.
run_clients()
{
	local packages=(libipc-run-perl libpostgresql-jdbc-java odbc-postgresql
		python3-pyodbc pgbouncer chromium poppler-utils fonts-noto-core
		fonts-noto-cjk)
	local tests=(test/t/055_clients.pl test/t/066_report_pictures.pl)
	local test version passed=0 lost=()

	command -v javac >/dev/null || packages+=(default-jdk-headless)
	need_server "${packages[@]}"
	version=$("$pg_config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	need "postgresql-$version-cron"
	build
	extension_settings >"$work/extension.conf"
	export TEMP_CONFIG=$work/extension.conf TCS_CRON=1
	make_in_copy -s installcheck REGRESS= PROVE_TESTS="${tests[*]}" 2>&1 |
		tee "$work/check.log" || :
	for test in "${tests[@]}"; do
		if grep -q "^$test \.* ok$" "$work/check.log"; then
			passed=$((passed + 1))
		else
			lost+=("t/$(basename "$test" .pl)")
		fi
	done
	[[ $passed -eq ${#tests[@]} ]] || show_failures "${lost[@]}"
	echo "$passed passed, $((${#tests[@]} - passed)) failed"
	[[ $passed -eq ${#tests[@]} ]]
}

# Each log is a file of lines with the columns id and date, and amount or dollars;
# what is cut where stands here for public logs, others are cut at two thirds.
judge_logs()
{
	local logs=${LOGS:-${TCS_SHARED:-$(dirname "$top")/shared}/data}
	local file name columns
	local -A cut=(
		[cdnow_transactions]="1997-09-30 1998-06-30"
		[online_retail_days]="2011-06-09 2011-12-09"
		[northwind_days]="1997-10-31 1998-05-06"
		[lifetimes_example_transactions]="2014-07-01 2014-12-31"
	)

	ls "$logs"/*.csv >/dev/null || die "no logs: say LOGS=folder"
	need_server
	build
	start_server
	as_account "$bindir/createdb" holdouts
	psql -q -d holdouts -c 'CREATE EXTENSION tcs' -c "CREATE TABLE raw (
		id text, date timestamp, amount double precision, dollars double precision, master_id text, cds text)" \
		-c "CREATE TABLE log (log text, customer text, day date, amount double precision)" \
		-c "CREATE TABLE cut (log text, as_of date, until date)"
	for file in "$logs"/*.csv; do
		columns=$(head -n 1 "$file")
		[[ ,$columns, == *,id,* && ,$columns, == *,date,* ]] || continue
		name=$(basename "$file" .csv)
		# read here: the account of the server may not be able to
		psql -q -d holdouts -c 'TRUNCATE raw' -c "COPY raw ($columns) FROM STDIN (FORMAT csv, HEADER)" <"$file"
		psql -q -d holdouts -c "INSERT INTO log SELECT '$name', id, date::date, COALESCE(amount, dollars) FROM raw" \
			-c "INSERT INTO cut SELECT '$name', COALESCE(NULLIF(split_part('${cut[$name]:-}', ' ', 1), '')::date, min(day) + (max(day) - min(day)) * 2 / 3),
				COALESCE(NULLIF(split_part('${cut[$name]:-}', ' ', 2), '')::date, max(day)) FROM log WHERE log = '$name'"
	done
	psql -q -d holdouts -v families="${FAMILIES:-mbg/nbd bg/nbd pareto/nbd mbg/cnbd-k bg/cnbd-k nbd}" -f test/holdouts.sql
	psql -q -d holdouts -v customers=6000 -v as_of=2026-06-30 -f test/shop.sql
	psql -q -d holdouts -c "INSERT INTO log SELECT 'shop', customer_id::text, ordered_at::date, amount * euros
		FROM shop.orders JOIN shop.currencies USING (currency) WHERE status <> 'cancelled'" -f test/forecasts.sql
}

# The tests of the pages, which write instead of comparing.
write_docs()
{
	local page

	need_server libipc-run-perl
	build
	cp -r README*.md doc "$work"
	extension_settings >"$work/extension.conf"
	export TEMP_CONFIG=$work/extension.conf TCS_DOCS_UPDATE=${PAGES:-all}
	make_in_copy -s installcheck REGRESS= \
		PROVE_TESTS="test/t/010_docs.pl test/t/012_docs_reference.pl"
	for page in README*.md doc/*.md; do
		cmp -s "$page" "$work/$page" || {
			say "Writing $page"
			cat "$page" >"$top/$page"
		}
	done
}

# The head of the seller's report, as a browser shows it that is as wide as the
# picture.
write_picture()
{
	need chromium fonts-noto-core
	run_demo >/dev/null
	as_account mkdir "$work/picture"
	as_account chromium --headless=new --no-sandbox --disable-gpu \
		--disable-dev-shm-usage --hide-scrollbars --user-data-dir="$work/picture/profile" \
		--window-size=1100,800 --screenshot="$work/picture/report.png" \
		"file://$work/sales_report.html" 2>/dev/null
	[[ -s $work/picture/report.png ]] || die "Chromium made no picture"
	cat "$work/picture/report.png" >"$top/doc/report.png"
	say "Written doc/report.png"
}

# An attack has a server to itself, which comes back after a crash and logs
# errors with their SQLSTATE.
run_attack()
{
	need_server "$@"
	build
	cat >"$work/attack.conf" <<-CONF
		restart_after_crash = on
		log_error_verbosity = verbose
		shared_preload_libraries = 'pg_stat_statements'
		max_connections = 50
		fsync = ${fsync:-off}
	CONF
	start_server "$work/attack.conf"
	export PGDATA=$work/data SERVER_LOG=$work/server.log
	as_account env PATH="$bindir:$PATH" "${attack[@]}"
}

run_attacks()
{
	local goal failed=0

	for goal in attack-types attack-calls attack-sqlsmith attack-crash; do
		say "make $goal"
		"$here/run.sh" "$goal" </dev/null || failed=$((failed + 1))
	done
	[[ $failed -eq 0 ]]
}

# Every test is compiled with all of the mathematics, and run.
run_math()
{
	local passed failed flags=(-std=c11 -O1 -g -Wall -Wextra -Werror
		-fsanitize=address -fsanitize=undefined
		-fno-sanitize-recover=all)

	need gcc libc6-dev
	make_copy
	flags+=("-I$work/source/src")
	as_account mkdir "$work/math"
	# what is tested once, and then a program a test, as many at once as there
	# are processors
	# shellcheck disable=SC2016
	printf '%s\0' "$work"/source/src/numerics/*.c "$work"/source/src/math/*.c |
		as_account xargs -0 -n 8 -P "$(nproc)" \
			sh -c 'cd "$0" && exec gcc "$@"' "$work/math" "${flags[@]}" -c ||
		die "the mathematics does not compile"
	# shellcheck disable=SC2016
	printf '%s\0' test/math/test_*.c |
		as_account env flags="${flags[*]}" xargs -0 -n 1 -P "$(nproc)" sh -c '
			program=$0/$(basename "$1" .c)
			if gcc $flags -o "$program" "$1" "$0"/*.o -lm >"$program.out" 2>&1 &&
				"$program" >>"$program.out" 2>&1; then
				echo "# $1 passed"
			else
				cat "$program.out"
				echo "# $1 FAILED"
			fi' "$work/math" | tee "$work/math.log"
	passed=$(grep -c '^# .* passed$' "$work/math.log" || :)
	failed=$(grep -c '^# .* FAILED$' "$work/math.log" || :)
	echo "$passed passed, $failed failed"
	[[ $passed -gt 0 && $failed -eq 0 ]]
}

# ---------------------------------------------------------------------------
# The archive, and the package that is built from it

# Make the archive of what is committed as $1.
make_archive()
{
	local version changes
	local git=(git -c safe.directory="$top" -C "$top" -c user.name=tcs -c user.email=)

	need git
	version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$top/tcs.control")
	changes=$("${git[@]}" stash create) || die "an archive is made from a git tree"
	[[ -z $changes ]] || say "with changes that are not committed"
	"${git[@]}" archive --format=zip --prefix="tcs-$version/" -o "$1" \
		"${changes:-HEAD}"
}

goal_dist()
{
	local archive

	archive=tcs-$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$top/tcs.control").zip
	need python3-minimal
	/usr/bin/python3 "$here/lint_meta.py" "$top" || die "META.json is not right"
	make_archive "$PWD/$archive"
	echo "$PWD/$archive"
}

# The archive is handed to the root of the server's release.
goal_check_dist()
{
	local archive status=0

	archive=$here/tcs.zip.tmp
	make_archive "$archive"
	"$here/versions.sh" 15 check-archive || status=$?
	rm -f "$archive"
	return "$status"
}

# Within that root: the archive is unpacked and built as a Debian package, which
# is installed; the tests run on what is then in the server's own directories.
check_archive()
{
	local archive=$here/tcs.zip.tmp version

	version=$("$pg_config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	work=$(mktemp -d /var/tmp/tcs.XXXXXX)
	unzip -q "$archive" -d "$work"
	cd "$work"/tcs-*
	top=$PWD
	say "Building the Debian package"
	# without the compilers that bitcode needs, which the root does not have
	MAKEFLAGS="-j$(nproc) with_llvm=no" DEB_BUILD_OPTIONS=nocheck \
		dpkg-buildpackage -b -us -uc -d >"$work/package.log" 2>&1 ||
		{ tail -n 60 "$work/package.log"; die "no package"; }
	dpkg -i "$work/postgresql-$version-tcs_"*.deb >/dev/null
	dpkg -L "postgresql-$version-tcs" | grep -q 'doc/.*\.md' ||
		die "the package has no documents"
	rm -rf "$work"/tcs-*/debian/postgresql-*
	export TCS_INSTALLED=1
	run_check
}

# Run every checking goal, and add up what they counted.
run_all()
{
	local goal log short passed=0 failed=0 more

	log=$(mktemp)
	for goal in check lint check-math check-ubsan check-clients check-dist \
		check-17 check-18 check-19; do
		say "make $goal"
		SECONDS=0
		short=1
		[[ $goal != check && $goal != check-18 ]] || short=
		if ! TCS_SHORT=$short "$here/run.sh" "$goal" </dev/null 2>&1 |
			tee "$log"; then
			say "make $goal failed"
			grep -qE '^[0-9]+ passed, [1-9][0-9]* failed' "$log" ||
				failed=$((failed + 1))
		fi
		say "make $goal took $SECONDS s"
		more=$(sed -nE 's/^([0-9]+) passed, [0-9]+ failed.*/\1/p' "$log" | tail -n 1)
		passed=$((passed + ${more:-0}))
		more=$(sed -nE 's/^[0-9]+ passed, ([0-9]+) failed.*/\1/p' "$log" | tail -n 1)
		failed=$((failed + ${more:-0}))
	done
	rm -f "$log"
	echo "$passed passed, $failed failed"
	[[ $passed -gt 0 && $failed -eq 0 ]]
}

goal_help() { cat "$here/goals"; }
goal_demo() { show_demo; }
goal_psql() { open_prompt; }
goal_check() { run_check; }
goal_docs() { write_docs; }
goal_docs_picture() { write_picture; }
goal_bench() { run_bench; }
goal_bench_shards() { run_bench_shards; }
goal_holdouts() { judge_logs; }
goal_lint() { exec "$here/lint.sh" lint; }
goal_format() { exec "$here/lint.sh" format; }
goal_check_17() { exec "$here/versions.sh" 17; }
goal_check_18() { exec "$here/versions.sh" 18; }
goal_check_19() { exec "$here/versions.sh" 19; }
goal_check_math() { run_math; }
goal_check_all() { run_all; }

goal_check_ubsan()
{
	export COPT='-fsanitize=undefined -fno-sanitize-recover'
	[[ -z ${TCS_SHORT:-} ]] || left_out+=("${SERVERS[@]}")
	run_check
}

# With the bitcode for the server's JIT, which the other goals do without: it
# doubles the time of a build.
goal_check_clients()
{
	TCS_MAKE=
	run_clients
}

goal_check_asan()
{
	# shellcheck disable=SC2086
	exec "$here/asan.sh" ${TESTS:-}
}

goal_attack_types()
{
	attack=(test/hostile/types.pl "${SHARE:-1}" "${SEED:-1}")
	run_attack perl
}

goal_attack_calls()
{
	attack=(test/hostile/calls.pl "${CALLS:-50000}" "${SEED:-1}")
	run_attack perl
}

goal_attack_sqlsmith()
{
	attack=(test/hostile/sqlsmith.sh "${QUERIES:-100000}" "${SEED:-1}")
	run_attack sqlsmith
}

goal_attack_crash()
{
	attack=(test/hostile/crash.pl "${ROUNDS:-50}" "${SEED:-1}")
	fsync=on
	run_attack perl procps
}

goal_attack_all() { run_attacks; }

goal=${1:-help}
if [[ $goal == check-archive ]]; then
	check_archive
elif grep -qE "^  $goal  +" "$here/goals" &&
	declare -F "goal_${goal//-/_}" >/dev/null; then
	"goal_${goal//-/_}"
else
	die "unknown goal: $goal; make help lists them"
fi
