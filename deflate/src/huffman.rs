//! Huffman codes of limited length.

/// One symbol's bits, the first to be written lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Code {
    pub bits: u16,
    pub length: u16,
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    symbol: usize,
    count: u32,
}

/// No code is longer than 15 bits.
const LIMIT: usize = 16;
const NEVER: u32 = i32::MAX as u32;

/// The codes that make a text of these symbols shortest. A symbol that does not occur has none.
pub(crate) fn codes(counts: &[u32], longest: usize) -> Vec<Code> {
    let mut codes = vec![Code::default(); counts.len()];
    let occurring = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let mut leaves: Vec<Leaf> =
        occurring.map(|(symbol, count)| Leaf { symbol, count: *count }).collect();
    if leaves.len() <= 2 {
        for (bits, leaf) in (0..).zip(&leaves) {
            codes[leaf.symbol] = Code { bits, length: 1 };
        }
        return codes;
    }
    leaves.sort_by_key(|it| (it.count, it.symbol));
    let of_length = lengths(&leaves, longest);
    assign(&of_length, leaves, &mut codes);
    codes
}

/// How many bits a text takes in these codes.
pub(crate) fn size(codes: &[Code], counts: &[u32]) -> usize {
    codes.iter().zip(counts).map(|(code, count)| *count as usize * usize::from(code.length)).sum()
}

/// One level of the package-merge algorithm.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    last: u32,
    next_leaf: u32,
    next_pair: u32,
    needed: usize,
}

/// How many codes there are of each length, by the boundary package-merge algorithm: each level is
/// a list of leaves and of pairs of the level below, in order of their counts.
fn lengths(leaves: &[Leaf], longest: usize) -> Vec<usize> {
    let n = leaves.len();
    let count = |at: usize| leaves.get(at).map_or(NEVER, |it| it.count);
    let top = longest.min(n - 1);
    let mut levels = [Level::default(); LIMIT + 1];
    // How many leaves lie left of the ancestors of the last node, for each level.
    let mut used = [[0; LIMIT]; LIMIT];
    for at in 1..=top {
        let next_pair = if at == 1 { NEVER } else { count(0) + count(1) };
        levels[at] = Level { last: count(1), next_leaf: count(2), next_pair, needed: 0 };
        used[at][at] = 2;
    }
    levels[top].needed = 2 * n - 4;
    let mut at = top;
    loop {
        let level = levels[at];
        if level.next_pair == NEVER && level.next_leaf == NEVER {
            levels[at].needed = 0;
            levels[at + 1].next_pair = NEVER;
            at += 1;
            continue;
        }
        if level.next_leaf < level.next_pair {
            used[at][at] += 1;
            levels[at].last = level.next_leaf;
            levels[at].next_leaf = count(used[at][at]);
        } else {
            levels[at].last = level.next_pair;
            let (below, here) = used.split_at_mut(at);
            here[0][..at].copy_from_slice(&below[at - 1][..at]);
            levels[at - 1].needed = 2;
        }
        levels[at].needed -= 1;
        if levels[at].needed > 0 {
            while levels[at - 1].needed > 0 {
                at -= 1;
            }
        } else if at == top {
            break;
        } else {
            levels[at + 1].next_pair = level.last + levels[at].last;
            at += 1;
        }
    }
    let counts = &used[top];
    let by_length = (1..=top).rev().map(|at| counts[at] - counts[at - 1]);
    std::iter::once(0).chain(by_length).collect()
}

/// Gives the commonest symbols the shortest codes; those of one length in order of the symbols.
fn assign(of_length: &[usize], mut leaves: Vec<Leaf>, codes: &mut [Code]) {
    let mut next = 0_u16;
    for (length, n) in of_length.iter().enumerate() {
        next <<= 1;
        if *n == 0 {
            continue;
        }
        let mut chunk = leaves.split_off(leaves.len() - n);
        chunk.sort_by_key(|it| it.symbol);
        for leaf in chunk {
            let bits = next.reverse_bits() >> (16 - length);
            codes[leaf.symbol] = Code { bits, length: length as u16 };
            next += 1;
        }
    }
}
