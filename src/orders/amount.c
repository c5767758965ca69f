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

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* the header of a stored numeric, which the server keeps to itself */
#define SIGN_MASK			0xC000
#define SIGN_NEGATIVE		0x4000
#define FORM_SHORT			0x8000
#define FORM_SPECIAL		0xC000
#define SHORT_NEGATIVE		0x2000
#define SHORT_SCALE_MASK	0x1F80
#define SHORT_SCALE_SHIFT	7
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003F
#define LONG_SCALE_MASK		0x3FFF

#define BASE				10000
#define FAST_DIGITS			4	/* base-10000 digits: up to 10^16 */
#define FAST_SCALE			5	/* 10000^5 = 10^20 is a double without loss */
#define EXACT_INTEGERS		(INT64CONST(1) << 53)

static const double power_of_base[FAST_SCALE + 1] = {1e0, 1e4, 1e8, 1e12, 1e16, 1e20};
static const double inverse_power[FAST_SCALE + 1] = {1e0, 1e-4, 1e-8, 1e-12, 1e-16, 1e-20};

/* A stored numeric: digit i, from the left, counts BASE^(weight - i). */
typedef struct StoredNumeric
{
	const char *digits;			/* an int16 each, of any alignment */
	int			count;
	int			weight;
	int			scale;			/* decimals that it is shown with */
	bool		negative;
} StoredNumeric;

static inline int16
numeric_digit(const StoredNumeric *stored, int i)
{
	int16		digit;

	memcpy(&digit, stored->digits + i * sizeof(digit), sizeof(digit));
	return digit;
}

/* false for NaN and infinity */
static bool
numeric_read(const char *data, Size length, StoredNumeric *stored)
{
	uint16		header;

	if (length < sizeof(uint16))
		return false;
	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	length -= sizeof(header);

	if ((header & SIGN_MASK) == FORM_SHORT)
	{
		stored->negative = (header & SHORT_NEGATIVE) != 0;
		stored->scale = (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
		stored->weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			stored->weight |= ~SHORT_WEIGHT_MASK;
	}
	else if ((header & SIGN_MASK) == FORM_SPECIAL)
		return false;
	else
	{
		int16		weight;

		if (length < sizeof(weight))
			return false;
		memcpy(&weight, data, sizeof(weight));
		data += sizeof(weight);
		length -= sizeof(weight);
		stored->negative = (header & SIGN_MASK) == SIGN_NEGATIVE;
		stored->scale = header & LONG_SCALE_MASK;
		stored->weight = weight;
	}
	stored->digits = data;
	stored->count = (int) (length / sizeof(int16));
	return true;
}

static bool
convert_fast(const char *data, Size length, double *result, double *residual)
{
	StoredNumeric stored;
	int			weight;
	int64		integer = 0;
	double		value;

	if (!numeric_read(data, length, &stored) || stored.count > FAST_DIGITS)
		return false;
	if (stored.count == 0)
	{
		*result = 0.0;
		*residual = 0.0;
		return true;
	}
	for (int i = 0; i < stored.count; i++)
		integer = integer * BASE + numeric_digit(&stored, i);
	weight = stored.weight - (stored.count - 1);
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
		if (stored.negative)
			*residual = -*residual;
	}
	*result = stored.negative ? -value : value;
	return true;
}

bool
tcs_numeric_fixed(Datum numeric, int64 *fixed)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(numeric);
	StoredNumeric stored;
	int64		integer = 0;
	bool		good = numeric_read(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed), &stored) &&
	stored.weight + 1 < FAST_DIGITS && stored.count <= stored.weight + 2;

	/* the digits to the left of the point, and the one to its right */
	if (good)
		for (int i = 0; i < stored.weight + 2; i++)
			integer = integer * BASE + (i < stored.count ? numeric_digit(&stored, i) : 0);
	if (packed != (struct varlena *) DatumGetPointer(numeric))
		pfree(packed);
	*fixed = good && stored.negative ? -integer : integer;
	return good && integer <= TCS_FIXED_LIMIT;
}

void
tcs_fixed_add_to(TcsSum *sum, int64 fixed)
{
	int64		whole = fixed / TCS_FIXED_ONE;
	double		rest = (double) (fixed - whole * TCS_FIXED_ONE);
	double		value = rest / TCS_FIXED_ONE;

	tcs_sum_add(sum, (double) whole);
	tcs_sum_add_pair(sum, value, fma(-value, TCS_FIXED_ONE, rest) / TCS_FIXED_ONE);
}

double
tcs_fixed_value(int64 fixed)
{
	TcsSum		sum = {0};

	/* both are doubles without loss */
	if (fixed <= EXACT_INTEGERS && fixed >= -EXACT_INTEGERS)
		return (double) fixed / TCS_FIXED_ONE;
	tcs_fixed_add_to(&sum, fixed);
	return tcs_sum_value(&sum);
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

bool
tcs_units_rescale(int64 *units, int decimals)
{
	for (int i = 0; i < decimals; i++)
		if (pg_mul_s64_overflow(*units, 10, units))
			return false;
	return true;
}

/* decimals that are kept whatever they are */
#define KEPT_DECIMALS		6

/* the decimals of stored, without zeros at their end */
static int
numeric_scale_kept(const StoredNumeric *stored)
{
	int			scale = 4 * (stored->count - 1 - stored->weight);
	int			last;

	if (stored->scale <= KEPT_DECIMALS)
		return stored->scale;
	if (stored->count == 0)
		return KEPT_DECIMALS;
	for (last = numeric_digit(stored, stored->count - 1); last != 0 && last % 10 == 0; last /= 10)
		scale--;
	return Min(stored->scale, Max(scale, KEPT_DECIMALS));
}

/* the digits of stored as an integer that counts 10^-scale */
static bool
numeric_units(const StoredNumeric *stored, int scale, int64 *units)
{
	int			exponent = 4 * (stored->weight - (stored->count - 1)) + scale;

	*units = 0;
	for (int i = 0; i < stored->count; i++)
	{
		int64		base = BASE;
		int64		digit = numeric_digit(stored, i);

		/* decimals that are not kept are zeros */
		if (i == stored->count - 1)
			for (; exponent < 0; exponent++)
			{
				base /= 10;
				digit /= 10;
			}
		if (pg_mul_s64_overflow(*units, base, units) ||
			pg_add_s64_overflow(*units, digit, units))
			return false;
	}
	if (stored->count > 0 && !tcs_units_rescale(units, exponent))
		return false;
	if (stored->negative)
		*units = -*units;
	return true;
}

bool
tcs_numeric_to_units(Datum numeric, int64 *units, int *scale)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(numeric);
	StoredNumeric stored;
	bool		good;

	good = numeric_read(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed), &stored);
	if (good)
	{
		*scale = numeric_scale_kept(&stored);
		good = numeric_units(&stored, *scale, units);
	}
	if (packed != (struct varlena *) DatumGetPointer(numeric))
		pfree(packed);
	return good;
}
