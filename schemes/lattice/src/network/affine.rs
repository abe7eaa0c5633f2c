//! Networks as matrices and polynomials: what is left of layers once pools, batch normalizations and whatever makes
//! polynomials of degree 2 more than squares are part of the matrices around them.

use blindbench_core::error::{Error, Result};
use blindbench_core::network::architecture::{Activation, Architecture, Arithmetic, Conv2d, Layer, Pool};
use blindbench_core::network::images::Shape;
use blindbench_core::network::number::Number;
use blindbench_core::network::weights::{Blank, LayerWeights, TensorValues, Weights};

use super::grid::Arranged;

/// An affine map with its entries that are not zero: `out = W x + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine<V> {
    /// Length of `x`.
    pub inputs: usize,
    /// By output: inputs, ascending, with their weights.
    pub rows: Vec<Vec<(usize, V)>>,
    /// By output.
    pub bias: Vec<V>,
    /// The last layer that is part of it.
    pub layer: usize,
}

/// A network as affine maps with polynomials between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages<V> {
    /// One more than there are activations.
    pub maps: Vec<Affine<V>>,
    /// Between the maps.
    pub activations: Vec<Curve>,
}

/// A number that maps are made of.
pub trait Entry: Number + PartialEq {
    /// One.
    const ONE: Self;
    /// A coefficient of a polynomial; none where the kind has none.
    fn coefficient(value: f64) -> Option<Self>;
}

impl Entry for f64 {
    const ONE: f64 = 1.0;

    fn coefficient(value: f64) -> Option<f64> {
        Some(value)
    }
}

impl Entry for i128 {
    const ONE: i128 = 1;

    fn coefficient(_: f64) -> Option<i128> {
        None
    }
}

impl<V: Entry> Affine<V> {
    /// The same map with its inputs at these places.
    fn spread_inputs(mut self, places: &[usize]) -> Affine<V> {
        self.inputs = places.iter().max().map_or(0, |last| last + 1);
        self.rows.iter_mut().flatten().for_each(|(input, _)| *input = places[*input]);
        self.rows.iter_mut().for_each(|row| row.sort_unstable_by_key(|(input, _)| *input));
        self
    }

    /// The same map with its outputs at these places, zero between them.
    fn spread_outputs(self, places: &[usize]) -> Affine<V> {
        let count = places.iter().max().map_or(0, |last| last + 1);
        let (mut rows, mut bias) = (vec![Vec::new(); count], vec![V::default(); count]);
        for ((place, row), constant) in places.iter().zip(self.rows).zip(self.bias) {
            (rows[*place], bias[*place]) = (row, constant);
        }
        Affine { rows, bias, ..self }
    }

    fn identity(size: usize) -> Affine<V> {
        Affine {
            inputs: size,
            rows: (0..size).map(|i| vec![(i, V::ONE)]).collect(),
            bias: vec![V::default(); size],
            layer: 0,
        }
    }

    /// Number of outputs, gaps included.
    pub fn outputs(&self) -> usize {
        self.rows.len()
    }

    /// This map after another one.
    fn after(self, first: &Affine<V>) -> Affine<V> {
        let mut sums: Vec<Option<V>> = vec![None; first.inputs];
        let mut row = |terms: &[(usize, V)], bias: V| {
            let mut total = bias;
            let mut touched = Vec::new();
            for (middle, weight) in terms {
                total = total + *weight * first.bias[*middle];
                for (input, inner) in &first.rows[*middle] {
                    let product = *weight * *inner;
                    match &mut sums[*input] {
                        Some(sum) => *sum = *sum + product,
                        empty => {
                            *empty = Some(product);
                            touched.push(*input);
                        }
                    }
                }
            }
            touched.sort_unstable();
            (touched.into_iter().filter_map(|input| Some((input, sums[input].take()?))).collect(), total)
        };
        let (rows, bias) = self.rows.iter().zip(&self.bias).map(|(terms, bias)| row(terms, *bias)).unzip();
        Affine { inputs: first.inputs, rows, bias, layer: self.layer }
    }
}

impl<V: Entry> Stages<V> {
    /// The network of these layers and weights.
    ///
    /// # Errors
    /// [`Error::Layer`] for an activation that is no polynomial, or a layer that is not linear;
    /// [`Error::Weights`] for weights of another kind.
    pub fn new(architecture: &Architecture, weights: &Weights) -> Result<Stages<V>> {
        let shapes = architecture.shapes()?;
        let mut current = Affine::identity(shapes[0].len());
        let mut stages = Stages { maps: Vec::new(), activations: Vec::new() };
        for (index, layer) in architecture.layers.iter().enumerate() {
            let refuse = |reason: String| Error::Layer { layer: index, kind: layer.kind(), reason };
            let pair = weights.layers.get(index).and_then(Option::as_ref);
            if let Layer::Activation(activation) = layer {
                let curve = Curve::of(activation).map_err(refuse)?;
                let (before, after) = curve.maps(shapes[index].len()).map_err(refuse)?;
                let shifted = before.map_or(current.clone(), |before| before.after(&current));
                stages.maps.push(Affine { layer: current.layer, ..shifted });
                stages.activations.push(curve);
                current = after;
            } else if let Some(map) = linear(layer, shapes[index], shapes[index + 1], pair, index).map_err(refuse)? {
                current = map.after(&current);
            }
            current.layer = index;
        }
        stages.maps.push(current);
        Ok(stages)
    }

