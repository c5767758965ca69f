/*
 * view.c
 *		Making a view in the caller's schema.
 *
 * Everything is done through SQL as the caller, so that the server checks the
 * rights and records owners and dependencies as if it had been typed.
 */
#include "server/view.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

void
tcs_view_name(TcsView *view, text *name, bool temporary)
{
	RangeVar   *given = makeRangeVarFromNameList(textToQualifiedNameList(name));

	if (temporary && given->schemaname == NULL)
		given->schemaname = "pg_temp";
	view->schema_oid = RangeVarGetCreationNamespace(given);
	view->schema = get_namespace_name_or_temp(view->schema_oid);
	view->name = given->relname;
}

void
tcs_view_check_call(FunctionCallInfo fcinfo, const char *function)
{
	if (PG_ARGISNULL(0))
		tcs_refuse_null("argument \"name\"", "Give the view that is to be made a name.");
	PreventCommandIfReadOnly(function);
}

void
tcs_view_refuse_existing(const TcsView *view, const char *name, const char *detail)
{
	if (OidIsValid(get_relname_relid(name, view->schema_oid)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists in schema \"%s\"",
						name, view->schema),
				 detail ? errdetail("%s", detail) : 0,
				 detail ? errhint("Give another name, or drop the view and then the table.") :
				 errhint("Give another name, or drop the view.")));
}

char *
tcs_view_qualified(const TcsView *view)
{
	return quote_qualified_identifier(view->schema, view->name);
}

void
tcs_view_create(const TcsView *view, const char *query, const char *comment,
				const TcsViewColumn *columns, int count)
{
	char	   *name = tcs_view_qualified(view);

	tcs_run(psprintf("CREATE %sVIEW %s AS\n%s",
					 isTempNamespace(view->schema_oid) ? "TEMPORARY " : "",
					 name, query),
			SPI_OK_UTILITY);
	tcs_view_comment(psprintf("VIEW %s", name), comment);
	for (int i = 0; i < count; i++)
		tcs_view_comment_column(name, columns[i].name, columns[i].comment);
}

void
tcs_view_comment(const char *object, const char *comment)
{
	tcs_run(psprintf("COMMENT ON %s IS %s", object, quote_literal_cstr(comment)),
			SPI_OK_UTILITY);
}

void
tcs_view_comment_column(const char *relation, const char *column, const char *comment)
{
	tcs_view_comment(psprintf("COLUMN %s.%s", relation, quote_identifier(column)), comment);
}

int
tcs_view_begin(void)
{
	int			nest_level = NewGUCNestLevel();

	tcs_pin_setting("search_path", "pg_catalog, pg_temp");
	SPI_connect();
	return nest_level;
}

void
tcs_view_end(int nest_level)
{
	SPI_finish();
	AtEOXact_GUC(true, nest_level);
}
