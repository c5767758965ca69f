-- Scorecards as a whole: as jsonb, and copied.
--
-- All of these run with the rights of who calls them: to change a scorecard takes
-- INSERT, UPDATE and DELETE on tcs.scorecard and tcs.factor.

CREATE FUNCTION tcs.scorecard_get(scorecard text) RETURNS jsonb
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	SET extra_float_digits = 1
	AS $$
DECLARE
	definition jsonb;
BEGIN
	PERFORM tcs_internal.stored_shard_check('scorecard', scorecard_get.scorecard);
	SELECT jsonb_strip_nulls(jsonb_build_object(
			'description', s.description,
			'time_zone', s.time_zone,
			'factors', (SELECT coalesce(jsonb_agg(jsonb_build_object(
							'factor', f.factor,
							'expression', f.expression,
							'weight', f.weight,
							'lo', f.lo,
							'hi', f.hi,
							'gate', f.gate,
							'missing', f.missing,
							'description', f.description,
							'enabled', f.enabled) ORDER BY f.factor), '[]')
						  FROM tcs.factor AS f WHERE f.scorecard = s.name)))
	  INTO definition
	  FROM tcs.scorecard AS s WHERE s.name = scorecard_get.scorecard;
	IF scorecard_get.scorecard IS NULL THEN
		RAISE EXCEPTION 'scorecard must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF definition IS NULL THEN
		RAISE EXCEPTION 'scorecard "%" does not exist', scorecard_get.scorecard
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.scorecard lists the scorecards.';
	END IF;
	RETURN definition;
END
$$;
COMMENT ON FUNCTION tcs.scorecard_get(text) IS
'a scorecard as jsonb, for scorecard_put and for a repository of files (jsonb_pretty lays it out): description and time_zone, left out where they are NULL, and factors, by name, each with factor (its name), expression, weight, lo, hi, gate and description (unless NULL), missing and enabled; numbers lose no digit, an infinite gate is a string. Who changed what is not in it. Errors: no such scorecard; NULL; on a shard of a distributed engine, but for what is shipped, unless tcs.definitions_on_shards is own';

CREATE FUNCTION tcs.scorecard_definition_check(definition jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	item record;
	wrong text;
	least_number constant numeric := 4e-324;
	greatest_number numeric;
BEGIN
	PERFORM tcs_internal.stored_form_check(definition, 'scorecard', 'scorecard_get',
		ARRAY['description', 'time_zone', 'factors'],
		ARRAY['factor', 'expression', 'weight', 'lo', 'hi', 'gate', 'missing', 'description', 'enabled'],
		ARRAY['factor', 'expression'], 1000,
		'The expression of one factor can add up what several columns say.');

	FOR item IN
		SELECT e.value AS factor, e.ordinality AS number
		  FROM jsonb_array_elements(definition -> 'factors') WITH ORDINALITY AS e
		 ORDER BY 2
	LOOP
		FOREACH wrong IN ARRAY ARRAY['weight', 'lo', 'hi', 'gate'] LOOP
			CONTINUE WHEN NOT item.factor ? wrong;
			-- JSON has no infinite numbers
			CONTINUE WHEN wrong = 'gate'
				AND item.factor -> wrong IN ('null', '"Infinity"', '"-Infinity"');
			IF jsonb_typeof(item.factor -> wrong) <> 'number' THEN
				RAISE EXCEPTION '"%" must be a number in element % of "factors"', wrong, item.number
					USING ERRCODE = 'invalid_parameter_value';
			END IF;
			greatest_number := CASE wrong WHEN 'gate' THEN 1.7976931348623157e308 ELSE 1e300 END;
			IF (item.factor ->> wrong)::numeric <> 0
				AND (wrong = 'weight' AND (item.factor ->> wrong)::numeric < 0
					 OR abs((item.factor ->> wrong)::numeric) NOT BETWEEN least_number AND greatest_number)
			THEN
				RAISE EXCEPTION '"%" is out of range in element % of "factors"', wrong, item.number
					USING ERRCODE = 'invalid_parameter_value',
						HINT = 'A weight is from 0 to 1e300; lo and hi are from -1e300 to 1e300. Where less is better, hi is below lo.';
			END IF;
		END LOOP;
		IF coalesce((item.factor ->> 'lo')::double precision, 0)
			= coalesce((item.factor ->> 'hi')::double precision, 1)
		THEN
			RAISE EXCEPTION '"lo" and "hi" must differ in element % of "factors"', item.number
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'Unless they are given, lo is 0 and hi is 1.';
		END IF;
		IF item.factor ? 'missing'
			AND item.factor -> 'missing' NOT IN ('"reweight"', '"lo"', '"null"')
		THEN
			RAISE EXCEPTION '"missing" must be "reweight", "lo" or "null" in element % of "factors"', item.number
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;

	SELECT f.value ->> 'factor' INTO wrong
	  FROM jsonb_array_elements(definition -> 'factors') AS f
	 GROUP BY f.value ->> 'factor' HAVING count(*) > 1
	 ORDER BY (f.value ->> 'factor') COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'factor "%" occurs more than once in "factors"', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Every factor of a scorecard has a name of its own.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.scorecard_definition_check(jsonb) IS
'checks the form of what scorecard_put is given: an error names the first thing that is wrong, an unknown key, a value of another type or out of range, a factor that occurs twice';

CREATE FUNCTION tcs.scorecard_put(scorecard text, definition jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['scorecard', 'definition'],
		ARRAY[scorecard_put.scorecard, definition::text]);
	PERFORM tcs_internal.stored_name_check('scorecard', scorecard_put.scorecard);
	PERFORM tcs.scorecard_definition_check(definition);

	-- Locks the scorecard too, so that two calls do one after the other.
	INSERT INTO tcs.scorecard AS s (name, description, time_zone)
	VALUES (scorecard_put.scorecard, definition ->> 'description', definition ->> 'time_zone')
	ON CONFLICT ON CONSTRAINT scorecard_pkey DO UPDATE
	SET description = excluded.description,
		time_zone = excluded.time_zone
	WHERE (s.description, s.time_zone) IS DISTINCT FROM (excluded.description, excluded.time_zone);

	-- Factors that stay as they were keep who wrote them.
	DELETE FROM tcs.factor AS f
	 WHERE f.scorecard = scorecard_put.scorecard
	   AND NOT EXISTS (SELECT FROM jsonb_array_elements(definition -> 'factors') AS d
						WHERE d.value ->> 'factor' = f.factor);
	INSERT INTO tcs.factor AS f (scorecard, factor, expression, weight, lo, hi, gate,
								 missing, description, enabled)
	SELECT scorecard_put.scorecard, d.factor, d.expression, coalesce(d.weight, 1),
			coalesce(d.lo, 0), coalesce(d.hi, 1), d.gate, coalesce(d.missing, 'reweight'),
			d.description, coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'factors')
			AS d (factor text, expression text, weight double precision,
				  lo double precision, hi double precision, gate double precision,
				  missing text, description text, enabled boolean)
	 ORDER BY d.factor COLLATE "C"
	ON CONFLICT ON CONSTRAINT factor_pkey DO UPDATE
	SET expression = excluded.expression,
		weight = excluded.weight,
		lo = excluded.lo,
		hi = excluded.hi,
		gate = excluded.gate,
		missing = excluded.missing,
		description = excluded.description,
		enabled = excluded.enabled
	WHERE (f.expression, f.weight, f.lo, f.hi, f.gate, f.missing, f.description, f.enabled)
		IS DISTINCT FROM (excluded.expression, excluded.weight, excluded.lo, excluded.hi,
						  excluded.gate, excluded.missing, excluded.description, excluded.enabled);
