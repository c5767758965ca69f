-- Whose segment will be another, on which day, if nobody buys: as asking the view of each day.
\set VERBOSITY terse
SET client_min_messages = error;
CREATE SCHEMA due;
SET search_path = due;
SET TimeZone = 'UTC';

-- Customers of all kinds: with refunds, with nothing but refunds, new ones and old ones; their rows until 2026-03-31.
CREATE TABLE orders AS
SELECT c AS customer, date '2026-03-31' - (c * 37 + n * n * 11 + n * (c % 13) * 7) % 400 AS day, ((10 + c % 50) * CASE WHEN (c + n) % 17 = 0 THEN -1 ELSE 1 END)::numeric AS amount
FROM generate_series(1, 150) AS c, generate_series(1, 1 + c % 12) AS n UNION ALL SELECT 200, '2026-01-01', -5;
CREATE TABLE customer AS SELECT c AS id FROM generate_series(1, 210) AS c;
CREATE TABLE stamped AS SELECT customer, day + time '22:30' AT TIME ZONE 'UTC' AS at, amount::float8 AS amount, customer * 10 + extract(day FROM day)::integer % 3 AS line_of FROM orders;
SELECT tcs.create_metrics('plain', 'orders', 'customer', 'day', 'amount', as_of => '2026-03-31');
-- buyers with a rhythm, whose risk falls before it rises
INSERT INTO plain_model (rfm, abc, btyd, spend) SELECT rfm, abc, tcs.btyd_model('mbg/cnbd-3', 2, 40, 0.5, 4), tcs.spend_model(6.25, 3.74, 15.44) FROM plain_model;
SELECT tcs.create_metrics('large', 'stamped', 'customer', 'at', 'amount', 'Asia/Tokyo', 'customer', 'id', '2026-04-01', '90 days', 0.3, 0.1, 'pareto/nbd', NULL, 'line_of');
SELECT tcs.rule_set_put('due by value', '{"default_segment": "rest", "rules": [
	{"segment": "dear and going", "condition": "clv > 20 AND churn_risk > 0.3"}, {"segment": "gone", "condition": "p_alive < 0.4"},
	{"segment": "weekly", "condition": "value_at_risk > 2 AND days_since_last % 7 = 0"}, {"segment": "few", "condition": "expected_purchases < 3 AND rfm_segment <> ''Lost''"}]}');
SELECT tcs.rule_set_put('due in two steps', '{"rules": [{"segment": "a", "condition": "days_since_last BETWEEN 100 AND 109"}, {"segment": "b", "condition": "days_since_last = 111 OR days_since_first IN (300, 320)"},
	{"segment": "c", "condition": "r = 3 AND days_since_last - days_since_first > -50"}, {"segment": "a", "condition": "days_since_last / (days_since_last + 1.0) > 0.99 AND rfm_cell LIKE ''1%''"}, {"segment": "d", "condition": "abc_tier = ''A'' AND NOT (days_since_last >= 20) IS TRUE"}]}');

-- What each day shows, by the query of that day.
CREATE TABLE shown (source text, day date, seen plain);
DO $$
DECLARE day date;
BEGIN
	FOR day IN SELECT generate_series(date '2026-03-31', '2026-05-10', '1 day') LOOP
		EXECUTE format('INSERT INTO shown SELECT %L, %L, ROW(seen.*)::plain FROM (%s) AS seen', 'plain', day,
			tcs.metrics_sql('plain', 'orders', 'customer', 'day', 'amount', as_of => day));
		EXECUTE format('INSERT INTO shown (source, day, seen) SELECT %L, %L, ROW(seen.*)::plain FROM (%s) AS seen', 'large', day + 1,
			tcs.metrics_sql('large', 'stamped', 'customer', 'at', 'amount', 'Asia/Tokyo', 'customer', 'id', day + 1, '90 days', 0.3, 0.1, 'pareto/nbd', 15, 'line_of'));
	END LOOP;
END $$;
CREATE TABLE assigned (source text, rule_set text, key text, day date, segment text);
DO $$
DECLARE name text;
BEGIN
	FOREACH name IN ARRAY '{tcs.rfm,tcs.rfm_simple,tcs.lifecycle,tcs.value_tiers,tcs.churn_warning,due by value,due in two steps}'::text[] LOOP
		EXECUTE format('INSERT INTO assigned SELECT source, %L, (seen).customer::text, day, tcs.segment_assign(%L, seen) FROM shown', name, name);
	END LOOP;
