/*
 * period_view.c
 *		What the views by calendar period have in common: their arguments, and
 *		making and dropping one.
 *
 * Nothing of the user's enters the text but quoted identifiers and literals,
 * and none of it enters a comment, which a line break in a name would end.
 */
#include "periods/period_view.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"


/* the arguments that these functions have beside the log, by position */
enum
{
	ARG_PERIOD = TCS_ARG_OWN,
	ARG_AS_OF,
	ARG_BY,
	ARG_ORDER_ID,
	ARG_DIGITS
};

/* the names that the argument by gives: a text, or an array */
static void
period_by_names(FunctionCallInfo fcinfo, TcsPeriodView *view)
{
	Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, ARG_BY));
	Oid			element = get_base_element_type(type);
	Datum		given = PG_GETARG_DATUM(ARG_BY);
	Datum	   *names = &given;
	bool	   *nulls = NULL;
	int			count = 1;

	if (OidIsValid(element))
		element = getBaseType(element);
	if (OidIsValid(element) && (element == TEXTOID || element == NAMEOID || element == VARCHAROID))
	{
		type = element;
		tcs_array_elements(given, element, &names, &nulls, &count);
	}
	else if (type != TEXTOID && type != NAMEOID && type != VARCHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument \"by\" is of type %s", format_type_be(type)),
				 errhint("Give the name of a column, or several as ARRAY['country', 'channel'].")));
	if (count > TCS_BY_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("argument \"by\" names more than %d columns", TCS_BY_COLUMNS)));
	for (int i = 0; i < count; i++)
	{
		if (nulls && nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"by\" has a null among the names")));
		view->by[i] = type == NAMEOID ? pstrdup(NameStr(*DatumGetName(names[i]))) :
			TextDatumGetCString(names[i]);
	}
	view->by_count = count;
}

static bool
period_has_column(const TcsViewColumn *columns, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(columns[i].name, name) == 0)
			return true;
	return false;
}

/* One of the columns by which rows are told: there is one, and it can be sorted. */
static void
period_check_by(Relation orders, const TcsPeriodView *view, const TcsPeriodViewKind *kind, int number)
{
	const char *name = view->by[number];
	Form_pg_attribute column;

	if (name[0] == '{' && get_attnum(RelationGetRelid(orders), name) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", name,
						RelationGetRelationName(orders)),
				 errhint("Give several columns as an array: ARRAY['country', 'channel'].")));
	column = tcs_source_column(orders, name, "by");
	if (!OidIsValid(lookup_type_cache(column->atttypid, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" is of type %s", name,
						RelationGetRelationName(orders), format_type_be(column->atttypid)),
				 errdetail("It must be of a type whose values can be sorted."),
				 errhint("Convert it in a view over the relation, with %s::text for example, and name the view instead.",
						 quote_identifier(name))));
	for (int i = 0; i < number; i++)
		if (strcmp(view->by[i], name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("argument \"by\" names column \"%s\" twice", name)));
	if (strcmp(name, "level") == 0 ||
		period_has_column(kind->columns, kind->column_count, name) ||
		period_has_column(kind->revenue_columns, kind->revenue_column_count, name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" is called as a column of the view", name),
				 errdetail("It was given as \"by\"."),
				 errhint("Give it another name in a view over \"%s\", and name that view instead.",
						 RelationGetRelationName(orders))));
}

static void
period_read_by(FunctionCallInfo fcinfo, Relation orders, TcsPeriodView *view,
			   const TcsPeriodViewKind *kind)
{
	if (!tcs_has_argument(fcinfo, ARG_BY))
		return;
	period_by_names(fcinfo, view);
	for (int i = 0; i < view->by_count; i++)
		period_check_by(orders, view, kind, i);
}

