-- How the segments exchange customers, and how their sizes change.
--
-- Customers who stayed are not looked at one by one: the size of a segment is the
-- sum of the flows into it and out of it.  With an argument k, numbers from 1 to
-- k - 1 are shown as NULL, and where just one number of a total would be missing,
-- the next smallest is too.  That keeps small cells off a report; whoever may read
-- the table of moves can still count them.

CREATE FUNCTION tcs_internal.segmentation_period(from_time timestamptz, to_time timestamptz, k integer)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF from_time IS NULL OR to_time IS NULL THEN
		RAISE EXCEPTION 'argument "%" must not be null',
				CASE WHEN from_time IS NULL THEN 'from_time' ELSE 'to_time' END
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the two moments to compare.';
	ELSIF from_time > to_time THEN
		RAISE EXCEPTION 'from_time must not be after to_time'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the earlier moment first.';
	ELSIF k IS NULL OR k < 0 THEN
		RAISE EXCEPTION 'k must not be negative or null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the least number that may be shown, or 0 to show them all.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs_internal.segmentation_period(timestamptz, timestamptz, integer) IS
'refuses arguments of the functions below that make no sense';

-- Migration between two moments.

CREATE FUNCTION tcs.segment_migration("into" regclass, from_time timestamptz, to_time timestamptz,
									  value name DEFAULT NULL, k integer DEFAULT 0)
	RETURNS TABLE (from_segment text, to_segment text, change text,
				   customers bigint, total_value float8, share float8)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1, value => $4);
	mover text;
	pair text;
BEGIN
	PERFORM tcs_internal.segmentation_period(from_time, to_time, k);

	-- Where those who moved in between were first and last.
	mover := format(
		'SELECT key, was_there, from_segment, is_there, to_segment, merged
		   FROM (SELECT key, NOT first_value(entered) OVER by_key AS was_there,
						first_value(from_segment) OVER by_key AS from_segment,
						present AS is_there, to_segment, cause = ''merged'' AS merged,
						lead(id) OVER by_key IS NULL AS is_last
				   FROM %s
				  WHERE moved_at > $1 AND moved_at <= $2
				 WINDOW by_key AS (PARTITION BY key ORDER BY moved_at, id)) AS m
		  WHERE is_last', part.moves);

	IF value IS NULL THEN
		pair := format(
			'moved AS (
				SELECT was_there, from_segment, is_there, to_segment, merged, count(*) AS customers
				  FROM (%1$s) AS mover
				 GROUP BY was_there, from_segment, is_there, to_segment, merged
			), before AS (
				SELECT entered, from_segment, present, to_segment, count(*) AS customers
				  FROM %2$s
				 WHERE moved_at <= $1
				 GROUP BY entered, from_segment, present, to_segment
			), pair AS (
				SELECT was_there, from_segment, is_there, to_segment, merged,
						sum(customers)::bigint AS customers, NULL::float8 AS total_value
				  FROM (SELECT * FROM moved WHERE was_there OR is_there
						UNION ALL
						SELECT true, from_segment, true, from_segment, false, -customers FROM moved WHERE was_there
						UNION ALL
						SELECT true, to_segment, true, to_segment, false, customers FROM before WHERE present
						UNION ALL
						SELECT true, from_segment, true, from_segment, false, -customers FROM before WHERE NOT entered) AS p
				 GROUP BY was_there, from_segment, is_there, to_segment, merged
				HAVING sum(customers) <> 0
			)', mover, part.moves);
	ELSE
		-- A sum of numeric does not depend on the order of the rows.
		pair := format(
			'mover AS (%1$s), customer AS (
				SELECT * FROM mover
				UNION ALL
				SELECT key, true, to_segment, true, to_segment, false
				  FROM (SELECT DISTINCT ON (key) key, to_segment, present
						  FROM %2$s
						 WHERE moved_at <= $1
						 ORDER BY key DESC, moved_at DESC, id DESC) AS b
				 WHERE present AND NOT EXISTS (SELECT FROM mover WHERE mover.key %3$s b.key)
			), pair AS (
				SELECT c.was_there, c.from_segment, c.is_there, c.to_segment, c.merged,
						count(*) AS customers, sum(s.%4$I::numeric)::float8 AS total_value
				  FROM customer AS c
				  LEFT JOIN %5$s AS s ON s.%6$s %3$s c.key
				 WHERE c.was_there OR c.is_there
				 GROUP BY c.was_there, c.from_segment, c.is_there, c.to_segment, c.merged
			)', mover, part.moves, part.key_equal, value, part.source, part.source_key);
	END IF;

	RETURN QUERY EXECUTE format(
		'WITH %s, cell AS (
			SELECT *, customers < $3 AS small,
					sum(customers) OVER from_there AS of_them,
					count(*) FILTER (WHERE customers < $3) OVER from_there AS small_ones,
					row_number() OVER (PARTITION BY was_there, from_segment
						ORDER BY customers, is_there DESC, to_segment COLLATE "C", merged) AS place
			  FROM pair
			WINDOW from_there AS (PARTITION BY was_there, from_segment)
		), shown AS (
			SELECT *, NOT small AND NOT (small_ones = 1 AND place = 2) AS visible FROM cell
		)
		SELECT from_segment, to_segment,
				CASE WHEN NOT was_there THEN ''entered''
					WHEN NOT is_there THEN CASE WHEN merged THEN ''merged'' ELSE ''left'' END
					WHEN from_segment IS NOT DISTINCT FROM to_segment THEN ''stayed''
					ELSE ''moved'' END,
				CASE WHEN visible THEN customers END,
				CASE WHEN visible THEN total_value END,
				CASE WHEN visible THEN (customers / of_them)::float8 END
		  FROM shown
		 ORDER BY was_there DESC, from_segment COLLATE "C", is_there DESC, to_segment COLLATE "C", merged', pair)
		USING from_time, to_time, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_migration(regclass, timestamptz, timestamptz, name, integer) IS
'where the customers were at from_time and where at to_time: a row for each pair of segments that has customers, those who entered (from_segment is NULL because they were not there), left, were merged into another, moved or stayed; who both entered and left in between is not counted. share: of the customers of the same from_segment. value: a column of numbers of the source, whose total is given for each pair, as it is now (customers who are gone have none); then the source is read with the rights of the caller, as a SELECT of it would: functions that a view calls run. k: cells of fewer customers are NULL. Errors: not a segmentation, moments that are NULL or in the wrong order, no such column of numbers, negative k';

-- Sizes over time.

CREATE FUNCTION tcs.segment_sizes("into" regclass, period text DEFAULT 'month', k integer DEFAULT 0)
	RETURNS TABLE (period_start date, segment text, customers bigint, entered bigint, exited bigint)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 200
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1, true);
	shift integer;
