/*
 * erase_customer.c
 *		erase_customer: all that a segmentation knows of somebody, taken out.
 *
 * Locks are taken in the order of a refresh, the state first, then the rows of
 * the customer: so a refresh or an order that is at work is waited for, and what
 * it wrote goes too.  It must work where a refresh would not, with a source that
 * is gone or fails.
 */
#include "membership/by_hand.h"
#include "membership/guard.h"
#include "membership/refresh.h"
#include "membership/way.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_erase_customer);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_KEY,
	ARG_CONSENTS
};

typedef struct Erasure
{
	TcsSegmentation *segmentation;
	Datum		keys;			/* of the customer, earlier ones too */
	bool		is_in_source;
} Erasure;

/* Keys are erased by who could delete the row of a customer, were that allowed. */
static void
check_delete(Oid relation, const char *name)
{
	if (pg_class_aclcheck(relation, GetUserId(), ACL_DELETE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", get_rel_name(relation)),
				 errhint("GRANT DELETE ON TABLE %s lets a role erase customers.", name)));
}

static void
look_into_source(void *arg)
{
	Erasure    *erasure = arg;
	TcsSegmentation *segmentation = erasure->segmentation;
	Oid			types[] = {segmentation->key.array_type};

	tcs_segmentation_read(segmentation, false);
	SPI_connect();
	tcs_run_with(psprintf("SELECT FROM %s AS s WHERE s.%s %s ANY ($1) LIMIT 1",
						  segmentation->source, segmentation->key_column,
						  segmentation->key.equals),
				 1, types, &erasure->keys, NULL, SPI_OK_SELECT);
	erasure->is_in_source = SPI_processed > 0;
	SPI_finish();
}

/* What waits may lead to the customer by way of another table. */
static void
resolve_queue(void *arg)
{
	tcs_queue_resolve(((Erasure *) arg)->segmentation, 0);
}

static void
try_and_forget(void (*function) (void *), Erasure *erasure)
{
	ErrorData  *error;

	if (!tcs_try(function, erasure, false, &error))
		FreeErrorData(error);
}

/* A statement about the keys, $1; how many rows. */
static uint64
run_for_keys(const Erasure *erasure, const char *sql, int expected)
{
	Oid			types[] = {erasure->segmentation->key.array_type};
	Datum		keys = erasure->keys;
	uint64		count;

	SPI_connect();
	tcs_run_with(sql, 1, types, &keys, NULL, expected);
	count = SPI_processed;
	SPI_finish();
	return count;
}

/* Make the rows ours: a new one that another transaction is about to make, too. */
static void
lock_customer(const Erasure *erasure)
{
	tcs_guard_open(erasure->segmentation, TCS_GUARD_INSERT | TCS_GUARD_UPDATE, 0);
	(void) run_for_keys(erasure,
						psprintf("INSERT INTO %s AS i (key, since) SELECT k, '-infinity' FROM unnest($1) AS k\n"
								 "ORDER BY k ON CONFLICT (key) DO UPDATE SET since = i.since",
								 erasure->segmentation->into),
						SPI_OK_INSERT);
	tcs_guard_close();
}

/* How many moves there were. */
static uint64
erase_rows(const Erasure *erasure)
{
	const TcsSegmentation *segmentation = erasure->segmentation;
	const char *equals = segmentation->key.equals;
	static const TcsPart part[] = {TCS_PART_QUEUE, TCS_PART_PINS};
	uint64		moves;

	tcs_guard_open(segmentation, TCS_GUARD_DELETE, TCS_GUARD_DELETE);
	moves = run_for_keys(erasure, psprintf("DELETE FROM %s AS m WHERE m.key %s ANY ($1)",
										   segmentation->part[TCS_PART_MOVES], equals),
						 SPI_OK_DELETE);
	(void) run_for_keys(erasure, psprintf("DELETE FROM %s AS i WHERE i.key %s ANY ($1)",
										  segmentation->into, equals),
						SPI_OK_DELETE);
	tcs_guard_close();
	for (int i = 0; i < lengthof(part); i++)
		(void) run_for_keys(erasure, psprintf("DELETE FROM %s AS t WHERE t.key %s ANY ($1)",
											  segmentation->part[part[i]], equals),
							SPI_OK_DELETE);
	/* a message that only looks as if it named the key is no loss */
	(void) run_for_keys(erasure, psprintf("UPDATE %s AS s SET last_error = NULL, last_error_state = NULL, last_error_at = NULL\n"
										  "WHERE EXISTS (SELECT FROM unnest($1) AS k WHERE strpos(s.last_error, format('%%s', k)) > 0)",
										  segmentation->part[TCS_PART_STATE]),
						SPI_OK_UPDATE);
	(void) run_for_keys(erasure, psprintf("UPDATE %s AS q SET error = NULL, error_state = NULL\n"
										  "WHERE EXISTS (SELECT FROM unnest($1) AS k WHERE strpos(q.error, format('%%s', k)) > 0)",
										  segmentation->part[TCS_PART_QUEUE]),
						SPI_OK_UPDATE);
	return moves;
}

