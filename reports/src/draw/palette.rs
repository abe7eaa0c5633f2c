//! Colours: Okabe and Ito's colour-blind-safe set ("Color Universal Design", 2008) and a few greys.
//!
//! A standalone figure is drawn in the light colours. In the page each colour is replaced by a CSS variable through an
//! attribute selector, so one drawing serves the light and the dark theme.

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// A colour of the figures: as it is drawn, and as the dark theme shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swatch {
    /// Name of the CSS variable, without the dashes.
    pub name: &'static str,
    /// Light theme and standalone files; unique within [`ALL`], for the page selects by it.
    pub light: (u8, u8, u8),
    /// Dark theme.
    pub dark: (u8, u8, u8),
}

/// Background.
pub const PAPER: Swatch = Swatch { name: "paper", light: (255, 255, 255), dark: (13, 17, 23) };
/// Text, outlines and intervals.
pub const INK: Swatch = Swatch { name: "ink", light: (27, 31, 36), dark: (230, 237, 243) };
/// Ticks, notes and axis lines.
pub const MUTED: Swatch = Swatch { name: "muted", light: (79, 88, 98), dark: (157, 167, 177) };
/// Grid lines.
pub const GRID: Swatch = Swatch { name: "grid", light: (216, 222, 228), dark: (48, 54, 61) };
/// Hatching of rows below 128-bit security.
pub const HATCH: Swatch = Swatch { name: "hatch", light: (196, 160, 140), dark: (110, 84, 70) };

/// Series colours in the order they are handed out.
pub const SERIES: [Swatch; 7] = [
    Swatch { name: "s0", light: (0, 114, 178), dark: (77, 171, 226) },
    Swatch { name: "s1", light: (230, 159, 0), dark: (240, 180, 60) },
    Swatch { name: "s2", light: (0, 158, 115), dark: (52, 196, 152) },
    Swatch { name: "s3", light: (213, 94, 0), dark: (244, 132, 62) },
    Swatch { name: "s4", light: (204, 121, 167), dark: (222, 150, 190) },
    Swatch { name: "s5", light: (86, 180, 233), dark: (130, 205, 245) },
    Swatch { name: "s6", light: (240, 228, 66), dark: (245, 236, 110) },
];

/// Every colour a figure may use.
pub const ALL: [Swatch; 12] =
    [PAPER, INK, MUTED, GRID, HATCH, SERIES[0], SERIES[1], SERIES[2], SERIES[3], SERIES[4], SERIES[5], SERIES[6]];

impl Swatch {
    pub(crate) fn color(self) -> RGBColor {
        RGBColor(self.light.0, self.light.1, self.light.2)
    }
}

/// Colour of the `index`-th series; repeats after seven, where the marker's shape still differs.
#[must_use]
pub fn series(index: usize) -> Swatch {
    SERIES[index % SERIES.len()]
}

/// CSS rules that map each drawn colour to its variable inside figures.
#[must_use]
pub fn selectors() -> String {
    let mut css = String::new();
    for Swatch { name, light, .. } in ALL {
        let hex = hex(light);
        let _ = writeln!(
            css,
            "figure svg [fill=\"{hex}\"]{{fill:var(--{name})}}figure svg [stroke=\"{hex}\"]{{stroke:var(--{name})}}"
        );
    }
    css
}

/// The variables of the light theme (`Swatch::light`) as CSS declarations.
#[must_use]
pub fn light_variables() -> String {
    variables(|swatch| swatch.light)
}

/// The variables of the dark theme as CSS declarations.
#[must_use]
pub fn dark_variables() -> String {
    variables(|swatch| swatch.dark)
}

fn variables(pick: impl Fn(Swatch) -> (u8, u8, u8)) -> String {
    ALL.into_iter().map(|swatch| format!("--{}:{};", swatch.name, hex(pick(swatch)))).collect()
}

/// As plotters writes a colour: upper case, which matters to the attribute selectors.
fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_colours_are_unique() {
        let mut seen: Vec<_> = ALL.iter().map(|swatch| swatch.light).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), ALL.len());
    }

    #[test]
    fn text_has_contrast_in_both_themes() {
        for swatch in [INK, MUTED] {
            assert!(contrast(swatch.light, PAPER.light) >= 4.5, "{} on light", swatch.name);
            assert!(contrast(swatch.dark, PAPER.dark) >= 4.5, "{} on dark", swatch.name);
        }
    }

    /// WCAG 2.2, relative luminance and contrast ratio.
    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
