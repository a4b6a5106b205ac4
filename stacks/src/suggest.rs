//! Which of the known names somebody may have meant.

/// The candidate that is nearest to `name`, if one is near enough to be a slip of the fingers.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    let near = candidates.into_iter().map(|it| (distance(name, it, allowed), it));
    near.filter(|(far, it)| *far <= allowed && *it != name).min().map(|(_, it)| it)
}

/// The same as a hint for a diagnostic.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    suggest(name, candidates).map(|it| format!("did you mean {it:?}?"))
}

/// How many characters must be put in, left out, changed or swapped with their neighbours to make
/// one text of the other. Anything above `limit` may be given as any number above it.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for n in 0..a.len() {
        let mut row = vec![n + 1];
        for m in 0..b.len() {
            let change = last[m] + usize::from(a[n] != b[m]);
            let mut least = change.min(last[m + 1] + 1).min(row[m] + 1);
            if n > 0 && m > 0 && a[n] == b[m - 1] && a[n - 1] == b[m] {
                least = least.min(before[m - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["name", "name_prefix", "tags", "tags_all", "vpc_id"];
        for (given, meant) in [
            ("nmae", Some("name")),
            ("tag", Some("tags")),
            ("vpcid", Some("vpc_id")),
            ("name", None),
            ("entirely_else", None),
            ("", None),
        ] {
            assert_eq!(suggest(given, names), meant, "{given}");
        }
    }
}
