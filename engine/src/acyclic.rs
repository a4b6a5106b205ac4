//! Steps that wait for each other, but never in a circle.
//!
//! Each wait is tried against those that are there already, so the surest have to come first. This is
//! the algorithm of Pearce and Kelly ("A dynamic topological sort algorithm for directed acyclic
//! graphs", 2006): an order of all steps is kept at hand, so that a wait that agrees with it costs
//! nothing, and of others only what lies between the two steps is looked at.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::plan::{Do, Step};

pub struct Acyclic {
    what: Vec<Do>,
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    /// For each step its place in an order in which everything comes after what it needs.
    place: Vec<usize>,
}

impl Acyclic {
    /// Steps that wait for nothing yet. Those with a lower key are expected to come first.
    pub fn new<K: Ord>(steps: Vec<(K, Do)>) -> Acyclic {
        let n = steps.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|it| &steps[*it].0);
        let mut place = vec![0; n];
        order.into_iter().enumerate().for_each(|(at, it)| place[it] = at);
        let what = steps.into_iter().map(|it| it.1).collect();
        Acyclic { what, needs: vec![Vec::new(); n], needed_by: vec![Vec::new(); n], place }
    }

    /// What the steps do.
    pub fn what(&self) -> &[Do] {
        &self.what
    }

    pub fn into_steps(self) -> Vec<Step> {
        let step = |(what, mut needs): (Do, Vec<usize>)| {
            needs.sort_unstable();
            needs.dedup();
            Step { what, needs }
        };
        self.what.into_iter().zip(self.needs).map(step).collect()
    }

    /// Lets a step wait for another, unless that one itself waits for the step. Answers whether it
    /// does now.
    pub fn wait(&mut self, step: usize, other: usize) -> bool {
        if self.place[step] <= self.place[other] && !self.put_before(other, step) {
            return false;
        }
        self.needs[step].push(other);
        self.needed_by[other].push(step);
        true
    }

    /// Puts `other`, and what it needs, before `step`, and what needs that. Answers whether that can
    /// be.
    fn put_before(&mut self, other: usize, step: usize) -> bool {
        let between = self.place[step]..=self.place[other];
        let later = self.reach(&self.needed_by, step, &between);
        if later.contains(&other) {
            return false;
        }
        let earlier = self.reach(&self.needs, other, &between);
        let by_place = |it: BTreeSet<usize>| {
            let mut found: Vec<usize> = it.into_iter().collect();
            found.sort_unstable_by_key(|it| self.place[*it]);
            found
        };
        let moved = [by_place(earlier), by_place(later)].concat();
        let mut places: Vec<usize> = moved.iter().map(|it| self.place[*it]).collect();
        places.sort_unstable();
        moved.into_iter().zip(places).for_each(|(it, place)| self.place[it] = place);
        true
    }

    /// All that can be reached from a step without leaving these places.
    fn reach(
        &self,
        edges: &[Vec<usize>],
        start: usize,
        within: &RangeInclusive<usize>,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![start];
        while let Some(it) = open.pop() {
            if within.contains(&self.place[it]) && found.insert(it) {
                open.extend(&edges[it]);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(n: usize) -> Acyclic {
        Acyclic::new((0..n).map(|it| (it, Do::Make(it))).collect())
    }

    #[test]
    fn what_goes_round_is_refused() {
        let mut steps = steps(4);
        assert!(steps.wait(0, 1));
        assert!(steps.wait(1, 3));
        assert!(!steps.wait(3, 0));
        assert!(!steps.wait(2, 2));
        assert!(steps.wait(3, 2));
        assert!(!steps.wait(2, 0));
        let needs: Vec<Vec<usize>> = steps.into_steps().into_iter().map(|it| it.needs).collect();
        assert_eq!(needs, [vec![1], vec![3], vec![], vec![2]]);
    }

    #[test]
    fn whatever_is_tried_every_step_comes_after_what_it_needs() {
        let n = 40;
        let mut random: u32 = 7;
        let mut dice = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random as usize / 65_536 % n
        };
        let mut steps = steps(n);
        let mut refused = 0;
        for _ in 0..400 {
            let (step, other) = (dice(), dice());
            let all = 0..=n;
            let goes_round = steps.reach(&steps.needs, other, &all).contains(&step);
            assert_eq!(steps.wait(step, other), !goes_round);
            refused += u32::from(goes_round);
            for (it, needs) in steps.needs.iter().enumerate() {
                assert!(needs.iter().all(|need| steps.place[*need] < steps.place[it]));
            }
        }
        assert!(refused > 100 && refused < 400);
    }
}
