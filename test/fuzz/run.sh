#!/bin/bash
# run.sh SECONDS [SEED]: throw conditions at the checker, over a connection (see
# the PG* variables; the database "fuzz_conditions" is made anew).  It fails when
# the server goes down, a condition takes longer than 5 seconds, or one that
# was accepted touches what it must not.
set -euo pipefail

seconds=${1:-15}
seed=${2:-$RANDOM}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
database=fuzz_conditions

echo "seed $seed"
psql -X -q -d postgres -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
	-c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"
psql -X -q -d "$database" -v ON_ERROR_STOP=1 -f "$here/setup.sql"
psql -X -q -d "$database" -v ON_ERROR_STOP=1 -At -v seconds="$seconds" \
	-v seed="$seed" -f "$here/run.sql"
psql -X -q -d postgres -c "DROP DATABASE $database"
