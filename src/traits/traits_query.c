/*
 * traits_query.c
 *		The text of a query for traits, made to be read.
 *
 * All traits are aggregates over one pass of the log, each with its own FILTER,
 * grouped by the customer alone: so a condition on the customer reaches the log and
 * an index serves it.  What a window begins with is worked out once a query.
 *
 * Where a state is more than a number, groups that are hashed would have the events
 * of all customers jump about in memory.  Then the log is sorted by the customer
 * first, in a part of its own, and conditions are worked out there, once an event.
 */
#include "traits/traits.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "metrics/metrics.h"

/* What is collected while the text is written. */
typedef struct TraitsQuery
{
	const TcsTraits *traits;
	TcsTraitTexts texts;
	List	   *starts;			/* SQL by which windows begin, as within_1 and
								 * so on */
	bool		is_sorted;		/* is the log a part of its own? */
	List	   *conditions;		/* then, as condition_1 and so on */
	List	   *since;			/* and conditions, as since_1 and so on */
	const char *prefix;			/* of these names */
} TraitsQuery;

/* The place of a text in a list, from 1; it is put there if it is not. */
static int
query_place_of(List **list, char *text)
{
	ListCell   *cell;
	int			place = 0;

	foreach(cell, *list)
	{
		place++;
		if (strcmp(lfirst(cell), text) == 0)
			return place;
	}
	*list = lappend(*list, text);
	return place + 1;
}

/* Of whole days by the calendar, else exactly. */
char *
tcs_trait_window_start(const TcsTraits *traits, const TcsTrait *trait)
{
	const TcsOrderLog *log = &traits->log;
	const char *within = quote_literal_cstr(tcs_metrics_interval(trait->within));
	char	   *local;
	char	   *moment;

	if (trait->within->time == 0)
	{
		local = psprintf("(as_of + 1)::timestamp - interval %s", within);
		if (log->at_type == DATEOID)
			return psprintf("(%s)::date", local);
		if (log->at_type == TIMESTAMPOID)
			return local;
		return psprintf("(%s) AT TIME ZONE %s", local, log->zone);
	}
	if (log->at_type == DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within of trait \"%s\" has a time of day, and the log has none", trait->name),
				 errdetail("It is %s; the times of the events are of type date.", tcs_metrics_interval(trait->within)),
				 errhint("Give a span of whole days, or a column of type timestamp as at.")));
	if (log->at_type == TIMESTAMPOID)
	{
		moment = log->has_as_of ? "its_end" : psprintf("(now() AT TIME ZONE %s)", log->zone);
		return psprintf("%s - interval %s", moment, within);
	}
	moment = log->has_as_of ? "its_end" : "now()";
	if (trait->within->day == 0 && trait->within->month == 0)
		return psprintf("%s - interval %s", moment, within);
	return psprintf("((%s AT TIME ZONE %s) - interval %s) AT TIME ZONE %s", moment, log->zone, within, log->zone);
}

/* The events that count, as FILTER; nothing where all do. */
static char *
query_filter(TraitsQuery *query, int number)
{
	const TcsTrait *trait = &query->traits->set->traits[number];
	const TcsTraitText *text = &query->texts.texts[number];
	const char *at = query->traits->log.at;
	StringInfoData filter;

	initStringInfo(&filter);
	if (trait->within != NULL)
		appendStringInfo(&filter, " AND o.%s >= (SELECT within_%d FROM span)", at,
						 query_place_of(&query->starts, tcs_trait_window_start(query->traits, trait)));
	if (text->since != NULL)
	{
		const char *column = psprintf("%ssince_%d", query->prefix,
									  query_place_of(&query->since, text->since));

		appendStringInfo(&filter, " AND COALESCE(o.%s > o.%s, true)", at, column);
	}
	if (text->condition != NULL && query->is_sorted)
		appendStringInfo(&filter, " AND o.%scondition_%d", query->prefix,
						 query_place_of(&query->conditions, text->condition));
	else if (text->condition != NULL)
		appendStringInfo(&filter, " AND %s", text->condition);
	if (filter.len == 0)
		return "";
	return psprintf(" FILTER (WHERE %s)", filter.data + strlen(" AND "));
}

/* The day of a moment of the log. */
static char *
query_day(const TcsOrderLog *log, const char *moment)
{
	if (log->at_type == DATEOID)
		return pstrdup(moment);
	if (log->at_type == TIMESTAMPOID)
		return psprintf("(%s)::date", moment);
	return psprintf("((%s) AT TIME ZONE %s)::date", moment, log->zone);
}

