//! Networks of chosen width and depth whose weights are drawn and not trained: what an answer costs follows from the
//! layers and ranges, whatever the weights, so that cost can be followed over many shapes. Which digit they name is
//! chance; that they name what their lowered twin does is checked as for any other network.
//!
//! ```yaml
//! models: [{untrained: {width: [16, 64], depth: 2}}]      # two networks
//! ```

use blindbench_core::error::Error as CoreError;
use blindbench_core::network::architecture::{Architecture, Arithmetic, Dense, Layer};
use blindbench_core::network::bounds;
use blindbench_core::network::typical::Typical;
use blindbench_core::network::weights::{Blank, Role, TensorValues, Weights};
use blindbench_core::roles::seed::{Rng, Seed};
use rand_chacha::rand_core::Rng as _;

use super::Model;
use super::error::Error;
use super::shorthand::{describe, integer, real, square};

/// A network of dense layers with a square after each but the last, which gives ten scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Untrained {
    /// Values of each hidden layer.
    pub width: usize,
    /// Squares in a row.
    pub depth: usize,
    /// What weights are: `real`, or `integer` with weights of -1 and 1 on black and white pixels.
    pub arithmetic: Arithmetic,
    /// Pixels that are cut off at each side of an image.
    pub crop: usize,
}

/// Most values of a hidden layer, most squares, and the largest crop that leaves a pixel of 28 x 28.
const MOST: [usize; 3] = [4096, 12, 13];

/// Scores.
const CLASSES: usize = 10;

/// What outputs of real layers are like: biases have magnitudes of 1/2 to 1, and what is added to them a standard
/// deviation of 1/2 after the pixels and about 1/4 after squares.
const TYPICAL: Typical = Typical { largest: 4.0, root_mean_square: 1.0 };

/// Bits that every exact scheme must leave room for in scores, at most.
const SCORE_BITS: u32 = 124;

impl Untrained {
    /// What is wrong with it and what would do, where something is.
    pub fn problem(&self) -> Option<(String, String)> {
        let sizes = [("width", self.width, 1), ("depth", self.depth, 1), ("crop", self.crop, 0)];
        let bad = sizes.into_iter().zip(MOST).find(|((_, value, least), most)| !(*least..=*most).contains(value));
        bad.map(|((name, value, least), most)| {
            (format!("an untrained network with {name} {value}"), format!("take {least} to {most}"))
        })
    }

    /// Pixels that it looks at.
    pub fn inputs(&self) -> usize {
        self.layers().input.cropped().len()
    }

    /// What it is called in records, where `untrained` stands before every measure.
    pub fn name(&self) -> String {
        let arithmetic = match self.arithmetic {
            Arithmetic::Real => "",
            Arithmetic::Integer => "-int",
        };
        let crop = if self.crop == 0 { String::new() } else { format!("-crop{}", self.crop) };
        format!("untrained-{}x{}{arithmetic}{crop}", self.width, self.depth)
    }

    /// The layers, nothing declared of them but what real outputs are like.
    fn layers(&self) -> Architecture {
        let typical = (self.arithmetic == Arithmetic::Real).then_some(TYPICAL);
        let dense = |outputs| Layer::Dense(Dense { outputs, bounds: None, typical });
        let hidden = (0..self.depth).flat_map(|_| [dense(self.width), square()]);
        let layers = std::iter::once(Layer::Flatten).chain(hidden).chain([dense(CLASSES)]).collect();
        match self.arithmetic {
            Arithmetic::Real => {
                let mut architecture = real(layers);
                architecture.input.crop = self.crop;
                architecture
            }
            Arithmetic::Integer => integer(2, self.crop, layers),
        }
    }

    /// The network with its weights.
    ///
    /// # Errors
    /// [`Error::Network`] for integers that grow beyond what any exact scheme holds.
    pub fn draw(&self, seed: u64) -> Result<Model, Error> {
        let name = self.name();
        let refuse = |source| Error::Network { file: name.clone(), source };
        let layers = self.layers();
        let weights = weights(&layers, &Seed::from_number(seed).derive("untrained", 0)).map_err(refuse)?;
        let architecture = match self.arithmetic {
            Arithmetic::Real => layers,
            Arithmetic::Integer => bounds::declare(&layers, &weights).and_then(within_reach).map_err(refuse)?,
        };
        let hash = super::hash(&architecture, &weights)?;
        let summary = format!("untrained, for its cost alone: {}", describe(&architecture));
        Ok(Model { name, summary, architecture, weights, card: None, hash })
    }
}

/// Refuses integers that every square has made too large.
fn within_reach(architecture: Architecture) -> blindbench_core::error::Result<Architecture> {
    let largest = architecture.layers.last().and_then(|layer| layer.bounds()).map_or(0, |bounds| bounds.output_max.0);
    if largest < 1 << SCORE_BITS {
        return Ok(architecture);
    }
    let reason = format!("scores of 2^{SCORE_BITS} and more, since each square doubles their bits");
    Err(CoreError::Unsupported(format!("{reason}; take a smaller depth or width, or `arithmetic: real`")))
}

