/*
 * report_source.c
 *		The customers that a report tells of, read once for all its sections.
 *
 * A source is as a rule a view over all orders, and each time it is read it is
 * worked out anew.  So what the sections need of it is put, beside the members
 * of the segmentation, where queries find it by a name: as a trigger finds the
 * rows that it is about, without a table that somebody would have to drop.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "server/progress.h"

static const TcsColumn since_column = {"since", TIMESTAMPTZOID, true};

const TcsReportMeasure tcs_report_measure[TCS_REPORT_MEASURES] = {
	{"value_at_risk", TCS_WORD_VALUE_AT_RISK},
	{"clv", TCS_WORD_CLV},
	{"revenue", TCS_WORD_REVENUE},
};

/* Takes the rows, and what columns they have. */
typedef struct SourceReceiver
{
	DestReceiver receiver;
	Tuplestorestate *store;
	MemoryContext context;		/* where both live on */
	TupleDesc	columns;
} SourceReceiver;

static void
source_start(DestReceiver *self, int operation, TupleDesc columns)
{
	SourceReceiver *source = (SourceReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(source->context);

	source->columns = CreateTupleDescCopy(columns);
	MemoryContextSwitchTo(old);
}

static bool
source_receive(TupleTableSlot *slot, DestReceiver *self)
{
	SourceReceiver *source = (SourceReceiver *) self;
	int64		rows = tuplestore_tuple_count(source->store);

	tuplestore_puttupleslot(source->store, slot);
	if (rows % 4 == 3)
		tcs_progress("report, reading the source", 0, 0);
	return true;
}

static void
source_stop(DestReceiver *self)
{
}

/* The column that customers are called by: not one whose output runs another's code. */
static void
source_check_label(TcsReport *report)
{
	Oid			type;

	tcs_report_column(report, report->label, "label");
	type = getBaseType(get_atttype(report->source_oid, get_attnum(report->source_oid, report->label)));
	if (!tcs_type_is_trusted(type))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("column \"%s\" of the source %s is of type %s, which belongs to somebody else",
						report->label, report->source, format_type_be(type)),
				 errhint("Give a column of text as \"label\".")));
}

/* What sections ask of a row of the source. */
static void
source_append_columns(TcsReport *report, StringInfo sql)
{
	ListCell   *cell;
	int			column = 0;

	if (report->has_revenue)
		appendStringInfoString(sql, ", s.revenue");
	if (report->has_scores)
		appendStringInfoString(sql, ", s.r::bigint AS r, s.f::bigint AS f");
	if (report->customers_wanted > 0)
		for (int i = 0; i < TCS_REPORT_MEASURES; i++)
			appendStringInfo(sql, ", %s AS measure%d",
							 tcs_reading_has_number(report->reading, tcs_report_measure[i].column) ?
							 psprintf("CASE WHEN s.%1$s::float8 > 0 AND s.%1$s::float8 < 'NaN' THEN s.%1$s::float8 END",
									  tcs_report_measure[i].column) :
							 "NULL::float8", i);
	if (report->customers_wanted > 0 && report->label != NULL)
		appendStringInfo(sql, ", s.%s AS label", quote_identifier(report->label));
	foreach(cell, report->columns)
		appendStringInfo(sql, ", s.%s AS attribute%d", strVal(lfirst(cell)), column++);
}

/* Who is a member, and who is in the source; the one may be without the other. */
static char *
source_query(TcsReport *report)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT i.segment, i.key, %s, i.key IS NOT NULL AS is_member, s.*\n"
					 "FROM %s AS i FULL JOIN (SELECT s.%s AS source_key, true AS is_there",
					 report->customers_wanted > 0 ? "i.since" : "NULL::timestamptz AS since",
					 report->name, report->key_column);
	source_append_columns(report, &sql);
	appendStringInfo(&sql, " FROM %s AS s) AS s ON s.source_key %s i.key",
					 report->source, report->key_equal);
	return sql.data;
}

/*
 * The source is read with the rights of the caller, as far as its views are
 * themselves read with those of whoever reads them.
 */
static void
source_describe(void *arg)
{
	const TcsReport *report = arg;

	if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
		errhint("The source %s is read with your rights, and so is what it reads itself where it is a view with security_invoker: ask for SELECT on that too.",
				report->source);
}

void
tcs_report_source_read(TcsReport *report)
{
	SourceReceiver source = {{0}};
	SPIExecuteOptions options = {0};
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	ErrorContextCallback callback;
	ErrorContextCallback quiet;

	if (!report->has_customers)
		return;
	if (report->customers_wanted > 0)
	{
		tcs_relation_check(report->into, &since_column, 1);
		if (report->label != NULL)
			source_check_label(report);
	}
	report->columns = tcs_report_attributes(report);
	source.receiver.receiveSlot = source_receive;
	source.receiver.rStartup = source_start;
	source.receiver.rShutdown = source_stop;
	source.receiver.rDestroy = source_stop;
	source.receiver.mydest = DestTuplestore;
	source.context = CurrentMemoryContext;
	source.store = tuplestore_begin_heap(false, false, work_mem);
	options.read_only = true;
	options.dest = &source.receiver;

	callback.callback = source_describe;
	callback.arg = report;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	tcs_quiet_begin(&quiet);
	tcs_check_run(SPI_execute_extended(source_query(report), &options), SPI_OK_SELECT);
	tcs_quiet_end(&quiet);
	error_context_stack = callback.previous;

	relation->md.name = TCS_REPORT_SOURCE;
	relation->md.reliddesc = InvalidOid;
	relation->md.tupdesc = source.columns;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = tuplestore_tuple_count(source.store);
	relation->reldata = source.store;
	tcs_check_run(SPI_register_relation(relation), SPI_OK_REL_REGISTER);
	report->store = source.store;
}
