"""btyd_limits_reference.py > btyd_limits_reference.h: limits of models to check against.

The likelihood of one customer at a limit of a family of models of repeat
purchases, and predictions, in 30-digit arithmetic (python3-mpmath), from the
definitions: what one customer does given rate and dropout is integrated
over those who differ; the closed forms that are tested are not used.
"""
import random

from mpmath import e, exp, expm1, gammainc, inf, log, loggamma, mp, mpf, nstr, quad

mp.dps = 30

EQUAL_RATES, EQUAL_LEAVING, NOBODY_LEAVES, LEAVE_AT_ONCE = 1, 2, 4, 8


def over_gamma(k, rate, f):
    """E[f(L)], L ~ Gamma(k, rate)."""
    mode = log(k / rate)
    cuts = [mode + d for d in (-90 / k, -40 / k, -20 / k, -10 / k, -4 / k, -1, mpf(-1) / 3, 0, mpf(1) / 3, 1, 2, 3, 4, 6)]
    cuts = sorted(set(cuts))
    weight = lambda u: exp(k * (u - mode) - k * expm1(u - mode))
    return quad(lambda u: weight(u) * f(exp(u)), cuts) / quad(weight, cuts)


def over_beta(a, b, f):
    """E[f(p)], p ~ Beta(a, b), by the log-odds."""
    mode = log(a / b)
    cuts = sorted(set([mode - d / a for d in (90, 40, 20, 8, 3)] + [mode + d for d in (-1, 0, 1)] +
                      [mode + d / b for d in (3, 8, 20, 40, 90)]))
    weight = lambda u: exp(a * (u - mode) - (a + b) * log((1 + exp(u)) / (1 + exp(mode))))
    return quad(lambda u: weight(u) * f(1 / (1 + exp(-u)), 1 / (1 + exp(u))), cuts) / quad(weight, cuts)


def at_least(n, mean):
    """P(Poisson(mean) >= n)."""
    return gammainc(n, 0, mean, regularized=True)


class Limit:
    def __init__(self, family, limits, terms, x, t_x, t):
        self.family, self.limits, self.x, self.t_x, self.t = family, limits, x, t_x, t
        terms = list(terms)
        if limits & EQUAL_RATES:
            self.rate = terms.pop(0)
        else:
            self.r, self.alpha = terms.pop(0), terms.pop(0)
        self.leaving = terms.pop(0) if limits & (EQUAL_LEAVING | LEAVE_AT_ONCE) else None
        self.beta = terms if terms else None
        self.occasions = x if family == "bg" else x + 1

    def rates(self, k, time, f):
        """E[f] over the rates of who bought k times in that time."""
        if self.limits & EQUAL_RATES:
            return f(self.rate)
        return over_gamma(self.r + k, self.alpha + time, f)

    def purchases(self, time):
        """ln E[L^x exp(-L time)]"""
        if self.limits & EQUAL_RATES:
            return self.x * log(self.rate) - self.rate * time
        return (loggamma(self.r + self.x) - loggamma(self.r) + self.r * log(self.alpha) -
                (self.r + self.x) * log(self.alpha + time))

    def chances(self, deaths, lives):
        """E[p^deaths (1-p)^lives] of who had occasions to leave."""
        if self.limits & NOBODY_LEAVES:
            return mpf(deaths == 0)
        if self.limits & LEAVE_AT_ONCE:
            if lives + deaths == 0:
                return mpf(1)
            if deaths:
                return self.leaving if lives == 0 else mpf(0)
            return 1 - self.leaving
        if self.limits & EQUAL_LEAVING:
            return self.leaving ** deaths * (1 - self.leaving) ** lives
        return over_beta(*self.beta, lambda p, q: p ** deaths * q ** lives)

    def parts(self):
        """Likelihoods of being alive and dead."""
        x, t_x, t = self.x, self.t_x, self.t
        if self.family != "pareto" or self.limits & (NOBODY_LEAVES | LEAVE_AT_ONCE):
            n = self.occasions
            alive = exp(self.purchases(t)) * self.chances(0, n)
            dead = exp(self.purchases(t_x)) * self.chances(1, n - 1) if n else mpf(0)
            return alive, dead
        if self.limits & EQUAL_LEAVING:
            stays, leaves = lambda y: exp(-self.leaving * y), lambda y: self.leaving * exp(-self.leaving * y)
        else:
            s, b = self.beta
            stays, leaves = lambda y: (b / (b + y)) ** s, lambda y: s / b * (b / (b + y)) ** (s + 1)
        cuts = [t_x + (t - t_x) * mpf(i) ** 3 / 1000 for i in range(11)]
        dead = quad(lambda y: exp(self.purchases(y)) * leaves(y), cuts) if t > t_x else mpf(0)
        return exp(self.purchases(t)) * stays(t), dead

    def predict(self, h, n):
        """expected, no purchase, at least n; given alive"""
        x, t = self.x, self.t
        if self.limits & NOBODY_LEAVES or (self.limits & LEAVE_AT_ONCE and self.occasions > 0):
            return (self.rates(x, t, lambda L: L * h), self.rates(x, t, lambda L: exp(-L * h)),
                    self.rates(x, t, lambda L: at_least(n, L * h)))
        if self.limits & LEAVE_AT_ONCE:
            p = self.leaving
            one = self.rates(x, t, lambda L: at_least(1, L * h))
            return (p * one + (1 - p) * self.rates(x, t, lambda L: L * h), 1 - one,
                    self.rates(x, t, lambda L: at_least(n, L * h)) * (1 if n == 1 else 1 - p))
        if self.family != "pareto":
            def given(p, q):
                return self.rates(x, t, lambda L: -expm1(-L * p * h) / p)
            many = self.rates(x, t, lambda L: at_least(n, L * h))
            none = self.rates(x, t, lambda L: exp(-L * h))
            if self.limits & EQUAL_LEAVING:
                return given(self.leaving, 1 - self.leaving), none, many * (1 - self.leaving) ** (n - 1)
            a, b = self.beta
            b = b + self.occasions
            return over_beta(a, b, given), none, many * over_beta(a, b, lambda p, q: q ** (n - 1))
        def expected(L, m):
            return -L * expm1(-m * h) / m
        def none(L, m):
            return exp(-(L + m) * h) - m / (L + m) * expm1(-(L + m) * h)
        def many(L, m):
            return (L / (L + m)) ** n * gammainc(n, 0, (L + m) * h, regularized=True)
        if self.limits & EQUAL_LEAVING:
            return tuple(self.rates(x, t, lambda L: f(L, self.leaving)) for f in (expected, none, many))
        s, b = self.beta
        return tuple(over_gamma(s, b + t, lambda m: f(self.rate, m)) for f in (expected, none, many))


