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

#include "membership/reading.h"

#include "miscadmin.h"
#include "utils/float.h"

/* colours of a scale, and the classes h0, h1, ... for them in the style sheet */
#define TCS_REPORT_STEPS 10

/*
 * How much a page shows, so that it stays one that can be sent, whatever there
 * is: where there are more segments, the largest, and how many more.
 */
#define TCS_REPORT_ROWS		100 /* of tables of segments and of rules */
#define TCS_REPORT_MATRIX	40	/* segments of a matrix; more: a list of moves */
#define TCS_REPORT_MOVES	50	/* in that list */
#define TCS_REPORT_CHARTS	40
#define TCS_REPORT_CARDS	60

/* characters of a name, and of what is longer than a name */
#define TCS_REPORT_NAME		200
#define TCS_REPORT_WORDS	2000

/* How a segment's share changed between the moments compared. */
typedef struct TcsReportDrift
{
	int64		customers[2];
	double		share[2];
	double		psi;
} TcsReportDrift;

typedef struct TcsReportSegment
{
	char	   *name;			/* NULL: no segment */
	char	   *description;	/* in its rules; NULL: none or several */
	int64		customers;
	double		revenue;
	TcsReportDrift *drift;		/* NULL: nobody was there at both moments */
	int			rank;			/* by customers, from 0 */
} TcsReportSegment;

/* Customers who were here at the one moment and there at the other. */
typedef struct TcsReportFlow
{
	int			from;			/* places in the list of segments */
	int			to;
	int64		customers;
} TcsReportFlow;

#define TCS_REPORT_ABSENT (-1)	/* the place of those who were not there */
#define TCS_REPORT_MERGED (-2)	/* or are another customer by now */

typedef struct TcsReport
{
	StringInfo	page;

	/* the segmentation; what is SQL text is quoted */
	Oid			into;
	TcsReading *reading;
	char	   *name;			/* as the user writes it */
	char	   *moves;
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

	/* who: in the order of the rules, then those that are in none */
	TcsReportSegment *segments;
	int			count;
	int			current;		/* the first of them: the rules' and those
								 * with customers */
	int			room;
	struct segment_names_hash *names;
	int			unnamed;		/* the place of no segment; -1: it has none */
	int64		customers;
	double		revenue;

	/* what changed */
	TcsReportFlow *flows;
	int64		flow_count;
	double		psi;			/* NaN: there was nobody to compare */
} TcsReport;

/* report_write.c: elements of a page */

/* Words of our own. */
extern void tcs_report_text(TcsReport *report, const char *words);

/*
 * Words from elsewhere, at most so many characters of them: isolated, so that
 * which way they are written changes nothing around them, with what cannot be
 * seen made visible.  For content, and for attributes and titles, where no
 * elements can be.
 */
extern void tcs_report_data(TcsReport *report, const char *words, int most);
extern void tcs_report_plain_data(TcsReport *report, const char *words, int most);

extern void tcs_report_name(TcsReport *report, const char *segment);
extern void tcs_report_more(TcsReport *report, int64 more, const char *what, int64 customers);
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

extern void tcs_report_read(TcsReport *report, Oid into);
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
