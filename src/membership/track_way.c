/*
 * track_way.c
 *		The way that a user gives, checked: columns, foreign keys, expressions.
 */
#include "membership/track_way.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

Datum
tcs_name_array(char **names, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		Name		name = palloc0(NAMEDATALEN);

		namestrcpy(name, names[i]);
		elements[i] = NameGetDatum(name);
	}
	return PointerGetDatum(construct_array(elements, count, NAMEOID, NAMEDATALEN, false,
										   TYPALIGN_CHAR));
}

static char **
way_read_names(Datum array, const char *argument, int *count)
{
	Datum	   *elements;
	bool	   *nulls;
	char	  **names;

	if (ARR_NDIM(DatumGetArrayTypeP(array)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must have one dimension", argument)));
	tcs_array_elements(array, NAMEOID, &elements, &nulls, count);
	names = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not have null elements", argument)));
		names[i] = pstrdup(NameStr(*DatumGetName(elements[i])));
	}
	if (*count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be empty", argument),
				 errhint("Name the columns, or leave the argument out where a foreign key tells.")));
	return names;
}

static AttrNumber
way_require_column(Oid relation, const char *column)
{
	AttrNumber	number = get_attnum(relation, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, get_rel_name(relation)),
				 errhint("Name the column that says whose row it is, or an expression such as tenant || ':' || id.")));
	return number;
}

/*
 * The type of an expression of the columns of a relation, which has to be a
 * plain one.  Analysed as the owner, who will run it.
 */
static Oid
way_expression_type(Oid relation, const char *expression)
{
	char	   *sql = psprintf("SELECT (%s) FROM ONLY %s AS d", expression,
							   quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
														  get_rel_name(relation)));
	List	   *raw;
	SelectStmt *select;
	Query	   *query;

	/*
	 * one expression by itself: not one that ends early and goes on as a
	 * query
	 */
	raw = raw_parser(expression, RAW_PARSE_PLPGSQL_EXPR);
	select = linitial_node(RawStmt, raw)->stmt != NULL &&
		IsA(linitial_node(RawStmt, raw)->stmt, SelectStmt) ?
		(SelectStmt *) linitial_node(RawStmt, raw)->stmt : NULL;
	if (list_length(raw) != 1 || select == NULL || list_length(select->targetList) != 1 ||
		select->fromClause != NIL || select->whereClause != NULL || select->groupClause != NIL ||
		select->sortClause != NIL || select->limitCount != NULL || select->limitOffset != NULL ||
		select->distinctClause != NIL || select->op != SETOP_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("key \"%s\" is not an expression", expression),
				 errhint("Give a column, or one expression of the columns of a row.")));
	raw = raw_parser(sql, RAW_PARSE_DEFAULT);
	PushActiveSnapshot(GetTransactionSnapshot());
	query = parse_analyze_fixedparams(linitial_node(RawStmt, raw), sql, NULL, 0, NULL);
	PopActiveSnapshot();
	if (query->hasAggs || query->hasWindowFuncs || query->hasTargetSRFs || query->hasSubLinks)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("key \"%s\" needs more than a row", expression),
				 errhint("Use no subquery, aggregate, window function or set here; a way to another table is what the argument through is for.")));
	return exprType((Node *) ((TargetEntry *) linitial(query->targetList))->expr);
}

/* The key, a column or an expression, must be of a type that serves. */
static void
way_check_key(TcsSegmentation *segmentation, Oid relation, const char *key)
{
	AttrNumber	number = get_attnum(relation, key);
	TcsOwnerScope scope;
	Oid			type;

	if (number > 0)
	{
		(void) tcs_key_cast(&segmentation->key, "key", get_atttype(relation, number),
							psprintf("column \"%s\" of relation \"%s\"", key,
									 get_rel_name(relation)));
		return;
	}
	if (!tcs_way_is_expression(key))
		(void) way_require_column(relation, key);
	tcs_owner_enter(&scope, segmentation->owner);
	type = way_expression_type(relation, key);
	tcs_owner_leave(&scope);
	if (type != segmentation->key.type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("key \"%s\" is of type %s, and the key of the segmentation of type %s",
						key, format_type_be(type), format_type_be(segmentation->key.type)),
				 errhint("Write (%s)::%s.", key, format_type_be(segmentation->key.type))));
}