BEGIN
	shift := array_position('{week_sunday,week_saturday,week_friday,week_thursday,week_wednesday,week_tuesday}', replace(period, ' ', '_'));
	IF period IS NULL OR shift IS NULL AND period NOT IN ('day', 'week', 'week_monday', 'week monday', 'month', 'quarter', 'year') THEN
		RAISE EXCEPTION 'unknown period: %', coalesce(quote_ident(period), 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give day, week (from Monday), week_sunday and so on, month, quarter or year.';
	END IF;
	PERFORM tcs_internal.segmentation_period('epoch', 'epoch', k);
	RETURN QUERY EXECUTE format(
		'WITH flow AS (
			SELECT date_trunc($1, moved_at AT TIME ZONE $3 + $4) - $4 AS period_start,
					from_segment, to_segment, entered, present, count(*) AS customers
			  FROM %s
			 GROUP BY 1, 2, 3, 4, 5
		), change AS (
			SELECT period_start, to_segment AS segment, customers AS entered, 0 AS exited
			  FROM flow WHERE present
			UNION ALL
			SELECT period_start, from_segment, 0, customers FROM flow WHERE NOT entered
		), period AS (
			SELECT generate_series(min(period_start),
						greatest(max(period_start), date_trunc($1, now() AT TIME ZONE $3 + $4) - $4),
						CASE $1 WHEN ''quarter'' THEN interval ''3 months'' ELSE (''1 '' || $1)::interval END) AS period_start
			  FROM flow
			HAVING count(*) > 0
		), total AS (
			SELECT period_start, segment, sum(entered)::bigint AS entered, sum(exited)::bigint AS exited,
					(sum(sum(entered) - sum(exited)) OVER so_far)::bigint AS customers
			  FROM (SELECT * FROM change
					UNION ALL
					SELECT p.period_start, s.segment, 0, 0
					  FROM period AS p
					  JOIN (SELECT segment, min(period_start) AS first FROM change GROUP BY segment) AS s
						ON p.period_start >= s.first) AS c
			 GROUP BY period_start, segment
			WINDOW so_far AS (PARTITION BY segment ORDER BY period_start)
		), counted AS (
			SELECT *, customers > 0 AND customers < $2 AS small,
					count(*) FILTER (WHERE customers > 0 AND customers < $2) OVER (PARTITION BY period_start) AS small_ones,
					row_number() OVER (PARTITION BY period_start
						ORDER BY customers = 0, customers, segment COLLATE "C") AS place
			  FROM total
		), shown AS (
			SELECT *, small OR small_ones = 1 AND place = 2 AND customers > 0 AS hidden FROM counted
		)
		SELECT period_start::date, segment,
				CASE WHEN NOT hidden THEN customers END,
				CASE WHEN NOT flows_hidden THEN entered END,
				CASE WHEN NOT flows_hidden THEN exited END
		  FROM (SELECT *, hidden
						OR coalesce(lag(hidden) OVER (PARTITION BY segment ORDER BY period_start), false)
						OR entered > 0 AND entered < $2
						OR exited > 0 AND exited < $2 AS flows_hidden
				  FROM shown) AS answer
		 ORDER BY period_start, segment COLLATE "C"', part.moves)
		USING CASE WHEN period LIKE 'week%' THEN 'week' ELSE period END, k, part.time_zone,
			coalesce(shift, 0) * interval '1 day';
END
$$;
COMMENT ON FUNCTION tcs.segment_sizes(regclass, text, integer) IS
'the segments through time: for each period and each segment there has been, its customers at the period''s end (now, for the current one), and how often customers came into it and went out of it (to another, away, or merged) within the period. period: day, week (from Monday), week_sunday and so on, month, quarter or year, in the time zone of the segmentation. segment NULL: those in none. k: smaller numbers are NULL, and what they could be computed from. Errors: not a segmentation, another period, negative k';

-- Drift.

CREATE FUNCTION tcs.psi(expected double precision[], actual double precision[])
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_psi';
COMMENT ON FUNCTION tcs.psi(double precision[], double precision[]) IS
'population stability index of two distributions over the same classes: the sum of (a - e) * ln(a / e) over the shares e expected and a actual. The arrays hold counts or shares; each is divided by its sum. A share below 0.0001 is taken as 0.0001, unless both are 0. As a rule of thumb: below 0.1 stable, to 0.25 look into it, above it another population. NULL for NULL, and for a sum of 0. Errors: arrays of different lengths or more than one dimension, elements that are NULL, negative, NaN or infinite';

CREATE FUNCTION tcs.segment_drift("into" regclass, from_time timestamptz, to_time timestamptz,
								  k integer DEFAULT 0)
	RETURNS TABLE (segment text, from_customers bigint, to_customers bigint,
				   from_share float8, to_share float8, psi float8)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 20
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1);
BEGIN
	PERFORM tcs_internal.segmentation_period(from_time, to_time, k);
	RETURN QUERY EXECUTE format(
		'WITH flow AS (
			SELECT moved_at <= $1 AS before, from_segment, to_segment, entered, present, count(*) AS customers
			  FROM %s
			 WHERE moved_at <= $2
			 GROUP BY 1, 2, 3, 4, 5
		), size AS (
			SELECT segment, coalesce(sum(net) FILTER (WHERE before), 0) AS at_from, sum(net) AS at_to
			  FROM (SELECT before, to_segment AS segment, customers AS net FROM flow WHERE present
					UNION ALL
					SELECT before, from_segment, -customers FROM flow WHERE NOT entered) AS f
			 GROUP BY segment
		), share AS (
			SELECT segment, at_from, at_to,
					(at_from / nullif(sum(at_from) OVER (), 0))::float8 AS e,
					(at_to / nullif(sum(at_to) OVER (), 0))::float8 AS a,
					at_from > 0 AND at_from < $3 OR at_to > 0 AND at_to < $3 AS small
			  FROM size
			 WHERE at_from > 0 OR at_to > 0
		), counted AS (
			SELECT *, count(*) FILTER (WHERE small) OVER () AS small_ones,
					row_number() OVER (ORDER BY NOT small, least(at_from, at_to), segment COLLATE "C") AS place
			  FROM share
		), shown AS (
			SELECT *, NOT small AND NOT (small_ones = 1 AND place = 2) AS visible FROM counted
		)
		SELECT segment,
				CASE WHEN visible THEN at_from::bigint END,
				CASE WHEN visible THEN at_to::bigint END,
				CASE WHEN visible THEN e END,
				CASE WHEN visible THEN a END,
				CASE WHEN visible AND e + a IS NOT NULL THEN (greatest(a, 0.0001) - greatest(e, 0.0001))
					* ln(greatest(a, 0.0001) / greatest(e, 0.0001)) END
		  FROM shown
		 ORDER BY segment COLLATE "C"', part.moves)
		USING from_time, to_time, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_drift(regclass, timestamptz, timestamptz, integer) IS
'how the shares of the segments changed between two moments: customers and shares of each segment then and then, and what it adds to the population stability index, whose value is the sum (see tcs.psi). Shares and psi are NULL where one of the moments has no customers. k: a segment of fewer customers at either moment is NULL. Errors: not a segmentation, moments that are NULL or in the wrong order, negative k';