fn weights(architecture: &Architecture, seed: &Seed) -> blindbench_core::error::Result<Weights> {
    let mut rng = seed.rng();
    Weights::filled(architecture, |Blank { layer, role, count, inputs }| {
        // Pixels have a mean square of 1 at most, squares of about 2.
        let variance = if layer == 1 { 1.0 / 4.0 } else { 1.0 / 32.0 };
        let (scale, least) = match role {
            Role::Weight => ((3.0 * variance / inputs as f32).sqrt(), 0.0),
            Role::Bias => (1.0, 0.5),
        };
        let values = (0..count).map(|_| scale * uniform(&mut rng, least));
        match architecture.arithmetic {
            Arithmetic::Real => TensorValues::Real(values.collect()),
            Arithmetic::Integer => TensorValues::Integer(values.map(|value| value.signum() as i64).collect()),
        }
    })
}

/// A number between -1 and 1 whose magnitude is uniform from `least` to 1 and never 0.
fn uniform(rng: &mut Rng, least: f32) -> f32 {
    let word = rng.next_u32();
    let unit = ((word >> 8) + 1) as f32 / (1 << 24) as f32;
    let magnitude = least + (1.0 - least) * unit;
    if word & 1 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests {
    use blindbench_core::network::typical::measure;

    use super::{Arithmetic, TYPICAL, Untrained};
    use crate::dataset::digits;
    use crate::experiment::Split;

    fn network(width: usize, depth: usize, arithmetic: Arithmetic, crop: usize) -> Untrained {
        Untrained { width, depth, arithmetic, crop }
    }

    #[test]
    fn layers_are_as_wide_and_deep_as_stated() {
        let model = network(24, 3, Arithmetic::Real, 6).draw(7).unwrap();
        assert_eq!(model.name, "untrained-24x3-crop6");
        assert!(model.summary.contains("1x16x16, dense 24, square, dense 24, square, dense 24, square, dense 10"));
        assert_eq!((model.architecture.classes(), model.card), (10, None));
        model.weights.check(&model.architecture).unwrap();
        assert_eq!(network(24, 3, Arithmetic::Real, 6).inputs(), 256);
    }

    #[test]
    fn the_seed_and_the_shape_decide_the_weights() {
        let hash = |width, seed| network(width, 1, Arithmetic::Real, 0).draw(seed).unwrap().hash;
        assert_eq!(hash(16, 7), hash(16, 7));
        assert_ne!(hash(16, 7), hash(16, 8));
        assert_ne!(hash(16, 7), hash(17, 7));
    }

    #[test]
    fn real_outputs_are_like_what_is_declared() {
        let (images, _) = digits::generate(3, Split::Train, 300);
        for (width, depth, crop) in [(16, 1, 0), (512, 1, 6), (16, 4, 6), (128, 6, 10)] {
            let model = network(width, depth, Arithmetic::Real, crop).draw(7).unwrap();
            for found in measure(&model.architecture, &model.weights, &images).unwrap().into_iter().flatten() {
                assert!(found.largest <= TYPICAL.largest, "{}: {found:?}", model.name);
                assert!(
                    (0.5..=TYPICAL.root_mean_square).contains(&found.root_mean_square),
                    "{}: {found:?}",
                    model.name
                );
            }
        }
    }

    #[test]
    fn integer_weights_are_ones_and_declare_their_bounds() {
        let model = network(16, 2, Arithmetic::Integer, 6).draw(7).unwrap();
        assert_eq!(model.name, "untrained-16x2-int-crop6");
        let bounds: Vec<_> = model.architecture.layers.iter().filter_map(|layer| layer.bounds()).collect();
        assert_eq!(
            bounds.iter().map(|bounds| (bounds.weight_max, bounds.l1_max)).collect::<Vec<_>>(),
            [(1, 256), (1, 16), (1, 16)]
        );
        let refused = network(64, 6, Arithmetic::Integer, 0).draw(7).unwrap_err().to_string();
        assert!(refused.contains("2^124") && refused.contains("take a smaller depth"), "{refused}");
    }

    #[test]
    fn measures_out_of_range_are_told_with_the_range() {
        assert_eq!(network(16, 1, Arithmetic::Real, 0).problem(), None);
        for (shape, expected) in [((0, 1, 0), "1 to 4096"), ((9, 0, 0), "1 to 12"), ((9, 1, 14), "0 to 13")] {
            let (message, remedy) = network(shape.0, shape.1, Arithmetic::Real, shape.2).problem().unwrap();
            assert!(remedy.contains(expected) && message.contains("untrained"), "{message} {remedy}");
        }
    }
}
