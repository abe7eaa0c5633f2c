//! Bounded discrete logarithms by tables.
