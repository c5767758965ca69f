/*
 * metrics_views.c
 *		What a metrics view was made from and how good its models are, for
 *		whoever looks after all that there are.
 *
 * What it was made from stands in the rule of the view, where the server keeps
 * it; the newest models are read past the planner.  Nothing of the owner's runs.
 */
#include "metrics/metrics.h"
#include "server/peek.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tcs_metrics_status);

/* for a lock on what somebody is altering, in milliseconds */
#define LONGEST_WAIT 100

/* The columns of the answer. */
enum
{
	METRICS_VIEW,
	METRICS_ORDERS,
	METRICS_ZONE,
	METRICS_FIXED_DAY,
	METRICS_HORIZON,
	METRICS_MARGIN,
	METRICS_DISCOUNT,
	METRICS_FAMILY,
	METRICS_FITS,
	METRICS_NEWEST,
	METRICS_FITTED_AT,
	METRICS_FIT_AS_OF,
	METRICS_CONVERGED,
	METRICS_SPEND_CONVERGED,
	METRICS_AUC,
	METRICS_HOLDOUT,
	METRICS_ERROR,
	METRICS_COLUMNS
};

typedef struct MetricsStatus
{
	Oid			view;
	Oid			schema;			/* tcs */
	MemoryContext context;		/* of what is answered */
	Datum		values[METRICS_COLUMNS];
	bool		nulls[METRICS_COLUMNS];

	/* on the way */
	const Query *query;			/* the one that is walked through */
	int64		fits;
	int64		newest;
} MetricsStatus;

static void
metrics_status_set(MetricsStatus *status, int column, Datum value, bool isnull)
{
	status->values[column] = value;
	status->nulls[column] = isnull;
}

/* Set once: what is found first counts. */
static void
metrics_status_found(MetricsStatus *status, int column, Datum value)
{
	if (status->nulls[column])
		metrics_status_set(status, column, value, false);
}

static bool
is_our_function(const MetricsStatus *status, Oid function, const char *name)
{
	const char *its = get_func_name(function);

	return get_func_namespace(function) == status->schema && its != NULL && strcmp(its, name) == 0;
}

/* A constant number, as it is or made double precision by the server's own cast. */
static bool
constant_number(Node *node, double *value)
{
	Const	   *constant;

	if (IsA(node, FuncExpr))
	{
		FuncExpr   *cast = (FuncExpr *) node;

		if ((cast->funcid != F_FLOAT8_INT4 && cast->funcid != F_FLOAT8_NUMERIC) ||
			list_length(cast->args) != 1)
			return false;
		node = linitial(cast->args);
	}
	if (!IsA(node, Const) || ((Const *) node)->constisnull)
		return false;
	constant = (Const *) node;
	switch (constant->consttype)
	{
		case FLOAT8OID:
			*value = DatumGetFloat8(constant->constvalue);
			return true;
		case INT4OID:
			*value = DatumGetInt32(constant->constvalue);
			return true;
		case NUMERICOID:
			*value = DatumGetFloat8(DirectFunctionCall1(numeric_float8, constant->constvalue));
			return true;
		default:
			return false;
	}
}

/* The arguments of a call of tcs.clv that are not models or histories. */
static void
metrics_take_clv(MetricsStatus *status, const FuncExpr *call)
{
	ListCell   *cell;

	foreach(cell, call->args)
	{
		Node	   *argument = lfirst(cell);
		NamedArgExpr *named = NULL;
		double		value;

		if (IsA(argument, NamedArgExpr))
		{
			named = (NamedArgExpr *) argument;
			argument = (Node *) named->arg;
		}
		if (IsA(argument, Const) && ((Const *) argument)->consttype == INTERVALOID &&
			!((Const *) argument)->constisnull)
			metrics_status_found(status, METRICS_HORIZON, datumCopy(((Const *) argument)->constvalue, false, sizeof(Interval)));
		else if (named && constant_number(argument, &value))
			metrics_status_found(status, strcmp(named->name, "margin") == 0 ? METRICS_MARGIN : METRICS_DISCOUNT,
								 Float8GetDatum(value));
	}
}

/* The relation of which the query makes histories. */
static void
metrics_take_orders(MetricsStatus *status)
{
	ListCell   *cell;

	foreach(cell, status->query->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_RELATION)
		{
			metrics_status_found(status, METRICS_ORDERS, ObjectIdGetDatum(entry->relid));
			return;
		}
	}
}

