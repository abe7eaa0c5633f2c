//! Where the values of images and feature maps stand, so that convolutions take few rotations.

use std::collections::BTreeMap;

use blindbench_core::error::Result;
use blindbench_core::network::architecture::{Architecture, Conv2d, Layer};
use blindbench_core::network::images::Shape;

use super::affine::{Affine, Entry};

/// How the client lays out an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// Pixel by pixel.
    Pixels,
    /// For a network that begins with a convolution: what each of its weights is multiplied by, window by window, in a
    /// plane of its own (Brutzkus, Gilad-Bachrach and Elisha, "Low latency privacy preserving inference", 2019, section
    /// 4.1, "convolution representation").
    Windows,
}

/// Places of values in planes: those that a stride leaves out stay free, so that neighbors keep their distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Places of a plane, one a channel.
    plane: usize,
    /// Places of a row.
    width: usize,
    /// Places from one value to the next, in both directions.
    step: usize,
}

impl Grid {
    /// Values of a shape one after the other in planes of a power of two; vectors without gaps.
    fn new(shape: Shape) -> Grid {
        let plane = (shape.height * shape.width).next_power_of_two();
        Grid { plane, width: shape.width, step: 1 }
    }

    /// The grid of a layer's output.
    fn after(self, layer: &Layer, output: Shape) -> Grid {
        match layer {
            Layer::Conv2d(conv) => self.strided(conv.stride, output),
            Layer::AveragePool(pool) | Layer::MaxPool(pool) => self.strided(pool.stride, output),
            Layer::Dense(_) => Grid::new(output),
            // Flattened values stay where they are: only their names change.
            Layer::Flatten | Layer::BatchNorm | Layer::Activation(_) => self,
        }
    }

    /// Every `stride`-th value; a grid of its own for what is larger than before.
    fn strided(self, stride: usize, output: Shape) -> Grid {
        let step = self.step * stride;
        let last = |extent: usize| extent.saturating_sub(1) * step;
        let fits =
            last(output.width) < self.width && last(output.height) * self.width + last(output.width) < self.plane;
        if fits { Grid { step, ..self } } else { Grid::new(output) }
    }
}

/// A grid with the shape that it was made for: flattening forgets the shape, not the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracked {
    grid: Grid,
    shape: Shape,
}

impl Tracked {
    fn new(shape: Shape) -> Tracked {
        Tracked { grid: Grid::new(shape), shape }
    }

    /// After a layer with this output.
    pub fn after(self, layer: &Layer, output: Shape) -> Tracked {
        let shape = if matches!(layer, Layer::Flatten) { self.shape } else { output };
        Tracked { grid: self.grid.after(layer, output), shape }
    }

    /// The place of each value.
    pub fn places(self, shape: Shape) -> Vec<usize> {
        let Grid { plane, width, step } = self.grid;
        let own = self.shape;
        debug_assert_eq!(own.len(), shape.len());
        let place = |value: usize| {
            let (channel, rest) = (value / (own.height * own.width), value % (own.height * own.width));
            channel * plane + rest / own.width * step * width + rest % own.width * step
        };
        (0..shape.len()).map(place).collect()
    }
}

/// An arranged input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranged {
    /// By input of the first map: its pixel; none for zero.
    pub pixels: Vec<Option<u32>>,
    /// By map of the network: the row of each of its outputs.
    pub places: Vec<Vec<usize>>,
    /// Where the first layer's values begin to stand.
    grid: Tracked,
    /// Inputs from one weight of a convolution to the next, where windows are arranged.
    plane: Option<usize>,
}

impl Arranged {
    /// A network's input, arranged; none where its first layer does not fit the arrangement.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Layer`] for layers that do not fit each other.
    pub fn new(architecture: &Architecture, arrangement: Arrangement) -> Result<Option<Arranged>> {
        let input = match (arrangement, architecture.layers.first()) {
            (Arrangement::Pixels, _) => Arranged::pixels(architecture)?,
            (Arrangement::Windows, Some(Layer::Conv2d(conv))) => {
                Arranged::windows(conv, architecture.input.cropped()).with_places(architecture)?
            }
            (Arrangement::Windows, _) => return Ok(None),
        };
        Ok(Some(input))
    }

