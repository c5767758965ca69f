/*
 * cnbd_reference.h
 *		Made by cnbd_reference.py in 25-digit arithmetic.
 */
static const struct
{
	TcsBtyd		model;
	double		x,
				t_x,
				t,
				log_likelihood,
				p_alive,
				horizon,
				no_purchase,	/* given alive, as is the rest */
				expected,
				at_least[3],	/* 1, 2, 4 */
				residual;		/* at 0.001 a day; NaN: not looked at */
}			reference[] = {
};
