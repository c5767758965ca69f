-- Trait sets as a whole: as jsonb, and copied.
--
-- All of these run with the rights of who calls them: to change a trait set takes
-- INSERT, UPDATE and DELETE on tcs.trait_set and tcs.trait.

CREATE FUNCTION tcs.trait_set_get(trait_set text) RETURNS jsonb
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	SET IntervalStyle = postgres
	AS $$
DECLARE
	definition jsonb;
BEGIN
	PERFORM tcs_internal.stored_shard_check('trait set', trait_set_get.trait_set);
	SELECT jsonb_strip_nulls(jsonb_build_object(
			'description', s.description,
			'time_zone', s.time_zone,
			'traits', (SELECT coalesce(jsonb_agg(jsonb_build_object(
							'trait', t.trait,
							'measure', t.measure,
							'value', t.value,
							'condition', t.condition,
							'within', t.within,
							'since', t.since,
							'gap', t.gap,
							'steps', t.steps,
							'description', t.description,
							'enabled', t.enabled) ORDER BY t.trait), '[]')
						 FROM tcs.trait AS t WHERE t.trait_set = s.name)))
	  INTO definition
	  FROM tcs.trait_set AS s WHERE s.name = trait_set_get.trait_set;
	IF trait_set_get.trait_set IS NULL THEN
		RAISE EXCEPTION 'trait_set must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF definition IS NULL THEN
		RAISE EXCEPTION 'trait set "%" does not exist', trait_set_get.trait_set
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.trait_set lists the trait sets.';
	END IF;
	RETURN definition;
END
$$;
COMMENT ON FUNCTION tcs.trait_set_get(text) IS
'a trait set as jsonb, for trait_set_put and for a repository of files (jsonb_pretty lays it out): description and time_zone, left out where they are NULL, and traits, by name, each with trait (its name), measure, enabled and, unless NULL, value, condition, within (as 90 days), since, gap, steps (an array of strings) and description. Who changed what is not in it. Errors: no such trait set; NULL; on a shard of a distributed engine, but for what is shipped, unless tcs.definitions_on_shards is own';

CREATE FUNCTION tcs.trait_set_check(definition jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	item record;
	wrong text;
BEGIN
	PERFORM tcs_internal.stored_form_check(definition, 'trait set', 'trait_set_get',
		ARRAY['description', 'time_zone', 'traits'],
		ARRAY['trait', 'measure', 'value', 'condition', 'within', 'since', 'gap', 'steps', 'description', 'enabled'],
		ARRAY['trait', 'measure'], 1000,
		'A table has at most 1600 columns: divide the traits among several sets.');

	FOR item IN
		SELECT e.value AS trait, e.ordinality AS number
		  FROM jsonb_array_elements(definition -> 'traits') WITH ORDINALITY AS e
		 ORDER BY 2
	LOOP
		FOREACH wrong IN ARRAY ARRAY['value', 'condition', 'within', 'since', 'gap'] LOOP
			IF coalesce(jsonb_typeof(item.trait -> wrong), 'null') NOT IN ('string', 'null') THEN
				RAISE EXCEPTION '"%" must be a string or null in element % of "traits"', wrong, item.number
					USING ERRCODE = 'invalid_parameter_value';
			END IF;
		END LOOP;
		IF coalesce(jsonb_typeof(item.trait -> 'steps'), 'null') <> 'null'
			AND (jsonb_typeof(item.trait -> 'steps') <> 'array'
				 OR jsonb_path_exists(item.trait -> 'steps', '$[*] ? (@.type() != "string")'))
		THEN
			RAISE EXCEPTION '"steps" must be an array of strings in element % of "traits"', item.number
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;

	SELECT t.value ->> 'trait' INTO wrong
	  FROM jsonb_array_elements(definition -> 'traits') AS t
	 GROUP BY t.value ->> 'trait' HAVING count(*) > 1
	 ORDER BY (t.value ->> 'trait') COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'trait "%" occurs more than once in "traits"', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Every trait of a set has a name of its own.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.trait_set_check(jsonb) IS
'checks the form of what trait_set_put is given: an error names the first thing that is wrong, an unknown key, a value of another type, a trait that occurs twice, more than 1000 traits';

CREATE FUNCTION tcs.trait_set_put(trait_set text, definition jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['trait_set', 'definition'],
		ARRAY[trait_set_put.trait_set, definition::text]);
	PERFORM tcs_internal.stored_name_check('trait set', trait_set_put.trait_set);
	PERFORM tcs.trait_set_check(definition);

	-- Locks the trait set too, so that two calls do one after the other.
	INSERT INTO tcs.trait_set AS s (name, description, time_zone)
	VALUES (trait_set_put.trait_set, definition ->> 'description', definition ->> 'time_zone')
	ON CONFLICT ON CONSTRAINT trait_set_pkey DO UPDATE
	SET description = excluded.description,
		time_zone = excluded.time_zone
	WHERE (s.description, s.time_zone) IS DISTINCT FROM (excluded.description, excluded.time_zone);

	-- Traits that stay as they were keep who wrote them.
	DELETE FROM tcs.trait AS t
	 WHERE t.trait_set = trait_set_put.trait_set
	   AND NOT EXISTS (SELECT FROM jsonb_array_elements(definition -> 'traits') AS d
						WHERE d.value ->> 'trait' = t.trait);
	INSERT INTO tcs.trait AS t (trait_set, trait, measure, value, condition, within, since, gap, steps, description, enabled)
	SELECT trait_set_put.trait_set, d.trait, d.measure, d.value, d.condition, d.within, d.since,
			d.gap, d.steps, d.description, coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'traits')
			AS d (trait text, measure text, value text, condition text, within interval, since text,
				  gap interval, steps text[], description text, enabled boolean)
	 ORDER BY d.trait COLLATE "C"
	ON CONFLICT ON CONSTRAINT trait_pkey DO UPDATE
	SET measure = excluded.measure,
		value = excluded.value,
		condition = excluded.condition,
		within = excluded.within,
		since = excluded.since,
		gap = excluded.gap,
		steps = excluded.steps,
		description = excluded.description,
		enabled = excluded.enabled
	WHERE (t.measure, t.value, t.condition, t.within::text, t.since, t.gap::text, t.steps, t.description, t.enabled)
		IS DISTINCT FROM (excluded.measure, excluded.value, excluded.condition, excluded.within::text,
						  excluded.since, excluded.gap::text, excluded.steps, excluded.description, excluded.enabled);
