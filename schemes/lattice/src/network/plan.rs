//! The cheapest way of a network's matrices through the slots.

use std::collections::BTreeSet;

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::Architecture;
use blindbench_core::network::images::Shape;

use super::affine::{Affine, Entry, Stages};
use super::grid::{Arranged, Arrangement};
use super::layout::{Layout, Slots};
use super::packing::{Choice, Packing};
use super::service::{Service, WeightsForm};
use crate::linear::plan::Plan;
use crate::rlwe::parameters::Parameters;

/// One matrix: its packing, the steps of its diagonals and those of its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where everything stands.
    pub packing: Packing,
    /// Baby and giant steps of the diagonals.
    pub plan: Plan,
    /// Rotations to the right whose images are summed up, 0 among them, one set after another.
    pub sums: Vec<BTreeSet<usize>>,
}

/// The steps of a network, from the layout of its input on.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where the client puts the inputs.
    pub input: Layout,
    /// By matrix.
    pub steps: Vec<Step>,
    /// What it costs, in passes over a residue polynomial.
    pub cost: f64,
}

/// What operations cost at a level, in passes over a residue polynomial.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// A rotation of what is decomposed already, without its division.
    pub(super) rotation: f64,
    /// Decomposition, and the division of both polynomials by the special primes.
    pub(super) switch: f64,
    /// A diagonal.
    product: f64,
    /// A square, relinearized.
    pub square: f64,
}

/// A transform in passes, by what rotations and switches take on AVX-512 IFMA.
pub const TRANSFORM: f64 = 4.0;

impl Costs {
    /// Those of parameters.
    pub fn at(params: &Parameters, level: usize) -> Costs {
        Costs::of(level + 1, params.special().len(), params.level(level).digits.len())
    }

    fn of(own: usize, special: usize, digits: usize) -> Costs {
        let (own, special, digits) = (own as f64, special as f64, digits as f64);
        let limbs = own + special;
        let decomposition = TRANSFORM * (own + digits * limbs - own);
        let division = 2.0 * TRANSFORM * (special + own);
        let rotation = (2.0 * digits + 3.0) * limbs;
        Costs { rotation, switch: decomposition + division, product: 2.0 * limbs, square: 0.0 }
    }

    /// Those of so many ciphertext primes, special primes and digits, where sums of rotations divide one polynomial, and
    /// `streams` is the share of a key of two words a residue pair that each ciphertext has to wait for.
    pub fn shared(own: usize, special: usize, digits: usize, streams: f64) -> Costs {
        let (own, special, digits) = (own as f64, special as f64, digits as f64);
        let limbs = own + special;
        let lifted = (TRANSFORM + 1.5) * digits * limbs;
        Costs {
            rotation: ((0.75 + 1.85 * streams) * digits + 1.0) * limbs,
            switch: lifted + TRANSFORM * limbs,
            product: 2.0 * limbs,
            square: lifted + TRANSFORM * (2.0 * limbs + 14.0 * own),
        }
    }

    /// A map's products and the rotations that they take.
    pub fn of_products(&self, diagonals: usize, babies: usize, giants: usize) -> f64 {
        let rotations = (babies + giants) as f64 * self.rotation;
        diagonals as f64 * self.product + rotations + (giants + 1) as f64 * self.switch
    }

    /// Sums of so many images, set by set.
    pub fn of_sums(&self, sums: &[usize]) -> f64 {
        sums.iter().map(|images| self.switch + (images - 1) as f64 * self.rotation).sum()
    }
}

/// Layouts that are kept in mind from one matrix to the next.
const KEPT: usize = 6;

impl Route {
    /// The cheapest route that was found, and the arrangement that it is for; `costs` are those of each matrix.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the number that would do where layers do not fit the slots.
    pub fn cheapest<V: Entry>(
        architecture: &Architecture,
        slots: Slots,
        costs: &[Costs],
        service: Service,
    ) -> Result<(Arranged, Route)> {
        let outline = Stages::<V>::outline(architecture)?;
        let mut best: Option<(Arranged, Route)> = None;
        for arrangement in [Arrangement::Pixels, Arrangement::Windows] {
            let Some(input) = Arranged::new(architecture, arrangement)? else { continue };
            let Some(route) = Route::new(slots, &outline.clone().arranged(&input), costs, service) else { continue };
            if best.as_ref().is_none_or(|(_, known)| route.cost < known.cost) {
                best = Some((input, route));
            }
        }
        best.ok_or_else(|| {
            let widest = architecture.shapes().unwrap_or_default().iter().map(Shape::len).max().unwrap_or(0);
            Error::Unsupported(format!(
                "layers of up to {widest} values and their matrices do not fit {} slots: take a larger ring, log_n of \
                 at least {}",
                slots.count(),
                widest.next_power_of_two().ilog2() + 1
            ))
        })
    }

