/*
 * amount.c
 *		Amounts of money as double precision.
 *
 * A numeric is stored as digits to the base 10000 with a weight.  When its
 * digits make an integer below 2^53 and the power of ten that goes with it is
 * at most 10^20, both are doubles without loss and one division or
 * multiplication gives the correctly rounded result.
 */
#include "orders/amount.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* the header of a stored numeric, which the server keeps to itself */
#define SIGN_MASK			0xC000
#define SIGN_NEGATIVE		0x4000
#define FORM_SHORT			0x8000
#define FORM_SPECIAL		0xC000
#define SHORT_NEGATIVE		0x2000
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003F

#define BASE				10000
#define FAST_DIGITS			4	/* base-10000 digits: up to 10^16 */
#define FAST_SCALE			5	/* 10000^5 = 10^20 is a double without loss */
#define EXACT_INTEGERS		(INT64CONST(1) << 53)

static const double power_of_base[FAST_SCALE + 1] = {1e0, 1e4, 1e8, 1e12, 1e16, 1e20};
static const double inverse_power[FAST_SCALE + 1] = {1e0, 1e-4, 1e-8, 1e-12, 1e-16, 1e-20};

static bool
convert_fast(const char *data, Size length, double *result, double *residual)
{
	uint16		header;
	int			weight;
	bool		negative;
	Size		digits;
	int64		integer = 0;
	double		value;

	if (length < sizeof(uint16))
		return false;
	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	length -= sizeof(header);

	if ((header & SIGN_MASK) == FORM_SHORT)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			weight |= ~SHORT_WEIGHT_MASK;
	}
	else if ((header & SIGN_MASK) == FORM_SPECIAL)
		return false;
	else
	{
		int16		stored;

		if (length < sizeof(stored))
			return false;
		memcpy(&stored, data, sizeof(stored));
		data += sizeof(stored);
		length -= sizeof(stored);
		negative = (header & SIGN_MASK) == SIGN_NEGATIVE;
		weight = stored;
	}

	digits = length / sizeof(int16);
	if (digits > FAST_DIGITS)
		return false;
	if (digits == 0)
	{
		*result = 0.0;
		*residual = 0.0;
		return true;
	}
	for (Size i = 0; i < digits; i++)
	{
		int16		digit;

		memcpy(&digit, data + i * sizeof(digit), sizeof(digit));
		integer = integer * BASE + digit;
	}
	weight -= (int) digits - 1;
	if (integer > EXACT_INTEGERS || weight > FAST_SCALE || weight < -FAST_SCALE)
		return false;

	value = (double) integer;
	*residual = 0.0;
	if (weight > 0)
		value *= power_of_base[weight];
	else if (weight < 0)
	{
		double		power = power_of_base[-weight];

		value /= power;
		*residual = fma(-value, power, (double) integer) * inverse_power[-weight];
		if (negative)
			*residual = -*residual;
	}
	*result = negative ? -value : value;
	return true;
}

double
tcs_numeric_to_double(Datum numeric, double *residual)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(numeric);
	double		result;

	if (!convert_fast(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed), &result, residual))
	{
		*residual = 0.0;
		result = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
													NumericGetDatum(DatumGetNumeric(PointerGetDatum(packed)))));
	}
	if (packed != (struct varlena *) DatumGetPointer(numeric))
		pfree(packed);
	return result;
}

bool
tcs_value_number(Oid type, Datum value, double *number)
{
	double		residual;

	switch (type)
	{
		case INT2OID:
			*number = DatumGetInt16(value);
			return true;
		case INT4OID:
			*number = DatumGetInt32(value);
			return true;
		case INT8OID:
			*number = (double) DatumGetInt64(value);
			return true;
		case FLOAT4OID:
			*number = DatumGetFloat4(value);
			return true;
		case FLOAT8OID:
			*number = DatumGetFloat8(value);
			return true;
		case NUMERICOID:
			*number = tcs_numeric_to_double(value, &residual);
			return true;
		default:
			return false;
	}
}
