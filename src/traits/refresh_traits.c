/*
 * refresh_traits.c
 *		refresh_traits: a view of traits made anew by the definitions as they are now.
 *
 * Columns that stay keep their place, and new ones come last: so the server
 * replaces the view, and whatever reads it goes on.  Where a column goes, or has
 * another type, it must be dropped and made again, with what it had beside its
 * query: owner, rights and options.
 */
#include "traits/traits_view.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_refresh_traits);

typedef struct TraitsRefresh
{
	Oid			view;
	const TcsTraitsMade *made;
	TcsTraits	traits;
	TupleDesc	before;
	TupleDesc	after;
	ReturnSetInfo *result;
	bool		fits;			/* can the server replace the view? */
	int			changes;
} TraitsRefresh;

/* The columns that a query has. */
static TupleDesc
refresh_query_columns(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	List	   *sources;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	sources = SPI_plan_get_plan_sources(plan);
	return linitial_node(CachedPlanSource, sources)->resultDesc;
}

static int
refresh_find_column(TupleDesc columns, const char *name)
{
	for (int i = 0; i < columns->natts; i++)
		if (!TupleDescAttr(columns, i)->attisdropped && strcmp(NameStr(TupleDescAttr(columns, i)->attname), name) == 0)
			return i;
	return -1;
}

static void
refresh_tell(TraitsRefresh *refresh, const char *trait, const char *change)
{
	Datum		values[2];
	bool		nulls[2] = {false, false};

	values[0] = CStringGetTextDatum(trait);
	values[1] = CStringGetTextDatum(change);
	tuplestore_putvalues(refresh->result->setResult, refresh->result->setDesc, values, nulls);
	refresh->changes++;
}

static bool
refresh_is_same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

/* Does the trait say what it said? */
static bool
refresh_is_same(const TraitsRefresh *refresh, const TcsTrait *trait)
{
	ListCell   *cell;

	if (!refresh_is_same_text(refresh->made->time_zone, refresh->traits.set->time_zone))
		return false;
	foreach(cell, refresh->made->defined)
	{
		const TcsTraitDefined *defined = lfirst(cell);

		if (strcmp(defined->trait, trait->name) == 0)
			return strcmp(defined->measure, trait->measure->name) == 0 &&
				refresh_is_same_text(defined->value, trait->value) &&
				refresh_is_same_text(defined->condition, trait->condition) &&
				refresh_is_same_text(defined->since, trait->since) &&
				refresh_is_same_text(defined->within, tcs_trait_span(trait->within)) &&
				refresh_is_same_text(defined->gap, tcs_trait_span(trait->gap)) &&
				refresh_is_same_text(defined->steps, tcs_trait_steps_text(trait->steps));
	}
	return false;
}

static bool
refresh_is_same_type(Form_pg_attribute left, Form_pg_attribute right)
{
	return left->atttypid == right->atttypid && left->atttypmod == right->atttypmod &&
		left->attcollation == right->attcollation;
}

/* Tell what is another, by the names of the columns that were and then of those that are. */
static void
refresh_compare(TraitsRefresh *refresh)
{
	const TcsTraitSet *set = refresh->traits.set;

	refresh->fits = true;
	for (int i = 0; i < refresh->before->natts; i++)
	{
		Form_pg_attribute before = TupleDescAttr(refresh->before, i);
		int			at = refresh_find_column(refresh->after, NameStr(before->attname));

		if (at < 0)
			refresh_tell(refresh, NameStr(before->attname), "removed");
		else if (!refresh_is_same_type(before, TupleDescAttr(refresh->after, at)))
			refresh_tell(refresh, NameStr(before->attname), "retyped");
		else
		{
			for (int j = 0; j < set->count; j++)
				if (strcmp(set->traits[j].name, NameStr(before->attname)) == 0 &&
					!refresh_is_same(refresh, &set->traits[j]))
					refresh_tell(refresh, set->traits[j].name, "changed");
			continue;
		}
		refresh->fits = false;
	}
	for (int i = 0; i < refresh->after->natts; i++)
		if (refresh_find_column(refresh->before, NameStr(TupleDescAttr(refresh->after, i)->attname)) < 0)
			refresh_tell(refresh, NameStr(TupleDescAttr(refresh->after, i)->attname), "added");
}

