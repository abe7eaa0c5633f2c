//! Where a label goes when markers crowd.

use super::canvas::{Area, Point};

/// Pixels between a marker and a label that plainly belong together.
const NEAR: i32 = 4;

/// A box of `size` beside `marker` that lies within `bounds` and touches nothing taken, or the one that touches least.
#[must_use]
pub fn beside(marker: Area, size: (i32, i32), taken: &[Area], bounds: Area) -> Area {
    let candidates: Vec<Area> = candidates(marker, size).into_iter().filter(|area| bounds.contains(area)).collect();
    let touched = |area: &Area| taken.iter().filter(|other| other.overlaps(area)).count();
    candidates.iter().copied().min_by_key(touched).unwrap_or(Area {
        left: marker.right,
        top: marker.top,
        right: marker.right + size.0,
        bottom: marker.top + size.1,
    })
}

/// The line that ties a label to its marker where it had to move away; `None` where it stands right beside it.
#[must_use]
pub fn leader(marker: Area, label: Area) -> Option<Vec<Point>> {
    let gap = (label.left - marker.right).max(marker.left - label.right);
    let rise = (label.top - marker.bottom).max(marker.top - label.bottom);
    if gap.max(rise) <= NEAR {
        return None;
    }
    let (from, to) = (marker.middle(), label.middle());
    let nearest = |area: Area, (x, y): Point| (x.clamp(area.left, area.right), y.clamp(area.top, area.bottom));
    Some(vec![nearest(marker, to), nearest(label, from)])
}

/// Boxes around the marker, the nearest first: right, left, above, below, the corners, then the same further away.
fn candidates(marker: Area, (width, height): (i32, i32)) -> Vec<Area> {
    let (x, y) = marker.middle();
    let mut boxes = Vec::new();
    for gap in [1, 16, 32, 48, 64] {
        let (left, right) = (marker.left - gap - width / 2, marker.right + gap + width / 2);
        let (above, below) = (marker.top - gap - height / 2, marker.bottom + gap + height / 2);
        let middles = [
            (right, y),
            (left, y),
            (right, above),
            (left, above),
            (right, below),
            (left, below),
            (x, above),
            (x, below),
        ];
        boxes.extend(middles.map(|(x, y)| Area {
            left: x - width / 2,
            top: y - height / 2,
            right: x - width / 2 + width,
            bottom: y - height / 2 + height,
        }));
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Area = Area { left: 0, top: 0, right: 200, bottom: 200 };

    #[test]
    fn labels_of_coinciding_markers_keep_apart() {
        let marker = Area { left: 90, top: 90, right: 104, bottom: 104 };
        let mut taken = vec![marker; 6];
        for _ in 0..6 {
            let label = beside(marker, (18, 14), &taken, BOUNDS);
            assert!(BOUNDS.contains(&label));
            assert!(taken.iter().all(|other| !other.overlaps(&label)), "{label:?}");
            taken.push(label);
        }
    }

    #[test]
    fn a_marker_in_the_corner_keeps_its_label_inside() {
        let marker = Area { left: 184, top: 2, right: 198, bottom: 16 };
        assert!(BOUNDS.contains(&beside(marker, (18, 14), &[marker], BOUNDS)));
    }
}