END $$;
CREATE TABLE by_day AS
SELECT DISTINCT ON (source, rule_set, key) source, rule_set, key, t.segment, n.segment AS next_segment, n.day AS on_day
FROM assigned AS n JOIN (SELECT source, rule_set, key, segment FROM assigned WHERE day = CASE source WHEN 'plain' THEN date '2026-03-31' ELSE '2026-04-01' END) AS t USING (source, rule_set, key)
WHERE n.segment IS DISTINCT FROM t.segment ORDER BY source, rule_set, key, n.day;
CREATE TABLE ahead AS
SELECT 'plain' AS source, r.name AS rule_set, d.* FROM (SELECT DISTINCT rule_set AS name FROM assigned) AS r, tcs.segment_due(r.name, 'plain', '2026-05-10') AS d
UNION ALL SELECT 'large', r.name, d.* FROM (SELECT DISTINCT rule_set AS name FROM assigned) AS r, tcs.segment_due(r.name, 'large', '2026-05-11') AS d;
SELECT source, rule_set, count(*) > 5 AS some, (SELECT count(*) FROM (SELECT * FROM ahead EXCEPT SELECT * FROM by_day) AS e WHERE (e.source, e.rule_set) = (b.source, b.rule_set)) AS wrong,
	(SELECT count(*) FROM (SELECT * FROM by_day EXCEPT SELECT * FROM ahead) AS e WHERE (e.source, e.rule_set) = (b.source, b.rule_set)) AS missing
FROM by_day AS b GROUP BY source, rule_set ORDER BY source, rule_set COLLATE "C";
SELECT count(*) FROM tcs.segment_due('tcs.value_tiers', 'plain', '2036-05-10');
SELECT * FROM tcs.segment_due('tcs.lifecycle', 'plain', '2026-05-10') ORDER BY key::integer LIMIT 3;
-- Up to the day, which counts; not beyond it, and none before the view's own.
SELECT count(*) FILTER (WHERE on_day <= '2026-04-10') = (SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2026-04-10')) AS up_to,
	(SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2026-03-31')) AS today, (SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2020-01-01')) AS past FROM tcs.segment_due('tcs.rfm', 'plain', '2026-05-10');

-- A view that looks back from today; rows of later days are not known yet.
CREATE TABLE live AS SELECT customer, day + (current_date - date '2026-03-31') AS day, amount FROM orders;
SELECT tcs.create_metrics('of_today', 'live', 'customer', 'day', 'amount');
INSERT INTO of_today_model (rfm, abc, btyd, spend) SELECT rfm, abc, btyd, spend FROM plain_model ORDER BY id DESC LIMIT 1;
INSERT INTO live SELECT id, current_date + 3, 5 FROM customer;
SELECT count(*) = (SELECT count(*) FROM ahead WHERE source = 'plain' AND rule_set = 'due by value') AS the_same,
	bool_and(EXISTS (SELECT FROM ahead AS a WHERE a.source = 'plain' AND a.rule_set = 'due by value' AND a.key = d.key AND a.next_segment = d.next_segment AND a.on_day - date '2026-03-31' = d.on_day - current_date)) AS each
FROM tcs.segment_due('due by value', 'of_today', current_date + 40) AS d;

-- Names that would break out of a careless text, and keys of another type.
CREATE SCHEMA "sch""ema; due";
CREATE TABLE "sch""ema; due"."or""ders" AS SELECT 'a''b' || customer AS "cus""tomer", day AS "at
-- line", amount AS "figures" FROM orders;
SELECT tcs.create_metrics('"sch""ema; due"."m""; --"', '"sch""ema; due"."or""ders"', 'cus"tomer', E'at\n-- line', 'figures', as_of => '2026-03-31');
SELECT count(*) = (SELECT count(*) FROM ahead WHERE source = 'plain' AND rule_set = 'tcs.rfm') AS the_same, min(key) FROM tcs.segment_due('tcs.rfm', '"sch""ema; due"."m""; --"', '2026-05-10');

-- Who may read the view need not read the log; a log that shows each his own does so.
CREATE ROLE regress_due_reader;
GRANT USAGE ON SCHEMA due TO regress_due_reader;
CREATE VIEW own_orders AS SELECT * FROM orders WHERE current_user <> 'regress_due_reader' OR customer <= 50;
SELECT tcs.create_metrics('own', 'own_orders', 'customer', 'day', 'amount', as_of => '2026-03-31');
GRANT SELECT ON plain, own TO regress_due_reader;
SET ROLE regress_due_reader;
SELECT (SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2026-05-10')) = (SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2026-05-10') AS d WHERE d.key::integer <= 150) AS reads,
	(SELECT max(key::integer) <= 50 FROM tcs.segment_due('tcs.rfm', 'own', '2026-05-10')) AS his_own;
