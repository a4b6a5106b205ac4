//! Compression that gives, bit for bit, what Go's standard library gives.
//!
//! Hashes of compressed texts are in configurations and states: of a function's archive, of a
//! machine's user data. Another encoder, though as good, would make each of them look changed.

mod huffman;
mod block;
mod matches;

use flate2::Crc;

pub use matches::Level;

/// A text in the format of RFC 1951.
pub fn deflate(data: &[u8], level: Level) -> Vec<u8> {
    matches::compressed(data, level, false)
}

/// A text in the format of RFC 1952, without a name or a time.
pub fn gzip(data: &[u8]) -> Vec<u8> {
    gzipped(data, false)
}

/// The same, flushed before its end: five bytes more. This is what `base64gzip` gives.
pub fn gzip_flushed(data: &[u8]) -> Vec<u8> {
    gzipped(data, true)
}

fn gzipped(data: &[u8], flushed: bool) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(matches::compressed(data, Level::DEFAULT, flushed));
    out.extend(crc32(data).to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out
}

/// The checksum that gzip and zip use.
pub fn crc32(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::read::{DeflateDecoder, GzDecoder};
    use std::io::Read;

    use super::*;

    /// Texts of every kind: without repetition, with much, longer than a block and than the window.
    fn samples() -> Vec<Vec<u8>> {
        let mut seed = 1_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as u32
        };
        let mut samples = vec![Vec::new(), b"a".to_vec(), b"abcabcabcabcabcabc".to_vec()];
        for (length, letters) in
            [(10, 90), (300, 2), (5000, 4), (40_000, 90), (70_000, 3), (200_000, 20)]
        {
            samples.push((0..length).map(|_| b'!' + (random() % letters) as u8).collect());
        }
        let words = ["resource ", "\"aws_vpc\" ", "{\n", "}\n", "  cidr_block = ", "10.0.0.0/16"];
        samples.push((0..30_000).flat_map(|_| words[random() as usize % 6].bytes()).collect());
        samples.push(vec![b'a'; 100_000]);
        samples
    }

    #[test]
    fn what_is_compressed_comes_out_as_it_was() {
        for sample in samples() {
            for level in [Level::DEFAULT, Level::ZIP] {
                let compressed = deflate(&sample, level);
                let mut again = Vec::new();
                DeflateDecoder::new(compressed.as_slice()).read_to_end(&mut again).unwrap();
                assert!(again == sample, "{} bytes", sample.len());
            }
            let mut again = Vec::new();
            GzDecoder::new(gzip(&sample).as_slice()).read_to_end(&mut again).unwrap();
            assert!(again == sample, "{} bytes", sample.len());
        }
    }

    /// The sums are those of what Terraform's `base64gzip` gives.
    #[test]
    fn it_is_what_go_gives() {
        let sums: Vec<u32> = samples().iter().map(|it| crc32(&gzip_flushed(it))).collect();
        assert_eq!(
            sums,
            [
                0xdf85_d7b5,
                0xed81_d1c0,
                0x40a2_066a,
                0xfff8_24ea,
                0xf9e9_392c,
                0x4653_d961,
                0x0c2b_f14a,
                0xf101_7207,
                0x3d76_149e,
                0xfee4_14c2,
                0xcc6c_c356,
            ]
        );
        let text = gzip_flushed(b"abcabcabcabcabcabc");
        assert_eq!(STANDARD.encode(text), "H4sIAAAAAAAA/0pMSkZDAAAAAP//AQAA//8EwCbcEgAAAA==");
    }
}
