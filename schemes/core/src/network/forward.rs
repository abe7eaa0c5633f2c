//! The layers, one formula each, over any [`Number`].

use super::architecture::{Architecture, Conv2d, Layer, Pixels, Pool};
use super::images::{Images, Shape};
use super::number::Number;
use super::weights::{LayerWeights, Weights};
use crate::error::{Error, Result};

/// A network ready to be evaluated in numbers `N`: weights converted, shapes known.
#[derive(Debug, Clone)]
pub struct Forward<N> {
    architecture: Architecture,
    shapes: Vec<Shape>,
    weights: Vec<Option<Converted<N>>>,
}

#[derive(Debug, Clone)]
struct Converted<N> {
    weight: Vec<N>,
    bias: Vec<N>,
}

impl<N: Number> Forward<N> {
    /// Converts the weights.
    ///
    /// # Errors
    /// [`Error::Weights`] where they do not fit the architecture or are not of this kind of number.
    pub fn new(architecture: &Architecture, weights: &Weights) -> Result<Self> {
        let shapes = architecture.shapes()?;
        let convert = |(layer, pair): (usize, &Option<LayerWeights>)| -> Result<Option<Converted<N>>> {
            let Some(pair) = pair else { return Ok(None) };
            match (N::weights(&pair.weight.values), N::weights(&pair.bias.values)) {
                (Some(weight), Some(bias)) => Ok(Some(Converted { weight, bias })),
                _ => Err(Error::Weights { layer, reason: "real weights cannot be evaluated in integers".into() }),
            }
        };
        let weights = weights.layers.iter().enumerate().map(convert).collect::<Result<_>>()?;
        Ok(Forward { architecture: architecture.clone(), shapes, weights })
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.architecture.layers.len()
    }

    /// What layer `index` is called; `output` behind the last one.
    pub fn kind(&self, index: usize) -> &'static str {
        self.architecture.layers.get(index).map_or("output", Layer::kind)
    }

    /// Extent of the values that go into layer `index`, or come out of the last one.
    pub fn shape(&self, index: usize) -> Shape {
        self.shapes.get(index).copied().unwrap_or(Shape::flat(0))
    }

    /// Bytes of the converted weights.
    pub fn resident_bytes(&self) -> u64 {
        let numbers: usize = self.weights.iter().flatten().map(|w| w.weight.len() + w.bias.len()).sum();
        (numbers * size_of::<N>()) as u64
    }

    /// The first layer's input for every image.
    ///
    /// # Errors
    /// [`Error::Images`] for images of another shape.
    pub fn input(&self, images: &Images) -> Result<Vec<N>> {
        let input = &self.architecture.input;
        input.accept(images)?;
        let top = (input.pixels == Pixels::Unit).then(|| input.largest());
        Ok(images.iter().flat_map(|image| input.levels(image)).map(|level| N::pixel(level, top)).collect())
    }

    /// Layer `index` applied to every image's values.
    ///
    /// # Errors
    /// [`Error::Layer`] where this kind of number cannot hold the result.
    pub fn layer(&self, index: usize, values: Vec<N>) -> Result<Vec<N>> {
        let layer = &self.architecture.layers[index];
        let refuse = || Error::Layer { layer: index, kind: layer.kind(), reason: "not defined on integers".into() };
        let shape = self.shapes[index];
        let each = |apply: &dyn Fn(&[N], &mut Vec<N>)| {
            let mut out = Vec::with_capacity(values.len() / shape.len().max(1) * self.shapes[index + 1].len());
            values.chunks_exact(shape.len()).for_each(|image| apply(image, &mut out));
            out
        };
        let weights = || self.weights[index].as_ref().ok_or_else(refuse);
        match layer {
            Layer::Flatten => Ok(values),
            Layer::Activation(activation) => {
                values.into_iter().map(|v| v.activate(activation)).collect::<Option<_>>().ok_or_else(refuse)
            }
            Layer::Dense(_) => weights().map(|w| each(&|image, out| dense(w, image, out))),
            Layer::Conv2d(conv) => weights().map(|w| each(&|image, out| convolution(conv, w, shape, image, out))),
            Layer::BatchNorm => weights().map(|w| each(&|image, out| batch_norm(w, shape, image, out))),
            Layer::MaxPool(pool) => Ok(each(&|image, out| max_pool(pool, shape, image, out))),
            Layer::AveragePool(pool) => {
                let sums = each(&|image, out| sum_pool(pool, shape, image, out));
                sums.into_iter().map(|v| v.divide(pool.size * pool.size)).collect::<Option<_>>().ok_or_else(refuse)
            }
        }
    }
}

