/*
 * trait_explain.c
 *		trait_explain: which events made the traits of one customer.
 *
 * The values are read from the view, as its readers see them; the events from the
 * log, with the caller's rights, by the definitions that the view was made by.
 */
#include "traits/traits_view.h"

#include "access/relation.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "metrics/metrics.h"

PG_FUNCTION_INFO_V1(tcs_trait_explain);

typedef struct TraitExplain
{
	Oid			view;
	const TcsTraitsMade *made;
	TcsTraits	traits;
	TcsTraitTexts texts;
	char	   *of_log;			/* which events are the customer's */
	char	   *of_view;		/* and which row of the view */
	int			parameters;		/* the customer, as the key of each has it */
	Oid			types[2];
	Datum		customers[2];
} TraitExplain;

static Interval *
explain_span(const char *span)
{
	if (span == NULL)
		return NULL;
	return DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(span),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static List *
explain_steps(const char *steps)
{
	List	   *list = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (steps == NULL)
		return NIL;
	tcs_array_elements(OidInputFunctionCall(F_ARRAY_IN, pstrdup(steps), TEXTOID, -1),
					   TEXTOID, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		list = lappend(list, nulls[i] ? pstrdup("NULL") : TextDatumGetCString(elements[i]));
	return list;
}

/* The definitions that stand in the view, as a set; whoever owns it may have put others there. */
static TcsTraitSet *
explain_set(const TcsTraitsMade *made, Oid view)
{
	TcsTraitSet *set = palloc0(sizeof(TcsTraitSet));
	ListCell   *cell;

	set->name = made->trait_set;
	set->time_zone = made->time_zone;
	set->traits = palloc0(Max(list_length(made->defined), 1) * sizeof(TcsTrait));
	foreach(cell, made->defined)
	{
		const TcsTraitDefined *defined = lfirst(cell);
		TcsTrait   *trait = &set->traits[set->count++];

		trait->name = defined->trait;
		trait->measure = tcs_trait_measure(defined->measure);
		trait->value = defined->value;
		trait->condition = defined->condition;
		trait->since = defined->since;
		trait->within = explain_span(defined->within);
		trait->gap = explain_span(defined->gap);
		trait->steps = explain_steps(defined->steps);
		if (trait->measure == NULL || trait->measure->has_steps != (trait->steps != NIL) ||
			(trait->measure->takes > TCS_TRAIT_MAY_TAKE && trait->value == NULL) ||
			(trait->measure->gap == TCS_TRAIT_NEEDS_GAP && trait->gap == NULL))
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a view of traits", get_rel_name(view)),
					 errhint("Give the name of a view that tcs.create_traits made.")));
	}
	return set;
}

/* A column that is a given customer, of which there is a text: a parameter of the query. */
static char *
explain_condition(TraitExplain *explain, Relation relation, Form_pg_attribute column, const char *customer)
{
	Oid			type = getBaseType(column->atttypid);
	Oid			input;
	Oid			parameter;
	int			number = explain->parameters++;

	getTypeInputInfo(type, &input, &parameter);
	explain->types[number] = type;
	explain->customers[number] = OidInputFunctionCall(input, pstrdup(customer), parameter, -1);
	return psprintf("o.%s %s $%d", quote_identifier(NameStr(column->attname)),
					tcs_metrics_equality(relation, column, relation, column), number + 1);
}