END
$$;
COMMENT ON FUNCTION tcs.scorecard_put(text, jsonb) IS
'makes a scorecard, or replaces one, by a definition in the form that scorecard_get gives; all of it or, after an error, nothing. Keys: factors (an array, required), description, time_zone (strings or null); keys of a factor: factor (its name) and expression (strings) are required, weight (1 unless given), lo (0), hi (1), gate (a number, "Infinity", "-Infinity" or null), missing ("reweight" unless given, "lo", "null"), description, and enabled, true unless given. Factors that stay as they were keep who wrote them and when. Two calls for one scorecard do one after the other. Errors: an unknown key, a value of another type or out of range, lo equal to hi, a factor given twice, more than 1000 factors, an expression that is refused whatever the row, a name that begins with "tcs." or has more than 255 characters, no right to write to tcs.scorecard and tcs.factor, NULL';

CREATE FUNCTION tcs.scorecard_copy(source text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['source', 'target'], ARRAY[source, target]);
	PERFORM tcs_internal.stored_name_check('scorecard', target);
	IF EXISTS (SELECT FROM tcs.scorecard AS s WHERE s.name = target) THEN
		RAISE EXCEPTION 'scorecard "%" already exists', target
			USING ERRCODE = 'duplicate_object',
				HINT = 'scorecard_put replaces a scorecard that exists.';
	END IF;
	PERFORM tcs.scorecard_put(target, tcs.scorecard_get(source));
END
$$;
COMMENT ON FUNCTION tcs.scorecard_copy(text, text) IS
'makes the scorecard target with the description, the time zone and the factors of source. Errors: no scorecard source, target exists or begins with "tcs.", no right to write to tcs.scorecard and tcs.factor, NULL';

CREATE FUNCTION tcs.scorecard_drop(scorecard text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_drop_check('scorecard', scorecard_drop.scorecard,
		EXISTS (SELECT FROM tcs.scorecard AS s WHERE s.name = scorecard_drop.scorecard));
	DELETE FROM tcs.scorecard AS s WHERE s.name = scorecard_drop.scorecard;
END
$$;
COMMENT ON FUNCTION tcs.scorecard_drop(text) IS
'drops a scorecard with its factors, unless a view uses it. Only names that are written out in a view are found, not those in columns, functions or a client. Errors: no such scorecard, it is used, its name begins with "tcs.", no right to delete from tcs.scorecard, NULL';
