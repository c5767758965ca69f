/*
 * segment_reason.c
 *		segment_reason: why a customer is in a segment, by hand or by a rule.
 *
 * The rules are asked as the owner, as a refresh asks them, so that nobody runs
 * the code of somebody else's source with rights of his own.  What they tell of
 * the row is for those who may read it, though: who may not hears of the pins
 * and of the segment.
 */
#include "membership/by_hand.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

PG_FUNCTION_INFO_V1(tcs_segment_reason);

/* the types of the columns of the answer */
static const Oid column_type[] = {
	TEXTOID, INT4OID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID
};

/* Does the source show the caller what it shows the owner? */
static bool
is_same_for_all(Oid source, Oid caller)
{
	Relation	relation = relation_open(source, AccessShareLock);
	bool		same = relation->rd_rel->relkind != RELKIND_VIEW ||
	!RelationHasSecurityInvoker(relation);

	relation_close(relation, AccessShareLock);
	return same && check_enable_rls(source, caller, true) != RLS_ENABLED;
}

static char *
reason_query(const TcsSegmentation *segmentation, bool may_read)
{
	const char *equals = segmentation->key.equals;
	char	   *rules;

	if (may_read)
		rules = psprintf("SELECT e.priority, e.segment, e.matched, coalesce(e.reason, 'all of the condition is true') AS reason\n"
						 "    FROM %s AS s, tcs.segment_explain(%s, s.*) AS e\n"
						 "    WHERE s.%s %s ANY ($1) AND e.priority IS NOT NULL",
						 segmentation->source, segmentation->rule_set,
						 segmentation->key_column, equals);
	else
		rules = psprintf("SELECT NULL::integer AS priority, i.segment, true AS matched, NULL AS reason\n"
						 "    FROM %s AS i WHERE i.key %s ANY ($1)", segmentation->into, equals);
	return psprintf("WITH pin AS MATERIALIZED (\n"
					"    SELECT p.* FROM %s AS p\n"
					"    WHERE p.key %s ANY ($1) AND (p.until IS NULL OR p.until > now())\n"
					"), rule AS MATERIALIZED (\n"
					"    %s\n"
					"), decisive AS (\n"
					"    SELECT min(r.priority) AS priority FROM rule AS r\n"
					"    WHERE r.matched AND NOT EXISTS (SELECT FROM pin AS p WHERE p.barred AND p.segment = r.segment)\n"
					"), said AS (\n"
					"    SELECT 1 AS place, CASE WHEN barred THEN 'barred' ELSE 'pinned' END AS kind, NULL::integer AS priority,\n"
					"        segment, NOT barred AS decisive, reason, set_by, since, until FROM pin\n"
					"    UNION ALL\n"
					"    SELECT 2, 'rule', r.priority, r.segment, r.priority IS NOT DISTINCT FROM d.priority\n"
					"        AND NOT EXISTS (SELECT FROM pin WHERE NOT barred), r.reason, NULL, NULL, NULL\n"
					"    FROM rule AS r, decisive AS d\n"
					"    UNION ALL\n"
					"    SELECT 3, 'default', NULL, s.default_segment, NOT EXISTS (SELECT FROM pin WHERE NOT barred OR segment = s.default_segment),\n"
					"        NULL, NULL, NULL, NULL\n"
					"    FROM tcs.rule_set AS s, decisive AS d WHERE s.name = %s AND d.priority IS NULL AND %s\n"
					")\n"
					"SELECT kind, priority, segment, decisive, reason, set_by, since, until\n"
					"FROM said ORDER BY place, kind DESC, priority, segment, reason",
					segmentation->part[TCS_PART_PINS], equals, rules, segmentation->rule_set,
					may_read ? "true" : "false");
}

/* arguments: into, key */
Datum
tcs_segment_reason(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation = tcs_segmentation_open(PG_GETARG_OID(0));
	TcsOwnerScope scope;
	Oid			caller = GetUserId();
	Datum		keys = tcs_hand_key(fcinfo, 1);
	Oid			types[1];
	char	   *segment;
	bool		may_read;

	tcs_hand_check_select(segmentation->oid);
	tcs_hand_check_select(segmentation->part_oid[TCS_PART_PINS]);
	InitMaterializedSRF(fcinfo, 0);
	tcs_owner_enter(&scope, segmentation->owner);
	tcs_segmentation_read(segmentation, false);
	may_read = has_privs_of_role(caller, segmentation->owner) ||
		(pg_class_aclcheck(segmentation->source_oid, caller, ACL_SELECT) == ACLCHECK_OK &&
		 is_same_for_all(segmentation->source_oid, caller));
	if (!tcs_hand_segment(segmentation, keys, &segment))
		tcs_hand_report_missing(segmentation, keys);
	types[0] = segmentation->key.array_type;
	SPI_connect();
	tcs_run_with(reason_query(segmentation, may_read), 1, types, &keys, NULL, SPI_OK_SELECT);
	tcs_hand_return_rows(fcinfo, column_type, lengthof(column_type));
	SPI_finish();
	tcs_owner_leave(&scope);
	return (Datum) 0;
}
