-- The paid orders of the demo's shop.
\set seed 1
\set as_of 2026-06-30
\ir ../shop.sql
CREATE TABLE public.orders AS
SELECT customer_id, (ordered_at AT TIME ZONE 'Europe/Berlin')::date AS ordered_on, amount FROM shop.orders WHERE status = 'paid';
DROP SCHEMA shop CASCADE;
