//! A downloaded bill whose hash fits, still packed: what is kept in memory is the packed file.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::{BillError, FundRows, TradeRows};
use crate::crypto::{Sha1, is_equal};

/// An unpacked bill longer than this is given up: about five million rows.
const UNPACKED_MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// First bytes of a gzip file.
const GZIP_MARK: [u8; 2] = [0x1F, 0x8B];

/// A bill that is whole: nothing of it is shown before its hash was checked.
pub struct BillFile(Vec<u8>);

impl BillFile {
    /// Checks a file, packed with gzip or not, against the hash of its **unpacked** text (下载账单).
    pub fn verified(file: Vec<u8>, sha1_hex: &str) -> Result<Self, BillError> {
        Self::verified_up_to(file, sha1_hex, UNPACKED_MAX_BYTES)
    }

    fn verified_up_to(file: Vec<u8>, sha1_hex: &str, max_bytes: u64) -> Result<Self, BillError> {
        let bill = Self(file);
        let mut reader = bill.unpacked();
        let mut hash = Sha1::new();
        let (mut length, mut part) = (0_u64, [0; 16 * 1024]);
        loop {
            let read = match reader.read(&mut part) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(BillError::Stream),
            };
            length += read as u64;
            if length > max_bytes {
                return Err(BillError::Stream);
            }
            hash.update(&part[..read]);
        }
        drop(reader);
        let is_whole = is_equal(&hash.finish(), &sha1_hex.to_ascii_lowercase());
        if is_whole { Ok(bill) } else { Err(BillError::Hash) }
    }

    /// The text, unpacked as it is read.
    pub fn unpacked(&self) -> Box<dyn BufRead + Send + '_> {
        if self.0.starts_with(&GZIP_MARK) {
            Box::new(BufReader::new(GzDecoder::new(self.0.as_slice())))
        } else {
            Box::new(self.0.as_slice())
        }
    }

    /// Its rows, if it is a trade bill.
    pub fn trade_rows(&self) -> Result<TradeRows<Box<dyn BufRead + Send + '_>>, BillError> {
        TradeRows::new(self.unpacked())
    }

    /// Its rows, if it is a fund bill.
    pub fn fund_rows(&self) -> Result<FundRows<Box<dyn BufRead + Send + '_>>, BillError> {
        FundRows::new(self.unpacked())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{BillError, BillFile};
    use crate::crypto::sha1_hex;

    #[test]
    fn a_file_that_unpacks_without_an_end_is_given_up() {
        let plain = vec![b'x'; 200_000];
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&plain).unwrap();
        let (bomb, hash) = (packer.finish().unwrap(), sha1_hex(&plain));
        assert!(bomb.len() < 1000);
        assert!(BillFile::verified_up_to(bomb.clone(), &hash, 200_000).is_ok());
        assert_eq!(BillFile::verified_up_to(bomb, &hash, 199_999).err(), Some(BillError::Stream));
    }
}
