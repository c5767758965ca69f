#!/bin/bash
# sqlsmith.sh [QUERIES [SEED]]: random queries of sqlsmith's that call the extension.
#
# sqlsmith draws from all functions there are, nearly all of them the server's own.  It
# reads pg_proc by the search_path: a view in front of it shows the extension's
# and a few built in.  What drops or publishes is left out, so that
# there is something to read to the end.
#
# Findings are: a broken connection, an error of class XX, 53 or 58.  100,000
# queries (the default), 4,000 to each seed, take 15 minutes.
#
# Needs a server to itself (PG* variables) that logs errors with their SQLSTATE
# to SERVER_LOG; the database "hostile" is made anew.
set -euo pipefail

queries=${1:-100000}
seed=${2:-1}
chunk=4000
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
log=${SERVER_LOG:?the log of the server}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
export PGOPTIONS='-c client_min_messages=error'

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
seen() { tail -c "+$((from + 1))" "$log" | grep -caE "$1" || :; }

sql -d postgres -c 'DROP DATABASE IF EXISTS hostile' -c 'CREATE DATABASE hostile' \
	-c 'DROP ROLE IF EXISTS hostile_owner' -c 'DROP ROLE IF EXISTS hostile_clerk'
sql -d hostile -o /dev/null -f "$here/types.sql"
sql -d hostile -o /dev/null -f "$here/sqlsmith.sql"

from=$(stat -c %s "$log")
begin=$(date +%s)
run=0
done=0
while [[ $done -lt $queries ]]; do
	[[ $((queries - done)) -ge $chunk ]] || chunk=$((queries - done))
	PGOPTIONS="-c client_min_messages=error -c statement_timeout=5s -c search_path=smith,pg_catalog,hostile,shop" \
		timeout 1800 sqlsmith --target='dbname=hostile' --exclude-catalog \
		--seed=$((seed + run)) --max-queries="$chunk" --dump-all-queries \
		>"$directory/queries" 2>"$directory/said" || :
	grep -oE 'tcs\.[a-z_]+' "$directory/queries" >>"$directory/calls" || :
	ran=$(grep -c ';$' "$directory/queries" || :)
	if [[ $ran -eq 0 ]]; then
		tail -n 5 "$directory/said" >&2
		exit 1
	fi
	done=$((done + chunk))
	run=$((run + 1))

	# After a crash the server comes back by itself.
	for _ in $(seq 300); do
		sql -d postgres -c 'SELECT 1' >/dev/null 2>&1 && break
		sleep 0.1
	done
	echo "$(($(date +%s) - begin)) s: $done queries, $(seen 'terminated by signal') crashes"
done

tail -c "+$((from + 1))" "$log" |
	grep -aE -A 3 '(ERROR|FATAL|PANIC):  (XX|53|58)...:|terminated by signal|PANIC' |
	cut -c 1-1500 | head -n 100 || :
crashes=$(seen 'terminated by signal')
forbidden=$(seen '(ERROR|FATAL|PANIC):  (XX|53|58)...:')
echo "sqlsmith: seeds $seed to $((seed + run - 1)), $done queries in $(($(date +%s) - begin)) s with $(wc -l <"$directory/calls") calls of $(sort -u "$directory/calls" | wc -l) functions; $(sql -d hostile -c 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements AS s WHERE query LIKE $$%tcs.%$$') statements with calls ended without an error; findings: $crashes crashes, $forbidden errors of class XX, 53 or 58"
[[ $crashes -eq 0 && $forbidden -eq 0 ]]
