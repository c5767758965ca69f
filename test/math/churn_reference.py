#!/usr/bin/python3
"""Make churn_reference.h, the tables of test_churn.c.

Needs python3-scipy of Debian.  Run in test/math.  What is learned is worked out
by scipy's minimisers on dense matrices, one row for each tuple and outcome, which
is another way than the solver of the C, and chosen as churn.h says.
"""
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

PENALTIES = (1024.0, 64.0, 4.0)
STRENGTHS = (0.5, 1.0)
SHIFTS = (0.0, 0.5, 1.0)


def tuples(dice, truth, count):
    rows = []
    for split in range(3):
        for _ in range(count):
            x = int(dice.geometric(0.4)) - 1
            t = int(dice.integers(5, 400))
            t_x = int(dice.integers(1, t + 1)) if x > 0 else 0
            base = round(float(dice.normal(0.5, 1.0)), 6)
            customers = int(dice.integers(1, 9))
            risk = expit(truth(base, x, t - t_x, t) + (0.3 - 0.1 * split))
            rows.append((x, t_x, t, base, customers, int(dice.binomial(customers, risk)), split))
    return rows


def features(d):
    x, t_x, t, base = d[:, 0], d[:, 1], d[:, 2], d[:, 3]
    return np.column_stack([base, np.log1p(x), np.log1p(t - t_x), (t - t_x) / t, x > 0]).astype(float)


def fit(f, d, penalty):
    """coefficients around the mean, ranges and the mean shift"""
    w, away, offset = d[:, 4], d[:, 5], d[:, 3]
    mean = np.average(f, axis=0, weights=w)
    scale = np.sqrt(np.average((f - mean) ** 2, axis=0, weights=w))
    z = (f - mean) / scale
    splits = sorted(set(d[:, 6]))
    own = np.column_stack([d[:, 6] == s for s in splits]).astype(float)
    m = np.hstack([z, own]) if penalty is not None else own
    ridge = np.r_[np.full(5, penalty), np.zeros(len(splits))] if penalty is not None else np.zeros(len(splits))

    def loss(b):
        eta = offset + m @ b
        return np.sum(w * np.logaddexp(0, eta) - away * eta) + 0.5 * np.sum(ridge * b * b)

    def slope(b):
        return m.T @ (w * expit(offset + m @ b) - away) + ridge * b

    def curve(b):
        p = expit(offset + m @ b)
        return (m * (w * p * (1 - p))[:, None]).T @ m + np.diag(ridge)

    b = minimize(loss, np.zeros(m.shape[1]), jac=slope, hess=curve, method='trust-exact', options={'gtol': 1e-9}).x
    share = np.array([w[d[:, 6] == s].sum() for s in splits]) / w.sum()
    if penalty is None:
        return np.zeros(5), mean, f.min(axis=0), f.max(axis=0), b @ share
    return b[:5] / scale, mean, f.min(axis=0), f.max(axis=0), b[5:] @ share


def log_odds(model, f, d, strength, shift):
    c, mean, least, greatest, own = model
    return d[:, 3] + strength * ((np.clip(f, least, greatest) - mean) @ c) + shift * own


def brier(eta, d):
    p = expit(eta)
    return np.sum((d[:, 4] - d[:, 5]) * p ** 2 + d[:, 5] * (1 - p) ** 2)


def learn(rows):
    d = np.array(rows, dtype=float)
    f = features(d)
    losses = {}
    for split in range(3):
        out = d[:, 6] == split
        for penalty in (None,) + PENALTIES:
            model = fit(f[~out], d[~out], penalty)
            for strength in STRENGTHS if penalty is not None else (0.0,):
                for shift in SHIFTS:
                    key = (penalty, strength, shift)
                    losses.setdefault(key, []).append(brier(log_odds(model, f[out], d[out], strength, shift), d[out]))
    best = min(losses, key=lambda k: sum(losses[k]))
    customers = d[:, 4].sum()
    model = fit(f, d, best[0])
    c = best[1] * model[0]
    return (best[0] if best[0] is not None else float('nan'), best[1], best[2], sum(losses[(None, 0.0, 0.0)]) / customers,
            sum(losses[best]) / customers, *c, best[2] * model[4] - c @ model[1])


dice = np.random.default_rng(20261130)
truths = [lambda base, x, away, t: base + 1.0 - 0.5 * np.log1p(away) + 0.7 * (x > 0) * away / t,
          lambda base, x, away, t: 0.2 * base - 0.4,
          lambda base, x, away, t: base]
print('/*\n * churn_reference.h\n *\t\tMade by churn_reference.py: tuples of three splits in three logs, and what is'
      '\n *\t\tlearned of each: penalty, strength, shift, Brier scores of the base and of'
      '\n *\t\twhat was chosen, coefficients, and the constant.\n */', file=open('churn_reference.h', 'w'))
with open('churn_reference.h', 'a') as out:
    logs = [tuples(dice, truth, 90) for truth in truths]
    out.write('static const double tuples[][270][7] = {\n')
    for rows in logs:
        out.write('\t{\n' + ''.join('\t\t{%s},\n' % ', '.join(repr(v) for v in r) for r in rows) + '\t},\n')
    out.write('};\n\nstatic const double learned[][11] = {\n')
    for rows in logs:
        out.write('\t{%s},\n' % ', '.join('NAN' if np.isnan(v) else repr(float(v)) for v in learn(rows)))
    out.write('};\n')
