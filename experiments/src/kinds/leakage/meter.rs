//! Keys in, what they give away out.

use std::collections::HashSet;

use blindbench_core::error::Error;
use blindbench_functional::leakage::labels;
use blindbench_functional::leakage::mixture::Mixture;
use blindbench_functional::leakage::prior::{Format, PublicImages};
use blindbench_functional::leakage::quality::{psnr, ssim};
use blindbench_functional::leakage::reconstruction::{Opened, Reconstruction};
use blindbench_functional::leakage::span::Span;
use blindbench_results::cell::Leakage;
use blindbench_results::leakage::{AttackSample, LEAST_NORM, LeakageSample, PUBLIC_PRIOR, Pixels, ShownVictim};

use super::issue::Issue;

/// Everything that a server holds after some steps, and the images that it is tried on.
pub(super) struct Meter {
    span: Span,
    pixels: Span,
    live: Span,
    mixture: Mixture,
    keys: u64,
    distinct: HashSet<blake3::Hash>,
    public: PublicImages,
    victims: Victims,
}

/// Images that were never trained on.
pub(super) struct Victims {
    /// As they are encrypted, one after another.
    pub images: Vec<u8>,
    /// What they show.
    pub labels: Vec<u8>,
    /// What the images are.
    pub format: Format,
    /// Pixels of a row.
    pub width: usize,
    /// How many of them records show.
    pub shown: usize,
}

impl Meter {
    /// A meter for keys of `length` numbers, none issued.
    ///
    /// # Errors
    /// Where public images are of another size than the victims.
    pub fn new(length: usize, public: PublicImages, victims: Victims) -> Result<Self, Error> {
        let pixels = victims.format.length;
        Ok(Meter {
            span: Span::new(length),
            pixels: Span::new(pixels),
            live: Span::restricted(pixels, public.live())?,
            mixture: Mixture::new(pixels),
            keys: 0,
            distinct: HashSet::new(),
            public,
            victims,
        })
    }

    /// Hands keys to the server.
    ///
    /// # Errors
    /// For weight vectors of another length.
    pub fn issue(&mut self, issue: &Issue) -> Result<(), Error> {
        for key in &issue.keys {
            self.keys += 1;
            self.span.add(key)?;
            let bytes: Vec<u8> = key.iter().flat_map(|weight| weight.to_le_bytes()).collect();
            self.distinct.insert(blake3::hash(&bytes));
        }
        for vector in issue.opened.as_ref().unwrap_or(&issue.keys) {
            self.live.add(vector)?;
            self.pixels.add(vector)?;
            self.mixture.add(vector)?;
        }
        Ok(())
    }

    /// Attacks every victim with the keys of `step` steps.
    ///
    /// # Errors
    /// Where an attack cannot be computed.
    pub fn measure(&self, step: u64) -> Result<LeakageSample, Error> {
        let Victims { images, labels, format, .. } = &self.victims;
        let opened = Opened::of(&self.mixture.basis(self.pixels.rank())?, images, *format)?;
        let blind = Reconstruction::of_least_norm(&opened).images()?;
        let informed = Reconstruction::with_prior(&opened, &self.public)?.images()?;
        let guessed = labels::guess(&opened, &self.public)?;
        Ok(LeakageSample {
            step,
            keys: self.keys,
            distinct_keys: self.distinct.len() as u64,
            span: of_span(&self.span),
            pixels: of_span(&self.pixels),
            live: of_span(&self.live),
            victims: labels.len() as u64,
            attacks: vec![self.judge(LEAST_NORM, &blind), self.judge(PUBLIC_PRIOR, &informed)],
            labels_right: guessed.iter().zip(labels).filter(|(guess, label)| guess == label).count() as u64,
            shown: self.show(&informed),
        })
    }

    fn judge(&self, attack: &str, found: &[u8]) -> AttackSample {
        let Victims { images, labels, format, width, .. } = &self.victims;
        let (mut decibels, mut similarities, mut exact) = (0.0, Some(0.0), 0);
        for (real, found) in images.chunks(format.length).zip(found.chunks(format.length)) {
            let (real, found) = (self.grey(real), self.grey(found));
            decibels += psnr(&real, &found);
            similarities = similarities.zip(ssim(&real, &found, *width)).map(|(sum, next)| sum + next);
            exact += u64::from(real == found);
        }
        let count = labels.len().max(1) as f64;
        AttackSample {
            attack: attack.into(),
            psnr_db: decibels / count,
            ssim: similarities.map(|sum| sum / count),
            exact,
        }
    }

    fn show(&self, found: &[u8]) -> Vec<ShownVictim> {
        let Victims { images, labels, format, width, shown } = &self.victims;
        let pairs = images.chunks(format.length).zip(found.chunks(format.length));
        let victims = (0..).zip(pairs.zip(labels)).take(*shown).map(|(image, ((real, found), label))| ShownVictim {
            image,
            label: *label,
            width: *width as u32,
            real: Pixels(self.grey(real)),
            found: Pixels(self.grey(found)),
        });
        victims.collect()
    }

    /// Pixels as 8-bit greys, so that networks of few grey levels are compared with others.
    fn grey(&self, pixels: &[u8]) -> Vec<u8> {
        let largest = u32::from(self.victims.format.largest.max(1));
        pixels.iter().map(|pixel| ((u32::from(*pixel) * 255 + largest / 2) / largest) as u8).collect()
    }
}

fn of_span(span: &Span) -> Leakage {
    Leakage { rank: span.rank() as u64, dimension: span.dimension() as u64 }
}
