//! What the figures draw with: one canvas, one palette, one font.

pub mod axis;
pub mod canvas;
pub mod font;
pub mod image;
pub mod marker;
pub mod palette;
pub mod place;
pub mod raster;
pub mod rows;
pub mod sheet;
pub mod svg;
