//! Receipts as pictures: a character in its cell, as a printer of 58 mm paper has it.

use std::fmt::Write;

use super::{
    command::Size,
    receipt::{COLUMNS, PrintedLine, Receipt, cells, indent},
};

/// Dots of a cell: 12 wide and 24 high, lines 30 apart. A Chinese character takes two cells.
const CELL: usize = 12;
const LINE: usize = 30;
/// A Chinese character in its two cells.
const WIDE: usize = 22;
/// Where characters stand, from above.
const BASELINE: usize = 19;
/// The printed width, what is left blank beside it, and around the paper.
const PRINTED: usize = COLUMNS * CELL;
const MARGIN: usize = 38;
const AROUND: usize = 28;
const PAPER: usize = PRINTED + 2 * MARGIN;
const WIDTH: usize = PAPER + 2 * AROUND;
/// Blank paper above the first line and below the last one.
const ABOVE: usize = 30;
const BELOW: usize = 44;
/// What is to be known besides stands below the paper, in lines of this height.
const REMARK: usize = 22;
/// Longest piece of a remark on one line.
const REMARK_COLUMNS: usize = 56;
const TOOTH: usize = 10;
/// The fonts of whoever looks at it; Chinese ones behind those without.
const FONTS: &str = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', 'Noto Sans CJK SC', \
    'PingFang SC', 'Microsoft YaHei', monospace";

