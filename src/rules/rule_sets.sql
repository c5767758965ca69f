-- Rule sets as a whole: copied, published, as jsonb, as text, compared.
--
-- All of these run with the rights of who calls them: to change a rule set takes
-- INSERT, UPDATE and DELETE on tcs.rule_set and tcs.rule.

CREATE FUNCTION tcs.rule_set_get(rule_set text) RETURNS jsonb
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	definition jsonb;
BEGIN
	PERFORM tcs_internal.stored_shard_check('rule set', rule_set_get.rule_set);
	SELECT jsonb_strip_nulls(jsonb_build_object(
			'description', s.description,
			'default_segment', s.default_segment,
			'time_zone', s.time_zone,
			'rules', (SELECT coalesce(jsonb_agg(jsonb_build_object(
							'priority', r.priority,
							'segment', r.segment,
							'condition', r.condition,
							'description', r.description,
							'enabled', r.enabled) ORDER BY r.priority), '[]')
						FROM tcs.rule AS r WHERE r.rule_set = s.name)))
	  INTO definition
	  FROM tcs.rule_set AS s WHERE s.name = rule_set_get.rule_set;
	IF rule_set_get.rule_set IS NULL THEN
		RAISE EXCEPTION 'rule_set must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF definition IS NULL THEN
		RAISE EXCEPTION 'rule set "%" does not exist', rule_set_get.rule_set
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.rule_set lists the rule sets.';
	END IF;
	RETURN definition;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_get(text) IS
'a rule set as jsonb, for rule_set_put and for a repository of files (jsonb_pretty lays it out): description, default_segment and time_zone, left out where they are NULL, and rules, by priority, each with priority, segment, condition, description (unless NULL) and enabled. Who changed what is not in it. Errors: no such rule set; NULL; on a shard of a distributed engine, but for what is shipped, unless tcs.definitions_on_shards is own';

CREATE FUNCTION tcs.rule_set_check(definition jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	item record;
	wrong text;
	has_priorities boolean;
BEGIN
	PERFORM tcs_internal.stored_form_check(definition, 'rule set', 'rule_set_get',
		ARRAY['description', 'default_segment', 'time_zone', 'rules'],
		ARRAY['priority', 'segment', 'condition', 'description', 'enabled'],
		ARRAY['segment', 'condition'], 10000,
		'What differs from row to row by a value alone can be a column, joined where the rows come from.');
	has_priorities := EXISTS (SELECT FROM jsonb_array_elements(definition -> 'rules') AS e
							   WHERE e.value ? 'priority');

	FOR item IN
		SELECT e.value AS rule, e.ordinality AS number
		  FROM jsonb_array_elements(definition -> 'rules') WITH ORDINALITY AS e
		 ORDER BY 2
	LOOP
		IF has_priorities AND (CASE WHEN jsonb_typeof(item.rule -> 'priority') = 'number'
				THEN (item.rule ->> 'priority')::numeric NOT BETWEEN -2147483648 AND 2147483647
					OR (item.rule ->> 'priority')::numeric % 1 <> 0
				ELSE true END)
		THEN
			RAISE EXCEPTION '"priority" must be an integer in element % of "rules"', item.number
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'Give one to every rule, or to none: then they are 10, 20, 30 and so on.';
		END IF;
	END LOOP;

	SELECT (r.value ->> 'priority')::numeric::integer::text INTO wrong
	  FROM jsonb_array_elements(definition -> 'rules') AS r
	 WHERE has_priorities
	 GROUP BY (r.value ->> 'priority')::numeric::integer HAVING count(*) > 1
	 ORDER BY (r.value ->> 'priority')::numeric::integer LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'priority % occurs more than once in "rules"', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Every rule of a rule set has a priority of its own.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_check(jsonb) IS
'checks the form of what rule_set_put is given: an error names the first thing that is wrong, an unknown key, a value of another type, a priority that occurs twice or in some rules only, more than 10000 rules';

CREATE FUNCTION tcs.rule_set_put(rule_set text, definition jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['rule_set', 'definition'],
		ARRAY[rule_set_put.rule_set, definition::text]);
	PERFORM tcs_internal.stored_name_check('rule set', rule_set_put.rule_set);
	PERFORM tcs.rule_set_check(definition);
	IF NOT EXISTS (SELECT FROM jsonb_array_elements(definition -> 'rules') AS e
					WHERE e.value ? 'priority')
	THEN
		definition := definition || jsonb_build_object('rules',
			(SELECT coalesce(jsonb_agg(e.value || jsonb_build_object('priority', 10 * e.ordinality)
									   ORDER BY e.ordinality), '[]')
			   FROM jsonb_array_elements(definition -> 'rules') WITH ORDINALITY AS e));
	END IF;

	-- Locks the rule set too, so that two calls do one after the other.
	INSERT INTO tcs.rule_set AS s (name, description, default_segment, time_zone)
	VALUES (rule_set_put.rule_set, definition ->> 'description',
			definition ->> 'default_segment', definition ->> 'time_zone')
	ON CONFLICT ON CONSTRAINT rule_set_pkey DO UPDATE
	SET description = excluded.description,
		default_segment = excluded.default_segment,
		time_zone = excluded.time_zone
	WHERE (s.description, s.default_segment, s.time_zone) IS DISTINCT FROM
		(excluded.description, excluded.default_segment, excluded.time_zone);

	-- Rules that stay as they were keep who wrote them.
	DELETE FROM tcs.rule AS r
	 WHERE r.rule_set = rule_set_put.rule_set
	   AND NOT EXISTS (SELECT FROM jsonb_to_recordset(definition -> 'rules')
							AS d (priority numeric)
						WHERE d.priority::integer = r.priority);
	UPDATE tcs.rule AS r
	   SET segment = d.segment, condition = d.condition,
		   description = d.description, enabled = coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'rules')
			AS d (priority numeric, segment text, condition text, description text, enabled boolean)
	 WHERE r.rule_set = rule_set_put.rule_set AND r.priority = d.priority::integer
	   AND (r.segment, r.condition, r.description, r.enabled) IS DISTINCT FROM
			(d.segment, d.condition, d.description, coalesce(d.enabled, true));
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, enabled)
	SELECT rule_set_put.rule_set, d.priority::integer, d.segment, d.condition,
			d.description, coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'rules')
			AS d (priority numeric, segment text, condition text, description text, enabled boolean)
	 WHERE NOT EXISTS (SELECT FROM tcs.rule AS r
						WHERE r.rule_set = rule_set_put.rule_set
						  AND r.priority = d.priority::integer)
	 ORDER BY d.priority;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_put(text, jsonb) IS
