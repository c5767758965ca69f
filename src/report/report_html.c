/*
 * report_html.c
 *		report_html: one page about a segmentation.
 */
#include "report/report.h"

#include "utils/builtins.h"

#include "report/report_style.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_report_html);

static void
write_head(TcsReport *report)
{
	StringInfo	page = report->page;

	appendStringInfoString(page,
						   "<!DOCTYPE html>\n"
						   "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
						   "<meta charset=\"utf-8\" />\n"
						   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
						   "<title>Customer segments: ");
	tcs_report_plain_data(report, report->name, TCS_REPORT_NAME);
	appendStringInfoString(page, "</title>\n<style>\n" TCS_REPORT_STYLE "</style>\n</head>\n<body>\n<main>\n"
						   "<header>\n<h1>Customer segments</h1>\n<p class=\"about\"><b>");
	tcs_report_data(report, report->name, TCS_REPORT_NAME);
	appendStringInfoString(page, "</b>, computed from <b>");
	if (report->source)
		tcs_report_data(report, report->source, TCS_REPORT_NAME);
	else
		tcs_report_text(report, "a table or view that is gone");
	appendStringInfoString(page, "</b> by the rule set <b>");
	tcs_report_data(report, report->rule_set, TCS_REPORT_NAME);
	if (report->is_loaded)
	{
		appendStringInfoString(page, "</b>, as of <b>");
		tcs_report_text(report, report->as_of_text);
		appendStringInfoString(page, "</b> (");
		tcs_report_data(report, report->time_zone, TCS_REPORT_NAME);
		appendStringInfoString(page, ")</p>\n</header>\n");
	}
	else
		appendStringInfoString(page, "</b>, not loaded yet</p>\n</header>\n");
}

static void
write_tile(TcsReport *report, const char *id, const char *label)
{
	appendStringInfo(report->page, "<div class=\"tile\" id=\"%s\"><dt>%s</dt>", id, label);
}

/* A tile with a count, and a line below it that the caller goes on with. */
static void
write_count_tile(TcsReport *report, const char *id, const char *label, int64 count)
{
	write_tile(report, id, label);
	appendStringInfo(report->page, "<dd data-v=\"" INT64_FORMAT "\">", count);
	tcs_report_count(report, count);
	appendStringInfoString(report->page, "</dd><dd class=\"more\">");
}

static void
write_moves_tiles(TcsReport *report)
{
	StringInfo	page = report->page;
	int64		moved = 0;
	int64		entered = 0;
	int64		left = 0;
	int64		before = 0;

	for (int64 i = 0; i < report->flow_count; i++)
	{
		const TcsReportFlow *flow = &report->flows[i];

		if (flow->from == TCS_REPORT_ABSENT)
			entered += flow->customers;
		else
			before += flow->customers;
		if (flow->to == TCS_REPORT_ABSENT)
			left += flow->customers;
		else if (flow->from >= 0 && flow->to >= 0 && flow->from != flow->to)
			moved += flow->customers;
	}
	write_count_tile(report, "moved", "Changed their segment", moved);
	if (moved > 0)
	{
		tcs_report_percent(report, (double) moved / before);
		appendStringInfoString(page, " of those there before, ");
	}
	tcs_report_text(report, report->span);
	appendStringInfoString(page, "</dd></div>\n");

	write_count_tile(report, "entered", "Newcomers", entered);
	appendStringInfoString(page, "and ");
	tcs_report_count(report, left);
	appendStringInfoString(page, " left, ");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, "</dd></div>\n");

	if (isnan(report->psi))
		return;
	write_tile(report, "stability", "Drift (PSI)");
	appendStringInfo(page, "<dd data-v=\"%.15g\">%.3f</dd><dd class=\"more\">%s, ",
					 report->psi, report->psi,
					 report->psi < 0.1 ? "stable" : report->psi <= 0.25 ? "look into it" : "another population");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, "</dd></div>\n");
}

static void
write_tiles(TcsReport *report)
{
	StringInfo	page = report->page;
	int			in_use = 0;

	for (int i = 0; i < report->count; i++)
		if (report->segments[i].customers > 0 && report->segments[i].name)
			in_use++;

	appendStringInfoString(page, "<dl class=\"tiles\">\n");
	write_count_tile(report, "customers", "Customers", report->customers);
	appendStringInfo(page, "in %d segment%s</dd></div>\n", in_use, in_use == 1 ? "" : "s");
	if (report->has_revenue)
	{
		write_tile(report, "revenue", "Revenue");
		appendStringInfo(page, "<dd data-v=\"%.15g\">", report->revenue);
		tcs_report_amount(report, report->revenue, fabs(report->revenue) < 10000);
		appendStringInfoString(page, "</dd><dd class=\"more\">");
		if (report->customers > 0)
		{
			tcs_report_amount(report, report->revenue / report->customers, true);
			appendStringInfoString(page, " per customer");
		}
		appendStringInfoString(page, "</dd></div>\n");
	}
	if (report->is_loaded)
		write_moves_tiles(report);
	appendStringInfoString(page, "</dl>\n");
}

Datum
tcs_report_html(PG_FUNCTION_ARGS)
{
	TcsReport	report = {0};

	report.page = makeStringInfo();
	SPI_connect();
	tcs_report_read(&report, PG_GETARG_OID(0));

	tcs_progress("report, sections", 0, 0);
	write_head(&report);
	write_tiles(&report);
	tcs_report_segments(&report);
	if (report.customers > 0 && (report.has_scores || report.has_revenue))
	{
		bool		two = report.has_scores && report.has_revenue;

		appendStringInfoString(report.page, two ? "<div class=\"two\">\n" : "<div>\n");
		if (report.has_scores)
			tcs_report_scores(&report);
		if (report.has_revenue)
			tcs_report_lorenz(&report);
		appendStringInfoString(report.page, "</div>\n");
	}
	tcs_progress("report, who they are", 0, 0);
	tcs_report_personas(&report);
	if (report.is_loaded)
	{
		tcs_progress("report, what changed", 0, 0);
		tcs_report_migration(&report);
		tcs_report_causes(&report);
		tcs_report_sizes(&report);
		tcs_report_drift(&report);
	}
	tcs_report_rules(&report);
	appendStringInfo(report.page,
					 "<footer><p>Made by tcs %s in PostgreSQL. Days and months are those of ",
					 TCS_VERSION);
	tcs_report_data(&report, report.time_zone, TCS_REPORT_NAME);
	appendStringInfoString(report.page, ".</p></footer>\n</main>\n</body>\n</html>\n");
	SPI_finish();
	tcs_progress_end();

	PG_RETURN_TEXT_P(cstring_to_text_with_len(report.page->data, report.page->len));
}
