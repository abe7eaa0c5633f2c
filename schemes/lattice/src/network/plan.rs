//! The cheapest way of a network's matrices through the slots.

use std::collections::BTreeSet;

use super::affine::{Affine, Entry, Stages};
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
pub(super) struct Costs {
    /// A rotation of what is decomposed already, without its division.
    pub(super) rotation: f64,
    /// Decomposition, and the division of both polynomials by the special primes.
    pub(super) switch: f64,
    /// A diagonal.
    product: f64,
}

/// A transform in passes, by what rotations and switches take on AVX-512 IFMA.
pub const TRANSFORM: f64 = 4.0;

impl Costs {
    pub(super) fn at(params: &Parameters, level: usize) -> Costs {
        let (own, special) = ((level + 1) as f64, params.special().len() as f64);
        let (limbs, digits) = (own + special, params.level(level).digits.len() as f64);
        let decomposition = TRANSFORM * (own + digits * limbs - own);
        let division = 2.0 * TRANSFORM * (special + own);
        Costs { rotation: (2.0 * digits + 3.0) * limbs, switch: decomposition + division, product: 2.0 * limbs }
    }
}

/// Layouts that are kept in mind from one matrix to the next.
const KEPT: usize = 6;

impl Route {
    /// The cheapest route that was found; `levels` are those of each matrix's input.
    pub fn new<V: Entry>(
        params: &Parameters,
        slots: Slots,
        stages: &Stages<V>,
        levels: &[usize],
        service: Service,
    ) -> Option<Route> {
        let first = stages.maps.first()?;
        let period = first.inputs.next_power_of_two();
        let mut routes: Vec<Route> = Vec::new();
        let mut copies = 1;
        while copies * period <= slots.count() {
            // The stagger is known once the group is.
            routes.push(Route { input: Layout::staggered(first.inputs, copies, (0, 1)), steps: Vec::new(), cost: 0.0 });
            copies *= 2;
        }
        for (index, (map, level)) in stages.maps.iter().zip(levels).enumerate() {
            let costs = Costs::at(params, *level);
            // Slots of a flooded answer hold scores alone. So do those that a polynomial is evaluated in hold values:
            // what is far beyond them would overflow.
            let around = match stages.activations.get(index) {
                Some(curve) => curve.degree() > 2,
                None => service.flood_bits.is_some(),
            };
            let mut longer: Vec<Route> = Vec::new();
            for route in &routes {
                for (input, choice) in route.choices(slots, map, index) {
                    if around && choice.blocks > 1 {
                        continue;
                    }
                    let choice = Choice { around, ..choice };
                    let Some(packing) = Packing::new(slots, &input, map, choice) else { continue };
                    let (step, own) = Step::new(packing, costs, service.weights);
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
        let babies = plan.babies().iter().filter(|steps| **steps != 0).count() as f64;
        let giants = plan.giants().filter(|(steps, _)| *steps != 0).count() as f64;
        let diagonals = packing.rotations.len() as f64 * costs.product;
        let sums = grouped(&packing.sums, costs);
        let summed: f64 = sums.iter().map(|images| costs.switch + (images.len() - 1) as f64 * costs.rotation).sum();
        let cost =
            diagonals + babies * costs.rotation + giants * (costs.switch + costs.rotation) + costs.switch + summed;
        (Step { packing, plan, sums }, cost)
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
        let groups = |switch: f64| cheapest_groups(6, Costs { rotation: 1.0, switch, product: 0.0 });
        assert_eq!(groups(0.0), [1; 6]);
        assert_eq!(groups(2.2), [2; 3]);
        assert_eq!(groups(7.0), [3; 2]);
        assert_eq!(groups(1e3), [6]);
        assert!(cheapest_groups(0, Costs { rotation: 1.0, switch: 1.0, product: 0.0 }).is_empty());
    }
}
