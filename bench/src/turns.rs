//! Things that are compared take turns, so that a noisy minute is noisy for all of them.

use std::fmt;

/// Results of one contestant's turns, in units of its own: lower or higher is for the reader.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Who.
    pub name: &'static str,
    /// Every turn, in order.
    pub turns: Vec<f64>,
}

impl Figure {
    /// The median turn.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut turns = self.turns.clone();
        turns.sort_by(f64::total_cmp);
        turns.get(turns.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Smallest and largest turn.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let low = self.turns.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.turns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.range();
        write!(
            f,
            "{:<34} median {:>9.2}   low {low:>9.2}   high {high:>9.2}   turns {}",
            self.name,
            self.median(),
            self.turns.len()
        )
    }
}

/// Lets every contestant run `count` times, one after the other, round after round.
pub fn turns(count: usize, of: &mut [(&'static str, &mut dyn FnMut() -> f64)]) -> Vec<Figure> {
    let mut figures: Vec<Figure> =
        of.iter().map(|(name, _)| Figure { name, turns: Vec::with_capacity(count) }).collect();
    for _ in 0..count {
        for ((_, run), figure) in of.iter_mut().zip(&mut figures) {
            figure.turns.push(run());
        }
    }
    figures
}

/// Prints figures below a title.
pub fn show(title: &str, figures: &[Figure]) {
    println!("\n{title}");
    for figure in figures {
        println!("  {figure}");
    }
}