/// Sum of products in a fixed order of 16 partial sums, so that it vectorises and always rounds alike.
fn dot<N: Number>(a: &[N], b: &[N]) -> N {
    const LANES: usize = 16;
    let mut partial = [N::default(); LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            partial[lane] = partial[lane] + x[lane] * y[lane];
        }
    }
    let tail = a_rest.iter().zip(b_rest).fold(N::default(), |sum, (x, y)| sum + *x * *y);
    partial.into_iter().fold(tail, |sum, x| sum + x)
}

fn dense<N: Number>(weights: &Converted<N>, image: &[N], out: &mut Vec<N>) {
    let rows = weights.weight.chunks_exact(image.len().max(1));
    out.extend(rows.zip(&weights.bias).map(|(row, bias)| dot(row, image) + *bias));
}

fn convolution<N: Number>(conv: &Conv2d, weights: &Converted<N>, shape: Shape, image: &[N], out: &mut Vec<N>) {
    let taps = shape.channels * conv.kernel * conv.kernel;
    let windows = gather_windows(conv, shape, image);
    for (kernel, bias) in weights.weight.chunks_exact(taps.max(1)).zip(&weights.bias) {
        out.extend(windows.chunks_exact(taps.max(1)).map(|window| dot(kernel, window) + *bias));
    }
}

/// The values under each window, one window after another, zero where it hangs over the edge.
fn gather_windows<N: Number>(conv: &Conv2d, shape: Shape, image: &[N]) -> Vec<N> {
    let inside = |at: usize, extent: usize| at.checked_sub(conv.padding).filter(|at| *at < extent);
    let count = |extent: usize| (extent + 2 * conv.padding - conv.kernel) / conv.stride + 1;
    let mut out = Vec::new();
    for top in (0..count(shape.height)).map(|i| i * conv.stride) {
        for left in (0..count(shape.width)).map(|i| i * conv.stride) {
            for channel in 0..shape.channels {
                for y in top..top + conv.kernel {
                    for x in left..left + conv.kernel {
                        let at = inside(y, shape.height).zip(inside(x, shape.width));
                        out.push(
                            at.map_or(N::default(), |(y, x)| image[(channel * shape.height + y) * shape.width + x]),
                        );
                    }
                }
            }
        }
    }
    out
}

fn batch_norm<N: Number>(weights: &Converted<N>, shape: Shape, image: &[N], out: &mut Vec<N>) {
    let planes = image.chunks_exact((shape.height * shape.width).max(1));
    for (plane, (scale, shift)) in planes.zip(weights.weight.iter().zip(&weights.bias)) {
        out.extend(plane.iter().map(|v| *v * *scale + *shift));
    }
}

fn max_pool<N: Number>(pool: &Pool, shape: Shape, image: &[N], out: &mut Vec<N>) {
    reduce_windows(pool, shape, image, out, |a, b| a.larger(b));
}

fn sum_pool<N: Number>(pool: &Pool, shape: Shape, image: &[N], out: &mut Vec<N>) {
    reduce_windows(pool, shape, image, out, |a, b| a + b);
}

fn reduce_windows<N: Number>(pool: &Pool, shape: Shape, image: &[N], out: &mut Vec<N>, join: impl Fn(N, N) -> N) {
    let starts = |extent: usize| (0..=extent - pool.size).step_by(pool.stride);
    for plane in image.chunks_exact((shape.height * shape.width).max(1)) {
        for top in starts(shape.height) {
            for left in starts(shape.width) {
                let rows = plane.chunks_exact(shape.width).skip(top).take(pool.size);
                let window = rows.flat_map(|row| &row[left..left + pool.size]).copied();
                out.extend(window.reduce(&join));
            }
        }
    }
}
