//! What of a text repeats what came before: chains of places with the same hash, and lazy matching.

use crate::block::{Token, Writer};

const WINDOW: usize = 1 << 15;
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
const HASH_BITS: u32 = 17;
/// How many tokens a block has.
const TOKENS: usize = 1 << 14;
/// Places are numbered anew from time to time, so that their numbers stay small.
const RENUMBER: usize = 1 << 24;

/// How hard to look for matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// A match of this length is taken without a look at the next place.
    lazy: usize,
    /// A match of this length is not improved.
    nice: usize,
    /// How many places to look at.
    chain: usize,
}

impl Level {
    /// What gzip takes: Go's level 6.
    pub const DEFAULT: Level = Level { lazy: 16, nice: 128, chain: 128 };
    /// What zip archives take: Go's level 5.
    pub const ZIP: Level = Level { lazy: 16, nice: 32, chain: 32 };
}

/// A match, or none: shorter than [`SHORTEST`].
#[derive(Debug, Clone, Copy)]
struct Match {
    length: usize,
    distance: usize,
}

const NONE: Match = Match { length: SHORTEST - 1, distance: 0 };

struct Compressor {
    level: Level,
    writer: Writer,
    tokens: Vec<Token>,
    /// Two windows: what matches may lie in, and what is being compressed.
    window: Vec<u8>,
    end: usize,
    index: usize,
    /// Where the block begins; none if that has left the window.
    block: Option<usize>,
    /// The last place of each hash, and the one before it for each place. Numbers are indices plus
    /// `offset`; 0 is no place.
    head: Vec<u32>,
    prev: Vec<u32>,
    offset: usize,
    chain: usize,
    last: Match,
    /// Whether the byte before `index` is not in a token yet.
    pending: bool,
}

pub(crate) fn compressed(mut data: &[u8], level: Level, flushed: bool) -> Vec<u8> {
    let mut it = Compressor {
        level,
        writer: Writer::default(),
        tokens: Vec::with_capacity(TOKENS),
        window: vec![0; 2 * WINDOW],
        end: 0,
        index: 0,
        block: Some(0),
        head: vec![0; 1 << HASH_BITS],
        prev: vec![0; WINDOW],
        offset: 1,
        chain: 0,
        last: NONE,
        pending: false,
    };
    while !data.is_empty() {
        it.step(false);
        data = &data[it.fill(data)..];
    }
    it.step(true);
    if flushed {
        it.writer.stored(&[], false);
    }
    it.writer.finish()
}

impl Compressor {
    /// Takes in as much as there is room for, and says how much that was.
    fn fill(&mut self, data: &[u8]) -> usize {
        if self.index >= 2 * WINDOW - (SHORTEST + LONGEST) {
            self.window.copy_within(WINDOW.., 0);
            self.index -= WINDOW;
            self.end -= WINDOW;
            self.block = self.block.and_then(|it| it.checked_sub(WINDOW));
            self.offset += WINDOW;
            self.renumber();
        }
        let n = data.len().min(2 * WINDOW - self.end);
        self.window[self.end..self.end + n].copy_from_slice(&data[..n]);
        self.end += n;
        n
    }

    fn renumber(&mut self) {
        if self.offset <= RENUMBER {
            return;
        }
        let by = self.offset - 1;
        self.offset -= by;
        self.chain = self.chain.saturating_sub(by);
        for it in self.head.iter_mut().chain(&mut self.prev) {
            *it = it.saturating_sub(by as u32);
        }
    }

    fn hash(&self, at: usize) -> usize {
        let bytes = self.window[at..at + 4].try_into().expect("four bytes");
        (u32::from_be_bytes(bytes).wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS)) as usize
    }

    /// Makes a place known, and answers the last one of the same hash.
    fn insert(&mut self, at: usize) -> usize {
        let hash = self.hash(at);
        let before = self.head[hash];
        self.prev[at % WINDOW] = before;
        self.head[hash] = (at + self.offset) as u32;
        before as usize
    }

    /// Compresses what is in the window; all of it at the end of the text, else only as far as any
    /// match would still be seen as a whole.
    fn step(&mut self, whole: bool) {
        let insertable = self.end.saturating_sub(SHORTEST - 1);
        loop {
            let ahead = self.end - self.index;
            if ahead < SHORTEST + LONGEST && !whole {
                return;
            }
            if ahead == 0 {
                if std::mem::take(&mut self.pending) {
                    self.tokens.push(Token::Literal(self.window[self.index - 1]));
                }
                self.flush(self.index);
                return;
            }
            if self.index < insertable {
                self.chain = self.insert(self.index);
            }
            let before = std::mem::replace(&mut self.last, NONE);
            if ahead > before.length && before.length < self.level.lazy {
                self.last = self.find(ahead);
            }
            if before.length >= SHORTEST && self.last.length <= before.length {
                self.take(before, insertable);
            } else {
                self.pass();
            }
        }
    }

    /// The longest match at `index` that is found with the effort of the level.
    fn find(&self, ahead: usize) -> Match {
        let (at, mut found) = (self.index, NONE);
        let first = at.saturating_sub(WINDOW);
        let Some(mut place) = self.chain.checked_sub(self.offset).filter(|it| *it >= first) else {
            return NONE;
        };
        let most = ahead.min(LONGEST);
        let here = &self.window[at..at + most];
        let nice = self.level.nice.min(most);
        for _ in 0..self.level.chain {
            let there = &self.window[place..place + most];
            if there[found.length] == here[found.length] {
                let length = here.iter().zip(there).take_while(|(a, b)| a == b).count();
                // A match of four bytes is worth its distance only if that is small.
                if length > found.length && (length > SHORTEST || at - place <= 4096) {
                    found = Match { length, distance: at - place };
                    if length >= nice {
                        break;
                    }
                }
            }
            if at >= WINDOW && place == at - WINDOW {
                break;
            }
            let next = (self.prev[place % WINDOW] as usize).checked_sub(self.offset);
            match next.filter(|it| *it >= first) {
                Some(next) => place = next,
                None => break,
            }
        }
        found
    }

    /// Takes the match that begins before `index`.
    fn take(&mut self, it: Match, insertable: usize) {
        self.tokens.push(Token::Match { length: it.length, distance: it.distance });
        let next = self.index + it.length - 1;
        for at in self.index + 1..next.min(insertable) {
            self.insert(at);
        }
        self.index = next;
        self.pending = false;
        self.last = NONE;
        if self.tokens.len() == TOKENS {
            self.flush(self.index);
        }
    }

    /// Goes on by one byte; the one before becomes a literal.
    fn pass(&mut self) {
        if self.pending {
            self.tokens.push(Token::Literal(self.window[self.index - 1]));
            if self.tokens.len() == TOKENS {
                self.flush(self.index);
            }
        }
        self.index += 1;
        self.pending = true;
    }

    /// Writes the block that ends before `end`.
    fn flush(&mut self, end: usize) {
        if self.tokens.is_empty() || end == 0 {
            return;
        }
        let input = self.block.filter(|it| *it <= end).map(|it| &self.window[it..end]);
        self.writer.block(&self.tokens, input);
        self.tokens.clear();
        self.block = Some(end);
    }
}
