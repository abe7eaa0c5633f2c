//! Slices as rows of one register's words, and the shapes that operations on them ask for.

/// A slice as rows of N; panics where its length is no multiple of N.
pub(super) fn rows<T, const N: usize>(x: &[T]) -> &[[T; N]] {
    let (rows, rest) = x.as_chunks();
    assert!(rest.is_empty(), "{} words are no whole rows of {N}", x.len());
    rows
}

/// [`rows`] to write to.
pub(super) fn rows_mut<const N: usize>(x: &mut [u64]) -> &mut [[u64; N]] {
    let words = x.len();
    let (rows, rest) = x.as_chunks_mut();
    assert!(rest.is_empty(), "{words} words are no whole rows of {N}");
    rows
}

/// Asserts that every slice has the length of the first.
pub(super) fn same(length: usize, others: impl IntoIterator<Item = usize>) {
    others.into_iter().for_each(|other| assert_eq!(other, length, "slices of unequal lengths"));
}
