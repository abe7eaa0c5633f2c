//! What has to be compiled for the processor's instructions, and nothing else.
#![expect(unsafe_code, reason = "calls of functions that need instructions which detection has found")]

use super::chosen::{Choice, Digits};
use super::comb::{Comb, Recoded};
use super::encoding::Encoding;
use super::invariant::{Keys, Stride};
use super::point::{AffineRows, NielsRows, PointRows};
use super::running::{Place, Points};
use super::{chosen, comb, encoding, invariant, point, portable, running, walk};
use crate::dispatch::Kernel;

macro_rules! engines {
    ($(
        $(#[$doc:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty = $module:ident::$function:ident;
    )*) => {
        /// Operations on bundles of eight points.
        pub(super) trait Engine: std::fmt::Debug + Sync {
            $($(#[$doc])* fn $name(&self, $($argument: $type),*) -> $output;)*
        }

        #[derive(Debug)]
        struct PortableEngine;

        impl Engine for PortableEngine {
            $(fn $name(&self, $($argument: $type),*) -> $output {
                $module::$function::<portable::Portable>($($argument),*)
            })*
        }

        /// There is no value of it on processors without AVX-512 IFMA.
        #[cfg(target_arch = "x86_64")]
        #[derive(Debug)]
        struct IfmaEngine(());

        #[cfg(target_arch = "x86_64")]
        impl Engine for IfmaEngine {
            $(fn $name(&self, $($argument: $type),*) -> $output {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")]
                fn compiled($($argument: $type),*) -> $output {
                    $module::$function::<super::ifma::Ifma>($($argument),*)
                }
                // SAFETY: an engine is at hand, so the processor has the instructions.
                unsafe { compiled($($argument),*) }
            })*
        }

        /// There is no value of it on processors without AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[derive(Debug)]
        struct Avx2Engine(());

        #[cfg(target_arch = "x86_64")]
        impl Engine for Avx2Engine {
            $(fn $name(&self, $($argument: $type),*) -> $output {
                #[target_feature(enable = "avx2,fma")]
                fn compiled($($argument: $type),*) -> $output {
                    $module::$function::<super::avx2::Avx2>($($argument),*)
                }
                // SAFETY: an engine is at hand, so the processor has the instructions.
                unsafe { compiled($($argument),*) }
            })*
        }
    };
}

engines! {
    /// Decodes each eight encodings to a bundle of twice their points, and gives the places of those refused.
    fn decode_doubled_vartime(encodings: &[Encoding], out: &mut Vec<NielsRows>) -> Vec<usize>
        = encoding::decode_doubled_vartime;
    /// The encodings of twice the points. Constant time.
    fn encode_doubled(points: &[PointRows]) -> Vec<[Encoding; 8]> = encoding::encode_doubled;
    /// Points as summands.
    fn normalized(points: &[PointRows]) -> Vec<NielsRows> = point::normalized;
    /// The points `2^(k bits) P` for `k < count`.
    fn powers(start: &NielsRows, bits: u32, count: usize) -> Vec<PointRows> = walk::powers;
    /// A sum by the same weights in all lanes.
    fn running_sum(points: Points<'_>, places: &[Place], digit_bits: u32) -> PointRows = running::sum;
    /// A sum by other weights in each lane.
    fn chosen_sum(tables: &[NielsRows], places: &[Vec<Choice>]) -> PointRows = chosen::sum;
    /// The tables of [`Engine::chosen_sum`], eight a bundle.
    fn tables(bundles: &[NielsRows]) -> Vec<NielsRows> = chosen::tables;
    /// The tables of [`Engine::commit`].
    fn comb(bundle: &NielsRows) -> Comb = comb::comb;
    /// A multiple of fixed points plus values. Constant time.
    fn commit(comb: &Comb, scalar: &Recoded, multiples: &[NielsRows], values: &[Digits]) -> PointRows
        = comb::commit;
    /// The keys of points whose doubles are given.
    fn keys(doubles: &[PointRows]) -> Vec<Keys> = invariant::keys;
    /// Points as affine points.
    fn affine(points: &[PointRows]) -> Vec<AffineRows> = point::affine;
    /// The keys of what lies around a double.
    fn surroundings(center: &AffineRows, strides: &[Stride]) -> Vec<Keys> = invariant::surroundings;
    /// The key of a double.
    fn key_of_double(double: &AffineRows) -> Keys = invariant::key_of_double;
    /// A point, and then as often plus a step as there are to be affine points.
    fn walk(start: &mut PointRows, step: &NielsRows, count: usize) -> Vec<AffineRows> = walk::walk;
}

/// The kernel's own engine, or the one of the next plainer kernel that has one: AVX-512 without IFMA has no products that are
/// wider than AVX2's.
pub(super) fn engine(kernel: Kernel) -> &'static dyn Engine {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        Kernel::Ifma if kernel.is_available() => &IfmaEngine(()),
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 | Kernel::Avx512 if kernel.is_available() => &Avx2Engine(()),
        Kernel::Scalar | Kernel::Avx2 | Kernel::Avx512 | Kernel::Ifma => &PortableEngine,
    }
}