/* The names of columns that a constraint has by number. */
static char **
way_constraint_columns(HeapTuple tuple, AttrNumber attribute, Relation constraints,
					   Oid relation, int *count)
{
	Datum		array = tcs_row_required(tuple, RelationGetDescr(constraints), attribute, INT2ARRAYOID);
	Datum	   *elements;
	char	  **names;

	tcs_array_elements(array, INT2OID, &elements, NULL, count);
	names = palloc(sizeof(char *) * *count);
	for (int i = 0; i < *count; i++)
		names[i] = get_attname(relation, DatumGetInt16(elements[i]), false);
	return names;
}

static bool
way_same_names(char **a, int a_count, char **b, int b_count)
{
	if (a_count != b_count)
		return false;
	for (int i = 0; i < a_count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

/*
 * The columns of the foreign key to the other table; by those that are given,
 * where they are.  The number of such keys is returned.
 */
static int
way_foreign_keys(TcsWay *way)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	  **columns = NULL;
	char	  **through_columns = NULL;
	int			columns_count = 0;
	int			found = 0;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(way->relation));
	scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		char	  **here;
		int			count;

		if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != way->through)
			continue;
		here = way_constraint_columns(tuple, Anum_pg_constraint_conkey, constraints,
									  way->relation, &count);
		if (way->columns != NULL && !way_same_names(here, count, way->columns, way->count))
			continue;
		columns = here;
		columns_count = count;
		through_columns = way_constraint_columns(tuple, Anum_pg_constraint_confkey, constraints,
												 way->through, &count);
		found++;
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	if (found == 1)
	{
		way->columns = columns;
		way->count = columns_count;
		way->through_columns = through_columns;
	}
	return found;
}

static void
way_find_columns(TcsWay *way, Datum columns, Datum through_columns)
{
	int			through_count;

	if (columns != (Datum) 0)
		way->columns = way_read_names(columns, "columns", &way->count);
	if (through_columns != (Datum) 0)
	{
		way->through_columns = way_read_names(through_columns, "through_columns", &through_count);
		if (way->columns == NULL || through_count != way->count)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("columns and through_columns must be as many"),
					 errhint("Name the columns of \"%s\" that lead to \"%s\", and those there that they are equal to.",
							 get_rel_name(way->relation), get_rel_name(way->through))));
	}
	else
	{
		int			found = way_foreign_keys(way);

		if (found == 0 && way->columns != NULL)
			way->through_columns = way->columns;
		else if (found != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 found == 0 ?
					 errmsg("\"%s\" has no foreign key to \"%s\"", get_rel_name(way->relation),
							get_rel_name(way->through)) :
					 errmsg("\"%s\" has several foreign keys to \"%s\"", get_rel_name(way->relation),
							get_rel_name(way->through)),
					 errhint("Name the columns: columns => '{order_id}', through_columns => '{id}' for example.")));
	}
	for (int i = 0; i < way->count; i++)
	{
		(void) way_require_column(way->relation, way->columns[i]);
		(void) way_require_column(way->through, way->through_columns[i]);
	}
}

/* Would it work?  Whoever uses it later is not to find out. */
static void
way_try(TcsSegmentation *segmentation, const TcsWay *way)
{
	TcsOwnerScope scope;
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {PointerGetDatum(construct_empty_array(TEXTOID))};

	tcs_owner_enter(&scope, segmentation->owner);
	SPI_connect();
	tcs_run_with(tcs_way_keys(segmentation, way), lengthof(types), types, values, NULL,
				 SPI_OK_SELECT);
	SPI_finish();
	tcs_owner_leave(&scope);
}

TcsWay *
tcs_way_find(TcsSegmentation *segmentation, Oid relation, const char *key, Oid through,
			 Datum columns, Datum through_columns)
{
	TcsWay	   *way = palloc0(sizeof(TcsWay));

	way->relation = relation;
	way->key = pstrdup(key);
	way->through = through;
	if (!OidIsValid(through))
	{
		if (columns != (Datum) 0 || through_columns != (Datum) 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("columns lead somewhere, and argument \"through\" does not say where"),
					 errhint("Name the table that they lead to.")));
		way_check_key(segmentation, relation, key);
		return way;
	}
	if (get_rel_name(through) == NULL)
		tcs_relation_missing(through, NULL);
	if (through == relation)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" cannot be tracked through itself", get_rel_name(relation)),
				 errhint("Leave out the argument \"through\": the table has the key itself.")));
	way_check_key(segmentation, through, key);
	way_find_columns(way, columns, through_columns);
	way_try(segmentation, way);
	return way;
}
