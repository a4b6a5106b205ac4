use super::*;
use crate::stack::Defaults;
use model::{Marks, ObjectType};

fn tuple(items: &[Value]) -> Value {
    Value::tuple(items.to_vec())
}

fn object(pairs: &[(&str, Value)]) -> Value {
    Value::object_of(pairs.iter().map(|(key, it)| (*key, it.clone())))
}

fn object_type(pairs: &[(&str, Type)]) -> Type {
    Type::object(pairs.iter().map(|(key, it)| ((*key).to_owned(), it.clone())))
}

/// All the attributes are optional.
fn optional_type(pairs: &[(&str, Type)]) -> Type {
    let attributes: std::collections::BTreeMap<_, _> =
        pairs.iter().map(|(key, it)| ((*key).to_owned(), it.clone())).collect();
    let optional = attributes.keys().cloned().collect();
    Type::Object(Arc::new(ObjectType { attributes, optional }))
}

fn int(it: i64) -> Value {
    it.into()
}

#[track_caller]
fn check(value: &Value, ty: &Type, expected: &Value) {
    assert_eq!(convert(value, ty).as_ref(), Ok(expected));
}

#[track_caller]
fn fails(value: &Value, ty: &Type, expected: &str) {
    assert_eq!(convert(value, ty).unwrap_err().to_string(), expected, "{ty}");
}

#[test]
fn primitives_convert_to_text_and_back() {
    check(&int(5), &Type::String, &"5".into());
    check(&true.into(), &Type::String, &"true".into());
    check(&"5".into(), &Type::Number, &int(5));
    check(&"1".into(), &Type::Bool, &true.into());
    check(&"false".into(), &Type::Bool, &false.into());
    fails(&"abc".into(), &Type::Number, "a number is required");
    fails(&true.into(), &Type::Number, "number required");
    fails(&int(1), &Type::Bool, "bool required");
    fails(&"yes".into(), &Type::Bool, "a bool is required");
    let word = "a bool is required; to convert from string, use lowercase \"true\"";
    fails(&"True".into(), &Type::Bool, word);
}

#[test]
fn tuples_become_lists_and_sets() {
    let mixed = tuple(&[int(1), "a".into(), true.into()]);
    let strings = vec!["1".into(), "a".into(), "true".into()];
    check(&mixed, &Type::list(Type::Any), &Value::list(Type::String, strings.clone()));
    check(&mixed, &Type::set(Type::String), &Value::set(Type::String, strings));
    fails(&tuple(&["a".into()]), &Type::list(Type::Number), "[0]: a number is required");
    let nested = tuple(&[tuple(&[int(1)])]);
    fails(&nested, &Type::list(Type::Number), "element 0: number required");
    fails(&"a".into(), &Type::list(Type::String), "list of string required");
    let apart = tuple(&[int(1), tuple(&[int(2)])]);
    fails(&apart, &Type::list(Type::Any), "all list elements must have the same type");
    fails(&apart, &Type::set(Type::Any), "all set elements must have the same type");
    let odd = tuple(&[int(1), true.into()]);
    fails(&odd, &Type::list(Type::Any), "all list elements must have the same type");
}

#[test]
fn objects_become_maps_and_lose_what_is_not_asked_for() {
    let it = object(&[("a", int(1)), ("b", "x".into())]);
    let ty = object_type(&[("a", Type::String)]);
    check(&it, &ty, &object(&[("a", "1".into())]));
    let entries = Map::from([("a".into(), "1".into()), ("b".into(), "x".into())]);
    check(&it, &Type::map(Type::Any), &Value::map(Type::String, entries));
    fails(&it, &Type::map(Type::Number), "[\"b\"]: a number is required");
    let ty = object_type(&[("a", Type::Number), ("c", Type::Number)]);
    fails(&it, &ty, "attribute \"c\" is required");
    fails(&tuple(&[it]), &Type::list(ty), "element 0: attribute \"c\" is required");
    let want = object_type(&[("a", Type::String), ("b", Type::String), ("c", Type::String)]);
    fails(&object(&[]), &want, "attributes \"a\", \"b\", and \"c\" are required");
    let deep = object(&[("b", object(&[("c", "x".into())]))]);
    let want = object_type(&[("b", object_type(&[("c", Type::Number)]))]);
    fails(&deep, &want, ".b.c: a number is required");
    fails(&"x".into(), &want, "object required");
}

#[test]
fn optional_attributes_may_be_left_out() {
    let ty = optional_type(&[("a", Type::String), ("b", Type::list(Type::String))]);
    let expected = object(&[("a", "1".into()), ("b", Value::null(Type::list(Type::String)))]);
    check(&object(&[("a", int(1))]), &ty, &expected);
    let map = Value::map(Type::Number, Map::from([("a".into(), int(1))]));
    check(&map, &ty, &expected);
    let map = Value::map(Type::Number, Map::from([("b".into(), int(1))]));
    let word = "[\"b\"]: map element type is incompatible with attribute \"b\": \
                list of string required";
    fails(&map, &ty, word);
    assert!(convert(&Value::unknown(Type::Any), &ty).unwrap().ty() == rules::without_optional(&ty));
}