SELECT count(*) FROM orders;
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'large', '2026-05-10');
RESET ROLE;
ALTER VIEW plain SET (security_invoker = true);
SET ROLE regress_due_reader;
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', '2026-05-10');
RESET ROLE;
ALTER VIEW plain RESET (security_invoker);

-- What cannot be asked.
\set VERBOSITY default
SELECT tcs.rule_set_put('due by clock', '{"rules": [{"segment": "a", "condition": "last_day < current_date - 90"}]}');
SELECT tcs.rule_set_put('due to fail', '{"rules": [{"segment": "a", "condition": "1 / (days_since_last - 40) > 5"}]}');
CREATE TABLE rows AS SELECT * FROM plain;
CREATE VIEW over AS SELECT * FROM plain;
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'day', 'amount', as_of => '2026-03-31') AS query \gset
CREATE VIEW fits_itself AS :query;
-- those that only look like one
\set part 'WITH history AS (SELECT customer, tcs.purchase_history(day, amount, DATE ''2026-03-31'') AS h FROM orders GROUP BY customer), figures AS (SELECT customer, h FROM history) '
CREATE VIEW like_1 AS :part SELECT customer, (SELECT max(o.day) FROM orders AS o WHERE o.customer = figures.customer) AS last, ((h).t - (h).t_x)::integer AS days_since_last FROM figures;
CREATE VIEW like_2 AS :part SELECT figures.customer, ((h).t - (h).t_x)::integer AS days_since_last FROM figures JOIN orders USING (customer);
CREATE VIEW like_3 AS :part SELECT a.customer, ((b.h).t - (b.h).t_x)::integer AS days_since_last FROM figures AS a, figures AS b;
CREATE VIEW like_4 AS :part SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last, n FROM figures, LATERAL (SELECT customer + 1 AS n WHERE customer < 5) AS s;
CREATE VIEW like_5 AS :part SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last, n FROM figures, LATERAL (SELECT generate_series(1, 3) AS n) AS s;
CREATE VIEW like_6 AS :part SELECT customer, max(((h).t - (h).t_x)::integer) AS days_since_last FROM figures GROUP BY customer;
CREATE VIEW like_7 AS :part SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last, random() AS n FROM figures;
CREATE VIEW like_8 AS :part SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last, figures IS NULL AS n FROM figures WHERE customer < 10;
CREATE VIEW like_9 AS WITH figures AS (SELECT DISTINCT customer, tcs.purchase_history(1, 1, 2, 1) AS h FROM orders) SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last FROM figures;
CREATE VIEW like_10 AS WITH RECURSIVE figures AS (SELECT customer, tcs.purchase_history(1, 1, 2, 1) AS h FROM orders UNION ALL SELECT customer, h FROM figures WHERE customer > 1000) SELECT customer, ((h).t - (h).t_x)::integer AS days_since_last FROM figures;
DO $$
BEGIN
	FOR n IN 1 .. 10 LOOP
		BEGIN
			PERFORM count(*) FROM tcs.segment_due('tcs.value_tiers', ('due.like_' || n)::regclass, '2026-05-10');
			RAISE EXCEPTION 'like_% passed', n USING ERRCODE = 'TC001';
		EXCEPTION WHEN wrong_object_type THEN NULL;
		END;
	END LOOP;
END $$;
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'over', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'rows', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'fits_itself', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 0, '2026-05-10');
SELECT count(*) FROM tcs.segment_due('due by clock', 'plain', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('due to fail', 'plain', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.lead', 'plain', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('none such', 'plain', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', 'infinity');
SELECT count(*) FROM tcs.segment_due(NULL, 'plain', '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', NULL, '2026-05-10');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'plain', NULL);
-- Without models what they say is NULL, and stays so; nobody is due nowhere.
TRUNCATE plain_model;
SELECT count(*) FROM tcs.segment_due('due by value', 'plain', '2026-05-10');
CREATE TABLE nothing (customer integer, day date, amount numeric);
SELECT tcs.create_metrics('nobody', 'nothing', 'customer', 'day', 'amount', as_of => '2026-03-31');
SELECT count(*) FROM tcs.segment_due('tcs.rfm', 'nobody', '2026-05-10');

SET client_min_messages = error;
DELETE FROM tcs.rule_set WHERE name LIKE 'due %';
DROP SCHEMA due, "sch""ema; due" CASCADE;
DROP ROLE regress_due_reader;
