/*
 * create_traits.c
 *		create_traits, traits_sql and drop_traits: a view of traits, its text, and
 *		its end.
 */
#include "traits/traits_view.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "metrics/metrics.h"

PG_FUNCTION_INFO_V1(tcs_create_traits);
PG_FUNCTION_INFO_V1(tcs_traits_sql);
PG_FUNCTION_INFO_V1(tcs_drop_traits);

/* The arguments by position, of traits_sql; create_traits has the name before them. */
enum
{
	ARG_EVENTS,
	ARG_CUSTOMER,
	ARG_AT,
	ARG_TRAIT_SET,
	ARG_ZONE,
	ARG_CUSTOMERS,
	ARG_CUSTOMERS_KEY,
	ARG_AS_OF
};

/* The log and the customers, looked up and checked; a temporary one makes the view temporary. */
void
tcs_traits_resolve(TcsTraits *traits, const TcsTraitsMade *made)
{
	Form_pg_attribute customer;
	Form_pg_attribute at;
	Relation	customers;
	Form_pg_attribute key;

	traits->events = tcs_source_open(made->events, "events");
	customer = tcs_source_column(traits->events, made->customer, "customer");
	at = tcs_source_column(traits->events, made->at, "at");
	tcs_order_check_customer(traits->events, customer);
	traits->can_sort = OidIsValid(lookup_type_cache(customer->atttypid, TYPECACHE_LT_OPR)->lt_opr);
	traits->log.at_type = tcs_order_check_at(traits->events, at);
	traits->log.orders = tcs_source_name(traits->events);
	traits->log.customer = pstrdup(quote_identifier(NameStr(customer->attname)));
	traits->log.at = pstrdup(quote_identifier(NameStr(at->attname)));
	traits->log.has_as_of = made->has_as_of;
	traits->log.as_of = made->as_of;
	traits->is_temporary = traits->events->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
	if (!OidIsValid(made->customers))
		return;
	customers = tcs_source_open(made->customers, "customers");
	key = made->customers_key ? tcs_source_column(customers, made->customers_key, "customers_key") :
		tcs_metrics_primary_key(customers);
	traits->customers = tcs_source_name(customers);
	traits->customers_key = pstrdup(quote_identifier(NameStr(key->attname)));
	traits->equals = tcs_metrics_equality(traits->events, customer, customers, key);
	traits->is_temporary = traits->is_temporary || customers->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
	relation_close(customers, NoLock);
}

/* Read the arguments, of which so many come before the log. */
static TcsTraits *
traits_arguments(FunctionCallInfo fcinfo, int before)
{
	static const char *const required[] = {"events", "customer", "at", "trait_set"};
	TcsTraits  *traits = palloc0(sizeof(TcsTraits));
	TcsTraitsMade made = {0};

	for (int i = 0; i < lengthof(required); i++)
		if (!tcs_has_argument(fcinfo, before + i))
			tcs_refuse_null(psprintf("argument \"%s\"", required[i]),
							"The arguments events, customer, at and trait_set say what is to be made of which log.");
	made.events = PG_GETARG_OID(before + ARG_EVENTS);
	made.customer = NameStr(*PG_GETARG_NAME(before + ARG_CUSTOMER));
	made.at = NameStr(*PG_GETARG_NAME(before + ARG_AT));
	if (tcs_has_argument(fcinfo, before + ARG_CUSTOMERS))
		made.customers = PG_GETARG_OID(before + ARG_CUSTOMERS);
	if (tcs_has_argument(fcinfo, before + ARG_CUSTOMERS_KEY))
	{
		if (!OidIsValid(made.customers))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"customers_key\" was given without \"customers\""),
					 errhint("Name the table of the customers in \"customers\".")));
		made.customers_key = NameStr(*PG_GETARG_NAME(before + ARG_CUSTOMERS_KEY));
	}
	tcs_traits_resolve(traits, &made);
	traits->log.zone = tcs_zone_literal(fcinfo, before + ARG_ZONE);
	tcs_order_log_as_of(fcinfo, before + ARG_AS_OF, &traits->log);
	traits->set = tcs_traits_read(text_to_cstring(PG_GETARG_TEXT_PP(before + ARG_TRAIT_SET)));
	return traits;
}