/* Has the server a min and a max of that type? */
static void
query_check_extreme(const TcsTrait *trait, Oid type)
{
	const char *measure = trait->measure->name;

	if ((strcmp(measure, "min") != 0 && strcmp(measure, "max") != 0) ||
		type == BOOLOID || type == VARCHAROID || type == NAMEOID || type == CHAROID ||
		OidIsValid(get_element_type(type)) || type_is_enum(type) ||
		OidIsValid(LookupFuncName(list_make2(makeString("pg_catalog"), makeString(pstrdup(measure))), 1, &type, true)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the values of trait \"%s\" are of type %s, of which there is no %s",
					trait->name, format_type_be(type), measure),
			 errhint("Cast the value to a type that has one, such as text.")));
}

/* How often somebody came, or for how long. */
static char *
query_sessions(const TraitsQuery *query, const TcsTrait *trait, const char *filter)
{
	const TcsOrderLog *log = &query->traits->log;

	if (log->at_type == DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trait \"%s\" is about sessions, and the log has no time of day", trait->name),
				 errdetail("The times of the events are of type date."),
				 errhint("Give a column of type timestamp as at.")));
	return psprintf("COALESCE((tcs.sessions(o.%s, interval %s)%s).%s, 0)", log->at,
					quote_literal_cstr(tcs_trait_span(trait->gap)), filter,
					strcmp(trait->measure->name, "sessions") == 0 ? "sessions" : "minutes");
}

/* How many steps were taken in order: an event takes one, and some may be several. */
static char *
query_sequence(TraitsQuery *query, int number)
{
	const TcsTrait *trait = &query->traits->set->traits[number];
	const List *steps = query->texts.texts[number].steps;
	const char *filter = query_filter(query, number);
	StringInfoData array;
	StringInfoData any;
	ListCell   *cell;
	int			step = 0;

	initStringInfo(&array);
	initStringInfo(&any);
	foreach(cell, steps)
	{
		appendStringInfo(&array, "%sCASE WHEN %s THEN %d END", step > 0 ? ", " : "", (char *) lfirst(cell), step + 1);
		appendStringInfo(&any, "%s%s", step > 0 ? " OR " : "", (char *) lfirst(cell));
		step++;
	}
	/* events that are no step are left out before anything is made of them */
	if (filter[0] == '\0')
		filter = psprintf(" FILTER (WHERE %s)", any.data);
	else
		filter = psprintf("%.*s AND (%s))", (int) strlen(filter) - 1, filter, any.data);
	return psprintf("COALESCE(cardinality(tcs.funnel(o.%s, array_remove(ARRAY[%s], NULL), interval %s)%s), 0)",
					query->traits->log.at, array.data,
					quote_literal_cstr(trait->gap ? tcs_trait_span(trait->gap) : "100000 years"), filter);
}

/* The aggregate of a trait. */
static char *
query_aggregate(TraitsQuery *query, int number)
{
	const TcsTrait *trait = &query->traits->set->traits[number];
	const TcsTraitText *text = &query->texts.texts[number];
	const TcsOrderLog *log = &query->traits->log;
	const char *measure = trait->measure->name;
	const char *value = text->value;
	bool		is_boolean = text->value != NULL && text->value_type == BOOLOID;
	const char *filter = query_filter(query, number);

	if (strcmp(measure, "count") == 0)
		return psprintf("count(%s)%s", value ? value : "*", filter);
	if (strcmp(measure, "sum") == 0)
		return psprintf("COALESCE(sum(%s)%s, 0)", is_boolean ? psprintf("(%s)::integer", value) : value, filter);
	if (strcmp(measure, "avg") == 0)
		return psprintf("avg(%s)%s", is_boolean ? psprintf("(%s)::integer::double precision", value) : value, filter);
	query_check_extreme(trait, text->value_type);
	if (strcmp(measure, "min") == 0)
		return psprintf("%s(%s)%s", is_boolean ? "bool_and" : "min", value, filter);
	if (strcmp(measure, "max") == 0)
		return psprintf("%s(%s)%s", is_boolean ? "bool_or" : "max", value, filter);
	if (strcmp(measure, "distinct") == 0)
		return psprintf("tcs.count_distinct(%s)%s", value, filter);
	if (strcmp(measure, "most_frequent") == 0)
		return psprintf("tcs.most_frequent(%s)%s", value, filter);
	if (strcmp(measure, "first") == 0 || strcmp(measure, "last") == 0)
		return psprintf("tcs.%s(%s, o.%s)%s", measure, value, log->at, filter);
	if (text->steps != NIL)
		return query_sequence(query, number);
	if (trait->gap != NULL)
		return query_sessions(query, trait, filter);
	return psprintf("(SELECT as_of FROM day) - %s",
					query_day(log, psprintf("%s(o.%s)%s", strcmp(measure, "days_since_first") == 0 ? "min" : "max",
											log->at, filter)));
}

/* Is it 0 for a customer without an event? */
static bool
query_is_zero(const TcsTrait *trait)
{
	const char *measure = trait->measure->name;

	return strcmp(measure, "count") == 0 || strcmp(measure, "sum") == 0 || strcmp(measure, "distinct") == 0 ||
		trait->gap != NULL || trait->steps != NIL;
}

