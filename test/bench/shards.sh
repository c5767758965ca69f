#!/bin/bash
# Measure what shards by postgres_fdw send, and what they leave to the coordinator:
# three databases of one server, the one that PGHOST and PGPORT name, are set up as
# doc/more-than-one-machine.md says, and asked through a socket that counts.
#
#	CUSTOMERS	customers in the log (200000)

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

customers=${CUSTOMERS:-200000}
folder=$(mktemp -d)
python3 count_bytes.py "$folder/.s.PGSQL.5432" "$PGHOST/.s.PGSQL.$PGPORT" "$folder/bytes" &
counting=$!
trap 'kill $counting; rm -rf "$folder"' EXIT
while [[ ! -e $folder/bytes ]]; do sleep 0.1; done

# The blocks of the page: shard or coordinator.
blocks()
{
	awk -v mark="\`\`\`sql $1" '$0 == mark { inside = 1; next } /^```/ { inside = 0 } inside' ../../doc/more-than-one-machine.md
}

run() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

echo "Making $customers customers on one machine and on three shards"
psql -X -q -d postgres -c 'CREATE DATABASE whole' -c 'CREATE DATABASE coordinator'
run -d whole -v customers="$customers" -f shards_data.sql
for n in 1 2 3; do
	psql -X -q -d postgres -c "CREATE DATABASE shard_$n"
	run -d "shard_$n" -c 'CREATE TABLE orders (customer_id bigint, ordered_on date, amount numeric(12,2))'
	run -d whole -c "COPY (SELECT * FROM orders WHERE customer_id % 3 = $n % 3) TO STDOUT" |
		run -d "shard_$n" -c 'COPY orders FROM STDIN' -c 'CREATE INDEX ON orders (customer_id)' -c 'VACUUM ANALYZE orders'
	blocks shard | sed "s/SELECT 1 AS shard/SELECT $n AS shard/" | PGOPTIONS='-c client_min_messages=error' run -d "shard_$n" -o /dev/null -f -
	run -d "shard_$n" -c "CREATE VIEW histories AS SELECT $n AS shard, customer_id AS customer, tcs.purchase_history(ordered_on, amount, DATE '2026-06-30') AS h FROM orders GROUP BY customer_id"
done
run -d whole -c 'CREATE EXTENSION tcs'

# The servers are asked through the socket that counts.
mapped='CREATE USER MAPPING FOR CURRENT_USER SERVER shard_'
blocks coordinator |
	sed -e "s|OPTIONS (dbname|OPTIONS (host '$folder', port '5432', dbname|" \
		-e "s/^CREATE SERVER shard_\([1-3]\) .*/&\n${mapped}\1;/" |
	run -d coordinator -o /dev/null -f -
run -d coordinator -v bytes="$folder/bytes" -f shards.sql
