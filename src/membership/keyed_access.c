/*
 * keyed_access.c
 *		How a source is asked for some customers: what the planner reckons with.
 */
#include "membership/keyed_sql.h"

#include "nodes/params.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"

/*
 * What the planner thinks that a query costs, with these keys or with any: then
 * it reckons with a customer like the others, or with ten of them.
 */
static double
estimate_rows(const char *query, const Oid *types, Datum *values, const char *nulls, bool any_keys)
{
	ParamListInfo parameters = makeParamList(PARAMETERS);
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(query));
	Query	   *analyzed;
	PlannedStmt *plan;

	for (int i = 0; i < PARAMETERS; i++)
	{
		parameters->params[i].value = values[i];
		parameters->params[i].isnull = nulls[i] == 'n';
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = types[i];
	}
	/* a parameter without a type has no value to the planner */
	if (any_keys)
		parameters->params[PARAMETER_KEYS].ptype = InvalidOid;
	PushActiveSnapshot(GetTransactionSnapshot());
	analyzed = linitial_node(Query, pg_analyze_and_rewrite_fixedparams(raw, query, types,
																	   PARAMETERS, NULL));
	plan = TCS_PLAN_QUERY(analyzed, query, 0, parameters);
	PopActiveSnapshot();
	return plan->planTree->total_cost;
}

#define ANY_KEYS 10				/* the planner's guess */

/*
 * What a look-up of one customer is taken to cost.  The planner reckons with
 * pages that come from a disk and with several rows; look-ups that it put at a
 * fourteenth of the cost of reading everything took a fifth of the time.
 */
#define COST_OF_LOOK_UP (1.0 / 30.0)

/*
 * Where a condition on an array costs what one on a single key does, it reaches
 * what that reaches.  Else it has everybody computed.
 */
TcsAccess
tcs_choose_access(const TcsSegmentation *segmentation, const TcsCause *with_pins,
				  Oid *types, Datum *values, const char *nulls)
{
	/* pins cost alike whatever way the rows are reached */
	TcsCause	without_pins = *with_pins;
	const TcsCause *cause = &without_pins;
	char	   *together;
	int			count = tcs_count_keys(values[PARAMETER_KEYS]);
	Oid			types_of_one[PARAMETERS];
	double		one;
	double		any;

	without_pins.has_pins = false;
	together = tcs_segments_query(segmentation, TCS_ACCESS_TOGETHER, cause);
	memcpy(types_of_one, types, sizeof(types_of_one));
	types_of_one[PARAMETER_KEYS] = segmentation->key.type;
	one = estimate_rows(tcs_segments_query(segmentation, TCS_ACCESS_ONE, cause),
						types_of_one, values, nulls, true);
	any = estimate_rows(together, types, values, nulls, true);
	if (any < 2 * ANY_KEYS * one)
		return TCS_ACCESS_TOGETHER;
	return one * count * COST_OF_LOOK_UP < estimate_rows(together, types, values, nulls, false) ?
		TCS_ACCESS_EACH : TCS_ACCESS_TOGETHER;
}