def exact(value):
    return mpf(float(value))


def cases():
    random.seed(12)
    wide = lambda low, high: exact(e ** random.uniform(low, high))
    for family in ("mbg", "bg", "pareto"):
        for limits in (5, 4, 3, 9, 2, 1, 8):
            for _ in range(4):
                terms = [wide(-5, -1)] if limits & EQUAL_RATES else [wide(-1, 2), wide(1, 4)]
                if limits & EQUAL_LEAVING and family == "pareto":
                    terms.append(wide(-7, -2))
                elif limits & (EQUAL_LEAVING | LEAVE_AT_ONCE):
                    terms.append(exact(random.uniform(0.01, 0.9)))
                elif not limits & NOBODY_LEAVES:
                    terms += [wide(-1, 2), wide(2, 5) if family == "pareto" else wide(-1, 3)]
                x = random.choice((0, 0, 1, 2, 5, 12))
                t = exact(round(e ** random.uniform(3, 6)))
                t_x = exact(round(t * random.uniform(0.2, 1))) if x else mpf(0)
                yield family, limits, terms, x, t_x, t


NAMES = {"mbg": "TCS_MBG_NBD", "bg": "TCS_BG_NBD", "pareto": "TCS_PARETO_NBD"}

print("""/*
 * btyd_limits_reference.h
 *		Made by btyd_limits_reference.py in 30-digit arithmetic.
 */
static const struct
{
	TcsBtydFamily family;
	int			limits;
	double		term[4],
				x,
				t_x,
				t,
				log_likelihood,
				p_alive,
				horizon,
				expected,		/* given alive, as is at_least */
				no_purchase,
				n,
				at_least;
}			reference[] = {""")
for family, limits, terms, x, t_x, t in cases():
    limit = Limit(family, limits, terms, x, t_x, t)
    alive, dead = limit.parts()
    h, n = mpf(random.choice((30, 182, 365))), random.choice((1, 2, 4))
    expected, none, many = limit.predict(h, n)
    p_alive = alive / (alive + dead)
    values = [mpf(x), t_x, t, log(alive + dead), p_alive, h, expected, 1 - p_alive + p_alive * none, mpf(n), many]
    print("\t{%s, %d, {%s}, %s}," % (NAMES[family], limits, ", ".join(nstr(v, 19) for v in terms),
                                    ", ".join(nstr(v, 19) for v in values)))
print("};")
