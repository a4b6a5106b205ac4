//! Blocks of a compressed text: literals and matches to bits.

use crate::huffman::{self, Code};

/// A byte, or a repetition of what was `distance` bytes before.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    Literal(u8),
    Match { length: usize, distance: usize },
}

const LITERALS: usize = 286;
const DISTANCES: usize = 30;
const END: usize = 256;
const FIRST_LENGTH: usize = 257;
/// The greatest number of bytes that a stored block may have.
const STORED: usize = 65_535;

/// The least length that each code stands for, less 3, and how many bits follow the code.
const LENGTH_BASE: [usize; 29] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128,
    160, 192, 224, 255,
];
const LENGTH_EXTRA: [u32; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
/// The order in which the lengths of the codes for lengths are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The code of a length, and what is above its base.
fn length_code(length: usize) -> (usize, usize) {
    let over = length - 3;
    let code = LENGTH_BASE.partition_point(|it| *it <= over) - 1;
    (code, over - LENGTH_BASE[code])
}

fn distance_extra(code: usize) -> u32 {
    (code as u32 / 2).saturating_sub(1)
}

fn distance_base(code: usize) -> usize {
    match code {
        0..=3 => code,
        _ => (2 + code % 2) << distance_extra(code),
    }
}

/// The code of a distance, and what is above its base.
fn distance_code(distance: usize) -> (usize, usize) {
    let over = distance - 1;
    let code = match over {
        0..=3 => over,
        _ => {
            let top = over.ilog2() as usize;
            2 * top + (over >> (top - 1)) % 2
        }
    };
    (code, over - distance_base(code))
}

/// How often each symbol occurs in a block.
struct Counts {
    literals: [u32; LITERALS],
    distances: [u32; DISTANCES],
}

impl Counts {
    fn of(tokens: &[Token]) -> Counts {
        let mut it = Counts { literals: [0; LITERALS], distances: [0; DISTANCES] };
        it.literals[END] = 1;
        for token in tokens {
            match *token {
                Token::Literal(byte) => it.literals[usize::from(byte)] += 1,
                Token::Match { length, distance } => {
                    it.literals[FIRST_LENGTH + length_code(length).0] += 1;
                    it.distances[distance_code(distance).0] += 1;
                }
            }
        }
        if it.distances.iter().all(|it| *it == 0) {
            // A block says at least one distance, even if it has none.
            it.distances[0] = 1;
        }
        it
    }

    /// How many bits follow codes.
    fn extra(&self) -> usize {
        let lengths = self.literals[FIRST_LENGTH..].iter().zip(LENGTH_EXTRA);
        let lengths: usize = lengths.map(|(n, extra)| *n as usize * extra as usize).sum();
        let distances = self.distances.iter().enumerate();
        lengths
            + distances.map(|(code, n)| *n as usize * distance_extra(code) as usize).sum::<usize>()
    }
}

/// The number of entries up to the last that is not zero.
fn significant(counts: &[u32]) -> usize {
    counts.iter().rposition(|it| *it > 0).map_or(0, |it| it + 1)
}

/// The codes of a block.
struct Codes {
    literals: Vec<Code>,
    distances: Vec<Code>,
}

impl Codes {
    /// Those that every decoder knows.
    fn fixed() -> Codes {
        let literal = |symbol: u16| {
            let (bits, length) = match symbol {
                0..=143 => (symbol + 48, 8),
                144..=255 => (symbol + 400 - 144, 9),
                256..=279 => (symbol - 256, 7),
                _ => (symbol + 192 - 280, 8),
            };
            Code { bits: bits.reverse_bits() >> (16 - length), length }
        };
        let distance = |symbol: u16| Code { bits: symbol.reverse_bits() >> 11, length: 5 };
        Codes {
            literals: (0..LITERALS as u16).map(literal).collect(),
            distances: (0..DISTANCES as u16).map(distance).collect(),
        }
    }

    fn of(counts: &Counts) -> Codes {
        Codes {
            literals: huffman::codes(&counts.literals, 15),
            distances: huffman::codes(&counts.distances, 15),
        }
    }

    fn size(&self, counts: &Counts) -> usize {
        huffman::size(&self.literals, &counts.literals)
            + huffman::size(&self.distances, &counts.distances)
    }
}

/// A block's codes as its header says them.
struct Header {
    literals: usize,
    distances: usize,
    /// Symbols, and for some of them a number of so many bits.
    symbols: Vec<(usize, u32, u32)>,
    counts: [u32; 19],
    codes: Vec<Code>,
}

impl Header {
    fn of(codes: &Codes, counts: &Counts) -> Header {
        let (literals, distances) = (significant(&counts.literals), significant(&counts.distances));
        let lengths = codes.literals[..literals].iter().chain(&codes.distances[..distances]);
        let lengths: Vec<usize> = lengths.map(|it| usize::from(it.length)).collect();
        let mut symbols = Vec::new();
        for run in lengths.chunk_by(|a, b| a == b) {
            say(run[0], run.len(), &mut symbols);
        }
        let mut counts = [0; 19];
        symbols.iter().for_each(|it| counts[it.0] += 1);
        let codes = huffman::codes(&counts, 7);
        Header { literals, distances, symbols, counts, codes }
    }

    /// How many of the codes for lengths are written.
    fn kinds(&self) -> usize {
        let used = ORDER.iter().rposition(|it| self.counts[*it] > 0);
        used.map_or(4, |it| (it + 1).max(4))
    }

    fn size(&self) -> usize {
        let extra: u32 = self.symbols.iter().map(|it| it.2).sum();
        3 + 5 + 5 + 4 + 3 * self.kinds() + huffman::size(&self.codes, &self.counts) + extra as usize
    }
}

/// Says `n` times `length`: repetitions have symbols of their own.
fn say(length: usize, mut n: usize, symbols: &mut Vec<(usize, u32, u32)>) {
    if length == 0 {
        while n >= 11 {
            let some = n.min(138);
            symbols.push((18, some as u32 - 11, 7));
            n -= some;
        }
        if n >= 3 {
            symbols.push((17, n as u32 - 3, 3));
            n = 0;
        }
    } else {
        symbols.push((length, 0, 0));
        n -= 1;
        while n >= 3 {
            let some = n.min(6);
            symbols.push((16, some as u32 - 3, 2));
            n -= some;
        }
    }
    symbols.extend((0..n).map(|_| (length, 0, 0)));
}

/// Bits, the first lowest.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
    bits: u64,
    n_bits: u32,
}

