//! The values under each window of a convolution, with gradients: a convolution is then one matrix product.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape as Extents, Tensor, bail};

use blindbench_core::network::architecture::Conv2d;
use blindbench_core::network::images::Shape;

/// Where the windows of a convolution lie on its input.
#[derive(Debug, Clone)]
pub struct Windows {
    input: Shape,
    /// Windows along each axis.
    rows: usize,
    columns: usize,
    /// For each tap of each window, the input value under it; none over the edge.
    taps: std::sync::Arc<[Option<u32>]>,
    per_window: usize,
}

impl Windows {
    /// The windows of `conv` on values of extent `input`.
    pub fn new(conv: &Conv2d, input: Shape) -> Self {
        let count = |extent: usize| (extent + 2 * conv.padding - conv.kernel) / conv.stride + 1;
        let (rows, columns) = (count(input.height), count(input.width));
        let mut taps = Vec::new();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            for channel in 0..input.channels {
                for (y, x) in (0..conv.kernel).flat_map(|y| (0..conv.kernel).map(move |x| (y, x))) {
                    let y = (row * conv.stride + y).checked_sub(conv.padding).filter(|y| *y < input.height);
                    let x = (column * conv.stride + x).checked_sub(conv.padding).filter(|x| *x < input.width);
                    taps.push(y.zip(x).map(|(y, x)| ((channel * input.height + y) * input.width + x) as u32));
                }
            }
        }
        let per_window = input.channels * conv.kernel * conv.kernel;
        Windows { input, rows, columns, taps: taps.into(), per_window }
    }

    /// From `[images, channels * height * width]` to `[images * windows, taps]`.
    ///
    /// # Errors
    /// Where the values have another extent.
    pub fn gather(&self, values: &Tensor) -> Result<Tensor> {
        values.contiguous()?.apply_op1(Gather(self.clone()))
    }

    /// The convolution of `values` with `weight` (`[maps, taps]`) and `bias`: `[images, maps * windows]`.
    ///
    /// # Errors
    /// Where the extents do not fit.
    pub fn convolve(&self, values: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let (images, maps) = (values.dim(0)?, weight.dim(0)?);
        let sums = self.gather(values)?.matmul(&weight.t()?)?.broadcast_add(bias)?;
        let by_map = sums.reshape((images, self.rows * self.columns, maps))?.transpose(1, 2)?.contiguous()?;
        by_map.reshape((images, maps * self.rows * self.columns))
    }
}

/// A contiguous slice of an operation's input.
fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("windows take contiguous values"),
    }
}

struct Gather(Windows);

impl CustomOp1 for Gather {
    fn name(&self) -> &'static str {
        "gather-windows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Extents)> {
        let values = floats(storage, layout)?;
        let images = values.len() / self.0.input.len();
        let mut out = Vec::with_capacity(images * self.0.taps.len());
        for image in values.chunks_exact(self.0.input.len()) {
            out.extend(self.0.taps.iter().map(|tap| tap.map_or(0.0, |at| image[at as usize])));
        }
        let extents = (images * self.0.rows * self.0.columns, self.0.per_window);
        Ok((CpuStorage::F32(out), extents.into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        gradient.contiguous()?.apply_op1_no_bwd(&Scatter(self.0.clone())).map(Some)
    }
}

/// The transpose of [`Gather`]: adds each tap's value back to where it was taken from.
struct Scatter(Windows);

impl CustomOp1 for Scatter {
    fn name(&self) -> &'static str {
        "scatter-windows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Extents)> {
        let values = floats(storage, layout)?;
        let images = values.len() / self.0.taps.len();
        let mut out = vec![0.0; images * self.0.input.len()];
        for (image, taps) in out.chunks_exact_mut(self.0.input.len()).zip(values.chunks_exact(self.0.taps.len())) {
            for (tap, value) in self.0.taps.iter().zip(taps) {
                if let Some(at) = tap {
                    image[*at as usize] += value;
                }
            }
        }
        Ok((CpuStorage::F32(out), (images, self.0.input.len()).into()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test may panic")]
mod tests {
    use candle_core::{Device, Tensor, Var};

    use super::{Conv2d, Shape, Windows};

    fn ramp(extents: &[usize], step: f32) -> Tensor {
        let count: usize = extents.iter().product();
        let values: Vec<f32> = (0..count).map(|i| ((i * 7919) % 31) as f32 * step - 1.0).collect();
        Tensor::from_vec(values, extents, &Device::Cpu).unwrap()
    }

    #[test]
    fn equals_the_library_s_convolution_with_its_gradients() {
        let conv = Conv2d { maps: 3, kernel: 3, stride: 2, padding: 1, bounds: None, typical: None };
        let windows = Windows::new(&conv, Shape { channels: 2, height: 7, width: 7 });
        let values = Var::from_tensor(&ramp(&[4, 2 * 7 * 7], 0.1)).unwrap();
        let weight = Var::from_tensor(&ramp(&[3, 2, 3, 3], 0.05)).unwrap();
        let ours = windows
            .convolve(
                &values,
                &weight.reshape((3, 18)).unwrap(),
                &Tensor::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap(),
            )
            .unwrap();
        let theirs =
            values.reshape((4, 2, 7, 7)).unwrap().conv2d(&weight, 1, 2, 1, 1).unwrap().flatten_from(1).unwrap();
        let gap = |a: &Tensor, b: &Tensor| {
            (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap()
        };
        assert!(gap(&ours, &theirs) < 1e-4);
        let ours = ours.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let theirs = theirs.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        for var in [&values, &weight] {
            assert!(gap(ours.get(var).unwrap(), theirs.get(var).unwrap()) < 1e-2);
        }
    }
}