/* The traits in the order of the columns. */
static List *
query_order(const TcsTraits *traits)
{
	List	   *numbers = NIL;
	ListCell   *cell;

	foreach(cell, traits->order)
		for (int i = 0; i < traits->set->count; i++)
		if (strcmp(traits->set->traits[i].name, lfirst(cell)) == 0)
			numbers = list_append_unique_int(numbers, i);
	for (int i = 0; i < traits->set->count; i++)
		numbers = list_append_unique_int(numbers, i);
	return numbers;
}

/* The log, with its conditions and the last moment of each that something is to come after. */
static void
query_append_log(StringInfo sql, TraitsQuery *query, const char *indent)
{
	const TcsTraits *traits = query->traits;
	const TcsOrderLog *log = &traits->log;
	TupleDesc	columns = RelationGetDescr(traits->events);
	StringInfoData until;
	ListCell   *cell;
	int			number = 0;

	if (!query->is_sorted)
	{
		appendStringInfo(sql, "%s AS o\n%sWHERE ", log->orders, indent);
		tcs_order_append_until(sql, log);
		appendStringInfo(sql, "\n%s  AND o.%s IS NOT NULL", indent, log->customer);
		return;
	}
	appendStringInfo(sql, "(\n%s    SELECT e.%s, e.%s", indent, log->customer, log->at);
	for (int i = 0; i < columns->natts; i++)
	{
		const char *name = quote_identifier(NameStr(TupleDescAttr(columns, i)->attname));

		if (bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, query->texts.columns) &&
			strcmp(name, log->customer) != 0 && strcmp(name, log->at) != 0)
			appendStringInfo(sql, ", e.%s", name);
	}
	foreach(cell, query->conditions)
		appendStringInfo(sql, ",\n%s        %s AS %scondition_%d", indent, (char *) lfirst(cell), query->prefix, ++number);
	number = 0;
	foreach(cell, query->since)
		appendStringInfo(sql, ",\n%s        max(e.%s) FILTER (WHERE %s) OVER (PARTITION BY e.%s) AS %ssince_%d",
						 indent, log->at, (char *) lfirst(cell), log->customer, query->prefix, ++number);
	initStringInfo(&until);
	tcs_order_append_until(&until, log);
	/* it is written for the alias o */
	appendStringInfo(sql, "\n%s    FROM %s AS e\n%s    WHERE e%s\n%s      AND e.%s IS NOT NULL",
					 indent, log->orders, indent, until.data + 1, indent, log->customer);
	/* what is partitioned is sorted */
	if (query->since == NIL)
		appendStringInfo(sql, "\n%s    ORDER BY e.%s", indent, log->customer);
	appendStringInfo(sql, "\n%s) AS o", indent);
}

/* Is there more in the state of some aggregate than a number? */
static bool
query_is_sorted(const TcsTraits *traits)
{
	const TcsTraitSet *set = traits->set;
	static const char *const keeps[] = {"distinct", "first", "last", "most_frequent"};

	for (int i = 0; i < set->count; i++)
	{
		const TcsTrait *trait = &set->traits[i];

		if (trait->since != NULL)
			return true;
		if (traits->can_sort && (trait->gap != NULL || trait->steps != NIL))
			return true;
		for (int j = 0; j < lengthof(keeps); j++)
			if (traits->can_sort && strcmp(trait->measure->name, keeps[j]) == 0)
				return true;
	}
	return false;
}

/* What makes names that no column of the log has. */
static const char *
query_prefix(Relation events)
{
	TupleDesc	columns = RelationGetDescr(events);
	char	   *prefix = "";
	bool		found;

	do
	{
		found = false;
		for (int i = 0; i < columns->natts && !found; i++)
		{
			const char *name = NameStr(TupleDescAttr(columns, i)->attname);
			const char *rest = name + strlen(prefix);

			found = strncmp(name, prefix, strlen(prefix)) == 0 &&
				(strncmp(rest, "since_", strlen("since_")) == 0 ||
				 strncmp(rest, "condition_", strlen("condition_")) == 0);
		}
		if (found)
			prefix = psprintf("_%s", prefix);
	} while (found);
	return prefix;
}

char *
tcs_trait_span(const Interval *span)
{
	return span ? tcs_metrics_interval(span) : NULL;
}

char *
tcs_trait_steps_text(const List *steps)
{
	Datum	   *elements = palloc(Max(list_length(steps), 1) * sizeof(Datum));
	ListCell   *cell;
	int			count = 0;

	if (steps == NIL)
		return NULL;
	foreach(cell, steps)
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	return OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT)));
}

/* A text as a literal, or NULL. */
static const char *
query_literal(const char *text)
{
	return text ? quote_literal_cstr(text) : "NULL";
}