    fn new<V: Entry>(slots: Slots, stages: &Stages<V>, costs: &[Costs], service: Service) -> Option<Route> {
        let first = stages.maps.first()?;
        let period = first.inputs.next_power_of_two();
        let mut routes: Vec<Route> = Vec::new();
        let mut copies = 1;
        while copies * period <= slots.count() {
            // The stagger is known once the group is.
            routes.push(Route { input: Layout::staggered(first.inputs, copies, (0, 1)), steps: Vec::new(), cost: 0.0 });
            copies *= 2;
        }
        for (index, (map, costs)) in stages.maps.iter().zip(costs).enumerate() {
            // Slots of a flooded answer hold scores alone. So do those that a polynomial is evaluated in hold values:
            // what is far beyond them would overflow.
            let around = match stages.activations.get(index) {
                Some(curve) => curve.degree() > 2,
                None => service.floods(),
            };
            let mut longer: Vec<Route> = Vec::new();
            for route in &routes {
                for (input, choice) in route.choices(slots, map, index) {
                    if around && choice.blocks > 1 {
                        continue;
                    }
                    let choice = Choice { around, ..choice };
                    let Some(packing) = Packing::new(slots, &input, map, choice) else { continue };
                    let (step, own) = Step::new(packing, *costs, service.weights);
                    let input = if index == 0 { input } else { route.input.clone() };
                    let steps = route.steps.iter().cloned().chain([step]).collect();
                    longer.push(Route { input, steps, cost: route.cost + own });
                }
            }
            longer.sort_by(|a, b| a.cost.total_cmp(&b.cost));
            routes = best_of_each_layout(longer);
        }
        routes.into_iter().next()
    }

    /// The layouts and choices that there are for a matrix.
    fn choices<V: Entry>(&self, slots: Slots, map: &Affine<V>, index: usize) -> Vec<(Layout, Choice)> {
        let layout = self.steps.last().map_or(&self.input, |step| &step.packing.output);
        let rows = map.outputs().next_power_of_two();
        if index == 0 {
            let period = map.inputs.next_power_of_two();
            let copies = layout.period() / period;
            // An image is spread over as many slots as there are rows at least.
            let group = rows.max(copies);
            let (copies, steps) = if rows > period * copies { (1, period) } else { (copies, group / copies) };
            let layout = Layout::staggered(map.inputs, copies, (steps, group));
            return vec![(layout, Choice { group, blocks: 1, steps, around: false })];
        }
        let blocks = (0..).map(|log| 1 << log).take_while(|blocks| layout.period() * blocks <= slots.count());
        let choice = |blocks: usize| {
            let group = (rows / blocks).max(1);
            (layout.clone(), Choice { group, blocks, steps: group.min(layout.period()), around: false })
        };
        blocks.take_while(|blocks| *blocks <= rows).map(choice).collect()
    }
}

fn best_of_each_layout(sorted: Vec<Route>) -> Vec<Route> {
    let mut kept: Vec<Route> = Vec::new();
    for route in sorted {
        let output = |route: &Route| route.steps.last().map(|step| step.packing.output.clone());
        if kept.len() < KEPT && kept.iter().all(|other| output(other) != output(&route)) {
            kept.push(route);
        }
    }
    kept
}

impl Step {
    /// The steps of a packing, and what they cost.
    fn new(packing: Packing, costs: Costs, weights: WeightsForm) -> (Step, f64) {
        let (most, rotations) = (packing.rotations.iter().max().map_or(1, |most| most + 1), &packing.rotations);
        let plan = match weights {
            WeightsForm::Clear => Plan::new(most, rotations.iter().copied()),
            WeightsForm::Encrypted => Plan::with_baby_steps(rotations.iter().copied(), most),
        };
        let step = Step { sums: grouped(&packing.sums, costs), packing, plan };
        let cost = step.cost([costs; 2]);
        (step, cost)
    }

    /// What it costs, in passes over a residue polynomial, where products and sums are at these levels.
    pub fn cost(&self, [products, sums]: [Costs; 2]) -> f64 {
        let (babies, giants) = (self.plan.moving_babies(), self.plan.moving_giants());
        let images: Vec<usize> = self.sums.iter().map(BTreeSet::len).collect();
        products.of_products(self.packing.rotations.len(), babies, giants) + sums.of_sums(&images)
    }
}

/// Sums over neighboring distances at once: 2^k images for k of them, which share a decomposition and a division.
fn grouped(distances: &[usize], costs: Costs) -> Vec<BTreeSet<usize>> {
    let mut groups = Vec::new();
    let mut rest = distances;
    for size in cheapest_groups(distances.len(), costs) {
        let (group, others) = rest.split_at(size);
        groups.push(
            group.iter().fold(BTreeSet::from([0]), |sums, distance| {
                sums.iter().flat_map(|sum| [*sum, sum + distance]).collect()
            }),
        );
        rest = others;
    }
    groups
}

/// The sizes of groups that together are cheapest.
fn cheapest_groups(count: usize, costs: Costs) -> Vec<usize> {
    let cost = |size: usize| costs.switch + ((1usize << size) - 1) as f64 * costs.rotation;
    let mut best: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new())];
    for total in 1..=count {
        let last = |size: usize| (best[total - size].0 + cost(size), size);
        let (least, size) = (1..=total).map(last).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 1));
        let sizes = best[total - size].1.iter().copied().chain([size]).collect();
        best.push((least, sizes));
    }
    best.pop().map_or_else(Vec::new, |(_, sizes)| sizes)
}

#[cfg(test)]
mod tests {
    use super::{Costs, cheapest_groups};

    #[test]
    fn groups_grow_with_the_cost_of_a_switch() {
        let groups = |switch: f64| cheapest_groups(6, Costs { rotation: 1.0, switch, product: 0.0, square: 0.0 });
        assert_eq!(groups(0.0), [1; 6]);
        assert_eq!(groups(2.2), [2; 3]);
        assert_eq!(groups(7.0), [3; 2]);
        assert_eq!(groups(1e3), [6]);
        assert!(cheapest_groups(0, Costs { rotation: 1.0, switch: 1.0, product: 0.0, square: 0.0 }).is_empty());
    }
}
