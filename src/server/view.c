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

/*
 * What reads the two, at any distance.  The status of a segmentation depends on
 * its source itself, not by its query.
 */
void
tcs_view_readers(Oid view, Oid table, char **segmentations, char **others)
{
	tcs_run(psprintf("WITH RECURSIVE reader AS (\n"
					 "    SELECT unnest(ARRAY[%u, %u]::oid[]) AS oid, NULL::oid AS status\n"
					 "    UNION\n"
					 "    SELECT COALESCE(r.ev_class, c.oid),\n"
					 "        CASE WHEN r.oid IS NULL AND c.relkind = 'v' AND c.relname LIKE '%%\\_status' THEN c.oid END\n"
					 "    FROM reader JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reader.oid AND d.deptype = 'n'\n"
					 "    LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid\n"
					 "    LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid\n"
					 "    WHERE r.oid IS NOT NULL OR c.oid IS NOT NULL\n"
					 "), named AS (\n"
					 "    SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(left(s.relname, -7)) AS segmentation,\n"
					 "        CASE WHEN s.oid IS NULL THEN reader.oid::regclass::text END AS other\n"
					 "    FROM reader LEFT JOIN pg_class AS s ON s.oid = status LEFT JOIN pg_namespace AS n ON n.oid = s.relnamespace\n"
					 "    WHERE reader.oid NOT IN (%u, %u)\n"
					 "        AND (status IS NOT NULL OR reader.oid NOT IN (SELECT status FROM reader WHERE status IS NOT NULL))\n"
					 ")\n"
					 "SELECT string_agg(segmentation, ', ' ORDER BY segmentation) FILTER (WHERE other IS NULL),\n"
					 "    string_agg(other, ', ' ORDER BY other)\n"
					 "FROM named",
					 view, table, view, table), SPI_OK_SELECT);
	*segmentations = tcs_result_text(0, 1);
	*others = tcs_result_text(0, 2);
}

void
tcs_view_refuse_used(Oid view, Oid table, const char *noun, const char *or_table)
{
	const char *name = get_rel_name(view);
	char	   *segmentations;
	char	   *others;

	tcs_view_readers(view, table, &segmentations, &others);
	if (segmentations != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("%s \"%s\" is the source of segmentations", noun, name),
				 errdetail("They are: %s.", segmentations),
				 errhint("Drop each first, with tcs.drop_segmentation.")));
	if (others != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("other relations read %s \"%s\"%s", noun, name, or_table),
				 errdetail("They are: %s.", others),
				 errhint("Drop these first.")));
}
