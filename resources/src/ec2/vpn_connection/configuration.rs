//! What the XML for the other end says about the tunnels. No other answer of AWS says it.

use aws_sdk_ec2::types as sdk;

/// The ends of one tunnel.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct End {
    pub address: Option<String>,
    pub bgp_asn: Option<String>,
    pub bgp_holdtime: Option<i32>,
    pub cgw_inside_address: Option<String>,
    pub preshared_key: Option<String>,
    pub vgw_inside_address: Option<String>,
}

/// The ends of both tunnels, in the order of the tunnels' options. Where those do not tell the tunnels
/// apart, in the order of their public addresses, as in the AWS provider.
pub(super) fn ends(text: &str, options: &[sdk::TunnelOption]) -> [Option<End>; 2] {
    let mut ends = parse(text);
    ends.sort_by(|a, b| a.address.cmp(&b.address));
    let is_first = |it: &End| {
        let first = options.first().and_then(|it| it.outside_ip_address());
        first.is_some() && it.address.as_deref() == first
    };
    if ends.get(1).is_some_and(is_first) {
        ends.swap(0, 1);
    }
    let mut ends = ends.into_iter();
    [ends.next(), ends.next()]
}

fn parse(text: &str) -> Vec<End> {
    text.split("<ipsec_tunnel>").skip(1).map(end).collect()
}

fn end(tunnel: &str) -> End {
    let at = |path: &[&str]| {
        let text = path.iter().try_fold(tunnel, |text, tag| inside(text, tag))?;
        Some(text.trim().to_owned()).filter(|it| !it.is_empty())
    };
    End {
        address: at(&["vpn_gateway", "tunnel_outside_address", "ip_address"]),
        bgp_asn: at(&["vpn_gateway", "bgp", "asn"]),
        bgp_holdtime: at(&["vpn_gateway", "bgp", "hold_time"]).and_then(|it| it.parse().ok()),
        cgw_inside_address: at(&["customer_gateway", "tunnel_inside_address", "ip_address"]),
        preshared_key: at(&["ike", "pre_shared_key"]),
        vgw_inside_address: at(&["vpn_gateway", "tunnel_inside_address", "ip_address"]),
    }
}

/// What is between the first `<tag>` and its end. The elements that are asked for have no attributes
/// and none of their own kind inside.
fn inside<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    Some(rest.split_once(&format!("</{tag}>"))?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel(address: &str, key: &str) -> String {
        let side = |outside: &str, inside: &str| {
            format!(
                "<tunnel_outside_address><ip_address>{outside}</ip_address></tunnel_outside_address>
                 <tunnel_inside_address><ip_address>{inside}</ip_address></tunnel_inside_address>
                 <bgp><asn>65000</asn><hold_time>30</hold_time></bgp>"
            )
        };
        let (ours, theirs) = (side("203.0.113.7", "169.254.1.2"), side(address, "169.254.1.1"));
        format!(
            "<ipsec_tunnel><customer_gateway>{ours}</customer_gateway><vpn_gateway>{theirs}
             </vpn_gateway><ike><pre_shared_key>{key}</pre_shared_key></ike></ipsec_tunnel>"
        )
    }

    #[test]
    fn the_tunnels_are_in_the_order_of_their_options() {
        let (one, two) = (tunnel("52.0.0.2", "key-b"), tunnel("52.0.0.1", "key-a"));
        let text = format!("<vpn_connection id=\"vpn-1\">{one}{two}</vpn_connection>");
        let options = |first: &str| sdk::TunnelOption::builder().outside_ip_address(first).build();
        let keys = |options: &[sdk::TunnelOption]| {
            ends(&text, options).map(|it| it.unwrap().preshared_key.unwrap())
        };

        assert_eq!(keys(&[options("52.0.0.2"), options("52.0.0.1")]), ["key-b", "key-a"]);
        assert_eq!(keys(&[]), ["key-a", "key-b"]);
    }

    #[test]
    fn each_end_is_found() {
        let [Some(end), None] = ends(&tunnel("52.0.0.1", "key"), &[]) else { panic!("one tunnel") };
        assert_eq!(end.cgw_inside_address.as_deref(), Some("169.254.1.2"));
        assert_eq!(end.vgw_inside_address.as_deref(), Some("169.254.1.1"));
        assert_eq!((end.bgp_asn.as_deref(), end.bgp_holdtime), (Some("65000"), Some(30)));
    }

    #[test]
    fn no_configuration_has_no_ends() {
        assert_eq!(ends("", &[]), [None, None]);
    }
}
