-- demo_membership.sql: the end of the first act of demo.sql: orders arrive, customers move.
--
-- The report is written to the file that the variable report names, tcs_report.html
-- in the current directory unless set; report_goes_to is what to call it.

\if :{?report}
\else
	\set report tcs_report.html
\endif
\if :{?report_goes_to}
\else
	\set report_goes_to :report
\endif

\echo
\echo '=============================================================================='
\echo '12. Who is where, and who moved?'
\echo '=============================================================================='
\echo 'A segmentation is a table of who is in which segment, and one of every move.'
\echo 'Both are plain tables in your schema, for any query and any tool.'
\echo
\echo 'The rules read the metrics; what else is known of a customer is joined, for the report.'
\echo
\set ECHO queries

CREATE VIEW shop.known AS
SELECT m.*, c.name, c.country, c.channel, c.signed_up
FROM shop.metrics AS m JOIN shop.customers AS c ON c.customer_id = m.customer;

SELECT tcs.create_segmentation('shop.stage', 'shop.known', 'customer', 'tcs.lifecycle') AS "made and loaded";

SELECT tcs.track_segmentation('shop.stage', 'shop.orders', 'customer_id') AS "tables that report their changes";

\set ECHO none
\echo
\echo 'The past need not begin today: the view knows what it was on any day, by what is known'
\echo 'now. A year, month by month:'
\echo
\set ECHO queries

SELECT tcs.backfill_segmentation('shop.stage', (current_date - interval '1 year')::date) AS "moves filled in";

\set ECHO none
\pset numericlocale on
\echo
\set ECHO queries

SELECT segment, count(*) AS customers
FROM shop.stage
GROUP BY segment
ORDER BY count(*) DESC;

\set ECHO none
\pset numericlocale off
\o /dev/null
-- the first time everybody is looked at: orders may have come before the triggers
SELECT tcs.process_segmentation('shop.stage');
SELECT clock_timestamp() AS before, tcs.segment_moves_cursor() AS cursor \gset
\o
\echo 'An evening of orders, by customers of all kinds. The trigger only notes who they are.'
\echo
\set ECHO queries

INSERT INTO shop.orders
SELECT (SELECT max(order_id) FROM shop.orders) + row_number() OVER (ORDER BY customer_id),
    customer_id, now() - interval '1 second', 'paid', 40 + customer_id % 50, 'EUR', NULL
FROM shop.customers
WHERE hashint8(customer_id) % 40 = 0;

SELECT queue_length AS "customers to look at" FROM shop.stage_status;

\set ECHO none
\echo 'A job works them off, every few seconds or every night. (In the mode sync the'
\echo 'order itself does, and the segment is right when it commits.)'
\echo
\set ECHO queries

SELECT tcs.process_segmentation('shop.stage') AS "looked at";

\set ECHO none
\echo 'What a CRM fetches: each move once, however late its transaction commits.'
\echo
\set ECHO queries

SELECT key AS customer, from_segment AS "from", to_segment AS "to", cause
FROM tcs.segment_moves_since('shop.stage', :'cursor')
ORDER BY from_segment = 'lost' DESC, id
LIMIT 6;

\set ECHO none
\o /dev/null
SELECT key AS moved FROM tcs.segment_moves_since('shop.stage', :'cursor')
ORDER BY from_segment = 'lost' DESC, id LIMIT 1 \gset
\o
\echo 'Why is the first of them where it is?'
\echo
\set ECHO queries

SELECT segment, decisive, coalesce(reason, 'all of the rule is true') AS reason
FROM shop.metrics
CROSS JOIN LATERAL tcs.segment_explain('tcs.lifecycle', metrics)
WHERE customer = :moved AND priority <= 30;

\set ECHO none
\echo 'And where was it before the orders?'
\echo
\set ECHO queries

SELECT tcs.segment_at('shop.stage', :'before', :moved) AS before,
    tcs.segment_at('shop.stage', now(), :moved) AS now;

\set ECHO none
\pset null ''
\echo 'The migration, from the rows to the columns:'
\echo
\set ECHO queries

SELECT from_segment AS "from", to_segment, customers, dense_rank() OVER (ORDER BY to_segment) AS place
FROM tcs.segment_migration('shop.stage', :'before', now())
ORDER BY from_segment
\crosstabview "from" to_segment customers place

\set ECHO none
\pset null '-'
\echo 'How far did the whole move? Below 0.1 the shares are as they were.'
\echo
\set ECHO queries

SELECT round(sum(psi)::numeric, 4) AS "population stability index"
FROM tcs.segment_drift('shop.stage', :'before', now());

\set ECHO none
\pset format unaligned
\pset tuples_only on
\o :report
SELECT tcs.report_html('shop.stage', title => 'Customers of the shop', currency => 'EUR', customers => 5, label => 'name');
\o
\pset format aligned
\pset tuples_only off
\echo 'All of it on one page, for the browser, the phone or the printer:' :report_goes_to
\echo 'The page speaks Chinese as well:'
\echo '    SELECT tcs.report_html(''shop.stage'', language => ''zh'', currency => ''EUR'')'
\echo