/* Look everything up, as refresh_traits does. */
static void
explain_resolve(TraitExplain *explain, const char *customer)
{
	TcsTraits  *traits = &explain->traits;
	Relation	view;
	const char *name;

	LockRelationOid(explain->view, AccessShareLock);
	name = get_rel_name(explain->view);
	explain->made = name ? tcs_traits_made(explain->view) : NULL;
	if (explain->made == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 name == NULL ? errmsg("relation with OID %u does not exist", explain->view) :
				 errmsg("\"%s\" is not a view of traits", name),
				 errhint("Give the name of a view that tcs.create_traits made.")));
	tcs_traits_resolve(traits, explain->made);
	traits->log.zone = quote_literal_cstr(explain->made->zone);
	traits->set = explain_set(explain->made, explain->view);
	tcs_traits_compile(traits->set, traits->events, "o", &explain->texts);
	explain->of_log = explain_condition(explain, traits->events,
										tcs_source_column(traits->events, explain->made->customer, "customer"),
										customer);
	traits->view.schema_oid = get_rel_namespace(explain->view);
	traits->view.schema = get_namespace_name_or_temp(traits->view.schema_oid);
	traits->view.name = pstrdup(name);
	view = relation_open(explain->view, NoLock);
	explain->of_view = explain_condition(explain, view, TupleDescAttr(RelationGetDescr(view), 0), customer);
	relation_close(view, NoLock);
}

/* Which of the events that count made the trait: all, or the one that it is of. */
static const char *
explain_made(const TcsTrait *trait)
{
	static const struct
	{
		const char *measure;
		const char *made;
	}			some[] = {
		{"first", "rank() OVER (ORDER BY at, value) = 1"},
		{"last", "rank() OVER (ORDER BY at DESC, value) = 1"},
		{"min", "rank() OVER (ORDER BY value) = 1"},
		{"max", "rank() OVER (ORDER BY value DESC) = 1"},
		{"most_frequent", "rank() OVER (ORDER BY times DESC, value) = 1"},
		{"days_since_first", "rank() OVER (ORDER BY at) = 1"},
		{"days_since_last", "rank() OVER (ORDER BY at DESC) = 1"},
		{"sequence", "way && ARRAY[at] AND EXISTS (SELECT FROM unnest(way) WITH ORDINALITY AS w (moment, step) WHERE moment = at AND step = ANY (steps))"},
	};

	for (int i = 0; i < lengthof(some); i++)
		if (strcmp(some[i].measure, trait->measure->name) == 0)
			return some[i].made;
	return "true";
}

/* What an event brings to it: its value, the session or the step that it is of. */
static const char *
explain_part(const TcsTrait *trait)
{
	if (trait->steps != NIL)
		return "(SELECT 'step ' || string_agg(step::text, ', ' ORDER BY step) FROM unnest(way) WITH ORDINALITY AS w (moment, step) WHERE moment = at AND step = ANY (steps))";
	if (trait->measure->gap == TCS_TRAIT_NEEDS_GAP)
		return psprintf("'session ' || 1 + count(*) FILTER (WHERE pause > interval '%.0f microseconds') OVER (ORDER BY at)",
						tcs_interval_days(trait->gap, "gap") * USECS_PER_DAY);
	return trait->value ? "value::text" : "NULL::text";
}

/* The events that count for a trait, with what its measure asks of each. */
static void
explain_append_events(StringInfo sql, const TraitExplain *explain, int number)
{
	const TcsTrait *trait = &explain->traits.set->traits[number];
	const TcsTraitText *text = &explain->texts.texts[number];
	const char *at = explain->traits.log.at;
	StringInfoData steps;
	ListCell   *cell;
	int			step = 0;

	appendStringInfo(sql, "SELECT o.%s AS at, to_jsonb(o) AS event, %s AS value", at, text->value ? text->value : "NULL::text");
	initStringInfo(&steps);
	foreach(cell, text->steps)
	{
		appendStringInfo(&steps, "%sCASE WHEN %s THEN %d END", step > 0 ? ", " : "", (char *) lfirst(cell), step + 1);
		step++;
	}
	if (step > 0)
		appendStringInfo(sql, ", array_remove(ARRAY[%s], NULL) AS steps, tcs.funnel(o.%s, array_remove(ARRAY[%s], NULL), interval %s) OVER () AS way",
						 steps.data, at, steps.data, quote_literal_cstr(trait->gap ? tcs_trait_span(trait->gap) : "100000 years"));
	else if (trait->gap != NULL)
		appendStringInfo(sql, ", o.%s - lag(o.%s) OVER (ORDER BY o.%s) AS pause", at, at, at);
	else if (strcmp(trait->measure->name, "most_frequent") == 0)
		appendStringInfo(sql, ", count(*) OVER (PARTITION BY %s) AS times", text->value);
	appendStringInfoString(sql, " FROM log AS o WHERE true");
	if (text->condition != NULL)
		appendStringInfo(sql, " AND (%s)", text->condition);
	if (text->value != NULL)
		appendStringInfo(sql, " AND NOT ((%s) IS NULL)", text->value);
	if (trait->within != NULL)
		appendStringInfo(sql, " AND o.%s >= (SELECT %s FROM day)", at, tcs_trait_window_start(&explain->traits, trait));
	if (text->since != NULL)
		appendStringInfo(sql, " AND COALESCE(o.%s > (SELECT max(e.%s) FROM log AS e WHERE %s), true)", at, at, text->since);
}

