-- Conversion: how many of those who entered a segment went on to another.
--
-- A stage of the life cycle is a segment.  Each customer counts once for each stage
-- entered between two moments, from the first time on, and has gone on to every
-- stage that was entered later, directly or by way of others.  With a length of time
-- within which that must happen, who has not had so much time yet is left out:
-- counted as not converted, the newest customers would lower every rate.

CREATE FUNCTION tcs.segment_conversion("into" regclass, from_time timestamptz, to_time timestamptz,
									   within interval DEFAULT NULL, k integer DEFAULT 0)
	RETURNS TABLE (from_segment text, to_segment text, entered bigint, converted bigint,
				   rate float8, low float8, high float8, median_time interval)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 50
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs_internal.segmentation_parts($1);
	span interval;
BEGIN
	PERFORM tcs_internal.segmentation_period(from_time, to_time, k);
	IF NOT isfinite(within) THEN
		RAISE EXCEPTION 'within must not be infinite'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give NULL to count conversions however long they took.';
	END IF;
	-- In seconds, whose length does not depend on the time zone of the session.
	span := make_interval(secs => (extract(year FROM within) * 12 + extract(month FROM within)) * 2629800
		+ extract(day FROM within) * 86400
		+ extract(hour FROM within) * 3600 + extract(minute FROM within) * 60 + extract(second FROM within));
	IF span <= interval '0' THEN
		RAISE EXCEPTION 'within must be longer than zero'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give how much time a customer has to convert, such as interval ''30 days''.';
	END IF;

	RETURN QUERY EXECUTE format(
		'WITH arrival AS MATERIALIZED (
			SELECT key, to_segment AS segment, moved_at, id
			  FROM %1$s
			 WHERE present AND moved_at > $1 AND moved_at <= $2
		), entry AS MATERIALIZED (
			SELECT *
			  FROM (SELECT DISTINCT ON (key, segment) *
					  FROM arrival
					 ORDER BY key, segment, moved_at, id) AS a
			 WHERE $3 IS NULL OR least($2, now()) - moved_at >= $3
		), passage AS (
			SELECT e.segment AS from_segment, a.segment AS to_segment, min(a.moved_at) - e.moved_at AS took
			  FROM entry AS e
			  JOIN arrival AS a ON a.key %2$s e.key
			 WHERE (a.moved_at, a.id) > (e.moved_at, e.id)
			   AND a.segment IS DISTINCT FROM e.segment
			   AND ($3 IS NULL OR a.moved_at - e.moved_at <= $3)
			 GROUP BY e.key, e.segment, e.moved_at, a.segment
		), cell AS (
			SELECT f.segment AS from_segment, t.segment AS to_segment, f.entered,
					coalesce(p.converted, 0) AS converted, p.median_time,
					f.entered < $4 AS few,
					p.converted < $4 OR f.entered > p.converted AND f.entered - p.converted < $4 AS small
			  FROM (SELECT segment, count(*) AS entered FROM entry GROUP BY segment) AS f
			  JOIN (SELECT DISTINCT segment FROM arrival) AS t ON t.segment IS DISTINCT FROM f.segment
			  LEFT JOIN (SELECT from_segment, to_segment, count(*) AS converted,
								percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS median_time
						   FROM passage
						  GROUP BY from_segment, to_segment) AS p
				ON p.from_segment IS NOT DISTINCT FROM f.segment AND p.to_segment IS NOT DISTINCT FROM t.segment
		)
		SELECT from_segment, to_segment,
				CASE WHEN NOT few THEN entered END,
				CASE WHEN visible THEN converted END,
				CASE WHEN visible THEN (r.rate).rate END,
				CASE WHEN visible THEN (r.rate).low END,
				CASE WHEN visible THEN (r.rate).high END,
				CASE WHEN visible THEN median_time END
		  FROM (SELECT *, NOT few AND small IS NOT TRUE AS visible, tcs.rate(converted, entered) AS rate
				  FROM cell) AS r
		 ORDER BY from_segment COLLATE "C", to_segment COLLATE "C"', part.moves, part.key_equal)
		USING from_time, to_time, span, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_conversion(regclass, timestamptz, timestamptz, interval, integer) IS
'conversion between stages of the life cycle: for each two segments how many customers entered the first after from_time and until to_time (each once, from the first time on), how many of them went on to the second until to_time, directly or by way of others, the rate with its interval of 95 percent (Wilson, 1927), and the median of the time it took. within: what took longer is no conversion, and who entered less than that before to_time, or before now, is not counted; a day has 24 hours, a month 30.4375 days; NULL: however long it took, and everyone counts. A segment NULL is that of customers in none; who left stays among those who entered. Whoever was there when the segmentation was made entered then. k: numbers of customers from 1 to k - 1 are NULL, and those they could be computed from. Errors: not a segmentation, moments that are NULL or in the wrong order, within not longer than zero or infinite, negative k';
