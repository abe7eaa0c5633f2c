//! Work by limb: on the calling thread, or on those of the pool that it belongs to.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

/// Applies `work` to each item with its index. Inside of a pool of several threads (`ThreadPool::install`) they
/// share the items; anywhere else the calling thread does it all and pays nothing for the possibility of more.
pub fn each_mut<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    if members() > 1 && items.len() > 1 {
        // One by one: halves of few items would be uneven.
        items.par_iter_mut().with_max_len(1).enumerate().for_each(|(i, item)| work(i, item));
    } else {
        items.iter_mut().enumerate().for_each(|(i, item)| work(i, item));
    }
}

/// Threads that share the caller's work.
fn members() -> usize {
    let shared = rayon::current_thread_index().is_some() && !IN_STEP.get();
    if shared { rayon::current_num_threads() } else { 1 }
}

thread_local! {
    /// Whether this thread is at an item of a step: then it may wait for no other.
    static IN_STEP: Cell<bool> = const { Cell::new(false) };
}

/// The direction in which a step's items are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the first one.
    Ascending,
    /// From the last one: what the step before has left in the cache comes first.
    Descending,
}

/// A number of items to be worked on, in any order.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    items: usize,
    order: Order,
    work: &'a (dyn Fn(usize) + Sync),
}

impl<'a> Step<'a> {
    /// `work(item)` for every item below `items`.
    pub fn new(items: usize, order: Order, work: &'a (dyn Fn(usize) + Sync)) -> Step<'a> {
        Step { items, order, work }
    }

    /// The items in the order in which a member takes them: its own share first, so that the same items of different
    /// steps meet the same thread where nobody is late.
    fn items_of(&self, member: usize, members: usize) -> impl Iterator<Item = usize> {
        let (items, order) = (self.items, self.order);
        let share = match order {
            Order::Ascending => member,
            Order::Descending => members - 1 - member,
        };
        let first = share * items / members;
        (first..items).chain(0..first).map(move |place| match order {
            Order::Ascending => place,
            Order::Descending => items - 1 - place,
        })
    }
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Step({} items, {:?})", self.items, self.order)
    }
}

/// Does steps one after the other, each when all items of the one before are done. Threads of a pool share each step's
/// items as in [`each_mut`], but they come together once for all steps and not for each; an item's own work is never
/// shared again.
pub fn in_steps(steps: &[Step<'_>]) {
    let most = steps.iter().map(|step| step.items).max().unwrap_or(0);
    let members = members().min(most);
    if members <= 1 {
        steps.iter().for_each(|step| step.items_of(0, 1).for_each(step.work));
        return;
    }
    let team = Team { members, steps: steps.iter().map(|step| (step, Progress::new(step.items))).collect() };
    rayon::scope(|scope| {
        let team = &team;
        (1..members).for_each(|member| scope.spawn(move |_| team.take_part(member)));
        team.take_part(0);
    });
}

/// Threads at the same steps. Nobody waits for a member who has not come: whoever is there takes all items that are
/// left, and a step waits only for those that somebody is at.
struct Team<'a> {
    members: usize,
    steps: Vec<(&'a Step<'a>, Progress)>,
}

struct Progress {
    taken: Vec<AtomicBool>,
    done: AtomicUsize,
}

impl Progress {
    fn new(items: usize) -> Progress {
        Progress { taken: (0..items).map(|_| AtomicBool::new(false)).collect(), done: AtomicUsize::new(0) }
    }

    fn wait(&self) {
        let mut rounds = 0;
        while self.done.load(Ordering::Acquire) < self.taken.len() {
            rounds += 1;
            if rounds < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Looks at a step's progress before the processor is offered to others: about 20 us.
const SPINS: usize = 1 << 9;

/// Counts an item as done, also where its work panics: the others must not wait forever.
struct AtItem<'a>(&'a Progress);

impl<'a> AtItem<'a> {
    fn new(progress: &'a Progress) -> AtItem<'a> {
        IN_STEP.set(true);
        AtItem(progress)
    }
}

impl Drop for AtItem<'_> {
    fn drop(&mut self) {
        IN_STEP.set(false);
        self.0.done.fetch_add(1, Ordering::Release);
    }
}

impl Team<'_> {
    fn take_part(&self, member: usize) {
        for (step, progress) in &self.steps {
            for item in step.items_of(member, self.members) {
                if !progress.taken[item].swap(true, Ordering::Relaxed) {
                    let _at_item = AtItem::new(progress);
                    (step.work)(item);
                }
            }
            progress.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Order, Step, each_mut, in_steps};

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn a_pool_shares_the_items_and_gives_the_same() {
        let squares = || {
            let mut items = vec![0; 100];
            each_mut(&mut items, |i, item| *item = i * i);
            items
        };
        let mut threads = vec![None; 64];
        each_mut(&mut threads, |_, thread| *thread = Some(std::thread::current().id()));
        assert!(threads.iter().all(|thread| *thread == Some(std::thread::current().id())));
        assert_eq!(pool(2).install(squares), squares());
    }

    /// Sums of sums: every item reads what all items of the step before have left.
    fn sums_in_steps() -> Vec<usize> {
        let cells: Vec<Vec<AtomicUsize>> = (0..4).map(|_| (0..9).map(AtomicUsize::new).collect()).collect();
        let work = |step: usize, item: usize| {
            let before: usize = cells[step].iter().map(|cell| cell.load(Ordering::Relaxed)).sum();
            // Steps find only finished ones before them; more threads would show here.
            let mut inner = [0; 3];
            each_mut(&mut inner, |i, inner| *inner = i);
            cells[step + 1][item].fetch_add(before + inner[2], Ordering::Relaxed);
        };
        let (first, second, third) = (|i| work(0, i), |i| work(1, i), |i| work(2, i));
        in_steps(&[
            Step::new(9, Order::Ascending, &first),
            Step::new(9, Order::Descending, &second),
            Step::new(0, Order::Ascending, &third),
            Step::new(7, Order::Descending, &third),
        ]);
        cells[3].iter().map(|cell| cell.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn steps_follow_each_other_on_any_number_of_threads() {
        let alone = sums_in_steps();
        for threads in [1, 2, 3, 8] {
            let pool = pool(threads);
            for _ in 0..200 {
                assert_eq!(pool.install(sums_in_steps), alone, "{threads} threads");
            }
        }
    }

    #[test]
    fn a_thread_alone_keeps_to_the_orders() {
        let seen = Mutex::new(Vec::new());
        let look = |item| seen.lock().unwrap().push(item);
        in_steps(&[Step::new(3, Order::Ascending, &look), Step::new(3, Order::Descending, &look)]);
        assert_eq!(seen.into_inner().unwrap(), [0, 1, 2, 2, 1, 0]);
        let step = Step::new(7, Order::Ascending, &|_| {});
        assert_eq!(step.items_of(1, 2).collect::<Vec<_>>(), [3, 4, 5, 6, 0, 1, 2]);
        let back = Step::new(7, Order::Descending, &|_| {});
        assert_eq!(back.items_of(1, 2).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn a_panic_comes_through() {
        let fails = |item: usize| assert!(item != 5, "item 5");
        let result = std::panic::catch_unwind(|| {
            pool(2).install(|| {
                in_steps(&[Step::new(8, Order::Ascending, &fails), Step::new(8, Order::Ascending, &fails)]);
            });
        });
        assert!(result.is_err());
    }
}
