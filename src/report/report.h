/*
 * report.h
 *		One HTML page about a segmentation.
 *
 * The page is plain ASCII and well-formed XML: all that comes from users is
 * escaped on its way into it, characters beyond ASCII as numbers.  Nothing in it
 * depends on the session's settings or on the clock.
 */
#ifndef TCS_REPORT_H
#define TCS_REPORT_H

#include "tcs.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/float.h"

/* colours of a scale, and the classes h0, h1, ... for them in the style sheet */
#define TCS_REPORT_STEPS 10

typedef struct TcsReportSegment
{
	char	   *name;			/* NULL: no segment */
	char	   *description;	/* in its rules; NULL: none or several */
	int64		customers;
	double		revenue;
} TcsReportSegment;

typedef struct TcsReport
{
	StringInfo	page;

	/* the segmentation; what is SQL text is quoted */
	Oid			into;
	char	   *name;			/* as the user writes it */
	char	   *moves;
	char	   *state;
	char	   *key_equal;
	char	   *source;			/* NULL when it is gone */
	Oid			source_oid;
	char	   *key_column;
	char	   *rule_set;		/* the plain name */
	char	   *time_zone;
	bool		has_customers;	/* may the caller read the key in the source? */
	bool		has_revenue;
	bool		has_scores;

	/* when: Datums, and texts in the zone of the segmentation */
	bool		is_loaded;
	Datum		as_of;
	Datum		from_time;
	Datum		to_time;
	char	   *as_of_text;
	char	   *span;			/* such as: in October 2026 */
	char	   *period;			/* of the sizes */

	/* who */
	TcsReportSegment *segments;
	int			count;
	int64		customers;
	double		revenue;
} TcsReport;

/* report_write.c: elements of a page */

extern void tcs_report_text(TcsReport *report, const char *words);
extern void tcs_report_name(TcsReport *report, const char *segment);
extern void tcs_report_count(TcsReport *report, int64 value);
extern void tcs_report_amount(TcsReport *report, double value, bool cents);
extern void tcs_report_figure(TcsReport *report, const char *words);
extern void tcs_report_percent(TcsReport *report, double share);
extern void tcs_report_count_cell(TcsReport *report, int64 value);
extern void tcs_report_amount_cell(TcsReport *report, double value, bool cents);
extern void tcs_report_percent_cell(TcsReport *report, double share);
extern void tcs_report_bar(TcsReport *report, double share);
extern void tcs_report_section(TcsReport *report, const char *id,
							   const char *title);
extern int	tcs_report_step(double value, double greatest);

/* report_query.c: what is asked of the server */

/* Run a query; the arguments that it has are the segmentation and the times. */
extern uint64 tcs_report_query(TcsReport *report, const char *sql);
extern bool tcs_report_isnull(uint64 row, int column);
extern char *tcs_report_string(uint64 row, int column);
extern int64 tcs_report_bigint(uint64 row, int column);
extern double tcs_report_float(uint64 row, int column);

extern void tcs_report_read(TcsReport *report, Oid into);
extern bool tcs_report_may_read(Oid source, const char *column);
extern int	tcs_report_find(TcsReport *report, const char *name);

/* report_charts.c, report_tables.c, report_moves.c, report_persona.c: the sections */

extern void tcs_report_segments(TcsReport *report);
extern void tcs_report_scores(TcsReport *report);
extern void tcs_report_lorenz(TcsReport *report);
extern void tcs_report_sizes(TcsReport *report);
extern void tcs_report_migration(TcsReport *report);
extern void tcs_report_causes(TcsReport *report);
extern void tcs_report_drift(TcsReport *report);
extern void tcs_report_rules(TcsReport *report);
extern void tcs_report_personas(TcsReport *report);

#endif							/* TCS_REPORT_H */
