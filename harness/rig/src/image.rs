//! A firmware image: an ELF file for a 32-bit Arm core.

use std::{
    io,
    path::{Path, PathBuf},
};

use object::{
    Object, ObjectSegment, ObjectSymbol,
    read::elf::{ElfFile32, ProgramHeader},
};

use sha2::{Digest, Sha256};

use crate::RigError;

/// One run of bytes that belongs into flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Load (physical) address.
    pub address: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An image, read and checked.
#[derive(Clone, Debug)]
pub struct Image {
    path: PathBuf,
    segments: Vec<Segment>,
    symbols: Vec<(String, u64)>,
    build_id: Option<String>,
}

impl Image {
    /// Reads and checks the ELF file at `path`; `board` names what `ci/firmware` would build if there is none.
    ///
    /// # Errors
    /// [`RigError::NoImage`] where there is no file, [`RigError::Image`] with a byte offset where it is no image.
    pub fn load(path: &Path, board: &str) -> Result<Self, RigError> {
        let bytes = std::fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => RigError::NoImage { path: path.into(), board: board.into() },
            _ => RigError::Io { action: format!("read {}", path.display()), source },
        })?;
        Self::parse(path, &bytes)
    }

    /// Checks the ELF file `bytes`; `path` is named in errors.
    ///
    /// # Errors
    /// [`RigError::Image`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RigError> {
        check_header(path, bytes)?;
        let elf = ElfFile32::<object::LittleEndian>::parse(bytes)
            .map_err(|e| wrong(path, None, format!("this ELF file is damaged: {e}")))?;
        let segments = load_segments(path, &elf)?;
        let symbols = elf
            .symbols()
            .filter_map(|s| Some((s.name().ok()?.to_owned(), s.address())))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        let build_id = elf.build_id().ok().flatten().map(hex_lower);
        Ok(Self { path: path.into(), segments, symbols, build_id })
    }

    /// Where the image was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The runs of bytes that belong into flash, in the order of the file.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Bytes in flash, in all.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(|s| s.bytes.len() as u64).sum()
    }

    /// GNU build id, lower-case hex, if the image carries one.
    pub fn build_id(&self) -> Option<&str> {
        self.build_id.as_deref()
    }

    /// SHA-256 over address, length and bytes of each run of bytes in flash: the same for the same flash contents.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for segment in &self.segments {
            hash.update(segment.address.to_be_bytes());
            hash.update((segment.bytes.len() as u64).to_be_bytes());
            hash.update(&segment.bytes);
        }
        hex_lower(&hash.finalize())
    }

    /// The address of a symbol.
    ///
    /// # Errors
    /// [`RigError::NoSymbol`].
    pub fn symbol(&self, name: &str) -> Result<u64, RigError> {
        self.symbols
            .iter()
            .find(|(symbol, _)| symbol == name)
            .map(|(_, address)| *address)
            .ok_or_else(|| RigError::NoSymbol { symbol: name.into() })
    }

    /// The last symbol at or before `address`, and where it stands. Mapping symbols (`$d`, `$t`) are none.
    pub fn nearest(&self, address: u64) -> Option<(&str, u64)> {
        let names = self.symbols.iter().filter(|(name, at)| *at <= address && !name.starts_with('$'));
        names.max_by_key(|(_, at)| *at).map(|(name, at)| (name.as_str(), *at))
    }
}

fn wrong(path: &Path, offset: Option<usize>, message: String) -> RigError {
    let place = match offset {
        Some(offset) => format!("{}: byte {offset}", path.display()),
        None => path.display().to_string(),
    };
    RigError::Image { place, message }
}

/// The identification and the machine, checked by hand so that the message can say where.
fn check_header(path: &Path, bytes: &[u8]) -> Result<(), RigError> {
    const EXPECTED: [(usize, &[u8], &str); 4] = [
        (0, b"\x7fELF", "an ELF file (it begins with 7F 45 4C 46)"),
        (4, &[1], "a 32-bit ELF file (class 1)"),
        (5, &[1], "a little-endian ELF file (data 1)"),
        (18, &[40, 0], "an image for an Arm core (machine 40)"),
    ];
    for (offset, value, what) in EXPECTED {
        let found = bytes.get(offset..offset + value.len());
        if found != Some(value) {
            let found = found.map_or("the end of the file".into(), hex_lower);
            return Err(wrong(path, Some(offset), format!("expected {what}, found {found}")));
        }
    }
    Ok(())
}

fn load_segments(path: &Path, elf: &ElfFile32<'_, object::LittleEndian>) -> Result<Vec<Segment>, RigError> {
    let mut segments = Vec::new();
    for segment in elf.segments() {
        let header = segment.elf_program_header();
        let (offset, _) = segment.file_range();
        let bytes = segment.data().map_err(|_| {
            wrong(path, usize::try_from(offset).ok(), "a segment reaches past the end of the file".into())
        })?;
        if !bytes.is_empty() {
            let address = header.p_paddr(object::LittleEndian).into();
            segments.push(Segment { address, bytes: bytes.to_vec() });
        }
    }
    if segments.is_empty() {
        return Err(wrong(path, None, "this ELF file has nothing to load into flash".into()));
    }
    Ok(segments)
}

fn hex_lower(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::empty(
        b"",
        "x.elf: byte 0: expected an ELF file (it begins with 7F 45 4C 46), found the end of the file"
    )]
    #[case::text(
        b"hello",
        "x.elf: byte 0: expected an ELF file (it begins with 7F 45 4C 46), found 68656c6c"
    )]
    #[case::wide(b"\x7fELF\x02\x01", "x.elf: byte 4: expected a 32-bit ELF file (class 1), found 02")]
    #[case::host(
        b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0",
        "x.elf: byte 18: expected an image for an Arm core (machine 40), found 0300"
    )]
    #[case::cut(
        b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x28\0",
        "x.elf: this ELF file is damaged: Invalid ELF header size or alignment"
    )]
    fn a_wrong_file_is_named_with_the_offset(#[case] bytes: &[u8], #[case] expected: &str) {
        let error = Image::parse("x.elf".as_ref(), bytes).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.is_usage());
    }

    #[test]
    fn a_missing_file_says_how_to_build_it() {
        let error = Image::load("no/such.elf".as_ref(), "mps2-an386").unwrap_err();
        assert_eq!(error.to_string(), "no/such.elf: there is no image yet");
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert_eq!(help, "build it with `ci/firmware mps2-an386`");
    }
}