    /// The stages of a network without its weights: all entries that there may be, as ones.
    ///
    /// # Errors
    /// Those of [`Stages::new`].
    pub fn outline(architecture: &Architecture) -> Result<Stages<V>> {
        let ones = |Blank { count, .. }| match architecture.arithmetic {
            Arithmetic::Real => TensorValues::Real(vec![1.0; count]),
            Arithmetic::Integer => TensorValues::Integer(vec![1; count]),
        };
        Stages::new(architecture, &Weights::filled(architecture, ones)?)
    }

    /// Refuses polynomials of higher degree.
    ///
    /// # Errors
    /// [`Error::Unsupported`] naming the degree, where only squares are computed.
    pub fn require_squares(&self, whence: &str) -> Result<()> {
        let higher = self.activations.iter().map(Curve::degree).find(|degree| *degree > 2);
        higher.map_or(Ok(()), |degree| {
            Err(Error::Unsupported(format!("a polynomial of degree {degree}, but degree 2 is the most with {whence}")))
        })
    }

    /// The same with values in the places of an arranged input: outputs of convolutions keep theirs in the grid of the
    /// image, with gaps where there is none: rows without entries.
    #[must_use]
    pub fn arranged(self, input: &Arranged) -> Stages<V> {
        let mut known: Option<&Vec<usize>> = None;
        let arranged = |(map, places): (Affine<V>, _)| {
            let map = match known.replace(places) {
                None => input.arrange(map),
                Some(inputs) => map.spread_inputs(inputs),
            };
            map.spread_outputs(places)
        };
        Stages { maps: self.maps.into_iter().zip(&input.places).map(arranged).collect(), ..self }
    }
}

/// Most that a polynomial's degree may be.
const MOST_DEGREE: usize = 15;

/// An activation as it is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// `c0 + c1 z + c2 z^2` as a square between a shift and an affine map.
    Square {
        /// Added to z before it is squared.
        shift: f64,
        /// What the square is multiplied by, and what is added then.
        after: Option<[f64; 2]>,
    },
    /// A polynomial of higher degree, from its constant on.
    Polynomial(Vec<f64>),
}

impl Curve {
    /// What is added to a value before it is squared.
    pub fn shift(&self) -> f64 {
        match self {
            Curve::Square { shift, .. } => *shift,
            Curve::Polynomial(_) => 0.0,
        }
    }

    /// The value before the activation, of a map's output.
    pub fn before(&self, shifted: f64) -> f64 {
        shifted - self.shift()
    }

    /// The activation's value, of what was computed.
    pub fn after(&self, computed: f64) -> f64 {
        match self {
            Curve::Square { after: Some([factor, constant]), .. } => factor * computed + constant,
            Curve::Square { after: None, .. } | Curve::Polynomial(_) => computed,
        }
    }

    /// The degree.
    pub fn degree(&self) -> usize {
        match self {
            Curve::Square { .. } => 2,
            Curve::Polynomial(coefficients) => coefficients.len() - 1,
        }
    }

    fn of(activation: &Activation) -> std::result::Result<Curve, String> {
        match activation {
            Activation::Square => Ok(Curve::Square { shift: 0.0, after: None }),
            Activation::Polynomial(c) if c.len() < 3 || c.len() > MOST_DEGREE + 1 || c.last() == Some(&0.0) => {
                Err(format!(
                    "a polynomial of degree {} with {:?} as its last coefficient, but lattice schemes evaluate degrees \
                     of 2 to {MOST_DEGREE}: leave zeros at the end out, or replace it and train anew",
                    c.len().saturating_sub(1),
                    c.last().unwrap_or(&0.0)
                ))
            }
            Activation::Polynomial(c) if c.len() == 3 => {
                let shift = c[1] / (2.0 * c[2]);
                Ok(Curve::Square { shift, after: Some([c[2], c[0] - c[2] * shift * shift]) })
            }
            Activation::Polynomial(c) => Ok(Curve::Polynomial(c.clone())),
            Activation::Relu | Activation::Sigmoid | Activation::Tanh | Activation::Sign | Activation::Sine(_) => {
                Err("is no polynomial: replace it by `square` or a `polynomial` and train anew".into())
            }
        }
    }