pub(super) fn of(receipt: &Receipt) -> String {
    let lines = receipt.written();
    let printed: usize = lines.iter().map(|line| usize::from(line.height()) * LINE).sum();
    let ends = AROUND + ABOVE + printed.max(LINE) + BELOW;
    let remarks = remarks(receipt);
    let height = ends + AROUND + remarks.len() * REMARK;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(&title(receipt)));
    let _ = writeln!(svg, r##"<rect width="{WIDTH}" height="{height}" fill="#e4e7eb"/>"##);
    let edge = paper(ends, receipt.cut_short.is_some());
    let _ = writeln!(
        svg,
        r##"<path d="{edge}" transform="translate(3 4)" fill="#1f2933" fill-opacity="0.16"/>"##
    );
    let _ = writeln!(svg, r##"<path d="{edge}" fill="#fffefa" stroke="#cbd2d9"/>"##);
    let _ =
        writeln!(svg, r##"<g font-family="{FONTS}" font-size="20" fill="#27272f" xml:space="preserve">"##);
    let mut top = AROUND + ABOVE;
    for line in lines {
        draw(&mut svg, line, top);
        top += usize::from(line.height()) * LINE;
    }
    svg.push_str("</g>\n");
    draw_remarks(&mut svg, &remarks, ends + AROUND);
    svg.push_str("</svg>\n");
    svg
}

/// The first line with text, and that it is incomplete.
fn title(receipt: &Receipt) -> String {
    let first = receipt.lines.iter().map(PrintedLine::text).find(|text| !text.trim().is_empty());
    let first = first.as_deref().map_or("Receipt", str::trim).to_owned();
    receipt.cut_short.map_or(first.clone(), |why| format!("{first} (incomplete: {why})"))
}

/// The outline of the paper: torn off evenly above; below cut, or ragged where it is not whole.
fn paper(ends: usize, ragged: bool) -> String {
    let (left, right) = (AROUND, AROUND + PAPER);
    let mut path = format!("M{left} {AROUND}");
    for x in (left..right).step_by(TOOTH) {
        let (peak, next) = ((x + TOOTH / 2).min(right), (x + TOOTH).min(right));
        let _ = write!(path, "L{peak} {}L{next} {AROUND}", AROUND - 5);
    }
    if !ragged {
        let _ = write!(path, "V{ends}H{left}Z");
        return path;
    }
    /// How deep the teeth of a ragged edge are, one after the other.
    const DEPTHS: [usize; 7] = [4, 13, 6, 17, 2, 11, 8];
    for (x, depth) in (left..=right).rev().step_by(2 * TOOTH + 3).zip(DEPTHS.iter().cycle()) {
        let _ = write!(path, "L{x} {}", ends - depth);
    }
    let _ = write!(path, "L{left} {}Z", ends - DEPTHS[0]);
    path
}

fn draw(svg: &mut String, line: &PrintedLine, top: usize) {
    let mut column = indent(line.align, line.width());
    // Characters of all sizes stand on one line.
    let baseline = top + usize::from(line.height()) * BASELINE;
    for run in &line.runs {
        for piece in pieces(&run.text) {
            let x = AROUND + MARGIN + column * CELL;
            match piece {
                Piece::Blank => {}
                Piece::Word(word) => draw_word(svg, word, run.size, (x, baseline)),
                Piece::Wide(c) => draw_wide(svg, c, run.size, (x, baseline)),
            }
            column += piece.cells() * usize::from(run.size.width);
        }
    }
}

/// What is placed at once, so that every font keeps to the columns.
#[derive(Clone, Copy)]
enum Piece<'t> {
    Blank,
    Word(&'t str),
    Wide(char),
}

impl Piece<'_> {
    fn cells(self) -> usize {
        match self {
            Self::Blank => 1,
            Self::Word(word) => word.chars().count(),
            Self::Wide(_) => 2,
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let narrow = |c: char| c != ' ' && cells(c) == 1;
        let length = rest.find(|c| !narrow(c)).unwrap_or(rest.len());
        let (piece, length) = match c {
            ' ' => (Piece::Blank, 1),
            c if narrow(c) => (Piece::Word(&rest[..length]), length),
            c => (Piece::Wide(c), c.len_utf8()),
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

fn draw_word(svg: &mut String, word: &str, size: Size, at: (usize, usize)) {
    let length = word.chars().count() * CELL;
    let place = place(size, at);
    let _ = writeln!(
        svg,
        r#"<text {place} textLength="{length}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
        escaped(word)
    );
}

/// In the middle of its two cells: it is as wide as it is high. Not by `text-anchor`, which some viewers misplace where only the height is
/// doubled.
fn draw_wide(svg: &mut String, c: char, size: Size, (x, y): (usize, usize)) {
    const BESIDE: usize = (2 * CELL - WIDE) / 2;
    let place = place(size, (x + BESIDE * usize::from(size.width), y));
    let c = escaped(&c.to_string());
    let _ = writeln!(svg, r#"<text {place} font-size="{WIDE}">{c}</text>"#);
}

fn place(size: Size, (x, y): (usize, usize)) -> String {
    if size == Size::default() {
        return format!(r#"x="{x}" y="{y}""#);
    }
    format!(r#"transform="translate({x} {y}) scale({} {})""#, size.width, size.height)
}

/// Below the paper: whether each is grave, and its text.
fn remarks(receipt: &Receipt) -> Vec<(bool, String)> {
    let incomplete = receipt.cut_short.map(|why| (true, format!("Incomplete: {why}")));
    let notes = receipt.notes.iter().flat_map(|note| {
        let text: Vec<_> = note.to_string().chars().collect();
        text.chunks(REMARK_COLUMNS).map(|line| (false, line.iter().collect())).collect::<Vec<_>>()
    });
    incomplete.into_iter().chain(notes).collect()
}

fn draw_remarks(svg: &mut String, remarks: &[(bool, String)], top: usize) {
    if remarks.is_empty() {
        return;
    }
    let _ = writeln!(svg, r#"<g font-family="system-ui, sans-serif" font-size="15">"#);
    for (at, (grave, text)) in remarks.iter().enumerate() {
        let y = top + at * REMARK;
        let style = if *grave { r##"fill="#b91c1c" font-weight="bold""## } else { r##"fill="#52606d""## };
        let _ = writeln!(svg, r#"<text x="{AROUND}" y="{y}" {style}>{}</text>"#, escaped(text));
    }
    svg.push_str("</g>\n");
}

/// Text as XML has it; the reader lets no control character through.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
