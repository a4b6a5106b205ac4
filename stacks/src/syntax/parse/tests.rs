use std::fmt::Write;
use std::sync::Arc;

use expect_test::{Expect, expect};
use model::Diagnostics;

use super::{body, expression, template};

fn file() -> Arc<str> {
    Arc::from("t.tf")
}

fn problems(text: &mut String, list: &Diagnostics) {
    for it in list {
        let span = it.span.as_ref().expect("every problem has a span");
        let (start, end) = (span.start, span.end);
        let place = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
        let detail = it.detail.lines().next().unwrap_or_default();
        let sentence = detail.split_inclusive(". ").next().unwrap_or_default().trim_end();
        writeln!(text, "{place} {}: {sentence}", it.summary).unwrap();
    }
}

#[track_caller]
fn check(text: &str, want: Expect) {
    let (body, list) = body(&file(), text);
    let mut shown = body.to_string();
    problems(&mut shown, &list);
    want.assert_eq(shown.trim_end());
}

#[track_caller]
fn check_expr(text: &str, want: Expect) {
    let shown = match expression(&file(), text) {
        Ok(it) => it.to_string(),
        Err(list) => {
            let mut shown = String::new();
            problems(&mut shown, &list);
            shown
        }
    };
    want.assert_eq(shown.trim_end());
}

#[track_caller]
fn check_template(text: &str, want: Expect) {
    let shown = match template(&file(), text) {
        Ok(parts) => parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Err(list) => {
            let mut shown = String::new();
            problems(&mut shown, &list);
            shown
        }
    };
    want.assert_eq(shown.trim_end());
}

#[test]
fn operators_bind_as_they_should() {
    check_expr("1 + 2 * 3 - 4", expect!["(- (+ 1 (* 2 3)) 4)"]);
    check_expr("a || b && c == d < e + f", expect!["(|| a (&& b (== c (< d (+ e f)))))"]);
    check_expr("a ? b : c ? d : e", expect!["(? a b (? c d e))"]);
    check_expr("!a.b && -x[0] + 1 > 0", expect!["(&& (! a.b) (> (+ (- x[0]) 1) 0))"]);
    check_expr("- 1 - -1", expect!["(- (- 1) (- 1))"]);
    check_expr("!!a", expect!["(! (! a))"]);
    check_expr("(1 + 2) % 3 / 4", expect!["(/ (% (paren (+ 1 2)) 3) 4)"]);
    check_expr("a != b == c", expect!["(== (!= a b) c)"]);
    check_expr("a - b", expect!["(- a b)"]);
    check_expr("a-b", expect!["a-b"]);
    check_expr("1-2", expect!["(- 1 2)"]);
    check_expr("a <= b >= c", expect!["(>= (<= a b) c)"]);
}

#[test]
fn numbers() {
    check_expr("1.50", expect!["1.5"]);
    check_expr("1e3", expect!["1000"]);
    check_expr("1.e5", expect!["100000"]);
    check_expr("12E-2", expect!["0.12"]);
    check_expr(
        "1..2",
        expect![
            "1:1-1:5 Invalid number literal: Failed to recognize the value of this number literal."
        ],
    );
    check_expr(
        "1.2.3",
        expect![
            "1:1-1:6 Invalid number literal: Failed to recognize the value of this number literal."
        ],
    );
    check_expr("1.foo", expect!["1.foo"]);
    check_expr(
        "1abc",
        expect![
            "1:2-1:5 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it."
        ],
    );
    check_expr(
        "0x1F",
        expect![
            "1:2-1:5 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it."
        ],
    );
    check_expr("007", expect!["7"]);
    check_expr(
        ".5",
        expect![
            "1:1-1:2 Invalid expression: Expected the start of an expression, but found an invalid expression token."
        ],
    );
}