static void
check_consents(const TcsSegmentation *segmentation, Oid consents)
{
	char	   *name = get_rel_name(consents);
	static const char *const column[] = {"customer", "purpose", "given_at", "withdrawn_at"};

	if (name == NULL)
		tcs_relation_missing(consents, NULL);
	check_delete(consents, quote_identifier(name));
	for (int i = 0; i < lengthof(column); i++)
		if (get_attnum(consents, column[i]) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table of consents", name),
					 errhint("Give the name of a table that tcs.create_consents made.")));
	if (!tcs_type_is_trusted(segmentation->key.type))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("keys of type %s are compared by code of its owner",
						format_type_be(segmentation->key.type)),
				 errhint("Delete the customer's rows of \"%s\" with DELETE.", name)));
}

/*
 * As the caller, as a DELETE would: triggers there may be of the kind that waits
 * for the commit, which an owner's scope does not see.
 */
static void
erase_consents(const Erasure *erasure, Oid consents)
{
	int			nest_level = NewGUCNestLevel();

	tcs_pin_setting("search_path", "pg_catalog, pg_temp");
	(void) run_for_keys(erasure,
						psprintf("DELETE FROM %s AS c WHERE c.customer %s ANY ($1)",
								 quote_qualified_identifier(get_namespace_name(get_rel_namespace(consents)),
															get_rel_name(consents)),
								 erasure->segmentation->key.equals),
						SPI_OK_DELETE);
	AtEOXact_GUC(true, nest_level);
}

static Erasure
begin_erasure(FunctionCallInfo fcinfo, TcsOwnerScope *scope)
{
	Erasure		erasure = {NULL};
	TcsSegmentation *segmentation;

	tcs_hand_require(fcinfo, ARG_INTO, "into");
	tcs_hand_require(fcinfo, ARG_KEY, "key");
	tcs_check_can_refresh("tcs.erase_customer()");
	erasure.keys = tcs_hand_key(fcinfo, ARG_KEY);
	erasure.segmentation = segmentation = tcs_segmentation_open(PG_GETARG_OID(ARG_INTO));
	check_delete(segmentation->oid, segmentation->into);
	if (!PG_ARGISNULL(ARG_CONSENTS))
		check_consents(segmentation, PG_GETARG_OID(ARG_CONSENTS));
	tcs_owner_enter(scope, segmentation->owner);
	SPI_connect();
	tcs_run(psprintf("SELECT FROM %s FOR UPDATE", segmentation->part[TCS_PART_STATE]),
			SPI_OK_SELECT);
	SPI_finish();
	erasure.keys = tcs_hand_earlier_keys(segmentation, erasure.keys);
	return erasure;
}

/* arguments: into, key, consents */
Datum
tcs_erase_customer(PG_FUNCTION_ARGS)
{
	TcsOwnerScope scope;
	Erasure		erasure = begin_erasure(fcinfo, &scope);
	TcsSegmentation *segmentation = erasure.segmentation;
	uint64		moves;

	/*
	 * before the rows are ours, as whoever truncates a table of the source
	 * does
	 */
	try_and_forget(look_into_source, &erasure);
	try_and_forget(resolve_queue, &erasure);
	lock_customer(&erasure);
	moves = erase_rows(&erasure);
	tcs_owner_leave(&scope);
	if (!PG_ARGISNULL(ARG_CONSENTS))
		erase_consents(&erasure, PG_GETARG_OID(ARG_CONSENTS));
	if (erasure.is_in_source)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("the source of segmentation \"%s\" still has the customer",
						segmentation->name),
				 errhint("The next order or refresh brings the customer back: delete first what %s reads.",
						 segmentation->source)));
	PG_RETURN_INT64((int64) moves);
}