/* All traits, each with the events that made it; without one, a row by itself. */
static char *
explain_query(const TraitExplain *explain)
{
	const TcsTraits *traits = &explain->traits;
	const TcsTraitSet *set = traits->set;
	const char *zone = traits->log.at_type == TIMESTAMPTZOID ? psprintf(" AT TIME ZONE %s", traits->log.zone) : "::timestamp";
	StringInfoData sql;

	initStringInfo(&sql);
	tcs_order_append_day(&sql, &traits->log);
	appendStringInfo(&sql, "log AS MATERIALIZED (SELECT o.* FROM %s AS o WHERE ", traits->log.orders);
	tcs_order_append_until(&sql, &traits->log);
	appendStringInfo(&sql, " AND %s),\nshown AS MATERIALIZED (SELECT * FROM %s AS o WHERE %s),\ntrait AS (",
					 explain->of_log, tcs_view_qualified(&traits->view), explain->of_view);
	for (int i = 0; i < set->count; i++)
	{
		const char *name = set->traits[i].name;
		bool		is_there = get_attnum(explain->view, name) != InvalidAttrNumber;

		appendStringInfo(&sql, "%s\n  SELECT %d AS n, %s AS trait, %s AS value FROM shown", i > 0 ? " UNION ALL" : "", i,
						 quote_literal_cstr(name), is_there ? psprintf("shown.%s::text", quote_identifier(name)) : "NULL::text");
	}
	appendStringInfoString(&sql, "),\nmade AS (");
	for (int i = 0; i < set->count; i++)
	{
		appendStringInfo(&sql, "%s\n  SELECT %d AS n, at%s AS at, part, event FROM (SELECT at, event, %s AS part, %s AS made FROM (",
						 i > 0 ? " UNION ALL" : "", i, zone, explain_part(&set->traits[i]), explain_made(&set->traits[i]));
		explain_append_events(&sql, explain, i);
		appendStringInfoString(&sql, ") AS counted) AS told WHERE made");
	}
	appendStringInfoString(&sql,
						   ")\nSELECT trait.trait, trait.value, made.at, made.part, made.event FROM trait LEFT JOIN made USING (n)"
						   " ORDER BY trait.n, made.at, made.event::text");
	return sql.data;
}

/* arguments: view, customer */
Datum
tcs_trait_explain(PG_FUNCTION_ARGS)
{
	TraitExplain explain = {PG_GETARG_OID(0)};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			output;
	bool		is_varlena;
	int			nest_level;

	InitMaterializedSRF(fcinfo, 0);
	getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 1), &output, &is_varlena);
	explain_resolve(&explain, OidOutputFunctionCall(output, PG_GETARG_DATUM(1)));
	if (explain.traits.set->count > 0)
	{
		nest_level = tcs_view_begin();
		tcs_run_with(explain_query(&explain), explain.parameters, explain.types, explain.customers, NULL, SPI_OK_SELECT);
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
		tcs_view_end(nest_level);
	}
	relation_close(explain.traits.events, NoLock);
	return (Datum) 0;
}
