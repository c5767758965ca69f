-- What rule sets, scorecards and trait sets have in common: the triggers of their tables, and
-- how they are read and written as jsonb, a head of texts and an array of items.

CREATE FUNCTION tcs_internal.stored_before() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_stored_before';
COMMENT ON FUNCTION tcs_internal.stored_before() IS
'trigger of the tables of rules, scorecards and traits: refuses what is too long, conditions and expressions that would be refused whatever the row, and changes of what the extension ships; notes who writes';

CREATE FUNCTION tcs_internal.stored_after() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_stored_after';
COMMENT ON FUNCTION tcs_internal.stored_after() IS
'trigger of the tables of rules, scorecards and traits: makes statements that use them be planned anew, and checks that a rule has its rule set, a factor its scorecard and a trait its trait set, and that these are not too large';

CREATE FUNCTION tcs_internal.stored_shard_check(noun text, name text) RETURNS void
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_stored_shard_check';
COMMENT ON FUNCTION tcs_internal.stored_shard_check(text, text) IS
'refuses to read the set of that name on a shard of a distributed engine, where it may be another than where the query was given';

CREATE FUNCTION tcs_internal.stored_arguments_check(names text[], arguments text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	FOR i IN 1 .. cardinality(names) LOOP
		IF arguments[i] IS NULL THEN
			RAISE EXCEPTION '% must not be null', names[i]
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION tcs_internal.stored_arguments_check(text[], text[]) IS
'refuses the first of some arguments that is NULL, by its name';

CREATE FUNCTION tcs_internal.stored_name_check(noun text, name text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF starts_with(name, 'tcs.') THEN
		RAISE EXCEPTION '% name "%" is reserved', noun, name
			USING ERRCODE = 'reserved_name',
				HINT = 'Names that begin with "tcs." are the extension''s own. Choose another.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs_internal.stored_name_check(text, text) IS
'refuses the name of a rule set, scorecard or trait set that is kept for those of the extension; noun: which of them it is';

CREATE FUNCTION tcs_internal.stored_form_check(definition jsonb, noun text, getter text, keys text[],
											   item_keys text[], required text[], most integer,
											   advice text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	items constant text := keys[cardinality(keys)];
	item record;
	wrong text;
BEGIN
	IF jsonb_typeof(definition) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'the definition of a % must be a JSON object, not %', noun,
				coalesce(jsonb_typeof(definition), 'null')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('%s shows the form.', getter);
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(definition) AS k
	 WHERE k <> ALL (keys) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'unknown key "%" in the definition of a %', wrong, noun
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('The keys are %s and %s.', array_to_string(trim_array(keys, 1), ', '), items);
	END IF;
	SELECT e.key INTO wrong FROM jsonb_each(definition) AS e
	 WHERE e.key <> items AND jsonb_typeof(e.value) NOT IN ('string', 'null') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '"%" must be a string or null, not %', wrong,
				jsonb_typeof(definition -> wrong)
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF jsonb_typeof(definition -> items) IS DISTINCT FROM 'array' THEN
		RAISE EXCEPTION '"%" must be an array, not %', items,
				coalesce(jsonb_typeof(definition -> items), 'missing')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('A %s without %s has an empty array.', noun, items);
	ELSIF jsonb_array_length(definition -> items) > most THEN
		RAISE EXCEPTION '"%" has more than % elements', items, most
			USING ERRCODE = 'program_limit_exceeded', HINT = advice;
	END IF;

	FOR item IN
		SELECT e.value, e.ordinality AS number
		  FROM jsonb_array_elements(definition -> items) WITH ORDINALITY AS e
		 ORDER BY 2
	LOOP
		IF jsonb_typeof(item.value) <> 'object' THEN
			RAISE EXCEPTION 'element % of "%" must be an object, not %',
					item.number, items, jsonb_typeof(item.value)
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item.value) AS k
		 WHERE k <> ALL (item_keys) LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'unknown key "%" in element % of "%"', wrong, item.number, items
				USING ERRCODE = 'invalid_parameter_value',
					HINT = format('The keys are %s and %s.', array_to_string(trim_array(item_keys, 1), ', '),
								  item_keys[cardinality(item_keys)]);
		END IF;
		FOREACH wrong IN ARRAY required LOOP
			IF jsonb_typeof(item.value -> wrong) IS DISTINCT FROM 'string' THEN
				RAISE EXCEPTION '"%" must be a string in element % of "%"', wrong, item.number, items
					USING ERRCODE = 'invalid_parameter_value';
			END IF;
		END LOOP;
		IF coalesce(jsonb_typeof(item.value -> 'description'), 'null') NOT IN ('string', 'null') THEN
			RAISE EXCEPTION '"description" must be a string or null in element % of "%"', item.number, items
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
		IF coalesce(jsonb_typeof(item.value -> 'enabled'), 'boolean') <> 'boolean' THEN
			RAISE EXCEPTION '"enabled" must be true or false in element % of "%"', item.number, items
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION tcs_internal.stored_form_check(jsonb, text, text, text[], text[], text[], integer, text) IS
'refuses a definition that has not the form which rule sets, scorecards and trait sets share: an object with these keys, all strings or null but the last, an array of at most so many objects with those keys, of which some are strings that must be there, description is a string or null and enabled true or false; what only one of them has is for its own check';

CREATE FUNCTION tcs_internal.stored_drop_check(noun text, name text, is_there boolean) RETURNS void
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	argument constant text := replace(noun, ' ', '_');
	users text;
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY[argument], ARRAY[name]);
	IF starts_with(name, 'tcs.') THEN
		RAISE EXCEPTION '% name "%" is reserved', noun, name
			USING ERRCODE = 'reserved_name',
				HINT = 'Those that begin with "tcs." come with the extension and stay.';
	ELSIF NOT is_there THEN
		RAISE EXCEPTION '% "%" does not exist', noun, name
			USING ERRCODE = 'undefined_object',
				HINT = format('The table tcs.%s lists the %ss.', argument, noun);
	END IF;
	users := tcs_internal.views_that_name(argument, name);
	IF users IS NOT NULL THEN
		RAISE EXCEPTION '% "%" is used by a view', noun, name
			USING ERRCODE = 'dependent_objects_still_exist',
				DETAIL = format('Those that use it: %s.', users),
				HINT = format('Drop these first, or have them use another %s.', noun);
	END IF;
END
$$;
COMMENT ON FUNCTION tcs_internal.stored_drop_check(text, text, boolean) IS
'refuses to drop a rule set, a scorecard or a trait set that is not there, comes with the extension, or is named by a view; noun: which of them it is';
