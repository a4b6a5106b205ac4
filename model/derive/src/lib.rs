//! The two derives that keep a resource file short.
//!
//! `Attributes` writes a struct's schema as a constant table. `Mirror` writes the conversions between
//! a block and the SDK struct with the same fields.
//!
//! Neither macro decides anything. Both only list the fields, and let the fields' *types* say the
//! rest. What does not fit does not compile.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, DeriveInput, Expr, ExprLit, Field, Ident, Lit, LitStr, Meta, Path, Token, Type,
    parse_macro_input,
};

/// Writes `model::Attributes` (and `model::Field`) for a struct: one row for each of its fields.
///
/// On the struct: `#[resource("aws_type", version = 1, timeouts = [create, delete])]`.
/// On a field: `#[attr(replace, volatile, assignable, required, min = 1, max = 2, default = ...)]`.
#[proc_macro_derive(Attributes, attributes(attr, resource))]
pub fn attributes(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Writes the conversions to and from the SDK struct that has the same fields.
#[proc_macro_derive(Mirror, attributes(mirror))]
pub fn mirror(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand_mirror(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// What `#[resource(...)]` says.
struct Resource {
    name: LitStr,
    version: Expr,
    timeouts: Vec<String>,
}

impl syn::parse::Parse for Resource {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        let name = input.parse()?;
        let (mut version, mut timeouts) = (syn::parse_quote!(0), Vec::new());
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "version" => version = input.parse()?,
                "timeouts" => {
                    let list;
                    syn::bracketed!(list in input);
                    let list = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?;
                    timeouts = list.iter().map(Ident::to_string).collect();
                }
                _ => return Err(syn::Error::new(key.span(), "expected `version` or `timeouts`")),
            }
        }
        Ok(Resource { name, version, timeouts })
    }
}

fn expand(input: &DeriveInput) -> syn::Result<Tokens> {
    let syn::Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "only a struct has attributes"));
    };
    let mut rows = data.fields.iter().map(row).collect::<syn::Result<Vec<_>>>()?;
    let (ident, doc) = (&input.ident, doc(&input.attrs));
    let resource = match input.attrs.iter().find(|it| it.path().is_ident("resource")) {
        Some(it) => it.parse_args::<Resource>()?,
        None => Resource {
            name: LitStr::new("", ident.span()),
            version: syn::parse_quote!(0),
            timeouts: Vec::new(),
        },
    };
    let (name, version, timeouts) = (&resource.name, &resource.version, &resource.timeouts);
    // What the type makes of the provider's default tags is an output wherever there are tags.
    if !name.value().is_empty() && data.fields.iter().any(|it| is_type(&it.ty, "Tags")) {
        rows.push(quote!(::model::Attribute::TAGS_ALL));
    }
    Ok(quote! {
        impl ::model::Attributes for #ident {
            const SCHEMA: ::model::Schema = ::model::Schema {
                name: #name,
                doc: #doc,
                version: #version,
                timeouts: &[#(#timeouts),*],
                attributes: &[#(#rows),*],
            };
        }
        impl ::model::Field for #ident {
            const SHAPE: ::model::Shape =
                ::model::Shape::Object(<#ident as ::model::Attributes>::SCHEMA.attributes);
        }
    })
}

fn is_type(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(it) if it.path.segments.last().is_some_and(|it| it.ident == name))
}

