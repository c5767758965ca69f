/*
 * psi.c
 *		The population stability index of two distributions.
 */
#include "server/server.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(tcs_psi);

/*
 * What an empty class counts as where the other distribution has some of it:
 * the logarithm of 0 would make every other class meaningless.
 */
#define LEAST_SHARE 0.0001

static const double *
psi_shares(ArrayType *array, const char *name, int *classes, double *sum)
{
	const double *values;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must have one dimension, not %d",
						name, ARR_NDIM(array))));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have null elements", name),
				 errhint("Give 0 for a class without customers.")));

	values = tcs_array_data(array, FLOAT8OID, NULL, classes);
	*sum = 0;
	for (int i = 0; i < *classes; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (isnan(values[i]) || isinf(values[i]) || values[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must hold counts or shares, not %g",
							name, values[i]),
					 errhint("Give numbers from 0 upwards.")));
		*sum += values[i];
	}
	if (isinf(*sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sum of %s is out of range", name)));
	return values;
}

Datum
tcs_psi(PG_FUNCTION_ARGS)
{
	int			classes;
	int			actual_classes;
	double		expected_sum;
	double		actual_sum;
	const double *expected = psi_shares(PG_GETARG_ARRAYTYPE_P(0), "expected",
										&classes, &expected_sum);
	const double *actual = psi_shares(PG_GETARG_ARRAYTYPE_P(1), "actual",
									  &actual_classes, &actual_sum);
	double		psi = 0;

	if (classes != actual_classes)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expected has %d classes and actual has %d",
						classes, actual_classes),
				 errhint("Give both numbers of every class, 0 where it is empty.")));
	if (expected_sum == 0 || actual_sum == 0)
		PG_RETURN_NULL();

	for (int i = 0; i < classes; i++)
	{
		double		e = expected[i] / expected_sum;
		double		a = actual[i] / actual_sum;

		if (e == 0 && a == 0)
			continue;
		e = Max(e, LEAST_SHARE);
		a = Max(a, LEAST_SHARE);
		psi += (a - e) * log(a / e);
	}
	PG_RETURN_FLOAT8(psi);
}
