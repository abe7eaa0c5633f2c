//! The numbers a network is evaluated in.

use super::architecture::Activation;
use super::weights::TensorValues;

/// A number that layers can be computed with: `f32`, `f64`, `i64`, `i128` or an
/// [`Interval`](super::bounds::Interval).
pub trait Number:
    Copy + Default + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self> + Send + Sync + 'static
{
    /// The weights in this number; none where they are of another kind.
    fn weights(values: &TensorValues) -> Option<Vec<Self>>;
    /// A whole number; none where the kind cannot hold it.
    fn integer(value: i128) -> Option<Self>;
    /// The value of a pixel of the given level; `top` is the level of a white real pixel, or none for integers.
    fn pixel(level: u16, top: Option<u16>) -> Self;
    /// The larger of the two.
    fn larger(self, other: Self) -> Self;
    /// `self` divided by a whole number, where the kind can.
    fn divide(self, by: usize) -> Option<Self>;
    /// The activation of `self`; none where the kind cannot hold it.
    fn activate(self, activation: &Activation) -> Option<Self>;
}

macro_rules! real {
    ($type:ty, $tau:expr) => {
        impl Number for $type {
            fn weights(values: &TensorValues) -> Option<Vec<Self>> {
                Some(match values {
                    TensorValues::Real(v) => v.iter().map(|&x| <$type>::from(x)).collect(),
                    TensorValues::Integer(v) => v.iter().map(|&x| x as $type).collect(),
                })
            }

            fn integer(value: i128) -> Option<Self> {
                Some(value as $type)
            }

            fn pixel(level: u16, top: Option<u16>) -> Self {
                top.map_or(level as $type, |top| level as $type / top as $type)
            }

            fn larger(self, other: Self) -> Self {
                self.max(other)
            }

            fn divide(self, by: usize) -> Option<Self> {
                Some(self / by as $type)
            }

            fn activate(self, activation: &Activation) -> Option<Self> {
                Some(match activation {
                    Activation::Square => self * self,
                    Activation::Polynomial(c) => c.iter().rev().fold(0.0, |sum, &c| sum * self + c as $type),
                    Activation::Relu => self.max(0.0),
                    Activation::Sigmoid => 1.0 / (1.0 + (-self).exp()),
                    Activation::Tanh => self.tanh(),
                    Activation::Sign => {
                        if self >= 0.0 {
                            1.0
                        } else {
                            -1.0
                        }
                    }
                    Activation::Sine(sine) => {
                        let period = sine.period as $type;
                        let z = match sine.steps {
                            // Half rounds up, as the integer rounding of a modulus switch does.
                            Some(steps) => (self * steps as $type / period + 0.5).floor() * period / steps as $type,
                            None => self,
                        };
                        ($tau * (z.rem_euclid(period) / period)).sin()
                    }
                })
            }
        }
    };
}

real!(f32, std::f32::consts::TAU);
real!(f64, std::f64::consts::TAU);

macro_rules! integer {
    ($type:ty) => {
        impl Number for $type {
            fn weights(values: &TensorValues) -> Option<Vec<Self>> {
                values.integers().map(|v| v.iter().map(|&x| <$type>::from(x)).collect())
            }

            fn integer(value: i128) -> Option<Self> {
                value.try_into().ok()
            }

            fn pixel(level: u16, _: Option<u16>) -> Self {
                <$type>::from(level)
            }

            fn larger(self, other: Self) -> Self {
                self.max(other)
            }

            fn divide(self, _: usize) -> Option<Self> {
                None
            }

            fn activate(self, activation: &Activation) -> Option<Self> {
                match activation {
                    Activation::Square => Some(self * self),
                    Activation::Relu => Some(self.max(0)),
                    Activation::Sign => Some(if self >= 0 { 1 } else { -1 }),
                    Activation::Polynomial(_) | Activation::Sigmoid | Activation::Tanh | Activation::Sine(_) => None,
                }
            }
        }
    };
}

integer!(i64);
integer!(i128);
