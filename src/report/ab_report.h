/*
 * ab_report.h
 *		An effect in words, and what to do.
 */
#ifndef TCS_AB_REPORT_H
#define TCS_AB_REPORT_H

#include "experiments/effect_row.h"
#include "report/report_words.h"

/* What the words go by. */
typedef struct TcsTellWith
{
	double		margin;			/* the least difference that matters; NaN: any */
	double		ratio;			/* treatment customers for each of control;
								 * NaN: not known */
	bool		more_is_better;
} TcsTellWith;

/* They as three arguments of a function, and the language. */
extern TcsTellWith tcs_ab_tell_arguments(FunctionCallInfo fcinfo, int first);
extern TcsReportLanguage tcs_ab_tell_language(FunctionCallInfo fcinfo, int place);

/* A sentence in UTF-8, and the verdict in it. */
extern char *tcs_ab_tell(const TcsEffectRow *row, const TcsTellWith *with,
						 TcsReportLanguage language, const char **verdict);

#endif							/* TCS_AB_REPORT_H */
