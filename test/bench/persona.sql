-- Personas: what tells segments apart, against a GROUP BY for each attribute, which
-- is less: it has the counts or the quartiles of the segments, and nothing of all
-- customers to compare them with.

\echo Making :customers customers with 20 attributes

CREATE UNLOGGED TABLE persona_customer AS
SELECT 'segment ' || (hashint8extended(customer_id, 100) & 7) AS segment,
	exp(6 * uniform(1, customer_id)) AS revenue, 1000 * uniform(2, customer_id) AS margin,
	(1000 * uniform(3, customer_id))::numeric(12, 2) AS average_order, 100 * uniform(4, customer_id) AS age,
	CASE WHEN uniform(5, customer_id) > 0.1 THEN uniform(6, customer_id) END AS p_alive,
	(1000 * uniform(7, customer_id))::int AS recency, (20 * uniform(8, customer_id))::int AS frequency,
	(1000000 * uniform(9, customer_id))::bigint AS visits, (5 * uniform(10, customer_id))::smallint AS rating,
	date '2020-01-01' + (2000 * uniform(11, customer_id))::int AS since,
	'country ' || (hashint8extended(customer_id, 101) & 31) AS country,
	'city ' || (hashint8extended(customer_id, 102) & 1023) AS city,
	'channel ' || (hashint8extended(customer_id, 103) & 7) AS channel,
	CASE WHEN uniform(12, customer_id) > 0.25 THEN 'language ' || (hashint8extended(customer_id, 104) & 15) END AS language,
	'industry ' || (hashint8extended(customer_id, 105) & 63) AS industry,
	'agent ' || (hashint8extended(customer_id, 106) & 255) AS agent,
	'campaign ' || (hashint8extended(customer_id, 107) & 127) AS campaign,
	uniform(13, customer_id) > 0.4 AS newsletter, uniform(14, customer_id) > 0.9 AS complained,
	(ARRAY['small', 'medium', 'large'])[1 + (3 * uniform(15, customer_id))::int % 3] AS size
FROM customers;

VACUUM ANALYZE persona_customer;

\echo Measuring personas

INSERT INTO way (topic, way, query) VALUES
('persona', 'tcs.persona', $$SELECT * FROM tcs.persona('persona_customer', 'segment')$$);

INSERT INTO way (topic, way, query)
SELECT 'persona', 'GROUP BY for ' || attname,
	CASE WHEN atttypid IN ('text'::regtype, 'boolean'::regtype)
		THEN format('SELECT segment, %1$I, count(*) FROM persona_customer GROUP BY segment, %1$I', attname)
		ELSE format($$SELECT segment, count(%1$s), avg(%1$s), percentile_cont('{0.25, 0.5, 0.75}'::float8[]) WITHIN GROUP (ORDER BY %1$s)
			FROM persona_customer GROUP BY segment$$,
			CASE atttypid WHEN 'date'::regtype THEN 'extract(epoch FROM since)::float8' ELSE quote_ident(attname) END)
	END
FROM pg_attribute
WHERE attrelid = 'persona_customer'::regclass AND attnum > 1 AND NOT attisdropped
ORDER BY attnum;

CALL measure('persona', :repeats);

INSERT INTO claim (what, figure, unit, bound, target)
SELECT 'persona of 20 attributes / the GROUP BYs one by one',
	max(milliseconds) FILTER (WHERE way = 'tcs.persona') / sum(milliseconds) FILTER (WHERE way <> 'tcs.persona'),
	'×', '<=', 0.4
FROM timing WHERE topic = 'persona';
