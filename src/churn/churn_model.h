/*
 * churn_model.h
 *		Risks of churn that have learned, as jsonb.
 */
#ifndef TCS_CHURN_MODEL_H
#define TCS_CHURN_MODEL_H

#include "tcs.h"

#include "utils/jsonb.h"

#include "btyd/btyd.h"
#include "features/design.h"
#include "math/churn.h"

#define TCS_CHURN_KIND	"churn"
#define TCS_CHURN_BASES	8		/* at most */

/* What is read of a model. */
typedef struct TcsChurnRisk
{
	TcsBtyd		base;
	double		horizon;		/* days */
	bool		corrected;
	TcsChurnCorrection correction;

	/* attributes that take part; design is NULL without them */
	TcsFeatures *attributes;
	TcsDesign  *design;
	TcsFeatureScorer *scorer;
	double	   *values;			/* room for those of a row */

	/* models on other bases, with which the risk is a mean */
	int			others;
	struct TcsChurnRisk *other;
} TcsChurnRisk;

/* Is a jsonb a model that has learned, in any version? */
extern bool tcs_churn_is_model(Jsonb *model);

/* Read it; an error where it is not as churn_fit made it. */
extern void tcs_churn_read(Jsonb *model, TcsChurnRisk *risk);

/* The attributes of a correction, as the members attributes and columns. */
extern void tcs_churn_write_columns(StringInfo json, const TcsChurnCorrection *correction,
									const TcsDesign *design);

/* The columns of a row of attributes, or of none, for a model that has some. */
extern void tcs_churn_fill(TcsChurnRisk *risk, HeapTupleHeader row, double *columns);

/* A correction as the members features, coefficients, least and greatest. */
extern void tcs_churn_write(StringInfo json, const TcsChurnCorrection *correction);

#endif							/* TCS_CHURN_MODEL_H */
