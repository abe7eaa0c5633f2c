//! A training between two epochs, on disk: an interrupted one goes on where it stood.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::error::{Error, Result};
use super::session::Session;
use crate::models::curve;

/// What the metadata of a checkpoint is called.
const FINGERPRINT: &str = "fingerprint";
const CURVE: &str = "curve";
const STEPS: &str = "steps";

/// Writes the state of a session, as a whole or not at all.
///
/// # Errors
/// [`Error::File`].
pub fn save(session: &Session<'_>, fingerprint: &str, path: &Path) -> Result<()> {
    let parts = session.adam.tensors.iter().zip(&session.best).flat_map(|(tensor, best)| {
        let parts = [("current", session.current(tensor)), ("first", Ok(tensor.first.clone()))];
        let more = [("second", tensor.second.clone()), ("mean", tensor.mean.clone()), ("best", best.clone())];
        let parts = parts.into_iter().chain(more.map(|(part, values)| (part, Ok(values))));
        parts.map(|(part, values)| Ok((format!("{}.{part}", tensor.name), bytes(&values?))))
    });
    let parts: Vec<(String, Vec<u8>)> = parts.collect::<Result<_>>()?;
    let views = parts.iter().map(|(name, data)| {
        let view = TensorView::new(Dtype::F32, vec![data.len() / 4], data);
        view.map(|view| (name.as_str(), view)).map_err(|e| Error::checkpoint(path, e.to_string()))
    });
    let views: Vec<_> = views.collect::<Result<_>>()?;
    let metadata = HashMap::from([
        (FINGERPRINT.to_owned(), fingerprint.to_owned()),
        (CURVE.to_owned(), curve::to_csv(&session.curve)),
        (STEPS.to_owned(), session.adam.steps.to_string()),
    ]);
    let file = safetensors::serialize(views, Some(metadata)).map_err(|e| Error::checkpoint(path, e.to_string()))?;
    super::files::write(path, &file)
}

/// Brings a session to the state of a checkpoint; leaves it alone where there is none.
///
/// # Errors
/// [`Error::Checkpoint`] for one of another training or a damaged one, with the remedy.
pub fn resume(session: &mut Session<'_>, fingerprint: &str, path: &Path) -> Result<()> {
    let file = match std::fs::read(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(Error::file(path, source)),
    };
    let refuse = |reason: &str| Error::checkpoint(path, reason);
    let (_, header) = SafeTensors::read_metadata(&file).map_err(|e| refuse(&e.to_string()))?;
    let metadata = header.metadata().clone().unwrap_or_default();
    if metadata.get(FINGERPRINT).is_none_or(|found| found != fingerprint) {
        return Err(refuse("it is of another recipe, seed, data set or number of epochs"));
    }
    let tensors = SafeTensors::deserialize(&file).map_err(|e| refuse(&e.to_string()))?;
    let part = |name: &str, part: &str, length: usize| {
        let view = tensors.tensor(&format!("{name}.{part}")).ok();
        let values = view.map(|view| floats(view.data())).filter(|values| values.len() == length);
        values.ok_or_else(|| refuse(&format!("tensor `{name}.{part}` is missing or of another length")))
    };
    session.best.clear();
    for tensor in &mut session.adam.tensors {
        let length = tensor.first.len();
        tensor.assign(&part(&tensor.name, "current", length)?)?;
        tensor.first = part(&tensor.name, "first", length)?;
        tensor.second = part(&tensor.name, "second", length)?;
        tensor.mean = part(&tensor.name, "mean", length)?;
        session.best.push(part(&tensor.name, "best", length)?);
    }
    let curve = metadata.get(CURVE).and_then(|text| curve::from_csv(text));
    session.curve = curve.ok_or_else(|| refuse("its learning curve cannot be read"))?;
    let steps = metadata.get(STEPS).and_then(|text| text.parse().ok());
    session.adam.steps = steps.ok_or_else(|| refuse("its number of steps cannot be read"))?;
    Ok(())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
