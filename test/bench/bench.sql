-- The measurements, from data to table.  run.sh starts this and explains the
-- variables.

\pset footer off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tcs;
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
RESET client_min_messages;

SET search_path = bench, pg_catalog;
SET jit = off;
SET timezone = 'UTC';
SET work_mem = :'work_mem';
SET max_parallel_workers_per_gather = 0;

\ir harness.sql
\ir data.sql
\ir purchase_history.sql
\ir scores.sql
\ir lookup.sql
\ir due.sql
\ir cohorts.sql
\ir rules.sql
\ir scorecards.sql
\ir workers.sql
\ir memory.sql
\ir membership.sql
\ir second_look.sql
\ir kept.sql
\ir value.sql
\ir limits.sql
\ir funnel.sql
\ir traits.sql
\ir persona.sql
\ir learning.sql
\ir rates.sql
\ir report.sql