/* What the view is made by and from, for refresh_traits: no query reads these. */
static void
query_append_definitions(StringInfo sql, const TcsTraits *traits)
{
	const TcsTraitSet *set = traits->set;

	appendStringInfo(sql,
					 "definitions AS (\n"
					 "    -- What the view is made by; tcs.refresh_traits makes it anew.\n"
					 "    SELECT %s AS trait_set, %s AS zone, %s AS time_zone\n"
					 ")",
					 quote_literal_cstr(set->name), traits->log.zone, query_literal(set->time_zone));
	if (set->count == 0)
		return;
	appendStringInfoString(sql, ",\ndefined (trait, measure, value, condition, within, since, gap, steps) AS (\n    VALUES");
	for (int i = 0; i < set->count; i++)
	{
		const TcsTrait *trait = &set->traits[i];

		appendStringInfo(sql, "%s\n        (%s, %s, %s", i > 0 ? "," : "", quote_literal_cstr(trait->name),
						 quote_literal_cstr(trait->measure->name), query_literal(trait->value));
		appendStringInfo(sql, ", %s, %s, %s, %s, %s)", query_literal(trait->condition),
						 query_literal(tcs_trait_span(trait->within)), query_literal(trait->since),
						 query_literal(tcs_trait_span(trait->gap)), query_literal(tcs_trait_steps_text(trait->steps)));
	}
	appendStringInfoString(sql, "\n)");
}

/* What the view was made by, and what windows begin with. */
static void
query_append_head(StringInfo sql, const TraitsQuery *query)
{
	const TcsTraits *traits = query->traits;
	ListCell   *cell;
	int			number = 0;

	tcs_order_append_day(sql, &traits->log);
	query_append_definitions(sql, traits);
	if (query->starts == NIL)
		return;
	appendStringInfoString(sql,
						   ",\nspan AS NOT MATERIALIZED (\n"
						   "    -- Where windows begin.\n"
						   "    SELECT");
	foreach(cell, query->starts)
	{
		appendStringInfo(sql, "%s\n        %s AS within_%d", number > 0 ? "," : "", (char *) lfirst(cell), number + 1);
		number++;
	}
	appendStringInfoString(sql, "\n    FROM day\n)");
}

/* The columns for all customers of their table. */
static void
query_append_customers(StringInfo sql, const TraitsQuery *query, const List *numbers, const char *figures)
{
	const TcsTraits *traits = query->traits;
	ListCell   *cell;

	appendStringInfo(sql, ",\nfigures AS (\n%s\n)\nSELECT\n    c.%s AS customer", figures, traits->customers_key);
	foreach(cell, numbers)
	{
		const TcsTrait *trait = &traits->set->traits[lfirst_int(cell)];
		const char *name = quote_identifier(trait->name);

		if (query_is_zero(trait))
			appendStringInfo(sql, ",\n    COALESCE(figures.%s, 0) AS %s", name, name);
		else
			appendStringInfo(sql, ",\n    figures.%s", name);
	}
	appendStringInfo(sql,
					 "\nFROM %s AS c\n"
					 "LEFT JOIN figures ON figures.customer %s c.%s\n"
					 "WHERE c.%s IS NOT NULL",
					 traits->customers, traits->equals, traits->customers_key, traits->customers_key);
}

/* The query of the traits over the log: a part of one, or all of it. */
static char *
query_figures(TraitsQuery *query, const List *numbers)
{
	const TcsTraits *traits = query->traits;
	const char *indent = traits->customers ? "    " : "";
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%sSELECT\n%s    o.%s AS customer", indent, indent, traits->log.customer);
	foreach(cell, numbers)
		appendStringInfo(&sql, ",\n%s    %s AS %s", indent, query_aggregate(query, lfirst_int(cell)),
						 quote_identifier(traits->set->traits[lfirst_int(cell)].name));
	appendStringInfo(&sql, "\n%sFROM ", indent);
	query_append_log(&sql, query, indent);
	appendStringInfo(&sql, "\n%sGROUP BY o.%s", indent, traits->log.customer);
	return sql.data;
}

char *
tcs_traits_query(const TcsTraits *traits)
{
	TraitsQuery query = {traits};
	List	   *numbers = query_order(traits);
	StringInfoData sql;
	char	   *figures;

	query.is_sorted = query_is_sorted(traits);
	query.prefix = query_prefix(traits->events);
	tcs_traits_compile(traits->set, traits->events, query.is_sorted ? "e" : "o", &query.texts);
	figures = query_figures(&query, numbers);

	initStringInfo(&sql);
	query_append_head(&sql, &query);
	if (traits->customers != NULL)
		query_append_customers(&sql, &query, numbers, figures);
	else
		appendStringInfo(&sql, "\n%s", figures);
	return sql.data;
}