/* What a column holds, in words. */
static char *
trait_words(const TcsTrait *trait)
{
	StringInfoData words;

	initStringInfo(&words);
	if (trait->description != NULL)
		appendStringInfo(&words, "%s: ", trait->description);
	if (strcmp(trait->measure->name, "count") == 0 || trait->value == NULL)
		appendStringInfo(&words, "%s of the events", trait->measure->words);
	else
		appendStringInfo(&words, "%s of %s", trait->measure->words, trait->value);
	if (trait->value != NULL && strcmp(trait->measure->name, "count") == 0)
		appendStringInfo(&words, " that have %s", trait->value);
	if (trait->condition != NULL)
		appendStringInfo(&words, ", where %s", trait->condition);
	if (trait->within != NULL)
		appendStringInfo(&words, ", within %s", tcs_trait_span(trait->within));
	if (trait->gap != NULL)
		appendStringInfo(&words, trait->steps ? ", all within %s" : ", pauses of at most %s", tcs_trait_span(trait->gap));
	if (trait->steps != NIL)
		appendStringInfo(&words, ", the steps being %s", tcs_trait_steps_text(trait->steps));
	if (trait->since != NULL)
		appendStringInfo(&words, ", since the last event where %s", trait->since);
	return words.data;
}

void
tcs_traits_comment(const TcsTraits *traits)
{
	const TcsOrderLog *log = &traits->log;
	const char *name = tcs_view_qualified(&traits->view);

	tcs_view_comment(psprintf("VIEW %s", name),
					 psprintf("traits of customers from %s, by the trait set %s, one row per customer, as of %s; days are those of the time zone %s; made by tcs.create_traits",
							  log->orders, quote_literal_cstr(traits->set->name),
							  log->has_as_of ? tcs_order_as_of(log) : "now", log->zone));
	tcs_view_comment_column(name, "customer", "who: the key in the log, or in the customers where those were given");
	for (int i = 0; i < traits->set->count; i++)
		tcs_view_comment_column(name, traits->set->traits[i].name, trait_words(&traits->set->traits[i]));
}

/* name, then as traits_sql */
Datum
tcs_create_traits(PG_FUNCTION_ARGS)
{
	TcsTraits  *traits;
	char	   *query;
	int			nest_level;

	tcs_view_check_call(fcinfo, "tcs.create_traits()");
	traits = traits_arguments(fcinfo, 1);
	tcs_view_name(&traits->view, PG_GETARG_TEXT_PP(0), traits->is_temporary);
	tcs_view_refuse_existing(&traits->view, traits->view.name, NULL);
	query = tcs_traits_query(traits);

	nest_level = tcs_view_begin();
	tcs_run(psprintf("CREATE %sVIEW %s AS\n%s", traits->is_temporary ? "TEMPORARY " : "",
					 tcs_view_qualified(&traits->view), query),
			SPI_OK_UTILITY);
	tcs_traits_comment(traits);
	tcs_view_end(nest_level);
	relation_close(traits->events, NoLock);
	PG_RETURN_OID(get_relname_relid(traits->view.name, traits->view.schema_oid));
}

/* arguments: events, customer, at, trait_set, zone, customers, customers_key, as_of */
Datum
tcs_traits_sql(PG_FUNCTION_ARGS)
{
	TcsTraits  *traits = traits_arguments(fcinfo, 0);
	char	   *query = tcs_traits_query(traits);

	relation_close(traits->events, NoLock);
	PG_RETURN_TEXT_P(cstring_to_text(query));
}

TcsTraitsMade *
tcs_traits_owned(Oid view)
{
	TcsTraitsMade *made;
	const char *name;

	LockRelationOid(view, AccessShareLock);
	name = get_rel_name(view);
	made = name ? tcs_traits_made(view) : NULL;
	if (made == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 name == NULL ? errmsg("relation with OID %u does not exist", view) :
				 errmsg("\"%s\" is not a view of traits", name),
				 errhint("Give the name of a view that tcs.create_traits made.")));
	if (!TCS_OWNS_RELATION(view, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, name);
	return made;
}

/* argument: view */
Datum
tcs_drop_traits(PG_FUNCTION_ARGS)
{
	Oid			view = PG_GETARG_OID(0);
	int			nest_level;

	PreventCommandIfReadOnly("tcs.drop_traits()");
	(void) tcs_traits_owned(view);
	nest_level = tcs_view_begin();
	tcs_view_refuse_used(view, InvalidOid, "view of traits", "");
	tcs_run(psprintf("DROP VIEW %s",
					 quote_qualified_identifier(get_namespace_name_or_temp(get_rel_namespace(view)), get_rel_name(view))),
			SPI_OK_UTILITY);
	tcs_view_end(nest_level);
	PG_RETURN_VOID();
}