END
$$;
COMMENT ON FUNCTION tcs.trait_set_put(text, jsonb) IS
'makes a trait set, or replaces one, by a definition in the form that trait_set_get gives; all of it or, after an error, nothing. Views made by it stay as they are until refresh_traits. Keys: traits (an array, required), description, time_zone (strings or null); keys of a trait: trait (its name) and measure (strings) are required, value, condition, within, since, gap, description (strings or null), steps (an array of strings or null), and enabled, true unless given. Traits that stay as they were keep who wrote them and when. Two calls for one trait set do one after the other. Errors: an unknown key, a value of another type, a trait given twice, more than 1000 traits, an expression that is refused whatever the event, a measure with a value that it does not take or without one that it needs, a name that begins with "tcs." or has more than 255 characters, no right to write to tcs.trait_set and tcs.trait, NULL';

CREATE FUNCTION tcs.trait_set_copy(source text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['source', 'target'], ARRAY[source, target]);
	PERFORM tcs_internal.stored_name_check('trait set', target);
	IF EXISTS (SELECT FROM tcs.trait_set AS s WHERE s.name = target) THEN
		RAISE EXCEPTION 'trait set "%" already exists', target
			USING ERRCODE = 'duplicate_object',
				HINT = 'trait_set_put replaces a trait set that exists.';
	END IF;
	PERFORM tcs.trait_set_put(target, tcs.trait_set_get(source));
END
$$;
COMMENT ON FUNCTION tcs.trait_set_copy(text, text) IS
'makes the trait set target with the description, the time zone and the traits of source. Errors: no trait set source, target exists or begins with "tcs.", no right to write to tcs.trait_set and tcs.trait, NULL';

CREATE FUNCTION tcs.trait_set_drop(trait_set text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_drop_check('trait set', trait_set_drop.trait_set,
		EXISTS (SELECT FROM tcs.trait_set AS s WHERE s.name = trait_set_drop.trait_set));
	DELETE FROM tcs.trait_set AS s WHERE s.name = trait_set_drop.trait_set;
END
$$;
COMMENT ON FUNCTION tcs.trait_set_drop(text) IS
'drops a trait set with its traits. Views that were made by it go on as they are. Errors: no such trait set, its name begins with "tcs.", no right to delete from tcs.trait_set, NULL';