'makes a rule set, or replaces one, by a definition in the form that rule_set_get gives; all of it or, after an error, nothing. Keys: rules (an array, required), description, default_segment, time_zone (strings or null); keys of a rule: segment and condition (strings) are required, priority (an integer; 10, 20, 30 and so on in the order of the array where no rule has one), description, and enabled, true unless given. Rules that stay as they were keep who wrote them and when. Two calls for one rule set do one after the other. Errors: an unknown key, a value of another type, a priority given twice or to some rules only, more than 10000 rules, a condition that is refused whatever the row, a name that begins with "tcs." or has more than 255 characters, no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_copy(source text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['source', 'target'], ARRAY[source, target]);
	PERFORM tcs_internal.stored_name_check('rule set', target);
	IF EXISTS (SELECT FROM tcs.rule_set AS s WHERE s.name = target) THEN
		RAISE EXCEPTION 'rule set "%" already exists', target
			USING ERRCODE = 'duplicate_object',
				HINT = 'rule_set_publish replaces the rules of a rule set that exists.';
	END IF;
	PERFORM tcs.rule_set_put(target, tcs.rule_set_get(source));
END
$$;
COMMENT ON FUNCTION tcs.rule_set_copy(text, text) IS
'makes the rule set target with the description, the default segment, the time zone and the rules of source. Errors: no rule set source, target exists or begins with "tcs.", no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_drop(rule_set text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM tcs_internal.stored_drop_check('rule set', rule_set_drop.rule_set,
		EXISTS (SELECT FROM tcs.rule_set AS s WHERE s.name = rule_set_drop.rule_set));
	DELETE FROM tcs.rule_set AS s WHERE s.name = rule_set_drop.rule_set;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_drop(text) IS
'drops a rule set with its rules, unless a view or a segmentation uses it. Only names that are written out in a view are found, not those in columns, functions or a client. Errors: no such rule set, it is used, its name begins with "tcs.", no right to delete from tcs.rule_set, NULL';

CREATE FUNCTION tcs.rule_set_publish(draft text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	definition jsonb;
	kept text;
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['draft', 'target'], ARRAY[draft, target]);
	IF draft = target THEN
		RAISE EXCEPTION 'rule set "%" cannot be published to itself', draft
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM tcs_internal.stored_name_check('rule set', target);

	-- Who comes second waits here, and then reads the draft as it is by then.
	INSERT INTO tcs.rule_set (name, description)
	SELECT target, s.description FROM tcs.rule_set AS s WHERE s.name = draft
	ON CONFLICT ON CONSTRAINT rule_set_pkey DO NOTHING;
	SELECT s.description INTO kept FROM tcs.rule_set AS s WHERE s.name = target FOR UPDATE;

	definition := tcs.rule_set_get(draft) - 'description';
	IF kept IS NOT NULL THEN
		definition := definition || jsonb_build_object('description', kept);
	END IF;
	PERFORM tcs.rule_set_put(target, definition);
