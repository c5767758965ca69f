/*
 * student.h
 *		Student's distribution, with any number of degrees of freedom, and the
 *		tail of chi squared.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_STUDENT_H
#define TCS_STUDENT_H

/* P(T > t); df is above 0 */
extern double tcs_student_tail(double t, double df);

/* The t of which that is p, which lies above 0 and not above 0.5. */
extern double tcs_student_quantile(double p, double df);

/*
 * P((Z + shift) / S > t), where Z is standard normal and df * S * S chi
 * squared: the noncentral distribution.  t is not negative; df is 1 at least.
 */
extern double tcs_student_power(double t, double df, double shift);

/* P(X > x) of chi squared with that many degrees of freedom, 1 at least */
extern double tcs_chi_square_tail(double x, double df);

#endif							/* TCS_STUDENT_H */