/* The day at which the view is fixed is the one date that its first part holds. */
static bool
status_take_day(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, status_take_day, arg, 0);
	if (IsA(node, Const) && ((Const *) node)->consttype == DATEOID && !((Const *) node)->constisnull)
		metrics_status_found(arg, METRICS_FIXED_DAY, ((Const *) node)->constvalue);
	return expression_tree_walker(node, status_take_day, arg);
}

static bool
metrics_view_walk(Node *node, void *arg)
{
	MetricsStatus *status = arg;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, Query))
	{
		const Query *outer = status->query;

		status->query = (Query *) node;
		(void) query_tree_walker((Query *) node, metrics_view_walk, arg, 0);
		status->query = outer;
		return false;
	}
	if (IsA(node, CommonTableExpr) && strcmp(((CommonTableExpr *) node)->ctename, "day") == 0)
		(void) status_take_day(((CommonTableExpr *) node)->ctequery, arg);
	if (IsA(node, Aggref) && is_our_function(status, ((Aggref *) node)->aggfnoid, "purchase_history"))
		metrics_take_orders(status);
	if (IsA(node, FuncExpr))
	{
		FuncExpr   *call = (FuncExpr *) node;
		Node	   *first = call->args == NIL ? NULL : linitial(call->args);

		if (is_our_function(status, call->funcid, "clv"))
			metrics_take_clv(status, call);
		else if ((call->funcid == F_TIMEZONE_TEXT_TIMESTAMPTZ ||
				  call->funcid == F_TIMEZONE_TEXT_TIMESTAMP) && IsA(first, Const) &&
				 !((Const *) first)->constisnull)
			metrics_status_found(status, METRICS_ZONE, PointerGetDatum(PG_DETOAST_DATUM_COPY(((Const *) first)->constvalue)));
	}
	return expression_tree_walker(node, metrics_view_walk, arg);
}

static void
metrics_read_view(void *arg)
{
	MetricsStatus *status = arg;
	Relation	view = try_relation_open(tcs_metrics_log(status->view), AccessShareLock);

	if (view == NULL || view->rd_rel->relkind != RELKIND_VIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation with OID %u is not a view", status->view)));
	(void) metrics_view_walk((Node *) get_view_query(view), status);
	relation_close(view, NoLock);
	if (status->nulls[METRICS_ORDERS])
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("view \"%s\" is not as tcs.create_metrics makes it", get_rel_name(status->view))));
}

/* What a model says of itself: a text or whether it is true; NULL where it does not. */
static JsonbValue *
model_field(Jsonb *model, char *name)
{
	if (!JB_ROOT_IS_OBJECT(model))
		return NULL;
	return getKeyJsonValueFromContainer(&model->root, name, strlen(name), NULL);
}

static void
metrics_take_converged(MetricsStatus *status, int column, Jsonb *model)
{
	JsonbValue *converged = model_field(model, "converged");

	if (converged && converged->type == jbvBool)
		metrics_status_set(status, column, BoolGetDatum(converged->val.boolean), false);
	else
		metrics_status_set(status, column, (Datum) 0, true);
}

/* The AUC of the risk that the view shows: of what was learned, where that is used. */
static JsonbValue *
holdout_auc(Jsonb *holdout)
{
	JsonbValue *learned = model_field(holdout, "learned");
	JsonbValue *used = NULL;
	JsonbValue *auc = NULL;

	if (learned && learned->type == jbvBinary && JsonContainerIsObject(learned->val.binary.data))
	{
		used = getKeyJsonValueFromContainer(learned->val.binary.data, "used", strlen("used"), NULL);
		auc = getKeyJsonValueFromContainer(learned->val.binary.data, "auc", strlen("auc"), NULL);
	}
	return used && used->type == jbvBool && used->val.boolean && auc && auc->type == jbvNumeric ?
		auc : model_field(holdout, "auc");
}

