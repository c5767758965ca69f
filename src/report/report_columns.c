/*
 * report_columns.c
 *		Which columns of the source a report tells of.
 *
 * What a rule reads tells its segment from all others by definition, and the
 * scores that a metrics view works out of the same orders hardly less so: a card
 * with them would say the rule again.
 */
#include "report/report.h"

#include "access/relation.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "metrics/metrics.h"
#include "rules/rules.h"

/* Those by which a metrics view, and what is made of one, is told from others. */
static const char *const metrics_marks[] = {"rfm_cell", "days_since_last", "p_alive"};

static bool
columns_has_metrics(Oid source)
{
	for (int i = 0; i < lengthof(metrics_marks); i++)
		if (get_attnum(source, metrics_marks[i]) <= 0)
			return false;
	return true;
}

/* Columns by their plain names, which occur in no other schema of names. */
static bool
columns_collect_names(Node *node, List **names)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, ColumnRef))
	{
		ListCell   *cell;

		foreach(cell, ((ColumnRef *) node)->fields)
			if (IsA(lfirst(cell), String) && !list_member(*names, lfirst(cell)))
			*names = lappend(*names, lfirst(cell));
		return false;
	}
	return raw_expression_tree_walker(node, columns_collect_names, names);
}

/* What the rules read. */
static List *
columns_of_rules(TcsReport *report)
{
	uint64		rows = tcs_report_query(report,
										"SELECT condition FROM tcs.rule WHERE rule_set = $5 AND enabled");
	TcsConditionSettings settings;
	List	   *names = NIL;

	tcs_conditions_begin(&settings, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		TcsSource	source = {tcs_result_text(row, 1), &tcs_condition_kind};

		CHECK_FOR_INTERRUPTS();
		columns_collect_names(tcs_condition_parse(&source), &names);
	}
	tcs_conditions_end(&settings);
	return names;
}

static bool
columns_is_told(const char *name, bool is_metrics, List *of_rules)
{
	/* not the first: the key of a view may be called like something else here */
	for (int i = 1; is_metrics && i < TCS_METRICS_COLUMNS; i++)
		if (strcmp(name, tcs_metrics_column[i].name) == 0)
			return false;
	return !list_member(of_rules, makeString((char *) name));
}

/* Those that were asked for, each of which must be there, and for the caller. */
static List *
columns_wanted_columns(TcsReport *report)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, report->attributes)
	{
		const char *name = lfirst(cell);
		char	   *quoted = pstrdup(quote_identifier(name));

		tcs_report_column(report, name, "attributes");
		if (list_member(columns, makeString(quoted)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("attribute \"%s\" is given twice", name),
					 errhint("Name each column once.")));
		columns = lappend(columns, makeString(quoted));
	}
	return columns;
}

void
tcs_report_column(TcsReport *report, const char *name, const char *argument)
{
	if (get_attnum(report->source_oid, name) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of the source %s does not exist", name, report->source),
				 errhint("Give as \"%s\" what is a column of the table or view the segments are computed from.",
						 argument)));
	if (!tcs_reading_may(report->source_oid, name))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for column \"%s\" of the source %s", name, report->source),
				 errhint("Ask for SELECT on it, or leave it out of \"%s\".", argument)));
}

List *
tcs_report_attributes(TcsReport *report)
{
	List	   *columns = NIL;
	List	   *of_rules;
	bool		is_metrics;
	Relation	source;

	if (report->attributes != NIL)
		return columns_wanted_columns(report);
	of_rules = columns_of_rules(report);
	is_metrics = columns_has_metrics(report->source_oid);
	source = relation_open(report->source_oid, AccessShareLock);
	for (int i = 0; i < RelationGetDescr(source)->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(source), i);
		char	   *name = NameStr(column->attname);
		char	   *quoted = pstrdup(quote_identifier(name));

		if (!column->attisdropped && strcmp(quoted, report->key_column) != 0 &&
			(report->label == NULL || strcmp(name, report->label) != 0) &&
			tcs_reading_may(report->source_oid, name) && columns_is_told(name, is_metrics, of_rules))
			columns = lappend(columns, makeString(quoted));
	}
	relation_close(source, NoLock);
	return columns;
}
