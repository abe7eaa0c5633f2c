//! Polynomials that are computed limb by limb where they are needed, instead of in a pass of their own.

use blindbench_kernels::buffer::Buffer;
use blindbench_kernels::residue::modulus::Multiplier;
use blindbench_kernels::residue::ntt::Ntt;
use blindbench_kernels::residue::permutation::Permutation;

/// A polynomial in slots, or what makes its limbs: as cheap to make again as to find outside of the cache.
#[derive(Debug, Clone)]
pub enum Operand<'a> {
    /// Its limbs.
    Given(&'a [Buffer]),
    /// The image of these limbs under an automorphism.
    Image(&'a [Buffer], &'a Permutation),
    /// The sum of products of two.
    Products(Vec<[&'a [Buffer]; 2]>),
    /// Another one, multiplied by a constant modulo each prime.
    Multiple(Box<Operand<'a>>, &'a [Multiplier]),
}

impl Operand<'_> {
    /// Number of limbs.
    pub fn count(&self) -> usize {
        match self {
            Operand::Given(limbs) | Operand::Image(limbs, _) => limbs.len(),
            Operand::Products(pairs) => pairs.first().map_or(0, |[left, _]| left.len()),
            Operand::Multiple(operand, _) => operand.count(),
        }
    }

    /// The limb modulo a plan's prime: made in `scratch` where it is not at hand.
    pub fn limb<'s>(&'s self, plan: &Ntt, j: usize, scratch: &'s mut Buffer) -> &'s [u64] {
        match self {
            Operand::Given(limbs) => &limbs[j],
            Operand::Image(..) | Operand::Products(_) | Operand::Multiple(..) => {
                self.make(plan, j, scratch);
                scratch
            }
        }
    }

    /// The limb's coefficients.
    pub fn coefficients(&self, plan: &Ntt, j: usize, out: &mut Buffer) {
        match self {
            Operand::Given(limbs) => plan.kernel().inverse_from(plan, &limbs[j], out),
            Operand::Image(..) | Operand::Products(_) => {
                self.make(plan, j, out);
                plan.kernel().inverse(plan, out);
            }
            Operand::Multiple(operand, factors) => {
                operand.coefficients(plan, j, out);
                plan.kernel().scale(plan.modulus(), out, factors[j]);
            }
        }
    }

    /// Writes the limb modulo a plan's prime.
    pub fn make(&self, plan: &Ntt, j: usize, out: &mut Buffer) {
        let kernel = plan.kernel();
        match self {
            Operand::Given(limbs) => out.copy_from_slice(&limbs[j]),
            Operand::Image(limbs, permutation) => kernel.permute(permutation.whole(), &limbs[j], out),
            Operand::Products(pairs) => match &pairs[..] {
                [[left, right]] => kernel.multiply(plan.modulus(), &left[j], &right[j], out),
                pairs => {
                    let side = |i: usize| pairs.iter().map(|pair| &pair[i][j][..]).collect::<Vec<_>>();
                    kernel.dot(plan.modulus(), &side(0), &side(1), out);
                }
            },
            Operand::Multiple(operand, factors) => {
                operand.make(plan, j, out);
                kernel.scale(plan.modulus(), out, factors[j]);
            }
        }
    }
}
