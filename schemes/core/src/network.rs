//! Networks: an architecture apart from its weights, and their exact evaluation in the clear.

pub mod architecture;
pub mod bounds;
pub mod forward;
pub mod images;
pub mod logits;
pub mod lowered;
pub mod number;
pub mod typical;
pub mod weights;