/// `#[mirror(sdk::Thing)]` on the struct, or `#[mirror(sdk::Request, sdk::Answer)]` where the SDK has
/// one type for what is sent and another for what comes back; `checked` after that if building can
/// fail. `#[mirror(other_name)]` on a field that the SDK calls something else.
fn expand_mirror(input: &DeriveInput) -> syn::Result<Tokens> {
    let syn::Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "only a struct has a mirror image"));
    };
    let attr = |attrs: &[Attribute]| attrs.iter().find(|it| it.path().is_ident("mirror")).cloned();
    let missing = || syn::Error::new_spanned(input, "expected `#[mirror(sdk::Thing)]`");
    let args: Punctuated<Path, Token![,]> =
        attr(&input.attrs).ok_or_else(missing)?.parse_args_with(Punctuated::parse_terminated)?;
    let (ident, sdk) = (&input.ident, args.first().ok_or_else(missing)?);
    let checked = args.iter().any(|it| it.is_ident("checked"));
    let answer = args.iter().skip(1).find(|it| !it.is_ident("checked")).unwrap_or(sdk);
    let unwrap = checked.then(|| quote!(.expect("every field the SDK requires is one we require")));

    let (mut setters, mut getters) = (Vec::new(), Vec::new());
    for field in &data.fields {
        let name = field.ident.as_ref().expect("a named field");
        let theirs = match attr(&field.attrs) {
            Some(it) => it.parse_args::<Ident>()?,
            None => name.clone(),
        };
        let setter = format_ident!("set_{}", theirs.unraw());
        setters.push(quote!(.#setter(crate::mirror::ToSdk::to_sdk(&self.#name))));
        getters.push(quote!(#name: crate::mirror::FromSdk::from_sdk(it.#theirs())));
    }
    Ok(quote! {
        impl crate::mirror::ToSdk<Option<#sdk>> for #ident {
            fn to_sdk(&self) -> Option<#sdk> {
                Some(<#sdk>::builder() #(#setters)* .build() #unwrap)
            }
        }
        impl<'a> crate::mirror::FromSdk<&'a #answer> for #ident {
            fn from_sdk(it: &'a #answer) -> Self {
                #ident { #(#getters),* }
            }
        }
    })
}

/// One row of the table: one field of the struct.
fn row(field: &Field) -> syn::Result<Tokens> {
    let (ty, doc) = (&field.ty, doc(&field.attrs));
    let name = serde_name(field)?;
    let mut given = quote!(<#ty as ::model::Field>::GIVEN);
    let mut default = quote!(None);
    let (mut replace, mut volatile, mut assignable) = (false, false, false);
    let (mut min, mut max) = (quote!(0), quote!(<#ty as ::model::Field>::MAX_ITEMS));
    for it in field.attrs.iter().filter(|it| it.path().is_ident("attr")) {
        it.parse_nested_meta(|meta| {
            if meta.path.is_ident("replace") {
                replace = true;
            } else if meta.path.is_ident("volatile") {
                volatile = true;
            } else if meta.path.is_ident("assignable") {
                assignable = true;
            } else if meta.path.is_ident("required") {
                given = quote!(::model::Given::Required);
                min = quote!(1);
            } else if meta.path.is_ident("min") {
                let value: Expr = meta.value()?.parse()?;
                min = quote!(#value);
            } else if meta.path.is_ident("max") {
                let value: Expr = meta.value()?.parse()?;
                max = quote!(#value);
            } else if meta.path.is_ident("default") {
                let value: Expr = meta.value()?.parse()?;
                given = quote!(<#ty as ::model::Field>::GIVEN.with_default());
                default = quote!(Some(|| ::model::json!(#value)));
            } else {
                return Err(meta.error(
                    "expected `replace`, `volatile`, `assignable`, `required`, `min = ...`, \
                     `max = ...` or `default = ...`",
                ));
            }
            Ok(())
        })?;
    }
    Ok(quote! {
        ::model::Attribute {
            name: #name,
            doc: #doc,
            shape: <#ty as ::model::Field>::SHAPE,
            given: #given,
            assignable: #assignable,
            min_items: #min,
            max_items: #max,
            sensitive: <#ty as ::model::Field>::SENSITIVE,
            unread: <#ty as ::model::Field>::UNREAD,
            write_only: <#ty as ::model::Field>::WRITE_ONLY,
            hashed: <#ty as ::model::Field>::HASHED,
            same: ::model::same::<#ty>,
            default: #default,
            replace: #replace,
            volatile: #volatile,
        }
    })
}

/// The field's name in a state file: serde's `rename` when there is one, so the two cannot disagree.
fn serde_name(field: &Field) -> syn::Result<String> {
    let mut name = field.ident.as_ref().expect("a named field").to_string();
    for it in field.attrs.iter().filter(|it| it.path().is_ident("serde")) {
        it.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        })?;
    }
    Ok(name.trim_start_matches("r#").to_owned())
}

/// The doc comment, joined into one paragraph.
fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|it| match &it.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<String>>().join(" ")
}