    /// What comes before the curve, if anything, and what starts the next map.
    fn maps<V: Entry>(&self, size: usize) -> std::result::Result<(Option<Affine<V>>, Affine<V>), String> {
        let coefficient = |x| V::coefficient(x).ok_or_else(|| "real coefficients in a network of integers".to_owned());
        let mut after = Affine::identity(size);
        let (shift, factor, constant) = match self {
            Curve::Square { after: None, .. } => return Ok((None, after)),
            Curve::Square { shift, after: Some([factor, constant]) } => (*shift, *factor, *constant),
            Curve::Polynomial(coefficients) => {
                return coefficients.iter().try_for_each(|c| coefficient(*c).map(|_| ())).map(|()| (None, after));
            }
        };
        let (factor, constant) = (coefficient(factor)?, coefficient(constant)?);
        after.rows.iter_mut().flatten().for_each(|(_, weight)| *weight = factor);
        after.bias.fill(constant);
        let mut before = Affine::identity(size);
        before.bias.fill(coefficient(shift)?);
        Ok(((shift != 0.0).then_some(before), after))
    }
}

/// The map of a linear layer; none for one that only renames.
fn linear<V: Entry>(
    layer: &Layer,
    input: Shape,
    output: Shape,
    weights: Option<&LayerWeights>,
    index: usize,
) -> std::result::Result<Option<Affine<V>>, String> {
    let tensors = || {
        let pair = weights.ok_or_else(|| "has no weights".to_owned())?;
        let both = (V::weights(&pair.weight.values), V::weights(&pair.bias.values));
        both.0
            .zip(both.1)
            .ok_or_else(|| "real weights, but the scheme computes with integers: take a quantized network".to_owned())
    };
    let map = |rows, bias| Some(Affine { inputs: input.len(), rows, bias, layer: index });
    Ok(match layer {
        Layer::Flatten | Layer::Activation(_) => None,
        Layer::Dense(_) => {
            let (weight, bias) = tensors()?;
            let rows = weight.chunks_exact(input.len().max(1)).map(|row| row.iter().copied().enumerate().collect());
            map(rows.collect(), bias)
        }
        Layer::Conv2d(conv) => {
            let (weight, bias) = tensors()?;
            let spread = (0..output.len()).map(|o| bias[o / (output.height * output.width)]).collect();
            map((0..output.len()).map(|o| window(conv, input, output, &weight, o)).collect(), spread)
        }
        Layer::BatchNorm => {
            let (weight, bias) = tensors()?;
            let channel = |i: usize| i / (input.height * input.width);
            let rows = (0..input.len()).map(|i| vec![(i, weight[channel(i)])]).collect();
            map(rows, (0..input.len()).map(|i| bias[channel(i)]).collect())
        }
        Layer::AveragePool(pool) => {
            let share = V::ONE.divide(pool.size * pool.size);
            let share =
                share.ok_or_else(|| "means are no integers: take a convolution with stride instead".to_owned())?;
            map(
                (0..output.len()).map(|o| mean(pool, input, output, share, o)).collect(),
                vec![V::default(); output.len()],
            )
        }
        Layer::MaxPool(_) => return Err("is no polynomial: take average_pool and train anew".into()),
    })
}

/// The place of an output: channel, row, column.
fn place(shape: Shape, index: usize) -> [usize; 3] {
    let plane = shape.height * shape.width;
    [index / plane, index % plane / shape.width, index % shape.width]
}

fn window<V: Entry>(conv: &Conv2d, input: Shape, output: Shape, weight: &[V], o: usize) -> Vec<(usize, V)> {
    let [map, row, column] = place(output, o);
    let mut terms = Vec::new();
    for channel in 0..input.channels {
        for dy in 0..conv.kernel {
            for dx in 0..conv.kernel {
                let inside = |at: usize, extent: usize| at.checked_sub(conv.padding).filter(|at| *at < extent);
                let y = inside(row * conv.stride + dy, input.height);
                let x = inside(column * conv.stride + dx, input.width);
                let tap = ((map * input.channels + channel) * conv.kernel + dy) * conv.kernel + dx;
                let at = y.zip(x).map(|(y, x)| (channel * input.height + y) * input.width + x);
                terms.extend(at.map(|at| (at, weight[tap])));
            }
        }
    }
    terms
}

fn mean<V: Entry>(pool: &Pool, input: Shape, output: Shape, share: V, o: usize) -> Vec<(usize, V)> {
    let [channel, row, column] = place(output, o);
    let rows = row * pool.stride..row * pool.stride + pool.size;
    let at = |y: usize, x: usize| (channel * input.height + y) * input.width + column * pool.stride + x;
    rows.flat_map(|y| (0..pool.size).map(move |x| (at(y, x), share))).collect()
}