END
$$;
COMMENT ON FUNCTION tcs.rule_set_publish(text, text) IS
'replaces the rules, the default segment and the time zone of the rule set target by those of draft; others see all of the change or none of it. A target that does not exist is made, one that exists keeps its description; draft stays. Rules that do not change keep who wrote them and when. Two calls for one target do one after the other. rule_set_diff shows beforehand what would change. Errors: no rule set draft, draft and target are the same, target begins with "tcs.", no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_sql(rule_set text) RETURNS text
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	branches text;
	otherwise text;
BEGIN
	SELECT string_agg(format('    WHEN %s THEN %s',
				CASE WHEN r.condition ~ '--|\n|\r'
					 -- a comment ends with its line, and the lines of a literal stay as they are
					 THEN '(' || r.condition || E'\n    )'
					 ELSE btrim(r.condition) END,
				quote_literal(r.segment)), E'\n' ORDER BY r.priority)
	  INTO branches
	  FROM tcs.rule AS r WHERE r.rule_set = rule_set_sql.rule_set AND r.enabled;
	SELECT quote_nullable(s.default_segment) INTO otherwise
	  FROM tcs.rule_set AS s WHERE s.name = rule_set_sql.rule_set;
	IF rule_set_sql.rule_set IS NULL THEN
		RAISE EXCEPTION 'rule_set must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF NOT FOUND THEN
		RAISE EXCEPTION 'rule set "%" does not exist', rule_set_sql.rule_set
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.rule_set lists the rule sets.';
	END IF;
	RETURN coalesce(E'CASE\n' || branches || E'\n    ELSE ' || otherwise || E'\nEND',
					'CAST(' || otherwise || ' AS text)');
END
$$;
COMMENT ON FUNCTION tcs.rule_set_sql(text) IS
'the rule set as text: the CASE expression that segment_assign stands for, with the conditions as they were typed, to be put into a query over the same columns. It needs the extension only where a condition calls one of its functions. Literals without a time zone mean what they mean in the session that runs it: where the rule set has a time_zone, set that. Without an enabled rule: the default segment alone. Errors: no such rule set; NULL';

CREATE FUNCTION tcs.rule_set_diff(a text, b text, relation regclass,
								  value_column name DEFAULT NULL)
	RETURNS TABLE (from_segment text, to_segment text, "rows" bigint,
				   value double precision)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 20
	SET search_path = pg_catalog, pg_temp
	SET extra_float_digits = 1
	AS $$
DECLARE
	type oid;
	amount text := 'NULL::numeric';
BEGIN
	PERFORM tcs_internal.stored_arguments_check(ARRAY['a', 'b', 'relation'], ARRAY[a, b, relation::text]);
	IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN
		RAISE EXCEPTION 'relation with OID % does not exist', relation::oid
			USING ERRCODE = 'undefined_table';
	END IF;
	IF value_column IS NOT NULL THEN
		IF NOT EXISTS (SELECT FROM pg_attribute AS c
						WHERE c.attrelid = relation AND c.attname = value_column
						  AND c.attnum > 0 AND NOT c.attisdropped) THEN
			RAISE EXCEPTION 'column "%" of relation "%" does not exist', value_column, relation
				USING ERRCODE = 'undefined_column';
		END IF;
		-- What it is from here on: this reads no row, but locks the relation against being altered.
		EXECUTE format('SELECT pg_typeof(t.%I) FROM (SELECT) AS one LEFT JOIN %s AS t ON false',
					   value_column, relation) INTO type;
		SELECT coalesce(nullif(t.typbasetype, 0), t.oid) INTO type FROM pg_type AS t WHERE t.oid = type;
		IF type IN ('float4'::regtype, 'float8'::regtype) THEN
			-- as decimals, whose sum does not depend on the order of the rows
			amount := format('t.%I::double precision::text::numeric', value_column);
		ELSIF type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype) THEN
			amount := format('t.%I::numeric', value_column);
		ELSE
			RAISE EXCEPTION 'column "%" of relation "%" is no number but of type %',
					value_column, relation, format_type(type, NULL)
				USING ERRCODE = 'datatype_mismatch';
		END IF;
	END IF;

	FOR from_segment, to_segment, "rows", value IN EXECUTE format(
		'SELECT * FROM ('
		'SELECT tcs.segment_assign(%L, t.*), tcs.segment_assign(%L, t.*), count(*), sum(%s)::double precision '
		'FROM %s AS t GROUP BY 1, 2) AS d (a, b, n, v) '
		'ORDER BY a COLLATE "C", b COLLATE "C"',
		a, b, amount, relation)
	LOOP
		IF from_segment IS DISTINCT FROM to_segment THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_diff(text, text, regclass, name) IS
'what would change over a relation if rule set b replaced a: the segments that rows would leave (from_segment) and enter (to_segment), how many, and the sum of value_column over them, a column of numbers (NULL unless it is given). Rows that stay in their segment are not counted; a NULL segment is none. No rows: nothing changes. Reads the relation once. Errors: no such rule set, relation or column, a column that is no number, NULL for any of the first three, and those of segment_assign';
