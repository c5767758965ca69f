/*
 * churn_model.h
 *		Risks of churn that have learned, as jsonb.
 */
#ifndef TCS_CHURN_MODEL_H
#define TCS_CHURN_MODEL_H

#include "tcs.h"

#include "utils/jsonb.h"

#include "btyd/btyd.h"
#include "math/churn.h"

#define TCS_CHURN_KIND	"churn"

/* What is read of a model. */
typedef struct TcsChurnRisk
{
	TcsBtyd		base;
	double		horizon;		/* days */
	bool		corrected;
	TcsChurnCorrection correction;
} TcsChurnRisk;

/* Is a jsonb a model that has learned, in any version? */
extern bool tcs_churn_is_model(Jsonb *model);

/* Read it; an error where it is not as churn_fit made it. */
extern void tcs_churn_read(Jsonb *model, TcsChurnRisk *risk);

/* A correction as the members features, coefficients, least and greatest. */
extern void tcs_churn_write(StringInfo json, const TcsChurnCorrection *correction);

#endif							/* TCS_CHURN_MODEL_H */