#[test]
fn steps_into_values() {
    check_expr("a.b.c[0][\"x\"].d", expect![[r#"a.b.c[0]["x"].d"#]]);
    check_expr("a.0.b", expect!["a[0].b"]);
    check_expr(
        "a.0.1",
        expect![
            "1:3-1:6 Invalid legacy index syntax: When using the legacy index syntax, chaining two indexes together is not permitted."
        ],
    );
    check_expr("a.*.b.0.c[1].d", expect!["(splat.* a @.b[0].c)[1].d"]);
    check_expr("a[*].b[0].c", expect!["(splat[*] a @.b[0].c)"]);
    check_expr("a[*].b[*].c", expect!["(splat[*] a (splat[*] @.b @.c))"]);
    check_expr("a.*", expect!["(splat.* a @)"]);
    check_expr("a[*]", expect!["(splat[*] a @)"]);
    check_expr(
        "a.*.*",
        expect![
            "1:5-1:6 Nested splat expression not allowed: A splat expression (*) cannot be used inside another attribute-only splat expression."
        ],
    );
    check_expr("a[ \n 1 \n ]", expect!["a[1]"]);
    check_expr(
        "a[*",
        expect![[
            r#"1:4-1:4 Missing close bracket on splat index: The star for a full splat operator must be immediately followed by a closing bracket ("]")."#
        ]],
    );
    check_expr(
        "a.\"b\"",
        expect!["1:3-1:4 Invalid attribute name: An attribute name is required after a dot."],
    );
    check_expr(
        "a[1",
        expect![[
            r#"1:4-1:4 Missing close bracket on index: The index operator must end with a closing bracket ("]")."#
        ]],
    );
    check_expr("\"x\".y", expect![[r#""x".y"#]]);
    check_expr("{a=1}.a", expect!["{a=1}.a"]);
    check_expr("f(1).b[2]", expect!["(call f 1).b[2]"]);
    check_expr("(a).b", expect!["(paren a).b"]);
    check_expr("-a.b", expect!["(- a.b)"]);
}

#[test]
fn collections() {
    check_expr("[]", expect!["[]"]);
    check_expr("[1, 2,]", expect!["[1 2]"]);
    check_expr("[\n1\n,\n2\n]", expect!["[1 2]"]);
    check_expr(
        "[1 2]",
        expect![
            "1:4-1:5 Missing item separator: Expected a comma to mark the beginning of the next item."
        ],
    );
    check_expr(
        "[1",
        expect![
            "1:1-1:2 Unterminated tuple constructor expression: There is no corresponding closing bracket before the end of the file."
        ],
    );
    check_expr(
        "[,]",
        expect![
            "1:2-1:3 Invalid expression: Expected the start of an expression, but found an invalid expression token."
        ],
    );
    check_expr("{}", expect!["{}"]);
    check_expr(
        "{a = 1, b: 2, \"c\" = 3, (d) = 4, a.b = 5, 6 = 7}",
        expect![[r#"{a=1 b=2 "c"=3 (paren d)=4 a.b=5 6=7}"#]],
    );
    check_expr("{\n a = 1\n\n b = 2,\n c = 3, d = 4\n}", expect!["{a=1 b=2 c=3 d=4}"]);
    check_expr("{a = 1, a = 2}", expect!["{a=1 a=2}"]);
    check_expr("{null = 1, true = 2, for_x = 3}", expect!["{null=1 true=2 for_x=3}"]);
    check_expr(
        "{\"${a}\" = 1, -1 = 2, \"a\"[0] = 3}",
        expect![[r#"{(wrap a)=1 (- 1)=2 "a"[0]=3}"#]],
    );
    check_expr(
        "{a = 1 b = 2}",
        expect![
            "1:8-1:9 Missing attribute separator: Expected a newline or comma to mark the beginning of the next attribute."
        ],
    );
    check_expr(
        "{a\n= 1}",
        expect![[r#"
        1:3-2:1 Missing attribute value: Expected an attribute value, introduced by an equals sign ("=").
        2:1-2:2 Invalid expression: Expected the start of an expression, but found an invalid expression token."#]],
    );
    check_expr(
        "{a}",
        expect![[
            r#"1:3-1:4 Missing key/value separator: Expected an equals sign ("=") to mark the beginning of the attribute value."#
        ]],
    );
    check_expr(
        "{a b}",
        expect![[
            r#"1:4-1:5 Missing key/value separator: Expected an equals sign ("=") to mark the beginning of the attribute value."#
        ]],
    );
    check_expr(
        "{a = 1",
        expect![
            "1:1-1:2 Unterminated object constructor expression: There is no corresponding closing brace before the end of the file."
        ],
    );
    check_expr(
        "{a = 1,, b = 2}",
        expect![
            "1:8-1:9 Invalid expression: Expected the start of an expression, but found an invalid expression token."
        ],
    );
    check_expr("{a = [\n1,\n{b = 2\n}\n]\n}", expect!["{a=[1 {b=2}]}"]);
    check_expr("{a = (\n1\n)}", expect!["{a=(paren 1)}"]);
}

#[test]
fn for_expressions() {
    check_expr("[for x in y: x]", expect!["(for x y: x)"]);
    check_expr("[for k, v in y : v if v != null]", expect!["(for k,v y: v if (!= v null))"]);
    check_expr("{for k, v in y: k => v}", expect!["(for k,v y: k => v)"]);
    check_expr(
        "{\n for x in y :\n x.k =>\n x... \n if true\n }",
        expect!["(for x y: x.k => x... if true)"],
    );
    check_expr("{for x in y: x.a ? 1 : 2 => {a = 1}}", expect!["(for x y: (? x.a 1 2) => {a=1})"]);
    check_expr("[for x in [for z in a: z]: x]", expect!["(for x (for z a: z): x)"]);
    check_expr(
        "[for x in y: k => x]",
        expect![
            "1:14-1:15 Invalid 'for' expression: Key expression is not valid when building a tuple."
        ],
    );
    check_expr(
        "[for x in y: x...]",
        expect![
            "1:15-1:18 Invalid 'for' expression: Grouping ellipsis (...) cannot be used when building a tuple."
        ],
    );
    check_expr(
        "{for x in y: x}",
        expect![
            "1:14-1:15 Invalid 'for' expression: Key expression is required when building an object."
        ],
    );
    check_expr(
        "[for in y: x]",
        expect![
            "1:9-1:10 Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations."
        ],
    );
    check_expr(
        "[for a, in y: x]",
        expect![
            "1:12-1:13 Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations."
        ],
    );
    check_expr(
        "[for a y: x]",
        expect![
            "1:8-1:9 Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations."
        ],
    );
    check_expr(
        "[for a in y x]",
        expect![
            "1:13-1:14 Invalid 'for' expression: For expression requires a colon after the collection expression."
        ],
    );
    check_expr(
        "[for a in y: x z]",
        expect![
            "1:16-1:17 Invalid 'for' expression: Extra characters after the end of the 'for' expression."
        ],
    );
    check_expr(
        "{for = 1}",
        expect![
            "1:6-1:7 Invalid 'for' expression: For expression requires variable name after 'for'."
        ],
    );
    check_expr(
        "[for]",
        expect![
            "1:5-1:6 Invalid 'for' expression: For expression requires variable name after 'for'."
        ],
    );
}

#[test]
fn calls() {
    check_expr("f()", expect!["(call f)"]);
    check_expr("f(1, 2,)", expect!["(call f 1 2)"]);
    check_expr("f(a, b...)", expect!["(call f a b ...)"]);
    check_expr(
        "f(a..., b)",
        expect![
            "1:7-1:8 Missing closing parenthesis: An expanded function argument (with ...) must be immediately followed by closing parentheses."
        ],
    );
    check_expr("provider::aws::arn_parse(x)", expect!["(call provider::aws::arn_parse x)"]);
    check_expr(
        "a::b",
        expect![
            "1:5-1:5 Missing open parenthesis: Function selector must be followed by an open parenthesis to begin the function call."
        ],
    );
    check_expr(
        "a::(1)",
        expect![
            "1:4-1:5 Missing function name: Function scope resolution symbol :: must be followed by a function name in this scope."
        ],
    );
    check_expr("f(\n1\n,\n2)", expect!["(call f 1 2)"]);
    check_expr(
        "f(1 2)",
        expect![
            "1:5-1:6 Missing argument separator: A comma is required to separate each function argument from the next."
        ],
    );
    check_expr(
        "f(1",
        expect![
            "1:1-1:2 Unterminated function call: There is no closing parenthesis for this function call before the end of the file."
        ],
    );
    check_expr(
        "f(,)",
        expect![
            "1:3-1:4 Invalid expression: Expected the start of an expression, but found an invalid expression token."
        ],
    );
    check_expr(
        "f(a b, c, d e)",
        expect![[r#"
        1:5-1:6 Missing argument separator: A comma is required to separate each function argument from the next.
        1:13-1:14 Missing argument separator: A comma is required to separate each function argument from the next."#]],
    );
}

#[test]
fn quoted_texts() {
    check_expr(r#""""#, expect![[r#""""#]]);
    check_expr(r#""a\n\r\t\"\\\u00e9\U0001F600b""#, expect![[r#""a\n\r\t\"\\é😀b""#]]);
    check_expr(r#""$${a} %%{b} $ % $$ %% $$${c}""#, expect![[r#""${a} %{b} $ % $$ %% $${c}""#]]);
    check_expr(r#""${a}""#, expect!["(wrap a)"]);
    check_expr(r#""a${b}c${d}""#, expect![[r#"(template "a" b "c" d)"#]]);
    check_expr(r#""a  ${~ b ~}  c""#, expect![[r#"(template "a" b "c")"#]]);
    check_expr(r#""${b ~}  ""#, expect![[r#"(template b "")"#]]);
    check_expr(r#""${"${"x"}"}""#, expect![[r#"(wrap (wrap "x"))"#]]);
    check_expr(r#""${{a = "}"}.a}""#, expect![[r#"(wrap {a="}"}.a)"#]]);
    check_expr("\"${\n a\n}\"", expect!["(wrap a)"]);
    check_expr(
        r#""%{ if a }x%{ else }y%{ endif }""#,
        expect![[r#"(template (if a ["x"] ["y"]))"#]],
    );
    check_expr(
        r#""%{ for k, v in m ~} ${k} %{~ endfor }z""#,
        expect![[r#"(template (for k,v m: "" k "") "z")"#]],
    );
    check_expr(
        r#""%{ if a }%{ for x in y }%{ if x }1%{ endif }%{ endfor }%{ endif }""#,
        expect![[r#"(template (if a [(for x y: (if x ["1"] []))] []))"#]],
    );
    check_expr(
        "\"\\u00\"",
        expect![[
            r#"1:2-1:6 Invalid escape sequence: The \u escape sequence must be followed by four hexadecimal digits."#
        ]],
    );
    check_expr(
        "\"ab\\qcd\\x\"",
        expect![[r#"
        1:4-1:6 Invalid escape sequence: The symbol "q" is not a valid escape sequence selector.
        1:8-1:10 Invalid escape sequence: The symbol "x" is not a valid escape sequence selector."#]],
    );
    check_expr(
        "\"\\uD800\"",
        expect!["1:2-1:8 Invalid escape sequence: Cannot encode character U+d800 in UTF-8."],
    );
    check_expr(
        "\"abc",
        expect![
            "1:1-1:2 Unterminated template string: No closing marker was found for the string."
        ],
    );
    check_expr(
        "\"abc\n\"",
        expect![
            "1:5-1:5 Invalid multi-line string: Quoted strings may not be split over multiple lines."
        ],
    );
    check_expr(
        "\"${a",
        expect![
            "1:2-1:4 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the file."
        ],
    );
    check_expr(
        "\"${a\"",
        expect![
            "1:2-1:4 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the quoted template."
        ],
    );
    check_expr(
        "\"${a b}\"",
        expect![
            "1:6-1:7 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters."
        ],
    );
    check_expr(
        "\"${a:-b}\"",
        expect![
            "1:5-1:6 Extra characters after interpolation expression: Template interpolation doesn't expect a colon at this location."
        ],
    );
    check_expr(
        "\"${}\"",
        expect![
            "1:4-1:5 Invalid expression: Expected the start of an expression, but found an invalid expression token."
        ],
    );
    check_expr(
        "\"%{ if a }x\"",
        expect![
            "1:2-1:11 Unexpected end of template: This if directive is missing its corresponding endif directive."
        ],
    );
    check_expr(
        "\"%{ for a in b }x%{ endif }\"",
        expect![
            "1:18-1:28 Unexpected endif directive: Expecting an endfor directive corresponding to the for directive at t.tf:1:2."
        ],
    );
    check_expr(
        "\"x%{ endif }\"",
        expect![
            "1:3-1:13 Unexpected endif directive: The control directives within this template are unbalanced."
        ],
    );
    check_expr(
        "\"%{ if a }%{ else }%{ else }%{ endif }\"",
        expect![
            "1:20-1:29 Unexpected else directive: Already in the else clause for the if started at t.tf:1:2."
        ],
    );
    check_expr(
        "\"%{ foo }\"",
        expect![[
            r#"1:5-1:8 Invalid template control keyword: "foo" is not a valid template control keyword."#
        ]],
    );
    check_expr(
        "\"%{ 1 }\"",
        expect![[
            r#"1:5-1:6 Invalid template directive: A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence."#
        ]],
    );
    check_expr(
        "\"%{ endif x }\"",
        expect![
            "1:11-1:12 Extra characters in endif marker: Expected a closing brace to end the sequence, but found extra characters."
        ],
    );
    check_expr(
        "\"%{ for x y }\"",
        expect![
            "1:11-1:12 Invalid 'for' directive: For directive requires the 'in' keyword after its name declarations."
        ],
    );
}

#[test]
fn heredocs() {
    check("a = <<EOT\n  x\n y ${b}\nEOT\n", expect![[r#"a = (template "  x\n y " b "\n")"#]]);
    check(
        "a = <<-EOT\n    x\n      y ${b}\n\n    z\n  EOT\n",
        expect![[r#"a = (template "x\n  y " b "\n\nz\n")"#]],
    );
    check(
        "a = <<-EOT\n\t\tx\n\t${b} c\n\tEOT\nb = 1\n",
        expect![[r#"
        a = (template "\tx\n" b " c\n")
        b = 1"#]],
    );
    check("a = <<EOT\nEOT\n", expect![[r#"a = """#]]);
    check(
        "a = <<EOT\n\\n $${x} \"q\"\n EOTX\nEOT  \n",
        expect![[r#"a = "\\n ${x} \"q\"\n EOTX\n""#]],
    );
    check(
        "a = <<EOT\r\nx\r\nEOT\r\nb = 1\r\n",
        expect![[r#"
        a = "x\r\n"
        b = 1"#]],
    );
    check(
        "a = [<<A, <<B]\nx\nA\n",
        expect![[r#"
        a = [<broken> <broken>]
        1:6-1:7 Invalid expression: Expected the start of an expression, but found an invalid expression token.
        1:11-1:12 Invalid expression: Expected the start of an expression, but found an invalid expression token.
        2:1-2:2 Argument or block definition required: An argument or block definition is required here.
        3:1-3:2 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check("a = [<<A\nx\nA\n, <<-B\n  y\n  B\n]\n", expect![[r#"a = ["x\n" "y\n"]"#]]);
    check("a = f(<<A\nx\nA\n)\n", expect![[r#"a = (call f "x\n")"#]]);
    check("a = <<EOT\n${<<X\nin\nX\n}\nEOT\n", expect![[r#"a = (template "in\n" "\n")"#]]);
    check(
        "a = <<EOT\nx\nEOT",
        expect![[r#"
        a = <broken>
        1:5-1:10 Unterminated template string: No closing marker was found for the string."#]],
    );
    check(
        "a = <<EOT\nx\n",
        expect![[r#"
        a = <broken>
        1:5-1:10 Unterminated template string: No closing marker was found for the string."#]],
    );
    check(
        "a = << EOT\nx\nEOT\n",
        expect![[r#"
        a = <broken>
        1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.
        2:1-2:2 Argument or block definition required: An argument or block definition is required here.
        3:1-3:4 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check("a = <<é-1\nx\né-1\n", expect![[r#"a = "x\n""#]]);
    check(
        "x = <<EOT\n  a ${~ 1 ~}  \n   b $ ${~ 2 ~} c\n %{ if true ~}\n   yes\n %{ endif ~}\n  z\nEOT\n",
        expect![[r#"x = (template "  a" 1 "   b $" 2 "c\n " (if true ["   yes\n "] []) "  z\n")"#]],
    );
    check(
        "y = <<-EOT\n\n      a\n    ${1}\n     b\n   \n    %{ if true }\n    c\n    %{~ endif ~}\n   EOT\n",
        expect![[
            r#"y = (template "\n      a\n    " 1 "\n     b\n   \n    " (if true ["\n    c\n"] []) "")"#
        ]],
    );
}

#[test]
fn templates_without_quotes() {
    check_template("", expect![[""]]);
    check_template("a \"b\" \\n\n${c}$", expect![[r#""a \"b\" \\n\n" c "$""#]]);
    check_template("${a}", expect!["a"]);
    check_template("${a ~}\n", expect![[r#"a """#]]);
    check_template(
        "%{ if a ~}\nyes\n%{ else ~}\nno\n%{ endif ~}\n",
        expect![[r#"(if a ["yes\n"] ["no\n"]) """#]],
    );
    check_template("$${a} $ %%{", expect![[r#""${a} $ %{""#]]);
    check_template(
        "x\r\ny ${",
        expect![
            "2:5-2:5 Missing expression: Expected the start of an expression, but found the end of the file."
        ],
    );
    check_template(
        "${a}\n${b c}\n%{ if }\n",
        expect![[r#"
        2:5-2:6 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters.
        3:7-3:8 Invalid expression: Expected the start of an expression, but found an invalid expression token."#]],
    );
    check_template(
        "%{ if a }",
        expect![
            "1:1-1:10 Unexpected end of template: This if directive is missing its corresponding endif directive."
        ],
    );
}

#[test]
fn bodies() {
    check("", expect![[""]]);
    check(
        "a = 1\nb = 2",
        expect![[r#"
        a = 1
        b = 2"#]],
    );
    check(
        "\u{feff}a = 1\r\n\r\nb {\r\n}\r\n",
        expect![[r#"
        a = 1
        b {
        }"#]],
    );
    check(
        "resource \"x\" y {\n a = 1\n b {}\n b { c = 1 }\n}\n",
        expect![[r#"
        resource "x" "y" {
          a = 1
          b {
          }
          b {
            c = 1
          }
        }"#]],
    );
    check(
        "# c\na = 1 # d\n// e\nb = /* f */ 2 /* g\n */\nc /* h */ { # i\n}",
        expect![[r#"
        a = 1
        b = 2
        c {
        }"#]],
    );
    check("a = [ # c\n 1, // d\n 2 /* e */ ]\n", expect!["a = [1 2]"]);
    check("a = {\n # c\n b = 1 # d\n}\n", expect!["a = {b=1}"]);
    check("é_日本 = ünï\n", expect!["é_日本 = ünï"]);
    check("a-b = c-d\n", expect!["a-b = c-d"]);
    check("\n\n\n", expect![[""]]);
    check("a = b ? {\n x = 1\n} : {\n y = 2\n}\n", expect!["a = (? b {x=1} {y=2})"]);
    check(
        "b \"l\\\"1\" \"$${x}\" {}",
        expect![[r#"
        b "l\"1" "${x}" {
        }"#]],
    );
}

#[test]
fn errors_in_bodies() {
    check(
        "a = 1\na = 2\nb {\n a = 3\n}",
        expect![[r#"
        a = 1
        b {
          a = 3
        }
        2:1-2:2 Attribute redefined: The argument "a" was already set at t.tf:1:1."#]],
    );
    check(
        "a = \nb = 2\n",
        expect![[r#"
        a = <broken>
        b = 2
        1:5-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token."#]],
    );
    check(
        "a 1\nb = 2\n",
        expect![[r#"
        b = 2
        1:1-1:2 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check(
        "a\nb = 2\n",
        expect![[r#"
        b = 2
        1:1-1:2 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check(
        "\"a\" = 1\nb = 2\n",
        expect![[r#"
        b = 2
        1:1-1:2 Invalid argument name: Argument names must not be quoted."#]],
    );
    check(
        "a = 1 b = 2\nc = 3\n",
        expect![[r#"
        a = 1
        c = 3
        1:7-1:8 Missing newline after argument: An argument definition must end with a newline."#]],
    );
    check(
        "a = 1, b = 2\nc = 3\n",
        expect![[r#"
        a = 1
        c = 3
        1:6-1:7 Unexpected comma after argument: Argument definitions must be separated by newlines, not commas."#]],
    );
    check(
        "a = 1 +\nb = 2\n",
        expect![[r#"
        a = <broken>
        b = 2
        1:8-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token."#]],
    );
    check(
        "}\nb = 2\n",
        expect![[r#"
        b = 2
        1:1-1:2 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check(
        "a {\n b = 1\n",
        expect![[r#"
        a {
          b = 1
        }
        1:3-1:4 Unclosed configuration block: There is no closing brace for this block before the end of the file."#]],
    );
    check(
        "a {\n b = 1\n}}\nc = 1\n",
        expect![[r#"
            c = 1
            a {
              b = 1
            }
            3:2-3:3 Missing newline after block definition: A block definition must end with a newline."#]],
    );
    check(
        "a b = 1\nc = 1\n",
        expect![[r#"
        c = 1
        1:5-1:6 Invalid block definition: The equals sign "=" indicates an argument definition, and must not be used when defining a block."#]],
    );
    check(
        "a \"b\"\n{\n}\nc = 1\n",
        expect![[r#"
        c = 1
        1:6-2:1 Invalid block definition: A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.
        2:1-2:2 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check(
        "a \"b\" 1 {\n}\nc = 1\n",
        expect![[r#"
        c = 1
        1:7-1:8 Invalid block definition: Either a quoted string block label or an opening brace ("{") is expected here."#]],
    );
    check(
        "a \"${b}\" {\n}\nc = 1\n",
        expect![[r#"
        c = 1
        a "" {
        }
        1:4-1:6 Invalid string literal: Template sequences are not allowed in this string."#]],
    );
    check(
        "a { b = 1, c = 2 }\nc = 1\n",
        expect![[r#"
        c = 1
        1:10-1:11 Invalid single-argument block definition: Single-line block syntax can include only one argument definition."#]],
    );
    check(
        "a { b = 1\n c = 2\n}\nc = 1\n",
        expect![[r#"
        c = 1
        1:10-2:1 Invalid single-argument block definition: An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line."#]],
    );
    check(
        "a { b = 1 c = 2 }\nc = 1\n",
        expect![[r#"
        c = 1
        1:11-1:12 Invalid single-argument block definition: A single-line block definition must end with a closing brace immediately after its single argument definition."#]],
    );
    check(
        "a { b {} }\nc = 1\n",
        expect![[r#"
        c = 1
        1:5-1:8 Argument definition required: A single-line block definition can contain only a single argument."#]],
    );
    check(
        "a { b }\nc = 1\n",
        expect![[r#"
        c = 1
        1:5-1:6 Argument or block definition required: An argument or block definition is required here."#]],
    );
    check(
        "a {} b {}\nc = 1\n",
        expect![[r#"
        c = 1
        a {
        }
        1:6-1:7 Missing newline after block definition: A block definition must end with a newline."#]],
    );
    check(
        "a { b = 1",
        expect![
            "1:3-1:4 Unclosed configuration block: There is no closing brace for this block before the end of the file."
        ],
    );
    check(
        "a = 'x'\nb = `y`\nc = 1 & 2; d = ~1 | ^2\n",
        expect![[r#"
        a = <broken>
        b = <broken>
        c = 1
        1:5-1:6 Invalid character: Single quotes are not valid.
        2:5-2:6 Invalid character: The "`" character is not valid.
        3:7-3:8 Unsupported operator: Bitwise operators are not supported."#]],
    );
    check(
        "a = 1 @ 2\nb = ä ¡\n",
        expect![[r#"
        a = 1
        b = ä
        1:7-1:8 Invalid character: This character is not used within the language.
        2:7-2:8 Invalid character: This character is not used within the language."#]],
    );
    check(
        "a = /* x\nb = 1\n",
        expect![[r#"
        a = <broken>
        1:5-3:1 Unterminated comment: There is no "*/" that ends this comment before the end of the file."#]],
    );
    check(
        "a ? b",
        expect![
            "1:1-1:2 Argument or block definition required: An argument or block definition is required here."
        ],
    );
    check(
        "a = b ? c\nd = 1\n",
        expect![[r#"
        a = <broken>
        d = 1
        1:10-2:1 Missing false expression in conditional: The conditional operator (...?...:...) requires a false expression, delimited by a colon."#]],
    );
    check(
        "a = )\nb = ]\nc = }\nd = 1\n",
        expect![[r#"
            a = <broken>
            b = <broken>
            c = <broken>
            d = 1
            1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.
            2:5-2:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.
            3:5-3:6 Invalid expression: Expected the start of an expression, but found an invalid expression token."#]],
    );
}

#[test]
fn one_run_reports_every_error() {
    check(
        "resource \"a\" \"b\" {\n  x = [1, 2\n  y = {\n    p = 1 +\n    q = (2 3)\n    r = 3\n  }\n  z = \"open\n  w = f(1 2, g(3 4), 5)\n}\n\nlocals {\n  m = \"${a b} ${c d}\"\n  n = 1 1\n}\n",
        expect![[r#"
            resource "a" "b" {
              x = <broken>
              y = {q=<broken> r=3}
              z = <broken>
              w = (call f <broken> (call g <broken>) 5)
            }
            locals {
              m = <broken>
              n = 1
            }
            3:3-3:4 Missing item separator: Expected a comma to mark the beginning of the next item.
            4:12-5:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.
            5:12-5:13 Unbalanced parentheses: Expected a closing parenthesis to terminate the expression.
            8:12-8:12 Invalid multi-line string: Quoted strings may not be split over multiple lines.
            9:11-9:12 Missing argument separator: A comma is required to separate each function argument from the next.
            9:18-9:19 Missing argument separator: A comma is required to separate each function argument from the next.
            13:12-13:13 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters.
            13:19-13:20 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters.
            14:9-14:10 Missing newline after argument: An argument definition must end with a newline."#]],
    );
    check(
        "a = f(\nb = 1\nc {\n  d = [\n  e = 2\n}\nf = 3\n",
        expect![[r#"
        a = <broken>
        f = 3
        c {
          d = <broken>
        }
        2:3-2:4 Missing argument separator: A comma is required to separate each function argument from the next.
        5:5-5:6 Missing item separator: Expected a comma to mark the beginning of the next item."#]],
    );
    check(
        "a {\n  b = {\n    c = [1, (2, 3]\n    d = 4\n  }\n  e = 1 1\n}\n",
        expect![[r#"
        a {
          b = {c=[1 <broken>] d=4}
          e = 1
        }
        3:15-3:16 Unbalanced parentheses: Expected a closing parenthesis to terminate the expression.
        6:9-6:10 Missing newline after argument: An argument definition must end with a newline."#]],
    );
    check(
        "a = \"it's\nb = \"x\"\nc = 'y'\n",
        expect![[r#"
        a = <broken>
        b = "x"
        c = <broken>
        1:10-1:10 Invalid multi-line string: Quoted strings may not be split over multiple lines.
        3:5-3:6 Invalid character: Single quotes are not valid."#]],
    );
}

#[test]
fn columns_count_what_a_reader_sees() {
    check(
        "a = \"日本é🇩🇪👩‍👩‍👧\" x\n",
        expect![[r#"
        a = "日本é🇩🇪👩\u{200d}👩\u{200d}👧"
        1:13-1:14 Missing newline after argument: An argument definition must end with a newline."#]],
    );
    check(
        "/* e\u{301} */ a = x y\n",
        expect![[r#"
        a = x
        1:15-1:16 Missing newline after argument: An argument definition must end with a newline."#]],
    );
    check(
        "a = <<E\né\n  ${b c}\nE\n",
        expect![[r#"
        a = <broken>
        3:7-3:8 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters."#]],
    );
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in
        [("[", "]"), ("(", ")"), ("{a=", "}"), ("f(", ")"), ("-", ""), ("\"${", "}\"")]
    {
        for n in [300, 900] {
            let text = format!("{}1{}", open.repeat(n), close.repeat(n));
            assert!(expression(&file(), &text).is_ok(), "{open} {n}");
        }
        let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let list = expression(&file(), &text).unwrap_err();
        assert_eq!(list[0].summary, "Too deeply nested", "{open}");
        assert!(list.len() < 3, "{open}: {list:?}");
    }
    for step in [" + 1", ".a", "[0]", "[*]", " ? 1 : 2", " && true"] {
        assert!(expression(&file(), &format!("x{}", step.repeat(800))).is_ok(), "{step}");
        let list = expression(&file(), &format!("x{}", step.repeat(100_000))).unwrap_err();
        assert_eq!(list.len(), 1, "{step}");
    }
    let (_, list) = body(&file(), &format!("{}{}", "a {\n".repeat(50_000), "}\n".repeat(50_000)));
    assert_eq!(list[0].summary, "Too deeply nested");
    let text = format!("{}x{}", "%{if a}".repeat(50_000), "%{endif}".repeat(50_000));
    assert_eq!(template(&file(), &text).unwrap_err()[0].summary, "Too deeply nested");
}
