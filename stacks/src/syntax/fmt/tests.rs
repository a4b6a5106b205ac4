//! Every case was compared with `terraform fmt` of Terraform 1.11.

use std::sync::Arc;

use expect_test::{Expect, expect};

use super::format;

#[track_caller]
fn check(text: &str, want: Expect) {
    let formatted = format(&Arc::from("t.tf"), text).expect("the text is right");
    want.assert_eq(&formatted);
}

#[test]
fn outdated_forms_are_rewritten() {
    check(
        "x = \"${a}\"\n",
        expect![[r#"
        x = a
    "#]],
    );
    check(
        "x = \"${a.b[0]}\"\n",
        expect![[r#"
        x = a.b[0]
    "#]],
    );
    check(
        "x = \"${a}${b}\"\n",
        expect![[r#"
        x = "${a}${b}"
    "#]],
    );
    check(
        "x = \"a${b}\"\n",
        expect![[r#"
        x = "a${b}"
    "#]],
    );
    check(
        "x = \"${ a }\"\n",
        expect![[r#"
        x = a
    "#]],
    );
    check(
        "x = \"${~a~}\"\n",
        expect![[r#"
        x = a
    "#]],
    );
    check(
        "x = \"${\n  a\n}\"\n",
        expect![[r#"
        x = a
    "#]],
    );
    check(
        "x = \"${\n a ?\n b :\n c\n}\"\n",
        expect![[r#"
        x = (a ?
          b :
        c)
    "#]],
    );
    check(
        "x = \"${(\n a\n)}\"\n",
        expect![[r#"
        x = (
          a
        )
    "#]],
    );
    check(
        "x = \"${foo(\"${bar}\")}\"\n",
        expect![[r#"
        x = foo("${bar}")
    "#]],
    );
    check(
        "x = \"${foo(\"a\")}\"\n",
        expect![[r#"
        x = foo("a")
    "#]],
    );
    check(
        "x = [\"${a}\"]\n",
        expect![[r#"
        x = ["${a}"]
    "#]],
    );
    check(
        "x = {\n y = \"${a}\"\n}\n",
        expect![[r#"
        x = {
          y = "${a}"
        }
    "#]],
    );
    check(
        "x = \"${{a=1}}\"\n",
        expect![[r#"
        x = { a = 1 }
    "#]],
    );
    check(
        "x = \"${\"a\"}\"\n",
        expect![[r#"
        x = "a"
    "#]],
    );
    check(
        "x = \"${# c\na}\"\n",
        expect![[r#"
        x = # c
        a
    "#]],
    );
    check(
        "x = \"${a}\" == \"${b}\"\n",
        expect![[r#"
        x = "${a}" == "${b}"
    "#]],
    );
    check(
        "variable \"x\" {\n type = \"string\"\n}\n",
        expect![[r#"
        variable "x" {
          type = string
        }
    "#]],
    );
    check(
        "variable \"x\" {\n type = \"list\"\n}\n",
        expect![[r#"
        variable "x" {
          type = list(string)
        }
    "#]],
    );
    check(
        "variable \"x\" {\n type = \"map\"\n}\n",
        expect![[r#"
        variable "x" {
          type = map(string)
        }
    "#]],
    );
    check(
        "variable \"x\" {\n type = \"set\"\n}\n",
        expect![[r#"
        variable "x" {
          type = "set"
        }
    "#]],
    );
    check(
        "variable \"x\" {\n type = list\n}\n",
        expect![[r#"
        variable "x" {
          type = list(any)
        }
    "#]],
    );
    check(
        "variable x {\n type = set\n default=\"${a}\"\n}\n",
        expect![[r#"
        variable "x" {
          type    = set(any)
          default = a
        }
    "#]],
    );
    check(
        "variable \"x\" {\n type = map(string)\n}\n",
        expect![[r#"
        variable "x" {
          type = map(string)
        }
    "#]],
    );
    check(
        "variable \"x\" {\n validation {\n type = \"list\"\n}\n}\n",
        expect![[r#"
        variable "x" {
          validation {
            type = "list"
          }
        }
    "#]],
    );
    check(
        "variable \"x\" { type = \"list\" }\n",
        expect![[r#"
        variable "x" { type = list(string) }
    "#]],
    );
    check(
        "variable \"x\" {\n type = \"any\"\n}\n",
        expect![[r#"
        variable "x" {
          type = "any"
        }
    "#]],
    );
    check(
        "a \"$${x}\" {}\n",
        expect![[r#"
        a {}
    "#]],
    );
    check(
        "a = \"x${  b  }y${c+1}\"\n",
        expect![[r#"
        a = "x${b}y${c + 1}"
    "#]],
    );
    check(
        "a = \"${a} ${b}\"\n",
        expect![[r#"
        a = "${a} ${b}"
    "#]],
    );
    check(
        "a = \"${ {} }\"\n",
        expect![[r#"
        a = {}
    "#]],
    );
    check(
        "a = \"x${ {b=1} }\"\n",
        expect![[r#"
        a = "x${ { b = 1 } }"
    "#]],
    );
    check(
        "a = \"x${ [1] }\"\n",
        expect![[r#"
        a = "x${[1]}"
    "#]],
    );
    check(
        "a = {\"${x}\" = 1}\n",
        expect![[r#"
        a = { "${x}" = 1 }
    "#]],
    );
    check(
        "a = \"$${\"\n",
        expect![[r#"
        a = "$${"
    "#]],
    );
    check(
        "a = \"${~ b ~}\"\n",
        expect![[r#"
        a = b
    "#]],
    );
    check(
        "a = \"${b}~\"\n",
        expect![[r#"
        a = "${b}~"
    "#]],
    );
    check(
        "a = \"${b\n}\"\n",
        expect![[r#"
        a = b
    "#]],
    );
    check(
        "a = \"${b # c\n}\"\n",
        expect![[r#"
        a = b # c

    "#]],
    );
    check(
        "a = \"${b /* c */}\"\n",
        expect![[r#"
        a = b /* c */
    "#]],
    );
    check(
        "a = \"${\"b\"}\"\n",
        expect![[r#"
        a = "b"
    "#]],
    );
    check(
        "a = \"${\"${b}\"}\"\n",
        expect![[r#"
        a = "${b}"
    "#]],
    );
    check(
        "a = \"${b}}\"\n",
        expect![[r#"
        a = "${b}}"
    "#]],
    );
    check(
        "a = \"{${b}}\"\n",
        expect![[r#"
        a = "{${b}}"
    "#]],
    );
    check(
        "a = \"${{}}\"\n",
        expect![[r#"
        a = {}
    "#]],
    );
}

#[test]
fn heredocs_stay_as_they_are() {
    check(
        "x = <<EOT\n  foo\n ${a}  b\nEOT\n",
        expect![[r#"
        x = <<EOT
          foo
         ${a}  b
        EOT
    "#]],
    );
    check(
        "x = <<-EOT\n  foo\n   EOT\ny = 1\nzzz=2\n",
        expect![[r#"
        x   = <<-EOT
          foo
           EOT
        y   = 1
        zzz = 2
    "#]],
    );
    check(
        "x = [\n<<EOT\n foo\nEOT\n, 1]\n",
        expect![[r#"
        x = [
          <<EOT
         foo
        EOT
        , 1]
    "#]],
    );
    check(
        "a {\nx=<<EOT\n foo ${bar(1,2)} # no\n y = 1\nEOT\nyy=1 # c\n}\n",
        expect![[r#"
        a {
          x  = <<EOT
         foo ${bar(1, 2)} # no
         y = 1
        EOT
          yy = 1 # c
        }
    "#]],
    );
    check(
        "x = <<EOT\n${\na\n}\nEOT\ny=1\n",
        expect![[r#"
        x = <<EOT
        ${
        a
        }
        EOT
        y = 1
    "#]],
    );
    check(
        "a = f(<<EOT\nx\nEOT\n)\n",
        expect![[r#"
        a = f(<<EOT
        x
        EOT
        )
    "#]],
    );
    check(
        "a = f(<<-EOT\nx\nEOT\n, 1)\nb = 1\n",
        expect![[r#"
        a = f(<<-EOT
        x
        EOT
        , 1)
        b = 1
    "#]],
    );
    check(
        "a = [<<A\nx\nA\n,<<B\ny\nB\n]\n",
        expect![[r#"
        a = [<<A
        x
        A
          , <<B
        y
        B
        ]
    "#]],
    );
    check(
        "a = <<EOT\nx\n EOT x\nEOT\n",
        expect![[r#"
        a = <<EOT
        x
         EOT x
        EOT
    "#]],
    );
    check(
        "a = <<EOT\nx\n\tEOT \nb = 1\n",
        expect![[r#"
        a = <<EOT
        x
        	EOT 
        b = 1
    "#]],
    );
    check(
        "a = <<EOT\n\"\n\\\n$${x}\n%%{y}\nEOT\n",
        expect![[r#"
        a = <<EOT
        "
        \
        $${x}
        %%{y}
        EOT
    "#]],
    );
    check(
        "a = <<-E-1\nx\nE-1\n",
        expect![[r#"
        a = <<-E-1
        x
        E-1
    "#]],
    );
    check(
        "a = <<EOT\nEOT\n",
        expect![[r#"
        a = <<EOT
        EOT
    "#]],
    );
    check(
        "a = <<EOT\n\nEOT\n",
        expect![[r#"
        a = <<EOT

        EOT
    "#]],
    );
    check(
        "a = <<EOT\n%{ if x }\ny\n%{ endif }\nEOT\n",
        expect![[r#"
        a = <<EOT
        %{if x}
        y
        %{endif}
        EOT
    "#]],
    );
}

#[test]
fn templates_are_laid_out_inside() {
    check(
        "a \"%%{x}\" b {}\n",
        expect![[r#"
        a "b" {}
    "#]],
    );
    check(
        "a = \"%{ if x }y%{ else }z%{ endif }\"\n",
        expect![[r#"
        a = "%{if x}y%{else}z%{endif}"
    "#]],
    );
    check(
        "a = \"%{if x}y%{endif}\"\n",
        expect![[r#"
        a = "%{if x}y%{endif}"
    "#]],
    );
    check(
        "a = \"%{  for   x   in y  ~} ${  x  } %{~ endfor }\"\n",
        expect![[r#"
        a = "%{for x in y~} ${x} %{~endfor}"
    "#]],
    );
    check(
        "a = \"${a}%{if b}c%{endif}\"\n",
        expect![[r#"
        a = "${a}%{if b}c%{endif}"
    "#]],
    );
    check(
        "a = \"%%{ if\"\n",
        expect![[r#"
        a = "%%{ if"
    "#]],
    );
    check(
        "a = \"%{ for x, y in z }%{ endfor }\"\n",
        expect![[r#"
        a = "%{for x, y in z}%{endfor}"
    "#]],
    );
    check(
        "a = \"%{ if x\n }y%{ endif }\"\n",
        expect![[r#"
        a = "%{if x
        }y%{endif}"
    "#]],
    );
}

#[test]
fn comments_are_aligned_and_kept() {
    check(
        "a=1 # x\nbbb=2 # y\n",
        expect![[r#"
        a   = 1 # x
        bbb = 2 # y
    "#]],
    );
    check(
        "a=1 // x\n\nbbb=2 # y\n# z\n",
        expect![[r#"
        a = 1 // x

        bbb = 2 # y
        # z
    "#]],
    );
    check(
        "a /* x */ b /* y */ c /* z */ {}\n",
        expect![[r#"
        a "b" "c" /* z */ {}
    "#]],
    );
    check(
        "a = {\n b = 1, c = 2\n ddd = 3 # x\n}\n",
        expect![[r#"
        a = {
          b   = 1, c = 2
          ddd = 3 # x
        }
    "#]],
    );
    check(
        "/* c */ a = 1\n",
        expect![[r#"
        /* c */ a = 1
    "#]],
    );
    check(
        "a /* c */ = /* d */ 1 /* e */\n",
        expect![[r#"
        a /* c */ = /* d */ 1 /* e */
    "#]],
    );
    check(
        "a = 1 /* c */\nbbb = 2 /* d */\n",
        expect![[r#"
        a   = 1 /* c */
        bbb = 2 /* d */
    "#]],
    );
    check(
        "/*\n x\n   y\n*/\na = 1\n",
        expect![[r#"
        /*
         x
           y
        */
        a = 1
    "#]],
    );
    check(
        "a {\n/*\n x\n   y\n*/\nb = 1 /* z\n */\n}\n",
        expect![[r#"
        a {
          /*
         x
           y
        */
          b = 1 /* z
         */
        }
    "#]],
    );
    check(
        "# c\n   # d\na {\n# e\nb = 1\n      # f\n}\n",
        expect![[r#"
        # c
        # d
        a {
          # e
          b = 1
          # f
        }
    "#]],
    );
    check(
        "a = [ # x\n1, # y\n22 # z\n]\n",
        expect![[r#"
        a = [ # x
          1,  # y
          22  # z
        ]
    "#]],
    );
    check(
        "a {# x\n}\n",
        expect![[r#"
        a { # x
        }
    "#]],
    );
    check(
        "a = 1# x\n",
        expect![[r#"
        a = 1 # x
    "#]],
    );
    check(
        "#x\n//y\n",
        expect![[r#"
        #x
        //y
    "#]],
    );
    check(
        "é = 1\nab = \"日本\" # x\nc = \"x\" # y\n",
        expect![[r#"
        é  = 1
        ab = "日本" # x
        c  = "x"  # y
    "#]],
    );
    check(
        "a = \"e\u{301}\" # x\nbb = 1 # y\n",
        expect![[r#"
        a  = "é" # x
        bb = 1   # y
    "#]],
    );
    check(
        "aaaa = 1 # x\nb {# y\n}# z\n",
        expect![[r#"
        aaaa = 1 # x
        b {      # y
        }        # z
    "#]],
    );
    check(
        "a { /* x */ b = 1 }\n",
        expect![[r#"
        a { /* x */ b = 1 }
    "#]],
    );
    check(
        "a { /* x */ }\n",
        expect![[r#"
        a { /* x */ }
    "#]],
    );
}

#[test]
fn blocks() {
    check(
        "resource \"a\" \"b\" {\na=1\nbb={\nc=1\nddd=[1,2,\n3]\n}\n}\n",
        expect![[r#"
        resource "a" "b" {
          a = 1
          bb = {
            c = 1
            ddd = [1, 2,
            3]
          }
        }
    "#]],
    );
    check(
        "a {\n\n\n b=1\n}\n",
        expect![[r#"
        a {


          b = 1
        }
    "#]],
    );
    check(
        "a {}\n",
        expect![[r#"
        a {}
    "#]],
    );
    check(
        "a { }\n",
        expect![[r#"
        a {}
    "#]],
    );
    check(
        "a { b=1 }\n",
        expect![[r#"
        a { b = 1 }
    "#]],
    );
    check(
        "a {\n}\n",
        expect![[r#"
        a {
        }
    "#]],
    );
    check(
        "a b \"c\"   d {}\n",
        expect![[r#"
        a "b" "c" "d" {}
    "#]],
    );
    check(
        "resource \"x\" \"y\" {\n type = \"list\"\n}\n",
        expect![[r#"
        resource "x" "y" {
          type = "list"
        }
    "#]],
    );
    check(
        "a \"x$y\" {}\n",
        expect![[r#"
        a {}
    "#]],
    );
    check(
        "a \"x\" \"y$z\" {\n}\n",
        expect![[r#"
        a "x" {
        }
    "#]],
    );
    check(
        "a \"\" {}\n",
        expect![[r#"
        a "" {}
    "#]],
    );
    check(
        "a \"x\\ty\\u00e9é\" {}\n",
        expect![[r#"
        a "x\tyéé" {}
    "#]],
    );
    check(
        "a \"x\\\"y\" {}\n",
        expect![[r#"
        a "x\"y" {}
    "#]],
    );
    check(
        "locals {\na = [for x in y : {\nb = x\nccc = 1\n}]\n}\n",
        expect![[r#"
        locals {
          a = [for x in y : {
            b   = x
            ccc = 1
          }]
        }
    "#]],
    );
    check(
        "a { b = [\n1\n] }\n",
        expect![[r#"
        a { b = [
          1
        ] }
    "#]],
    );
    check(
        "a { b = {\nc=1\n} }\n",
        expect![[r#"
        a { b = {
          c = 1
        } }
    "#]],
    );
}

#[test]
fn collections() {
    check(
        "a=f(1,2)\nb=f( 1 , 2 )\nc=f(\n1,\n2\n)\nd=f([\n1\n])\n",
        expect![[r#"
        a = f(1, 2)
        b = f(1, 2)
        c = f(
          1,
          2
        )
        d = f([
          1
        ])
    "#]],
    );
    check(
        "a=-1\nb=1-1\nc=1 - -1\nd=(-1)\ne=[-1,- 2]\nf=a?-1:-2\ng=!a\nh=! a\ni=-a.b\nj=a==-1\nk=a&&-1\n",
        expect![[r#"
            a = -1
            b = 1 - 1
            c = 1 - -1
            d = (-1)
            e = [-1, -2]
            f = a ? -1 : -2
            g = !a
            h = !a
            i = -a.b
            j = a == -1
            k = a && -1
        "#]],
    );
    check(
        "a=b.c.d[0].e[*].f.*.g\n",
        expect![[r#"
        a = b.c.d[0].e[*].f.*.g
    "#]],
    );
    check(
        "a = b . c [ 0 ]\n",
        expect![[r#"
        a = b.c[0]
    "#]],
    );
    check(
        "a=[for x in y:x]\n",
        expect![[r#"
        a = [for x in y : x]
    "#]],
    );
    check(
        "a=[for x in[1]:x if x>0]\n",
        expect![[r#"
        a = [for x in [1] : x if x > 0]
    "#]],
    );
    check(
        "a={for k,v in y:k=>v...if true}\n",
        expect![[r#"
        a = { for k, v in y : k => v... if true }
    "#]],
    );
    check(
        "a={for k,v in y:\nk=>v\n}\n",
        expect![[r#"
        a = { for k, v in y :
          k => v
        }
    "#]],
    );
    check(
        "a = {b:1,c=2}\n",
        expect![[r#"
        a = { b : 1, c = 2 }
    "#]],
    );
    check(
        "a = {b : 1}\n",
        expect![[r#"
        a = { b : 1 }
    "#]],
    );
    check(
        "a = {\"b\" :1}\n",
        expect![[r#"
        a = { "b" : 1 }
    "#]],
    );
    check(
        "a = { }\n",
        expect![[r#"
        a = {}
    "#]],
    );
    check(
        "a = [ ]\n",
        expect![[r#"
        a = []
    "#]],
    );
    check(
        "a = [1,2,3]\n",
        expect![[r#"
        a = [1, 2, 3]
    "#]],
    );
    check(
        "a = [ 1 , 2 ]\n",
        expect![[r#"
        a = [1, 2]
    "#]],
    );
    check(
        "a = [\n1,2,\n3]\n",
        expect![[r#"
        a = [
          1, 2,
        3]
    "#]],
    );
    check(
        "a = [[1],[2]]\n",
        expect![[r#"
        a = [[1], [2]]
    "#]],
    );
    check(
        "a = [[\n1],[\n2\n]]\n",
        expect![[r#"
        a = [[
          1], [
          2
        ]]
    "#]],
    );
    check(
        "a = {b={c={\nd=1\n}}}\n",
        expect![[r#"
        a = { b = { c = {
          d = 1
        } } }
    "#]],
    );
    check(
        "a = {\n b : 1\n ccc : 2\n}\n",
        expect![[r#"
        a = {
          b : 1
          ccc : 2
        }
    "#]],
    );
    check(
        "a=x[\"y\"]\n",
        expect![[r#"
        a = x["y"]
    "#]],
    );
    check(
        "a=x [ \"y\" ]\n",
        expect![[r#"
        a = x["y"]
    "#]],
    );
    check(
        "a = \"x\" [0]\n",
        expect![[r#"
        a = "x" [0]
    "#]],
    );
    check(
        "a=f(x)[0]\n",
        expect![[r#"
        a = f(x)[0]
    "#]],
    );
    check(
        "a=f(x) [0].y\n",
        expect![[r#"
        a = f(x)[0].y
    "#]],
    );
    check(
        "a={b=1}.b\n",
        expect![[r#"
        a = { b = 1 }.b
    "#]],
    );
    check(
        "a={b=1}[\"b\"]\n",
        expect![[r#"
        a = { b = 1 }["b"]
    "#]],
    );
    check(
        "a = [{\n b = 1\n}, {\n c = 2\n}]\n",
        expect![[r#"
        a = [{
          b = 1
          }, {
          c = 2
        }]
    "#]],
    );
    check(
        "a = f({\nb=1\n},\n{\nc=2\n})\n",
        expect![[r#"
        a = f({
          b = 1
          },
          {
            c = 2
        })
    "#]],
    );
    check(
        "a = 1\nb {\n}\nccc = 2\n",
        expect![[r#"
        a = 1
        b {
        }
        ccc = 2
    "#]],
    );
    check(
        "a = 1\nb = [\n1\n]\nccc = 2\n",
        expect![[r#"
        a = 1
        b = [
          1
        ]
        ccc = 2
    "#]],
    );
    check(
        "a = { b = 1 }\nccc = { d = 2 }\n",
        expect![[r#"
        a   = { b = 1 }
        ccc = { d = 2 }
    "#]],
    );
    check(
        "a = {\nb = 1 }\nccc = 1\n",
        expect![[r#"
        a = {
        b = 1 }
        ccc = 1
    "#]],
    );
    check(
        "a = [\n1, 2]\n",
        expect![[r#"
        a = [
        1, 2]
    "#]],
    );
    check(
        "a = x[ * ].y\n",
        expect![[r#"
        a = x[*].y
    "#]],
    );
    check(
        "a=!b[0]\n",
        expect![[r#"
        a = !b[0]
    "#]],
    );
    check(
        "a = b ? [1] : [2]\n",
        expect![[r#"
        a = b ? [1] : [2]
    "#]],
    );
    check(
        "a = b?{}:{}\n",
        expect![[r#"
        a = b ? {} : {}
    "#]],
    );
    check(
        "a = in [1]\n",
        expect![[r#"
        a = in[1]
    "#]],
    );
    check(
        "a = [\n1\n,2\n]\n",
        expect![[r#"
        a = [
          1
          , 2
        ]
    "#]],
    );
    check(
        "a = x[\n0\n]\n",
        expect![[r#"
        a = x[
          0
        ]
    "#]],
    );
    check(
        "a = {1 = 2}\n",
        expect![[r#"
        a = { 1 = 2 }
    "#]],
    );
    check(
        "a = {a.b = 2}\n",
        expect![[r#"
        a = { a.b = 2 }
    "#]],
    );
    check(
        "a = {(a) = 2}\n",
        expect![[r#"
        a = { (a) = 2 }
    "#]],
    );
    check(
        "a = {a() = 2}\n",
        expect![[r#"
        a = { a() = 2 }
    "#]],
    );
    check(
        "a = {-1 = 2}\n",
        expect![[r#"
        a = { -1 = 2 }
    "#]],
    );
    check(
        "a = {null = 2, true = 1}\n",
        expect![[r#"
        a = { null = 2, true = 1 }
    "#]],
    );
    check(
        "a = {a ? b : c = 1}\n",
        expect![[r#"
        a = { a ? b : c = 1 }
    "#]],
    );
    check(
        "a = {a ? b : c : 1}\n",
        expect![[r#"
        a = { a ? b : c : 1 }
    "#]],
    );
}

#[test]
fn operators_and_the_rest() {
    check(
        "a=1\n",
        expect![[r#"
        a = 1
    "#]],
    );
    check(
        "a=1\nbbb=2\n",
        expect![[r#"
        a   = 1
        bbb = 2
    "#]],
    );
    check(
        "a=b?c:d\n",
        expect![[r#"
        a = b ? c : d
    "#]],
    );
    check(
        "a=b ?c :d\n",
        expect![[r#"
        a = b ? c : d
    "#]],
    );
    check(
        "a=provider::x::f( 1 )\n",
        expect![[r#"
        a = provider::x::f(1)
    "#]],
    );
    check(
        "a=f(b...)\n",
        expect![[r#"
        a = f(b...)
    "#]],
    );
    check(
        "a=f(b ...)\n",
        expect![[r#"
        a = f(b...)
    "#]],
    );
    check(
        "a=1+2*3/4%5\n",
        expect![[r#"
        a = 1 + 2 * 3 / 4 % 5
    "#]],
    );
    check(
        "a=(1+2)*3\n",
        expect![[r#"
        a = (1 + 2) * 3
    "#]],
    );
    check(
        "a=b&&c||!d\n",
        expect![[r#"
        a = b && c || !d
    "#]],
    );
    check(
        "a=b>=c\nd=e<=f\ng=h!=i\n",
        expect![[r#"
        a = b >= c
        d = e <= f
        g = h != i
    "#]],
    );
    check(
        "a = 1\n\n\n\n\nb = 2\n\n\n",
        expect![[r#"
        a = 1




        b = 2


    "#]],
    );
    check(
        "\ta=1\n\tb\t=\t2\n",
        expect![[r#"
        a = 1
        b = 2
    "#]],
    );
    check(
        "a = 1   \n",
        expect![[r#"
        a = 1
    "#]],
    );
    check(
        "a = f(g(\n1\n))\nb = 1\n",
        expect![[r#"
        a = f(g(
          1
        ))
        b = 1
    "#]],
    );
    check(
        "a = f(g(\n1\n)\n)\nb = 1\n",
        expect![[r#"
        a = f(g(
          1
          )
        )
        b = 1
    "#]],
    );
    check(
        "a = (\nb\n||\nc\n)\n",
        expect![[r#"
        a = (
          b
          ||
          c
        )
    "#]],
    );
    check(
        "a = b || (\nc\n)\n",
        expect![[r#"
        a = b || (
          c
        )
    "#]],
    );
    check(
        "a = b == c\nddd = e == f\n",
        expect![[r#"
        a   = b == c
        ddd = e == f
    "#]],
    );
    check(
        "a = 1.0\nb=1e5\n",
        expect![[r#"
        a = 1.0
        b = 1e5
    "#]],
    );
    check(
        "a=true\nb=null\n",
        expect![[r#"
        a = true
        b = null
    "#]],
    );
    check(
        "a=b%c\n",
        expect![[r#"
        a = b % c
    "#]],
    );
    check(
        "a=x.0.y\n",
        expect![[r#"
        a = x.0.y
    "#]],
    );
    check(
        "a = x . 0\n",
        expect![[r#"
        a = x.0
    "#]],
    );
    check(
        "a = x.*.y\n",
        expect![[r#"
        a = x.*.y
    "#]],
    );
    check(
        "a = f( )\n",
        expect![[r#"
        a = f()
    "#]],
    );
    check(
        "a = - 1\n",
        expect![[r#"
        a = -1
    "#]],
    );
    check(
        "a = ( 1 )\n",
        expect![[r#"
        a = (1)
    "#]],
    );
    check(
        "a = ((1))\n",
        expect![[r#"
        a = ((1))
    "#]],
    );
    check(
        "a=!(b)\n",
        expect![[r#"
        a = !(b)
    "#]],
    );
    check(
        "a=-(b)\n",
        expect![[r#"
        a = -(b)
    "#]],
    );
    check(
        "a = \"foo\" \n b = 1\n",
        expect![[r#"
        a = "foo"
        b = 1
    "#]],
    );
    check(
        "a = x.1e3\n",
        expect![[r#"
        a = x.1e3
    "#]],
    );
    check(
        "a = x.*.0.y\n",
        expect![[r#"
        a = x.*.0.y
    "#]],
    );
    check(
        "a = f :: g ( )\n",
        expect![[r#"
        a = f::g()
    "#]],
    );
    check(
        "a = (1\n+2)\n",
        expect![[r#"
        a = (1
        + 2)
    "#]],
    );
    check(
        "a = (b ?\nc : d)\n",
        expect![[r#"
        a = (b ?
        c : d)
    "#]],
    );
    check(
        "a = (x\n.y)\n",
        expect![[r#"
        a = (x
        .y)
    "#]],
    );
    check(
        "a = (f\n(1))\n",
        expect![[r#"
        a = (f
        (1))
    "#]],
    );
    check(
        "é-ü_1 = 1\n",
        expect![[r#"
        é-ü_1 = 1
    "#]],
    );
    check(
        "_a = 1\n",
        expect![[r#"
        _a = 1
    "#]],
    );
    check(
        "a- = 1\n",
        expect![[r#"
        a- = 1
    "#]],
    );
    check(
        "a = \"x\\\\\"\n",
        expect![[r#"
        a = "x\\"
    "#]],
    );
    check(
        "a = \"\\U0001F600\"\n",
        expect![[r#"
        a = "\U0001F600"
    "#]],
    );
    check(
        "a = \"$\"\n",
        expect![[r#"
        a = "$"
    "#]],
    );
    check(
        "a = \"$$\"\n",
        expect![[r#"
        a = "$$"
    "#]],
    );
    check(
        "a = \"%\"\n",
        expect![[r#"
        a = "%"
    "#]],
    );
    check(
        "a = \"~}\"\n",
        expect![[r#"
        a = "~}"
    "#]],
    );
}

#[test]
fn line_ends_and_blanks_are_kept() {
    let cases = [
        ("a = 1", "a = 1"),
        ("a = 1\r\nbbb = 2\r\n# c\r\n", "a   = 1\r\nbbb = 2\r\n# c\r\n"),
        ("a = <<EOT\r\nx\r\nEOT\r\nb=1\r\n", "a = <<EOT\r\nx\r\nEOT\r\nb = 1\r\n"),
        ("\u{feff}a=1\n", "a = 1\n"),
        ("\u{feff}", "   "),
        ("", ""),
        ("\n", "\n"),
        ("   \n", "\n"),
        ("   ", "   "),
        ("a=1\n   ", "a = 1\n   "),
        ("a {\n  \n b=1\n}\n  ", "a {\n\n  b = 1\n}\n  "),
    ];
    for (text, want) in cases {
        assert_eq!(format(&Arc::from("t.tf"), text).as_deref(), Ok(want));
    }
}

#[test]
fn broken_files_are_refused() {
    let broken = [
        "x = \"${}\"\n",
        "a = b ? <<X\nx\nX\n : 1\n",
        "a = x in\n",
        "a = 1 2\n",
        "a\n",
        "a = \n",
        "a {\n",
        "}\n",
        "a = [\n",
        "a = \"\n",
        "a = <<EOT\nx\n",
        "a = <<EOT\nx\nEOT",
        "a = \"${\"\n",
        "a { b = 1\n}\n",
        "a { b = 1, c = 2 }\n",
        "a = 'x'\n",
        "a = \"x\" \"y\"\n",
        "a = {b}\n",
        "a = f(1 2)\n",
        "a = [1 2]\n",
        "a = 1;\n",
        "a.b = 1\n",
        "\"a\" = 1\n",
        "a \"b\" = 1\n",
        "a b\n{\n}\n",
        "a = 1\na = 2\n",
        "a = ${b}\n",
        "a = %{if}\n",
        "a = \"\\q\"\n",
        "a = \"\\u12\"\n",
        "a = b ? c\n",
        "a = b..c\n",
        "a = b.\n",
        "a = f(\n",
        "a = f(a...,b)\n",
        "a = [for]\n",
        "a = {for}\n",
        "a = {for = 1}\n",
        "a = [for x y: x]\n",
        "a = [for x in y: k => x]\n",
        "a = {for x in y: x}\n",
        "a = 1..2\n",
        "a = 1.2.3\n",
        "a = x.0.1\n",
        "a = x.*.*\n",
        "a = x.*.0.1\n",
        "a = ::f()\n",
        "a = f::()\n",
        "a = f::g\n",
        "a = /* \n",
        "a = b /* \n */ c\n",
        "a = 1\n+ 2\n",
        "a = (1,2)\n",
        "a = {a=1,,b=2}\n",
        "a = {a=1\n,b=2}\n",
        "a = {,}\n",
        "a = [,]\n",
        "a = [1,,2]\n",
        "a = f(,)\n",
        "a = f(1,,2)\n",
        "a = {\na\n=1}\n",
        "a = {a=\n1}\n",
        "a = {a:\n1}\n",
        "a = b ?\nc : d\n",
        "a = x\n.y\n",
        "a = f\n(1)\n",
        "a = x[*]\n.y\n",
        "a = x[]\n",
        "a = x[*\n",
        "a = {\"a\" = 1 \"b\" = 2}\n",
        "a = {a : b : c}\n",
        "a = {a = b : c}\n",
        "a = []\nb {} c {}\n",
        "a {} # x\nb {} /* y */\nc {} /* z */ d {}\n",
        "a = 1 /* x */ b = 2\n",
        "a @ = 1\n",
        "a = @\n",
        "a = ¡\n",
        "-a = 1\n",
        "1a = 1\n",
        "a.* = 1\n",
        "a = \\\n",
        "a = \"\\\n\"\n",
        "a = \"x\\\"\n",
        "a = \"\\ud800\"\n",
        "a = \"${ ~b }\"\n",
        "a = \"${b ~ }\"\n",
        "a = ~}\n",
        "a = {~}\n",
        "a = <<~EOT\nx\nEOT\n",
        "a = <<EOT \nx\nEOT\n",
        "a = <<EOT x\nEOT\n",
        "a = << EOT\nx\nEOT\n",
        "a = <<\"EOT\"\nx\nEOT\n",
        "a = <<EOT\n${b\nEOT\n",
        "a = <<EOT\n\rx\nEOT\n",
        "a = \"\r\"\n",
        "a = 1\rb = 2\n",
        "a = <<1\nx\n1\n",
        "a = <<EOT\n%{ if x }\ny\nEOT\n",
        "a = \"%{ if x }\"\n",
        "a = \"%{ endif }\"\n",
        "a = \"%{ else }\"\n",
        "a = \"%{ if x }%{ endfor }\"\n",
        "a = \"%{ for x in y }%{ else }%{ endfor }\"\n",
        "a = \"%{ if }x%{ endif }\"\n",
        "a = \"%{ if x y }x%{ endif }\"\n",
        "a = \"%{ for }%{ endfor }\"\n",
        "a = \"%{ for x, in y }%{ endfor }\"\n",
        "a = \"%{ for x of z }%{ endfor }\"\n",
        "a = \"%{}\"\n",
        "a = \"%{ foo }\"\n",
        "a = \"${b:c}\"\n",
        "a = \"${b c}\"\n",
        "a \"${b}\" {}\n",
        "a \"b\n\" {}\n",
        "a \"b {}\n",
        "a \"%{b}\" {}\n",
        "a 1 {}\n",
        "a b.c {}\n",
        "a b, c {}\n",
        "a {\nb = 1 }\n",
        "a { b }\n",
        "a { b {} }\n",
        "a { b = 1 c = 2 }\n",
        "a { \"b\" = 1 }\n",
        "a { b = 1 } c\n",
        "a { # x\n b = 1 }\n",
        "a { b = <<X\nx\nX\n}\n",
    ];
    for text in broken {
        let refused = format(&Arc::from("t.tf"), text).is_err();
        assert!(refused, "{text:?}");
    }
}
