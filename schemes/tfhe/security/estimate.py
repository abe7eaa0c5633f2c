"""Writes table.csv: the cheapest known attack on each parameter set, by the lattice estimator.

Needs the lattice estimator (github.com/malb/lattice-estimator) on PYTHONPATH and, in a Python 3.11
virtual environment, Sage's symbolics (packages passagemath-symbolics and passagemath-standard-no-symbolics):

    PYTHONPATH=lattice-estimator python estimate.py > table.csv

Minutes of work: it belongs outside CI, which reads the committed table. Unlimited samples, and every
attack that the estimator runs by default on binary secrets except the algebraic and combinatorial
ones (Arora-Ge, BKW), which are never the cheapest here.
"""

import csv
import math
import sys

from estimator import LWE, ND, RC

# (lwe dimension, log2 of sigma as a share of q, log2 of q).
PARAMETERS = [
    (576, -11.68, 32),
    (640, -13.27, 32),
    (704, -14.86, 32),
    (736, -15.66, 32),
    (896, -13.1, 32),
    (960, -13.1, 32),
    (1280, -13.1, 32),
    (1536, -35.58, 64),
    (2048, -48.3, 64),
    (2048, -31.6, 64),
    (4096, -62.0, 64),
    (4096, -51.0, 64),
]
DENY = ("arora-gb", "bkw")


def bits(costs):
    name, cost = min(costs.items(), key=lambda item: item[1]["rop"])
    return name, math.log2(cost["rop"])


def core_svp(parameters):
    """Core-SVP: 2^(0.292 beta) for the smallest block size that the primal or dual attack needs."""
    costs = {
        "usvp": LWE.primal_usvp(parameters, red_cost_model=RC.ADPS16, red_shape_model="gsa"),
        "dual_hybrid": LWE.dual_hybrid(parameters, red_cost_model=RC.ADPS16),
    }
    return bits(costs)[1]


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["n", "log2_sigma", "log2_q", "secret", "bits", "core_svp_bits", "attack", "source"])
    for n, log2_sigma, log2_q in PARAMETERS:
        noise = ND.DiscreteGaussian(2.0 ** (log2_q + log2_sigma))
        parameters = LWE.Parameters(n=n, q=2**log2_q, Xs=ND.Binary, Xe=noise)
        costs = LWE.estimate(parameters, deny_list=DENY, quiet=True)
        attack, cheapest = bits(costs)
        row = [n, log2_sigma, log2_q, "binary", f"{cheapest:.1f}", f"{core_svp(parameters):.1f}"]
        out.writerow([*row, attack, "lattice-estimator " + VERSION])
        sys.stdout.flush()


VERSION = sys.argv[1] if len(sys.argv) > 1 else "unknown commit"

if __name__ == "__main__":
    main()