/* The statements that give a view what this one has beside its query. */
static List *
refresh_read_rights(Oid view, const char *name)
{
	List	   *statements = NIL;

	tcs_run(psprintf("SELECT statement FROM (\n"
					 "    SELECT 1 AS place, format('ALTER VIEW %%s SET (%%I = %%L)', %s, o.option_name, o.option_value) AS statement\n"
					 "    FROM pg_class AS c, pg_options_to_table(c.reloptions) AS o WHERE c.oid = %u\n"
					 "    UNION ALL\n"
					 "    SELECT 2, format('GRANT %%s%%s ON %%s TO %%s%%s', a.privilege_type,\n"
					 "        CASE WHEN t.attname IS NOT NULL THEN format(' (%%I)', t.attname) ELSE '' END, %s,\n"
					 "        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,\n"
					 "        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)\n"
					 "    FROM (SELECT oid, NULL::name AS attname, relowner, relacl AS acl FROM pg_class WHERE oid = %u\n"
					 "        UNION ALL SELECT attrelid, attname, 0, attacl FROM pg_attribute WHERE attrelid = %u AND attnum > 0) AS t,\n"
					 "        aclexplode(t.acl) AS a\n"
					 "    WHERE a.grantee <> (SELECT relowner FROM pg_class WHERE oid = %u)\n"
					 "    UNION ALL\n"
					 "    SELECT 3, format('ALTER VIEW %%s OWNER TO %%I', %s, pg_get_userbyid(c.relowner))\n"
					 "    FROM pg_class AS c WHERE c.oid = %u AND c.relowner <> '%u'::oid\n"
					 ") AS s ORDER BY place, statement",
					 quote_literal_cstr(name), view, quote_literal_cstr(name), view, view, view,
					 quote_literal_cstr(name), view, GetUserId()), SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
		statements = lappend(statements, tcs_result_text(i, 1));
	return statements;
}

/* Who reads the view is told: what it finds there is another now. */
static void
refresh_tell_readers(const TraitsRefresh *refresh)
{
	char	   *segmentations;
	char	   *others;

	if (refresh->changes == 0)
		return;
	tcs_view_readers(refresh->view, InvalidOid, &segmentations, &others);
	if (segmentations != NULL)
		ereport(NOTICE,
				(errmsg("segmentations are built on \"%s\"", get_rel_name(refresh->view)),
				 errdetail("They are: %s.", segmentations),
				 errhint("Their members are those of the old definitions until each is brought up to date with tcs.refresh_segmentation.")));
	if (others != NULL)
		ereport(NOTICE,
				(errmsg("other relations read \"%s\"", get_rel_name(refresh->view)),
				 errdetail("They are: %s.", others)));
}

static void
refresh_replace(TraitsRefresh *refresh, const char *query)
{
	const char *name = tcs_view_qualified(&refresh->traits.view);
	const char *temporary = refresh->traits.is_temporary ? "TEMPORARY " : "";
	List	   *statements = refresh_read_rights(refresh->view, name);
	ListCell   *cell;

	if (refresh->fits)
		refresh_tell_readers(refresh);
	else
	{
		tcs_view_refuse_used(refresh->view, InvalidOid, "view of traits", "");
		tcs_run(psprintf("DROP VIEW %s", name), SPI_OK_UTILITY);
	}
	tcs_run(psprintf("CREATE %s%sVIEW %s AS\n%s", refresh->fits ? "OR REPLACE " : "", temporary, name, query),
			SPI_OK_UTILITY);
	tcs_traits_comment(&refresh->traits);
	foreach(cell, statements)
		if (!refresh->fits || strncmp(lfirst(cell), "ALTER VIEW", strlen("ALTER VIEW")) == 0)
		tcs_run(lfirst(cell), SPI_OK_UTILITY);
}

/* Where the columns stand in the view. */
static void
refresh_read_view(TraitsRefresh *refresh)
{
	Relation	view = relation_open(refresh->view, AccessShareLock);

	refresh->before = CreateTupleDescCopy(RelationGetDescr(view));
	for (int i = 0; i < refresh->before->natts; i++)
		refresh->traits.order = lappend(refresh->traits.order,
										pstrdup(NameStr(TupleDescAttr(refresh->before, i)->attname)));
	relation_close(view, NoLock);
}

/* argument: view */
Datum
tcs_refresh_traits(PG_FUNCTION_ARGS)
{
	TraitsRefresh refresh = {PG_GETARG_OID(0)};
	TcsTraits  *traits = &refresh.traits;
	char	   *query;
	int			nest_level;

	PreventCommandIfReadOnly("tcs.refresh_traits()");
	InitMaterializedSRF(fcinfo, 0);
	refresh.result = (ReturnSetInfo *) fcinfo->resultinfo;
	refresh.made = tcs_traits_owned(refresh.view);
	tcs_traits_resolve(traits, refresh.made);
	traits->log.zone = quote_literal_cstr(refresh.made->zone);
	traits->set = tcs_traits_read(refresh.made->trait_set);
	traits->view.schema_oid = get_rel_namespace(refresh.view);
	traits->view.schema = get_namespace_name_or_temp(traits->view.schema_oid);
	traits->view.name = get_rel_name(refresh.view);
	refresh_read_view(&refresh);
	query = tcs_traits_query(traits);

	nest_level = tcs_view_begin();
	refresh.after = refresh_query_columns(query);
	refresh_compare(&refresh);
	if (refresh.changes > 0)
		refresh_replace(&refresh, query);
	tcs_view_end(nest_level);
	relation_close(traits->events, NoLock);
	return (Datum) 0;
}
