/*
 * drop_metrics.c
 *		drop_metrics: the view and the table that create_metrics made.
 */
#include "metrics/metrics.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_drop_metrics);

/* A few of the columns by which both are told from what has such a name. */
static const char *const view_column[] = {"rfm_cell", "days_since_last", "purchases"};
static const char *const table_column[] = {"fitted_at", "btyd", "spend"};

static bool
drop_has_columns(Oid relation, char kind, const char *const *columns)
{
	if (get_rel_relkind(relation) != kind)
		return false;
	for (int i = 0; i < 3; i++)
		if (get_attnum(relation, columns[i]) <= 0)
			return false;
	return true;
}

/* The table of the models; InvalidOid where it is gone. */
static Oid
drop_find_table(const char *name, Oid schema)
{
	Oid			table = get_relname_relid(psprintf("%s_model", name), schema);

	if (OidIsValid(table) && !drop_has_columns(table, RELKIND_RELATION, table_column))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s_model\" is not the table of the models of \"%s\"", name, name),
				 errhint("Drop the view with DROP VIEW, and rename that relation.")));
	return table;
}

/* argument: view */
Datum
tcs_drop_metrics(PG_FUNCTION_ARGS)
{
	Oid			view = PG_GETARG_OID(0);
	Oid			schema;
	Oid			table;
	char	   *name;
	char	   *schema_name;
	int			nest_level;

	PreventCommandIfReadOnly("tcs.drop_metrics()");
	LockRelationOid(view, AccessShareLock);
	name = get_rel_name(view);
	if (name == NULL || !drop_has_columns(view, RELKIND_VIEW, view_column))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 name == NULL ? errmsg("relation with OID %u does not exist", view) :
				 errmsg("\"%s\" is not a metrics view", name),
				 errhint("Give the name of a view that tcs.create_metrics made.")));
	if (!TCS_OWNS_RELATION(view, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, name);
	if (OidIsValid(tcs_metrics_kept(view)))
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("metrics view \"%s\" is kept", name),
				 errdetail("Its histories are in the table \"%s\".", get_rel_name(tcs_metrics_kept(view))),
				 errhint("Drop that first, with tcs.keep_metrics(view, false).")));
	schema = get_rel_namespace(view);
	schema_name = get_namespace_name_or_temp(schema);
	table = drop_find_table(name, schema);

	nest_level = tcs_view_begin();
	tcs_view_refuse_used(view, table, "metrics view", " or its models");
	tcs_run(psprintf("DROP VIEW %s", quote_qualified_identifier(schema_name, name)), SPI_OK_UTILITY);
	if (OidIsValid(table))
		tcs_run(psprintf("DROP TABLE %s",
						 quote_qualified_identifier(schema_name, get_rel_name(table))),
				SPI_OK_UTILITY);
	tcs_view_end(nest_level);
	PG_RETURN_VOID();
}