impl Writer {
    fn bits(&mut self, bits: u32, n: u32) {
        self.bits |= u64::from(bits) << self.n_bits;
        self.n_bits += n;
        while self.n_bits >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.n_bits -= 8;
        }
    }

    fn code(&mut self, code: Code) {
        self.bits(code.bits.into(), code.length.into());
    }

    /// Writes a block as it is, from the next whole byte on.
    pub fn stored(&mut self, data: &[u8], last: bool) {
        self.bits(last.into(), 3);
        if self.n_bits > 0 {
            self.bits(0, 8 - self.n_bits);
        }
        let length = data.len() as u32;
        self.bits(length, 16);
        self.bits(!length & 0xffff, 16);
        self.out.extend(data);
    }

    /// Writes a block in the shortest of the three ways. `input` is what the tokens stand for, if
    /// that is still at hand.
    pub fn block(&mut self, tokens: &[Token], input: Option<&[u8]>) {
        let counts = Counts::of(tokens);
        let input = input.filter(|it| it.len() <= STORED);
        // What follows codes is the same in both codes, so it matters only beside storing.
        let extra = if input.is_some() { counts.extra() } else { 0 };
        let (fixed, own) = (Codes::fixed(), Codes::of(&counts));
        let header = Header::of(&own, &counts);
        let fixed_size = 3 + fixed.size(&counts) + extra;
        let own_size = header.size() + own.size(&counts) + extra;
        let size = fixed_size.min(own_size);
        if let Some(input) = input.filter(|it| (it.len() + 5) * 8 < size) {
            self.stored(input, false);
        } else if own_size < fixed_size {
            self.header(&header);
            self.tokens(tokens, &own);
        } else {
            self.bits(2, 3);
            self.tokens(tokens, &fixed);
        }
    }

    fn header(&mut self, it: &Header) {
        self.bits(4, 3);
        self.bits(it.literals as u32 - 257, 5);
        self.bits(it.distances as u32 - 1, 5);
        self.bits(it.kinds() as u32 - 4, 4);
        for symbol in &ORDER[..it.kinds()] {
            self.bits(it.codes[*symbol].length.into(), 3);
        }
        for (symbol, number, n) in &it.symbols {
            self.code(it.codes[*symbol]);
            self.bits(*number, *n);
        }
    }

    fn tokens(&mut self, tokens: &[Token], codes: &Codes) {
        for token in tokens {
            match *token {
                Token::Literal(byte) => self.code(codes.literals[usize::from(byte)]),
                Token::Match { length, distance } => {
                    let (code, rest) = length_code(length);
                    self.code(codes.literals[FIRST_LENGTH + code]);
                    self.bits(rest as u32, LENGTH_EXTRA[code]);
                    let (code, rest) = distance_code(distance);
                    self.code(codes.distances[code]);
                    self.bits(rest as u32, distance_extra(code));
                }
            }
        }
        self.code(codes.literals[END]);
    }

    /// Everything that was written, ended by an empty block.
    pub fn finish(mut self) -> Vec<u8> {
        self.stored(&[], true);
        self.out
    }
}
