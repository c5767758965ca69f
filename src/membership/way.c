/*
 * way.c
 *		The way from a row of a tracked table to the customers it is about.
 *
 * A row knows its customer by a column, or by an expression of its columns; or
 * it leads to a row of another table, which knows: a line to its order.  Then
 * what is kept of a change is what leads there, as text, and who that is about
 * is found out when the segments are computed: the order may belong to somebody
 * else by then.  (Whoever it belonged to before is known from the trigger of the
 * orders, which must be tracked as well.)
 */
#include "membership/way.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The names in a column that holds an array of them. */
static char **
way_names(uint64 row, int column, int *count, MemoryContext context)
{
	bool		isnull;
	Datum		array = tcs_result(row, column, NAMEARRAYOID, &isnull);
	Datum	   *elements;
	char	  **names;
	MemoryContext old;

	*count = 0;
	if (isnull)
		return NULL;
	tcs_array_elements(array, NAMEOID, &elements, NULL, count);
	old = MemoryContextSwitchTo(context);
	names = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		names[i] = pstrdup(NameStr(*DatumGetName(elements[i])));
	MemoryContextSwitchTo(old);
	return names;
}

TcsWay *
tcs_way_read(const TcsSegmentation *segmentation, Oid relation)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {REGCLASSOID};
	Datum		values[] = {ObjectIdGetDatum(relation)};
	TcsWay	   *way = NULL;
	bool		isnull;
	int			columns;

	SPI_connect();
	tcs_run_kept(psprintf("SELECT key, through, columns, through_columns FROM %s WHERE relation = $1",
						  segmentation->part[TCS_PART_TRACKED]),
				 segmentation->oid, lengthof(types), types, values, SPI_OK_SELECT);
	if (SPI_processed > 0)
	{
		way = MemoryContextAllocZero(context, sizeof(TcsWay));
		way->relation = relation;
		way->key = MemoryContextStrdup(context,
									   TextDatumGetCString(tcs_result_value(0, 1, TEXTOID)));
		way->through = DatumGetObjectId(tcs_result(0, 2, REGCLASSOID, &isnull));
		if (isnull)
			way->through = InvalidOid;
		way->columns = way_names(0, 3, &columns, context);
		way->through_columns = way_names(0, 4, &way->count, context);
		if (columns != way->count || (OidIsValid(way->through) && way->count == 0))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("table %s says by which columns \"%s\" is reached, and these are not as many on both sides",
							segmentation->part[TCS_PART_TRACKED], get_rel_name(relation)),
					 errhint("Call tcs.track_segmentation again.")));
	}
	SPI_finish();
	return way;
}

/* The number of a column; an error where it is gone. */
static AttrNumber
way_column(Oid relation, const char *column)
{
	AttrNumber	number = get_attnum(relation, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, get_rel_name(relation)),
				 errhint("Call tcs.track_segmentation with the name that the column has now.")));
	return number;
}

char *
tcs_way_key(const TcsSegmentation *segmentation, Oid relation, const char *key,
			const char *alias)
{
	AttrNumber	number = get_attnum(relation, key);

	if (number > 0)
		return tcs_key_cast(&segmentation->key,
							psprintf("%s.%s", alias, quote_identifier(key)),
							get_atttype(relation, number),
							psprintf("column \"%s\" of relation \"%s\"", key,
									 get_rel_name(relation)));
	if (!tcs_way_is_expression(key))
		(void) way_column(relation, key);
	return psprintf("(%s)", key);
}

bool
tcs_way_is_expression(const char *key)
{
	/* no column that one would name without meaning one has any of these */
	return strpbrk(key, "|(+:*/%'") != NULL;
}

char *
tcs_way_via(const TcsWay *way, const char *alias)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < way->count; i++)
	{
		(void) way_column(way->relation, way->columns[i]);
		appendStringInfo(&sql, "%s%s.%s::text", i == 0 ? "ARRAY[" : ", ", alias,
						 quote_identifier(way->columns[i]));
	}
	appendStringInfoChar(&sql, ']');
	return sql.data;
}

char *
tcs_way_has_via(const TcsWay *way, const char *alias)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < way->count; i++)
		appendStringInfo(&sql, "%s%s.%s IS NOT NULL", i == 0 ? "" : " AND ", alias,
						 quote_identifier(way->columns[i]));
	return sql.data;
}

/*
 * One row leads to few: so the other table is looked up for each of them, by
 * an index if it has one.  The comparison is of the column there with one of
 * the type that the column here has.
 */
char *
tcs_way_keys(const TcsSegmentation *segmentation, const TcsWay *way)
{
	StringInfoData sql;
	char	   *name = get_rel_name(way->through);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table through which \"%s\" is tracked does not exist any more",
						get_rel_name(way->relation)),
				 errhint("Call tcs.track_segmentation again, or tcs.untrack_segmentation.")));
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT t.key FROM generate_subscripts($1, 1) AS v (row)\n"
					 "CROSS JOIN LATERAL (SELECT %s AS key FROM %s AS t\n    WHERE ",
					 tcs_way_key(segmentation, way->through, way->key, "t"),
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(way->through)),
												name));
	for (int i = 0; i < way->count; i++)
	{
		Oid			type = get_atttype(way->relation,
									   way_column(way->relation, way->columns[i]));

		(void) way_column(way->through, way->through_columns[i]);
		appendStringInfo(&sql, "%st.%s = ($1)[v.row][%d]::%s", i == 0 ? "" : " AND ",
						 quote_identifier(way->through_columns[i]), i + 1,
						 format_type_extended(getBaseType(type), -1,
											  FORMAT_TYPE_TYPEMOD_GIVEN |
											  FORMAT_TYPE_FORCE_QUALIFY));
	}
	appendStringInfoString(&sql, " OFFSET 0) AS t");
	return sql.data;
}