    /// Pixel by pixel.
    ///
    /// # Errors
    /// [`blindbench_core::error::Error::Layer`] for layers that do not fit each other.
    pub fn pixels(architecture: &Architecture) -> Result<Arranged> {
        let shape = architecture.input.cropped();
        let pixels = (0..shape.len() as u32).map(Some).collect();
        Arranged { pixels, places: Vec::new(), grid: Tracked::new(shape), plane: None }.with_places(architecture)
    }

    /// Follows a network's values through its layers.
    fn with_places(mut self, architecture: &Architecture) -> Result<Arranged> {
        let shapes = architecture.shapes()?;
        let mut grid = self.grid;
        for (index, layer) in architecture.layers.iter().enumerate() {
            if matches!(layer, Layer::Activation(_)) {
                self.places.push(grid.places(shapes[index]));
            }
            grid = match index {
                0 => self.first(layer, shapes[1]),
                _ => grid.after(layer, shapes[index + 1]),
            };
        }
        self.places.push(grid.places(shapes[shapes.len() - 1]));
        Ok(self)
    }

    fn windows(conv: &Conv2d, input: Shape) -> Arranged {
        let count = |extent: usize| (extent + 2 * conv.padding - conv.kernel) / conv.stride + 1;
        let (height, width) = (count(input.height), count(input.width));
        let plane = (height * width).next_power_of_two();
        let taps = input.channels * conv.kernel * conv.kernel;
        let mut pixels = vec![None; taps * plane];
        for (tap, plane) in pixels.chunks_exact_mut(plane).enumerate() {
            let (channel, rest) = (tap / (conv.kernel * conv.kernel), tap % (conv.kernel * conv.kernel));
            let (dy, dx) = (rest / conv.kernel, rest % conv.kernel);
            for (window, pixel) in plane.iter_mut().take(height * width).enumerate() {
                let inside = |at: usize, extent: usize| at.checked_sub(conv.padding).filter(|at| *at < extent);
                let y = inside(window / width * conv.stride + dy, input.height);
                let x = inside(window % width * conv.stride + dx, input.width);
                *pixel = y.zip(x).map(|(y, x)| ((channel * input.height + y) * input.width + x) as u32);
            }
        }
        // The convolution's own stride multiplies the step of what it is given.
        let grid = Tracked { grid: Grid { plane, width, step: 1 }, shape: Shape { channels: 1, height, width } };
        Arranged { pixels, places: Vec::new(), grid, plane: Some(plane) }
    }

    /// The grid after the first layer: windows already stand where its outputs will.
    fn first(&self, layer: &Layer, output: Shape) -> Tracked {
        match self.plane {
            Some(_) => Tracked { shape: output, ..self.grid },
            None => self.grid.after(layer, output),
        }
    }

    /// The first map on arranged inputs.
    pub fn arrange<V: Entry>(&self, map: Affine<V>) -> Affine<V> {
        let Some(plane) = self.plane else { return map };
        let windows = self.grid.shape.height * self.grid.shape.width;
        let row = |(output, terms): (usize, &Vec<(usize, V)>)| {
            let weights: BTreeMap<usize, V> = terms.iter().copied().collect();
            let tap = |tap: usize| {
                let input = tap * plane + output % windows;
                let pixel = self.pixels[input]? as usize;
                Some((input, *weights.get(&pixel)?))
            };
            (0..self.pixels.len() / plane).filter_map(tap).collect()
        };
        let rows = map.rows.iter().enumerate().map(row).collect();
        Affine { inputs: self.pixels.len(), rows, ..map }
    }
}