#[test]
fn what_is_unknown_or_null_takes_the_type() {
    check(&Value::unknown(Type::Any), &Type::String, &Value::unknown(Type::String));
    check(&Value::null(Type::Any), &Type::Number, &Value::null(Type::Number));
    check(&Value::unknown(Type::Any), &Type::Any, &Value::unknown(Type::Any));
    let have = Type::tuple(vec![Type::String, Type::Number]);
    let list = Value::unknown(Type::list(Type::String));
    check(&Value::unknown(have), &Type::list(Type::Any), &list);
    fails(&Value::unknown(Type::Bool), &Type::Number, "number required");
    let items = tuple(&[Value::unknown(Type::Any), "a".into()]);
    let expected = vec![Value::unknown(Type::String), "a".into()];
    check(&items, &Type::list(Type::Any), &Value::list(Type::String, expected));
}

#[test]
fn marks_stay_where_they_are() {
    let it = object(&[("a", int(1).sensitive()), ("b", int(2))]);
    let made = convert(&it, &Type::map(Type::String)).unwrap();
    assert_eq!(made.get("a"), Some(&Value::string("1").sensitive()));
    assert_eq!(made.get("b"), Some(&"2".into()));
    let made = convert(&tuple(&[int(1).sensitive()]), &Type::set(Type::String)).unwrap();
    assert_eq!(made.marks, Marks::SENSITIVE);
    let made = convert(&int(1).sensitive(), &Type::String).unwrap();
    assert_eq!(made.marks, Marks::SENSITIVE);
}

#[test]
fn holes_inside_elements_are_filled_with_one_type() {
    let item = |it: Value| object(&[("a", it)]);
    let ty = Type::list(object_type(&[("a", Type::Any)]));
    let made = convert(&tuple(&[item(int(1)), item("x".into())]), &ty).unwrap();
    assert_eq!(made.ty(), Type::list(object_type(&[("a", Type::String)])));
    let apart = tuple(&[item(int(1)), item(tuple(&[]))]);
    fails(&apart, &ty, "[1]: cannot find a common base type for all elements");
}

#[test]
fn types_have_a_type_in_common() {
    let list = |it| Type::list(it);
    for (types, expected) in [
        (vec![Type::Number, Type::String], Some(Type::String)),
        (vec![Type::Bool, Type::Number], None),
        (vec![Type::Bool, Type::Number, Type::String], Some(Type::String)),
        (vec![Type::Any, Type::String], Some(Type::String)),
        (vec![list(Type::Number), list(Type::String)], Some(list(Type::String))),
        (vec![list(Type::Number), Type::set(Type::String)], Some(list(Type::Number))),
        (vec![Type::tuple(vec![]), list(Type::String)], Some(list(Type::String))),
        (
            vec![Type::tuple(vec![Type::Number]), Type::tuple(vec![Type::String])],
            Some(Type::tuple(vec![Type::String])),
        ),
        (
            vec![Type::tuple(vec![Type::Number]), Type::tuple(vec![Type::String, Type::Number])],
            Some(list(Type::String)),
        ),
        (
            vec![object_type(&[("a", Type::Number)]), object_type(&[("a", Type::String)])],
            Some(object_type(&[("a", Type::String)])),
        ),
        (
            vec![object_type(&[("a", Type::Number)]), object_type(&[("b", Type::String)])],
            Some(Type::map(Type::String)),
        ),
        (vec![object_type(&[]), Type::tuple(vec![])], None),
        (vec![Type::String, list(Type::String)], None),
    ] {
        assert_eq!(unify(&types), expected, "{types:?}");
    }
}

#[test]
fn defaults_are_filled_in_at_any_depth() {
    let inner =
        Defaults { values: [("c".to_owned(), int(3))].into(), children: Default::default() };
    let defaults = Defaults {
        values: [("a".to_owned(), "x".into()), ("b".to_owned(), object(&[]))].into(),
        children: [("b".to_owned(), inner)].into(),
    };
    let list =
        Defaults { values: Default::default(), children: [(String::new(), defaults)].into() };
    let filled = |a: &str, c: i64| object(&[("a", a.into()), ("b", object(&[("c", int(c))]))]);
    let given = tuple(&[
        object(&[]),
        object(&[("a", Value::null(Type::Any)), ("b", object(&[("c", int(4))]))]),
    ]);
    assert_eq!(apply_defaults(&given, &list), tuple(&[filled("x", 3), filled("x", 4)]));
    assert_eq!(apply_defaults(&Value::null(Type::Any), &list), Value::null(Type::Any));
}
