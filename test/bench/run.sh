#!/bin/bash
# Measure the extension against plain SQL, on the server and in the database
# that PGHOST and PGDATABASE name: an empty database, on a machine without other
# work.  With the defaults it takes about twenty minutes and 4 GB of memory.
#
#	CUSTOMERS	customers in the log (1000000)
#	ORDERS		rows in the log, about (12 for each customer)
#	REPEATS		runs of each query, of which the median counts (3)
#	EVALUATIONS	rows to which one statement assigns segments (10 for each customer)
#	STATEMENTS	statements that do so one after the other (100000)
#	WORK_MEM	work_mem, the same for all (2GB: nothing spills)
#
# Then columnar.sh, where there is a DuckDB to compare with.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

customers=${CUSTOMERS:-1000000}
psql -X -q -v ON_ERROR_STOP=1 \
	-v customers="$customers" \
	-v orders="${ORDERS:-$((customers * 12))}" \
	-v evaluations="${EVALUATIONS:-$((customers * 10))}" \
	-v statements="${STATEMENTS:-100000}" \
	-v repeats="${REPEATS:-3}" \
	-v work_mem="${WORK_MEM:-2GB}" \
	-f bench.sql
exec ./columnar.sh