/* How right the models would have been; users may have written anything there. */
static void
metrics_take_holdout(MetricsStatus *status, Jsonb *holdout)
{
	JsonbValue *auc = holdout_auc(holdout);
	JsonbValue *summary = model_field(holdout, "summary");

	if (auc && auc->type == jbvNumeric)
		metrics_status_set(status, METRICS_AUC,
						   DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(auc->val.numeric)), false);
	if (summary && summary->type == jbvString)
		metrics_status_set(status, METRICS_HOLDOUT,
						   PointerGetDatum(cstring_to_text_with_len(summary->val.string.val, summary->val.string.len)),
						   false);
}

static const TcsColumn model_column[] = {
	{"id", INT8OID, true},
	{"fitted_at", TIMESTAMPTZOID, true},
	{"as_of", DATEOID, true},
	{"btyd", JSONBOID, false},
	{"spend", JSONBOID, false},
	{"holdout", JSONBOID, false},
};

static void
metrics_take_models(const Datum *values, const bool *nulls, void *arg)
{
	MetricsStatus *status = arg;
	MemoryContext old;
	JsonbValue *family = NULL;

	if (nulls[0] || nulls[1] || nulls[2])
		return;
	if (status->fits++ > 0 && DatumGetInt64(values[0]) <= status->newest)
		return;
	status->newest = DatumGetInt64(values[0]);
	old = MemoryContextSwitchTo(status->context);
	metrics_status_set(status, METRICS_NEWEST, values[0], false);
	metrics_status_set(status, METRICS_FITTED_AT, values[1], false);
	metrics_status_set(status, METRICS_FIT_AS_OF, values[2], false);
	metrics_status_set(status, METRICS_CONVERGED, (Datum) 0, true);
	metrics_status_set(status, METRICS_SPEND_CONVERGED, (Datum) 0, true);
	metrics_status_set(status, METRICS_AUC, (Datum) 0, true);
	metrics_status_set(status, METRICS_HOLDOUT, (Datum) 0, true);
	if (!nulls[5])
		metrics_take_holdout(status, DatumGetJsonbPCopy(values[5]));
	if (!nulls[3])
	{
		Jsonb	   *btyd = DatumGetJsonbPCopy(values[3]);

		metrics_take_converged(status, METRICS_CONVERGED, btyd);
		family = model_field(btyd, "model");
	}
	if (!nulls[4])
		metrics_take_converged(status, METRICS_SPEND_CONVERGED, DatumGetJsonbPCopy(values[4]));
	if (family && family->type == jbvString && family->val.string.len < NAMEDATALEN)
		metrics_status_set(status, METRICS_FAMILY,
						   PointerGetDatum(cstring_to_text_with_len(family->val.string.val, family->val.string.len)),
						   false);
	else
		metrics_status_set(status, METRICS_FAMILY, (Datum) 0, true);
	MemoryContextSwitchTo(old);
}

static void
metrics_read_models(void *arg)
{
	MetricsStatus *status = arg;
	Oid			models = get_relname_relid(psprintf("%s_model", get_rel_name(status->view)),
										   get_rel_namespace(status->view));

	if (!OidIsValid(models) ||
		pg_class_aclcheck(models, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return;
	tcs_peek(models, model_column, lengthof(model_column), metrics_take_models, status);
	metrics_status_set(status, METRICS_FITS, Int64GetDatum(status->fits), false);
}

static void
metrics_status_try(MetricsStatus *status, void (*function) (void *))
{
	ErrorData  *error;

	if (tcs_peek_try(function, status, LONGEST_WAIT, &error))
		return;
	metrics_status_found(status, METRICS_ERROR, CStringGetTextDatum(error->message));
	FreeErrorData(error);
}

Datum
tcs_metrics_status(PG_FUNCTION_ARGS)
{
	MetricsStatus status = {PG_GETARG_OID(0)};
	TupleDesc	columns;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE ||
		columns->natts != METRICS_COLUMNS)
		elog(ERROR, "metrics_status does not return its columns");
	columns = BlessTupleDesc(columns);
	memset(status.nulls, true, sizeof(status.nulls));
	status.context = CurrentMemoryContext;
	status.schema = get_namespace_oid("tcs", false);
	if (get_rel_name(status.view) == NULL ||
		pg_class_aclcheck(status.view, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		PG_RETURN_NULL();

	metrics_status_set(&status, METRICS_VIEW, ObjectIdGetDatum(status.view), false);
	metrics_status_try(&status, metrics_read_view);
	metrics_status_try(&status, metrics_read_models);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, status.values, status.nulls)));
}
