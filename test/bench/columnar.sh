#!/bin/bash
# Measure tcs against DuckDB over the same rows, in the database that bench.sql left.
# Of use where node finds the package @duckdb/node-api, in the folder DUCKDB_FOLDER or
# among the global ones.
#
#	SIZES		numbers of customers (20000 200000, and all there are)
#	REPEATS		runs of each query, of which the median counts (3)

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ -z ${DUCKDB_FOLDER:-} ]] && command -v npm >/dev/null; then
	DUCKDB_FOLDER=$(npm root --global 2>/dev/null)/..
fi
if ! { command -v node && node -e 'require("module").createRequire(process.argv[1] + "/x").resolve("@duckdb/node-api")' "${DUCKDB_FOLDER:-.}"; } >/dev/null 2>&1; then
	echo 'DuckDB is not compared: npm install --global @duckdb/node-api installs it, and DUCKDB_FOLDER is where else it may be'
	exit 0
fi
export DUCKDB_FOLDER

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
query=(psql -X -q -A -t -v ON_ERROR_STOP=1)
repeats=${REPEATS:-3}
customers=$("${query[@]}" -c 'SELECT count(*) FROM bench.customers')

for size in ${SIZES:-20000 200000 $customers}; do
	[[ $size -le $customers ]] || continue
	rm -f "$work"/*
	PGOPTIONS="${PGOPTIONS:-} -c bench.repeats=$repeats" "${query[@]}" -v size="$size" -v work_mem="${WORK_MEM:-2GB}" -f columnar.sql
	for table in orders history event; do
		"${query[@]}" -c "COPY bench.some_$table TO STDOUT (FORMAT csv)" >"$work/some_$table.csv"
		"${query[@]}" -c "SELECT string_agg('\"' || attname || '\" ' || format_type(atttypid, NULL), ', ' ORDER BY attnum)
			FROM pg_attribute WHERE attrelid = 'bench.some_$table'::regclass AND attnum > 0" >"$work/some_$table.ddl"
	done
	"${query[@]}" -c "SELECT json_agg(json_build_object('n', n, 'query', theirs) ORDER BY n) FROM bench.columnar" >"$work/queries.json"
	node columnar.mjs "$work" "$repeats" >"$work/times"
	while IFS=$'\t' read -r n one all; do
		"${query[@]}" -c "UPDATE bench.columnar SET their_one = $one, their_all = $all WHERE n = $n"
	done <"$work/times"
	printf '\nAgainst DuckDB, %s customers: milliseconds in one process, then with two workers and all threads; below 1 tcs is faster\n' "$size"
	psql -X -q -P footer=off -c "SELECT topic, round(one::numeric) AS tcs, round(their_one::numeric) AS duckdb, round((one / their_one)::numeric, 2) AS ratio,
		round(two::numeric) AS tcs_2, round(their_all::numeric) AS duckdb_all, round((two / their_all)::numeric, 2) AS ratio_all FROM bench.columnar ORDER BY n"
done
