//! A row's text with places for values: `Record «i» of «n»`.

/// Words, and places for values among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    /// The words before the first place.
    before: String,
    /// The words behind each place.
    behind: Vec<String>,
}

impl Template {
    /// Takes a text in which each place is a name between `«` and `»`; `None` where one has no end, or two places stand
    /// together, so that nobody could tell where a value ends.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut pieces = text.split('«');
        let before = pieces.next()?.to_owned();
        let behind: Option<Vec<_>> = pieces.map(|piece| Some(piece.split_once('»')?.1.to_owned())).collect();
        let behind = behind?;
        let (_, between) = behind.split_last().unwrap_or((&before, &[]));
        let told_apart = between.iter().all(|words| !words.is_empty());
        told_apart.then(|| Self { text: text.to_owned(), before, behind })
    }

    /// The text with its places.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How many places there are.
    pub(crate) fn places(&self) -> usize {
        self.behind.len()
    }

    /// What stands in the places of a row of these words.
    pub(crate) fn values<'r>(&self, row: &'r str) -> Option<Vec<&'r str>> {
        let mut rest = row.strip_prefix(self.before.as_str())?;
        let Some((last, between)) = self.behind.split_last() else {
            return rest.is_empty().then(Vec::new);
        };
        let mut values = Vec::new();
        for words in between {
            let (value, behind) = rest.split_once(words.as_str())?;
            values.push(value);
            rest = behind;
        }
        values.push(rest.strip_suffix(last.as_str())?);
        values.iter().all(|value| !value.is_empty()).then_some(values)
    }

    /// The row with values in the places; a place without one stays empty.
    pub(crate) fn with(&self, values: &[&str]) -> String {
        let values = values.iter().copied().chain(std::iter::repeat(""));
        let behind = values.zip(&self.behind).map(|(value, words)| format!("{value}{words}"));
        std::iter::once(self.before.clone()).chain(behind).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::Template;

    #[rstest]
    #[case::two("Record «i» of «n»", "Record 2 of 13", Some(vec!["2", "13"]))]
    #[case::chinese("流水 «i»/«n»", "流水 2/13", Some(vec!["2", "13"]))]
    #[case::words_behind("消费 «n» 笔", "消费 4 笔", Some(vec!["4"]))]
    #[case::none("已入账", "已入账", Some(vec![]))]
    #[case::more("已入账", "已入账1", None)]
    #[case::other("已入账", "已撤销", None)]
    #[case::no_value("Sale «STAN»", "Sale ", None)]
    #[case::half("Record «i» of «n»", "Record 2", None)]
    #[case::other_words_behind("消费 «n» 笔", "消费 4", None)]
    fn values_of_a_row(#[case] text: &str, #[case] row: &str, #[case] values: Option<Vec<&str>>) {
        assert_eq!(Template::new(text).unwrap().values(row), values);
    }

    #[rstest]
    #[case::no_end("Record «i of")]
    #[case::together("«i»«n»")]
    fn a_text_that_cannot_be_read_back_is_none(#[case] text: &str) {
        assert_eq!(Template::new(text), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(first in "[0-9]{1,6}", second in "[0-9]{1,6}") {
            for text in ["Void «STAN» of «STAN»", "撤销 «STAN» 原 «STAN»"] {
                let template = Template::new(text).unwrap();
                let row = template.with(&[&first, &second]);
                prop_assert_eq!(template.values(&row), Some(vec![first.as_str(), second.as_str()]));
            }
        }
    }
}