static TcsPeriodView *
period_read_arguments(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	TcsPeriodView *view = palloc0(sizeof(TcsPeriodView));
	Relation	orders;

	orders = tcs_order_log_arguments(fcinfo, false, &view->log);
	view->period = tcs_period_argument(fcinfo, ARG_PERIOD);
	tcs_order_log_as_of(fcinfo, ARG_AS_OF, &view->log);
	period_read_by(fcinfo, orders, view, kind);
	if (tcs_has_argument(fcinfo, ARG_ORDER_ID))
	{
		Form_pg_attribute id = tcs_source_column(orders, NameStr(*PG_GETARG_NAME(ARG_ORDER_ID)),
												 "order_id");

		tcs_order_check_customer(orders, id);
		view->order_id = pstrdup(quote_identifier(NameStr(id->attname)));
	}
	view->digits = tcs_digits_argument(fcinfo, ARG_DIGITS);
	if (tcs_has_argument(fcinfo, TCS_ARG_NAME))
		tcs_view_name(&view->view, PG_GETARG_TEXT_PP(TCS_ARG_NAME),
					  orders->rd_rel->relpersistence == RELPERSISTENCE_TEMP);
	relation_close(orders, NoLock);
	return view;
}

static void
period_comment_columns(const TcsPeriodView *view, const TcsPeriodViewKind *kind)
{
	char	   *name = tcs_view_qualified(&view->view);

	for (int i = 0; i < view->by_count; i++)
		tcs_view_comment_column(name, view->by[i], kind->by_comment);
	if (view->by_count > 0)
		tcs_view_comment_column(name, "level",
								"by how many of the columns before it, from the first on, the row is told: 0 in the total of all, where they are NULL");
	if (view->log.amount)
		for (int i = 0; i < kind->revenue_column_count; i++)
			tcs_view_comment_column(name, kind->revenue_columns[i].name,
									kind->revenue_columns[i].comment);
}

Datum
tcs_period_view_create(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	TcsPeriodView *view;
	int			nest_level;

	tcs_view_check_call(fcinfo, psprintf("tcs.%s()", kind->function));
	view = period_read_arguments(fcinfo, kind);
	tcs_view_refuse_existing(&view->view, view->view.name, NULL);

	nest_level = tcs_view_begin();
	tcs_view_create(&view->view, kind->query(view),
					psprintf("%s; made from %s by the %s; days are those of the time zone %s; made by tcs.%s",
							 kind->comment, view->log.orders, tcs_period_name(view->period),
							 view->log.zone, kind->function),
					kind->columns, kind->column_count);
	period_comment_columns(view, kind);
	tcs_view_end(nest_level);

	PG_RETURN_OID(get_relname_relid(view->view.name, view->view.schema_oid));
}

Datum
tcs_period_view_sql(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	PG_RETURN_TEXT_P(cstring_to_text(kind->query(period_read_arguments(fcinfo, kind))));
}

/* A view of that kind is known by its columns: its comment is the owner's. */
Datum
tcs_period_view_drop(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	Relation	view;
	char	   *name;
	bool		ours;
	int			nest_level;

	if (PG_ARGISNULL(0))
		tcs_refuse_null("argument \"view\"", "Name the view that is to be dropped.");
	PreventCommandIfReadOnly(psprintf("tcs.%s()", kind->drop));
	view = tcs_source_open(PG_GETARG_OID(0), "view");
	ours = view->rd_rel->relkind == RELKIND_VIEW;
	for (int i = 0; i < kind->column_count && ours; i++)
		ours = get_attnum(RelationGetRelid(view), kind->columns[i].name) != InvalidAttrNumber;
	if (!ours)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not %s", RelationGetRelationName(view), kind->what),
				 errhint("tcs.%s drops what tcs.%s made.", kind->drop, kind->function)));
	name = tcs_source_name(view);
	relation_close(view, NoLock);

	nest_level = tcs_view_begin();
	tcs_run(psprintf("DROP VIEW %s", name), SPI_OK_UTILITY);
	tcs_view_end(nest_level);
	PG_RETURN_VOID();
}
