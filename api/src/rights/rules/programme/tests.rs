use super::shelf::SHIPPED;
use super::*;

const GUANDU: &str = include_str!("../../../../data/programmes/guandu_home_care_voucher.json");
const SERVICES: &str = include_str!("../../../../data/services.json");

#[test]
fn every_shipped_file_reads_and_is_named_after_its_programme() {
    assert_eq!(shipped().iter().count(), SHIPPED.len());
    for (programme, (name, _)) in shipped().iter().zip(SHIPPED) {
        assert_eq!(format!("{}.json", programme.code), name);
    }
    let items: Vec<usize> = shipped().iter().map(|programme| programme.items.len()).collect();
    assert_eq!(items, [1, 30, 1, 1]);
    let on: Vec<bool> = shipped().iter().map(|programme| programme.is_on).collect();
    assert_eq!(on, [true, true, true, false], "the national voucher waits for an operator");
}

#[test]
fn a_voucher_pays_for_the_eighteen_services_of_its_document_alone() {
    let guandu = shipped().find("guandu_home_care_voucher").unwrap();
    let Kind::Fixed { services } = &guandu.kind else { panic!("{:?}", guandu.kind) };
    assert_eq!(services.len(), 18);
    let catalogue: serde_json::Value = serde_json::from_str(SERVICES).unwrap();
    for service in catalogue["services"].as_array().unwrap() {
        let code = service["code"].as_str().unwrap();
        // The umbrella over everything done at home would open the closed list.
        let is_listed = service["is_in_voucher_list"] == true && code != "home_visit";
        assert_eq!(guandu.pays_for(code), is_listed, "{code}");
    }
}

#[test]
fn a_formula_is_rounded_up_and_needs_its_parameter() {
    let jinning = shipped().find("jinning_basic_service_list").unwrap();
    let amount = jinning.items[17].tiers[0].amount.as_ref().unwrap();
    assert_eq!(jinning.fen(amount), None, "the base is not in the documents");
    let text = include_str!("../../../../data/programmes/jinning_basic_service_list.json");
    let set = text.replace(
        "\"kunming_minimum_living_standard_fen\": null",
        "\"kunming_minimum_living_standard_fen\": 70001",
    );
    let jinning = read(&set).unwrap();
    assert_eq!(jinning.fen(amount), Some(Fen::new(91_002)), "91,001.3 rounded up");
}

/// The line on which `part` of the file ends.
fn line_of(text: &str, part: &str) -> usize {
    text[..text.find(part).unwrap() + part.len()].lines().count()
}

#[test]
fn a_wrong_file_is_refused_with_line_and_reason() {
    let cases = [
        (r#""field": "self_care""#, r#""field": "selfcare""#, r#"there is no field "selfcare""#),
        (r#""op": "eq", "value": "unable""#, r#""op": "is", "value": "unable""#, "unknown variant `is`"),
        (
            r#""op": "eq", "value": "unable""#,
            r#""op": "gte", "value": "unable""#,
            "self_care cannot be asked with Gte",
        ),
        (r#""value": "unable""#, r#""value": "maybe""#, r#"self_care cannot be "maybe""#),
        (r#""value": "minimum_living_allowance""#, r#""value": "rich""#, "categories cannot be"),
        (r#""op": "in", "value": [1, 2]"#, r#""op": "in", "value": [1, 5]"#, "disability_grade cannot be 5"),
        (
            r#""op": "in", "value": [1, 2]"#,
            r#""op": "in", "value": 1"#,
            "disability_grade needs a list of values",
        ),
        (r#""fen": 20000"#, r#""fen": 40000"#, "tiers stand from the highest to the lowest"),
        (r#""fen": 20000"#, r#""fen": -20000"#, "an amount is fen above zero"),
        (r#""until": null"#, r#""until": "2014-12-31""#, "valid ends before it begins"),
        (r#""until": null"#, r#""untill": null"#, "unknown field `untill`"),
        (r#""per": "MONTH""#, r#""per": "YEAR""#, "unknown variant `YEAR`"),
        (r#""per": "MONTH""#, r#""per": "MEAL""#, "a voucher is per MONTH"),
        (
            r#""included": ["530111001", "#,
            r#""included": ["999999", "#,
            r#"nobody knows the region "999999""#,
        ),
        (r#""fen": 30000"#, r#""fen": 9223372036854775807"#, "at most 100000000"),
        (r#""codes": ["meal_aid", "#, r#""codes": ["meal_aids", "#, r#"there is no service "meal_aids""#),
        (r#""code": "guandu_home_care_voucher""#, r#""code": "Guandu!""#, "code is 1 to 60 small letters"),
        (r#""age_counts": "ON_THE_FIRST""#, r#""age_counts": "SOME_DAY""#, "unknown variant `SOME_DAY`"),
    ];
    for (right, wrong, why) in cases {
        assert!(GUANDU.contains(right), "{right}");
        let text = GUANDU.replacen(right, wrong, 1);
        let error = read(&text).unwrap_err();
        assert!(error.contains(why), "{wrong}: {error}");
        let line: usize =
            error.split("line ").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        let place = line_of(&text, wrong);
        assert!((place..=place + 60).contains(&line), "{wrong} stands in line {place}: {error}");
    }
    let exact = GUANDU.replacen(r#""field": "self_care""#, r#""field": "selfcare""#, 1);
    let place = line_of(&exact, "selfcare");
    assert!(
        read(&exact).unwrap_err().contains(&format!("at line {place} ")),
        "a test of one line is named by it"
    );
    let percent = include_str!("../../../../data/programmes/national_disability_care_voucher.json");
    let error = read(&percent.replace("\"percent\": 50", "\"percent\": 150")).unwrap_err();
    assert!(error.contains("percent is 1 to 100 at line"), "{error}");
}

#[test]
fn an_operators_file_takes_the_place_of_a_shipped_one_or_stands_beside_them() {
    let national = include_str!("../../../../data/programmes/national_disability_care_voucher.json");
    let on = national.replace("\"is_on\": false", "\"is_on\": true");
    let other = GUANDU.replacen("guandu_home_care_voucher", "anning_home_care_voucher", 1);
    let files = [("on.json".to_owned(), on), ("other.json".to_owned(), other)];
    let programmes = Programmes::with(&files).unwrap();
    assert_eq!(programmes.iter().count(), SHIPPED.len() + 1);
    assert!(programmes.find("national_disability_care_voucher").unwrap().is_on);
    assert!(programmes.find("anning_home_care_voucher").is_some());
    let twice = [("a.json".to_owned(), GUANDU.to_owned()), ("b.json".to_owned(), GUANDU.to_owned())];
    let error = Programmes::with(&twice).unwrap_err();
    assert_eq!(error, r#"b.json: the code "guandu_home_care_voucher" is taken by a.json"#);
    let error = Programmes::with(&[("bad.json".to_owned(), "{\n}".to_owned())]).unwrap_err();
    assert!(error.starts_with("bad.json: missing field") && error.contains("line 2"), "{error}");
}
