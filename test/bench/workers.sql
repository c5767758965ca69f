-- Two workers against one process: histories over a log that is partitioned by
-- customer, fits, scores and segments over a plain table.  The leader does no
-- work, so that two are two.  What an aggregate of the server gains says what can
-- be had here: a machine whose cores are shared has less than two to give.

\echo Measuring two workers

SET parallel_leader_participation = off;
SET parallel_setup_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_partitionwise_aggregate = on;

INSERT INTO way (topic, way, workers, query)
SELECT topic, way || CASE workers WHEN 0 THEN ', one process' ELSE ', two workers' END, workers, query
FROM (VALUES
	('workers server', 'the server''s stddev', $$
		SELECT stddev(age), stddev(frequency), stddev(monetary) FROM history $$),
	('workers history', 'tcs, purchase_history', $$
		SELECT customer_id, tcs.purchase_history(day, amount, '2025-12-31')
		FROM orders_by_hash GROUP BY customer_id $$),
	('workers fit', 'tcs, rfm_fit', $$
		SELECT tcs.rfm_fit(age, frequency, monetary) FROM history $$),
	('workers score', 'tcs, rfm_score', $$
		SELECT sum(monetary) FILTER (WHERE tcs.rfm_segment(tcs.rfm_score(
			(SELECT tcs.rfm_fit(age, frequency, monetary) FROM history TABLESAMPLE SYSTEM (1)),
			age, frequency, monetary)) = 'Champions')
		FROM history $$),
	('workers rules', 'CASE',
		format('SELECT sum(revenue) FILTER (WHERE %s = ''champion'') FROM card', written_case('bench 12'))),
	('workers rules', 'tcs, segment_assign', $$
		SELECT sum(revenue) FILTER (WHERE tcs.segment_assign('bench 12', card) = 'champion') FROM card $$)) AS v (topic, way, query),
	(VALUES (0), (2)) AS w (workers);

CALL measure('workers server', :repeats);
CALL measure('workers history', :repeats);
CALL measure('workers fit', :repeats);
CALL measure('workers score', :repeats);
CALL measure('workers rules', :repeats);

CALL claim_ratio('the server''s stddev, one process / two workers',
	'workers server', 'the server''s stddev, one process', 'the server''s stddev, two workers', '', NULL);
CALL claim_ratio('purchase_history, one process / two workers',
	'workers history', 'tcs, purchase_history, one process', 'tcs, purchase_history, two workers', '>=', 1.6);
CALL claim_ratio('rfm_fit, one process / two workers',
	'workers fit', 'tcs, rfm_fit, one process', 'tcs, rfm_fit, two workers', '>=', 1.6);
CALL claim_ratio('rfm_score, one process / two workers',
	'workers score', 'tcs, rfm_score, one process', 'tcs, rfm_score, two workers', '>=', 1.6);
CALL claim_ratio('CASE of 12 rules, one process / two workers',
	'workers rules', 'CASE, one process', 'CASE, two workers', '', NULL);
CALL claim_ratio('segment_assign, one process / two workers',
	'workers rules', 'tcs, segment_assign, one process', 'tcs, segment_assign, two workers', '', NULL);
CALL claim_ratio('segment_assign / CASE, each with two workers',
	'workers rules', 'tcs, segment_assign, two workers', 'CASE, two workers', '<=', 1.1);

RESET parallel_leader_participation;
RESET parallel_setup_cost;
RESET min_parallel_table_scan_size;
RESET enable_partitionwise_aggregate;
