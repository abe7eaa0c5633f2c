use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::super::error::Error;
use super::super::sample::{Sample, sample};
use super::super::server::{Answer, Server};
use super::super::transfer::Patience;
use super::super::{Name, Origin, SIZES};
use super::{Fallback, NamedBy, Place, Source, cache};
use crate::experiment::Split;
use crate::progress::Progress;

/// Looks into one folder and at a mirror where nobody answers.
fn source(sample: &Sample, folder: &Path, named_by: NamedBy, fallback: Fallback) -> Source {
    Source {
        places: vec![Place { folder: folder.to_owned(), named_by }],
        mirrors: vec!["http://127.0.0.1:1".into()],
        fallback,
        edition: sample.edition.clone(),
        patience: Patience { pause: Duration::ZERO, ..Patience::default() },
    }
}

#[test]
fn images_are_taken_from_the_first_on() {
    let (sample, folder) = (sample(), TempDir::new().unwrap());
    sample.write(folder.path());
    let source = source(&sample, folder.path(), NamedBy::Option, Fallback::Refuse);
    let load = |images| source.load(Name::Mnist, Split::Test, images, &Progress::Silent);
    let (all, three) = (load(None).unwrap(), load(Some(3)).unwrap());
    assert_eq!((all.len(), three.len(), three.labels.as_slice()), (5, 3, &[0, 1, 2][..]));
    assert_eq!(all.images.slice(0..3), three.images);
    assert_eq!(all.origin, Origin::Folder(folder.path().to_owned()));
    assert_eq!(three.sha256(), load(Some(3)).unwrap().sha256());
    assert_ne!(three.sha256(), all.sha256());
    let error = load(Some(6)).unwrap_err();
    assert_eq!(error.to_string(), "6 images asked for, but mnist has 5 in its test split");
}

#[test]
fn a_named_folder_is_never_passed_over() {
    let (sample, folder) = (sample(), TempDir::new().unwrap());
    for named_by in [NamedBy::Option, NamedBy::Environment] {
        let source = source(&sample, folder.path(), named_by, Fallback::Digits);
        let error = source.load(Name::Mnist, Split::Test, None, &Progress::Silent).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }), "{error}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is downloaded into a named folder");
}

#[test]
fn drawn_digits_stand_in_only_where_that_is_allowed() {
    let (sample, folder) = (sample(), TempDir::new().unwrap());
    let source = |fallback| source(&sample, folder.path(), NamedBy::Cache, fallback);
    let error = source(Fallback::Refuse).load(Name::Mnist, Split::Test, Some(4), &Progress::Silent).unwrap_err();
    assert!(matches!(error, Error::Download { .. }), "{error}");
    let drawn = source(Fallback::Digits).load(Name::Mnist, Split::Test, Some(4), &Progress::Silent).unwrap();
    assert_eq!((drawn.name, drawn.len()), (Name::Digits, 4));
    assert!(matches!(&drawn.origin, Origin::FellBack { reason } if reason.contains("127.0.0.1:1")));
    let asked_for = source(Fallback::Refuse).load(Name::Digits, Split::Test, Some(4), &Progress::Silent).unwrap();
    assert_eq!((asked_for.sha256(), asked_for.images), (drawn.sha256(), drawn.images));
    assert!(matches!(asked_for.origin, Origin::Drawn { .. }));
}

#[test]
fn the_cache_folder_is_filled_with_what_is_needed_and_mended() {
    let (sample, folder) = (sample(), TempDir::new().unwrap());
    let server = Server::start(sample.published(), vec![Answer::Sound]);
    let cache = folder.path().join("new/cache");
    let source =
        Source { mirrors: vec![server.url.clone()], ..source(&sample, &cache, NamedBy::Cache, Fallback::Refuse) };
    let load = || source.load(Name::Mnist, Split::Test, None, &Progress::Silent).unwrap();
    let first = load();
    assert_eq!(server.requests(), ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]);
    fs::write(cache.join("t10k-labels-idx1-ubyte.gz"), "damaged").unwrap();
    assert_eq!(load(), first);
    assert_eq!(server.requests().len(), 3);
    load();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn without_any_folder_the_remedy_is_told() {
    let sample = sample();
    let source = Source { places: Vec::new(), ..source(&sample, Path::new(""), NamedBy::Cache, Fallback::Refuse) };
    assert!(matches!(source.load(Name::Mnist, Split::Test, None, &Progress::Silent), Err(Error::Homeless)));
}

#[test]
fn the_cache_folder_follows_the_xdg_specification() {
    let path = |path: &str| Some(PathBuf::from(path));
    assert_eq!(cache(path("/xdg"), path("/home/u")), path("/xdg/blindbench"));
    assert_eq!(cache(path("relative"), path("/home/u")), path("/home/u/.cache/blindbench"));
    assert_eq!(cache(None, path("/home/u")), path("/home/u/.cache/blindbench"));
    assert_eq!(cache(None, None), None);
}

#[test]
fn sizes_are_those_of_the_files() {
    for (sizes, name) in SIZES.iter().zip([Name::Mnist, Name::Digits]) {
        assert_eq!(sizes.name.parse::<Name>().unwrap(), name);
    }
    let [mnist, digits] = SIZES;
    let published = super::MNIST;
    assert_eq!(16 + 784 * (mnist.train + mnist.validation) as u64, published.training.images.bytes);
    assert_eq!(8 + mnist.test as u64, published.test.labels.bytes);
    assert_eq!(mnist.validation, published.validation);
    for split in [Split::Train, Split::Validation, Split::Test] {
        let size = [digits.train, digits.validation, digits.test][split as usize];
        assert_eq!(super::digits::count(split), size);
    }
}
