#!/bin/bash
# The goals of the Makefile that are not about installing:
#
#	demo			the tour of a generated shop (CUSTOMERS=20000) and of a seller to
#					businesses, which leaves a report of each in the current directory
#					(REPORT=tcs_report.html, SALES_REPORT=tcs_sales_report.html)
#	psql			a prompt on the demo's database
#	check			the regression and TAP tests on the release's server
#	bench			the measurements (see test/bench)
#	lint, format	see lint.sh
#	docs			what the SQL of the pages prints, and the comments of the reference,
#					written into them (PAGES="doc/tour.md ...": into these alone)
#	check-17, -18	the tests on another release's server (see versions.sh)
#	check-ubsan		the tests with undefined behaviour made fatal
#	check-math		the plain-C mathematics under ASan and UBSan
#	check-clients	JDBC, ODBC, PgBouncer, pg_cron, and the report in Chromium, on
#					the release's server
#	check-asan		the regression tests, or TESTS="..." of them, on a server built
#					with AddressSanitizer and assertions (see asan.sh)
#	check-all		everything that checks, but what takes long:
#	attack-types	the owner alters what tcs made, in every way, and everything is
#					called (SHARE=1/10 of it, SEED=1)
#	attack-calls	all functions with extreme and mutated arguments (CALLS=50000)
#	attack-sqlsmith	sqlsmith aimed at the functions of tcs (QUERIES=100000)
#	attack-crash	the server is stopped and killed under writers (ROUNDS=50)
#	attack-all		these four
#
# The attacks are in test/hostile, where each says what it looks for; they end
# with a line of what was done and found, and fail when anything was found.
#
# Each installs the Debian packages it misses, builds in a private copy and
# runs a throwaway server, which is gone when it ends.

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
		-v sales_report_goes_to="${sales_report:-}" -f test/demo.sql
}

# The account that runs psql may not be able to write where the caller is.
show_demo()
{
	report=${REPORT:-tcs_report.html}
	[[ $report == /* ]] || report=$PWD/$report
	sales_report=${SALES_REPORT:-tcs_sales_report.html}
	[[ $sales_report == /* ]] || sales_report=$PWD/$sales_report
	run_demo
	cat "$work/report.html" >"$report"
	cat "$work/sales_report.html" >"$sales_report"
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

# What did not report that it passed has failed: nothing is lost when a run
# breaks off, or prints what this does not know.  Sets failed.
count()
{
	local log=$1 expected passed skipped
	local tests=(sql/*.sql) tap=(test/t/*.pl)

	expected=$((${#tests[@]} + ${#tap[@]}))
	passed=$(grep -cE '^(test [^ ]+ +\.\.\. ok|ok [0-9]+ +[-+] [^ ]+ |test/t/[^ ]+ \.+ ok$)' "$log" || :)
	skipped=$(grep -cE '^test/t/[^ ]+ \.+ skipped' "$log" || :)
	failed=$((expected - passed - skipped))
	[[ $expected -gt 0 ]] || failed=1
	if [[ $skipped -gt 0 ]]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[[ $failed -eq 0 ]]
}

run_check()
{
	# Public data that some tests compare with; without them these are skipped.
	export TCS_SHARED=${TCS_SHARED:-$(dirname "$top")/shared}
	need_server libipc-run-perl
	build
	start_server
	shopt -s nullglob

	# -i: the TAP tests run even when a regression test has failed.
	make_in_copy -s -i installcheck 2>&1 | tee "$work/check.log" || :
	count "$work/check.log" >"$work/count" || show_failures
	cat "$work/count"
	[[ $failed -eq 0 ]]
}

show_failures()
{
	local log

	if [[ -s regression.diffs ]]; then
		cat regression.diffs
		grep -E 'PANIC|terminated by signal|runtime error' "$work/server.log" || :
	fi
	sed -nE 's,^test/t/([^ ]+)\.pl \.+ $,tmp_check/log/regress_log_\1,p' \
		"$work/check.log" |
		while read -r log; do
			say "$log"
			tail -n 60 "$log"
		done
}

# The clients that Debian has for its own server.  make check runs the same test
# with those that are installed.
run_clients()
{
	local packages=(libipc-run-perl libpostgresql-jdbc-java odbc-postgresql
		python3-pyodbc pgbouncer chromium poppler-utils fonts-noto-core
		fonts-noto-cjk)
	local tests=(test/t/055_clients.pl test/t/066_report_pictures.pl)
	local test version passed=0

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
		fi
	done
	[[ $passed -eq ${#tests[@]} ]] || show_failures
	echo "$passed passed, $((${#tests[@]} - passed)) failed"
	[[ $passed -eq ${#tests[@]} ]]
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
	local test program passed=0 failed=0
	local flags=(-std=c11 -O1 -g -Wall -Wextra -Werror
		-fsanitize=address -fsanitize=undefined
		-fno-sanitize-recover=all)

	need gcc libc6-dev
	make_copy
	shopt -s nullglob
	for test in test/math/test_*.c; do
		program=$work/$(basename "$test" .c)
		echo "# $test"
		if as_account gcc "${flags[@]}" -Isrc -o "$program" \
			"$test" src/numerics/*.c src/math/*.c -lm && as_account "$program"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed"
	[[ $passed -gt 0 && $failed -eq 0 ]]
}

# Run every checking goal, and add up what they counted.
run_all()
{
	local goal log passed=0 failed=0 more

	log=$(mktemp)
	for goal in check lint check-math check-ubsan check-clients check-17 check-18; do
		say "make $goal"
		SECONDS=0
		if ! "$here/run.sh" "$goal" </dev/null 2>&1 | tee "$log"; then
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

case ${1:-} in
demo) show_demo ;;
psql) open_prompt ;;
check)
	TCS_MAKE=${TCS_MAKE-}
	run_check
	;;
bench) run_bench ;;
docs) write_docs ;;
lint | format) exec "$here/lint.sh" "$1" ;;
check-17) exec "$here/versions.sh" 17 ;;
check-18) exec "$here/versions.sh" 18 ;;
check-ubsan)
	export COPT='-fsanitize=undefined -fno-sanitize-recover'
	run_check
	;;
check-math) run_math ;;
check-clients) run_clients ;;
check-asan)
	# shellcheck disable=SC2086
	exec "$here/asan.sh" ${TESTS:-}
	;;
check-all) run_all ;;
attack-types)
	attack=(test/hostile/types.pl "${SHARE:-1}" "${SEED:-1}")
	run_attack perl
	;;
attack-calls)
	attack=(test/hostile/calls.pl "${CALLS:-50000}" "${SEED:-1}")
	run_attack perl
	;;
attack-sqlsmith)
	attack=(test/hostile/sqlsmith.sh "${QUERIES:-100000}" "${SEED:-1}")
	run_attack sqlsmith
	;;
attack-crash)
	attack=(test/hostile/crash.pl "${ROUNDS:-50}" "${SEED:-1}")
	fsync=on
	run_attack perl procps
	;;
attack-all) run_attacks ;;
*) die "unknown goal: ${1:-none}; see the head of test/run.sh" ;;
esac
