-- What customers did: a view of traits against the aggregates that one types.

\echo Making ten events of a shop for each of :customers customers

CREATE UNLOGGED TABLE event AS
SELECT customer_id,
	timestamptz '2025-01-01 00:00+01' + 360 * uniform(stream, nth * 4) * interval '1 day' AS at,
	(ARRAY['mail', 'visit', 'order', 'call'])[1 + floor(4 * uniform(stream, nth * 4 + 1))] AS kind,
	'p' || floor(20 * uniform(stream, nth * 4 + 2)) AS product,
	round((100 * uniform(stream, nth * 4 + 3))::numeric, 2) AS amount
FROM (SELECT customer_id, hashint8extended(customer_id, 12) AS stream FROM customers) AS c
CROSS JOIN LATERAL generate_series(1, 10) AS nth
ORDER BY 2;
VACUUM ANALYZE event;

\echo Measuring traits

-- Twenty of which the order of the events does not matter, and twenty of which it does.
INSERT INTO tcs.trait_set (name) VALUES ('plain'), ('ordered');
INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within)
SELECT 'plain', measure || '_' || kind || coalesce('_' || left(within, 2), ''), measure, CASE measure WHEN 'sum' THEN 'amount' END,
	format('kind = %L', kind), within::interval
FROM unnest('{count,sum}'::text[]) AS measure, unnest('{mail,visit,order,call}'::text[]) AS kind, unnest('{30 days,90 days,NULL}'::text[]) AS within
WHERE measure = 'count' OR kind IN ('order', 'call') AND coalesce(within, '') <> '30 days' OR (kind, within) IN (('mail', '90 days'), ('visit', '90 days'), ('order', '30 days'), ('mail', '30 days'));
INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, gap)
SELECT 'ordered', measure || '_' || kind, measure, CASE WHEN measure <> 'sessions' THEN 'product' END,
	format('kind = %L', kind), CASE measure WHEN 'sessions' THEN interval '30 minutes' END
FROM unnest('{first,last,most_frequent,distinct,sessions}'::text[]) AS measure, unnest('{mail,visit,order,call}'::text[]) AS kind;
SELECT count(*) FILTER (WHERE trait_set = 'plain') AS plain, count(*) FILTER (WHERE trait_set = 'ordered') AS ordered FROM tcs.trait
WHERE trait_set IN ('plain', 'ordered');

INSERT INTO way (topic, way, query) VALUES
('plain traits', 'tcs', tcs.traits_sql('event', 'customer_id', 'at', 'plain', zone => 'UTC', as_of => '2025-12-31')),
('plain traits', 'filter aggregates', (
	SELECT 'SELECT customer_id AS customer, ' || string_agg(format(CASE measure WHEN 'sum' THEN 'coalesce(sum(amount) FILTER (WHERE %s%s), 0) AS %I' ELSE 'count(*) FILTER (WHERE %s%s) AS %I' END, condition,
		' AND at >= timestamptz ''2026-01-01 00:00 UTC'' - interval ' || quote_literal(within), trait), ', ' ORDER BY trait)
		|| ' FROM event GROUP BY customer_id' FROM tcs.trait WHERE trait_set = 'plain')),
('ordered traits', 'tcs', tcs.traits_sql('event', 'customer_id', 'at', 'ordered', zone => 'UTC', as_of => '2025-12-31')),
('ordered traits', 'filter aggregates', (
	SELECT 'SELECT customer_id AS customer, ' || string_agg(format(CASE measure
		WHEN 'first' THEN '(array_agg(product ORDER BY at) FILTER (WHERE %s))[1]'
		WHEN 'last' THEN '(array_agg(product ORDER BY at DESC) FILTER (WHERE %s))[1]'
		WHEN 'most_frequent' THEN 'mode() WITHIN GROUP (ORDER BY product) FILTER (WHERE %s)'
		WHEN 'distinct' THEN 'count(DISTINCT product) FILTER (WHERE %s)'
		WHEN 'sessions' THEN 'count(*) FILTER (WHERE %1$s AND at - %2$I > interval ''30 minutes'' IS NOT FALSE)' END || ' AS %3$I',
			condition, 'before_' || substr(trait, 10), trait), ', ' ORDER BY trait)
		|| ' FROM (SELECT *, ' || (SELECT string_agg(format('max(at) FILTER (WHERE kind = %1$L) OVER (PARTITION BY customer_id ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_%1$s', kind), ', ')
			FROM unnest('{mail,visit,order,call}'::text[]) AS kind)
		|| ' FROM event) AS e GROUP BY customer_id' FROM tcs.trait WHERE trait_set = 'ordered'));

-- Both come to the same, here for some of the customers.
DO
$$
DECLARE
	topics text;
	ours text;
	theirs text;
	differing bigint;
BEGIN
	FOREACH topics IN ARRAY '{plain traits,ordered traits}'::text[] LOOP
		SELECT replace(query, 'FROM bench.event AS ', 'FROM (SELECT * FROM bench.event WHERE customer_id <= 20000) AS ') INTO STRICT ours FROM way WHERE topic = topics AND way = 'tcs';
		SELECT replace(query, 'FROM event', 'FROM (SELECT * FROM event WHERE customer_id <= 20000) AS event') INTO STRICT theirs FROM way WHERE topic = topics AND way = 'filter aggregates';
		EXECUTE format('SELECT count(*) FROM (%s) AS o FULL JOIN (%s) AS t USING (customer) WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(t)', ours, theirs) INTO differing;
		IF differing > 0 THEN
			RAISE EXCEPTION 'the two ways differ for % customers in %', differing, topics;
		END IF;
	END LOOP;
END
$$;

CALL measure('plain traits', :repeats);
CALL measure('ordered traits', :repeats);

CALL claim_ratio('20 traits without order / FILTER aggregates', 'plain traits', 'tcs', 'filter aggregates', '<=', 1.1);
CALL claim_ratio('20 traits with order / what one types', 'ordered traits', 'tcs', 'filter aggregates', '<=', 0.5);

DELETE FROM tcs.trait_set WHERE name IN ('plain', 'ordered');
DROP TABLE event;
