//! Clocks: the only file that reads one. Everything else is handed a [`Clock`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use blindbench_core::probe::Clock;
use rustix::time::{ClockId, clock_gettime};

/// The machine's own clocks: monotonic wall time since the clock was made, CPU time of this process.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall_ns(&self) -> u64 {
        nanoseconds(self.origin.elapsed())
    }

    fn cpu_ns(&self) -> u64 {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        (time.tv_sec.unsigned_abs()) * 1_000_000_000 + time.tv_nsec.unsigned_abs()
    }
}

/// Time that a piece of work took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elapsed {
    /// Wall time.
    pub wall_ns: u64,
    /// CPU time of every thread of this process.
    pub cpu_ns: u64,
}

impl std::ops::Add for Elapsed {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Elapsed { wall_ns: self.wall_ns + other.wall_ns, cpu_ns: self.cpu_ns + other.cpu_ns }
    }
}

/// Runs `work` and says how long it took by `clock`.
pub fn timed<T>(clock: &dyn Clock, work: impl FnOnce() -> T) -> (T, Elapsed) {
    let (cpu, wall) = (clock.cpu_ns(), clock.wall_ns());
    let result = work();
    // Wall time is read innermost: reading CPU time is the slower system call.
    let wall_ns = clock.wall_ns().saturating_sub(wall);
    (result, Elapsed { wall_ns, cpu_ns: clock.cpu_ns().saturating_sub(cpu) })
}

/// Whole nanoseconds of a duration, saturating after five centuries.
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The current moment in UTC.
pub fn now() -> UtcTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcTime::of_seconds(since_epoch.as_secs())
}

/// A moment of the calendar, in UTC, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtcTime {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl UtcTime {
    /// The moment that many seconds after 1970 began.
    ///
    /// Days become a date by H. Hinnant's `civil_from_days`, in eras of 400 years that start in March.
    pub fn of_seconds(seconds: u64) -> Self {
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        UtcTime { year, month, day, second_of_day: seconds % 86_400 }
    }

    fn clock(&self) -> (u64, u64, u64) {
        (self.second_of_day / 3_600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }

    /// `20261121T123456Z`: for names of files and folders.
    pub fn compact(&self) -> String {
        let (hour, minute, second) = self.clock();
        format!("{:04}{:02}{:02}T{hour:02}{minute:02}{second:02}Z", self.year, self.month, self.day)
    }
}

impl std::fmt::Display for UtcTime {
    /// As RFC 3339 has it: `2026-11-21T12:34:56Z`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        // From `date --utc --date @N`.
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_078_099_200, "2004-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
        ];
        for (seconds, text) in cases {
            assert_eq!(UtcTime::of_seconds(seconds).to_string(), text);
        }
        assert_eq!(UtcTime::of_seconds(951_782_400).compact(), "20000229T000000Z");
    }

    #[test]
    fn the_system_clock_sees_time_and_work_pass() {
        let clock = SystemClock::default();
        let (sum, elapsed) = timed(&clock, || (0..5_000_000_u64).map(std::hint::black_box).sum::<u64>());
        assert!(sum > 0 && elapsed.wall_ns > 0 && elapsed.cpu_ns > 0, "{elapsed:?}");
    }
}
