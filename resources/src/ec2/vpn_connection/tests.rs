use expect_test::expect;

use super::*;
use crate::testing::{Answer, Script, ec2, query, want};

const VPN: &str = r#"{"customer_gateway_id": "cgw-1", "vpn_gateway_id": "vgw-1", "type": "ipsec.1",
    "static_routes_only": true, "tunnel1_preshared_key": "first.key", "tunnel1_ike_versions": ["ikev2"],
    "tunnel1_address": "52.0.0.1", "tunnel2_address": "52.0.0.2"}"#;

#[tokio::test]
async fn a_connection_is_made_with_both_tunnels() {
    let made = "<vpnConnection><vpnConnectionId>vpn-1</vpnConnectionId></vpnConnection>";
    let aws = Script::new([ec2("CreateVpnConnection", made)]);

    assert_eq!(VpnConnection::create(&aws, &want(VPN), "token-1").await.unwrap(), "vpn-1");

    aws.sent(expect![[r#"
        CreateVpnConnection
            CustomerGatewayId=cgw-1
            Options.StaticRoutesOnly=true
            Options.TunnelInsideIpVersion=ipv4
            Options.TunnelOptions.1.IKEVersion.1.Value=ikev2
            Options.TunnelOptions.1.PreSharedKey=first.key
            TagSpecification.1.ResourceType=vpn-connection
            TagSpecification.1.Tag.1.Key=groundplan:intent
            TagSpecification.1.Tag.1.Value=token-1
            Type=ipsec.1
            VpnGatewayId=vgw-1
    "#]]);
}

#[tokio::test]
async fn an_option_that_is_taken_back_becomes_the_standard_again() {
    let aws = Script::new([ec2("ModifyVpnTunnelOptions", "")]);
    let without = VPN.replace(r#""tunnel1_ike_versions": ["ikev2"],"#, "");

    VpnConnection::update(&aws, "vpn-1", &want(VPN), &want(&without)).await.unwrap();

    aws.sent(expect![[r#"
        ModifyVpnTunnelOptions
            TunnelOptions.IKEVersion.1.Value=ikev1
            TunnelOptions.IKEVersion.2.Value=ikev2
            VpnConnectionId=vpn-1
            VpnTunnelOutsideIpAddress=52.0.0.1
    "#]]);
}

fn described(state: &str, gateway: &str) -> Answer {
    let tunnel = |n: u8| {
        format!(
            "<item><outsideIpAddress>52.0.0.{n}</outsideIpAddress><preSharedKey>key-{n}\
             </preSharedKey></item>"
        )
    };
    ec2(
        "DescribeVpnConnections",
        &format!(
            "<vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId><state>{state}</state>
             <customerGatewayId>{gateway}</customerGatewayId><type>ipsec.1</type>
             <options><tunnelOptionSet>{}{}</tunnelOptionSet></options></item></vpnConnectionSet>",
            tunnel(1),
            tunnel(2)
        ),
    )
}

#[tokio::test]
async fn changes_are_made_one_after_another() {
    let account = || query("GetCallerIdentity", "<Account>1</Account>");
    let aws = Script::new([
        described("available", "cgw-1"),
        account(),
        ec2("ModifyVpnConnection", ""),
        described("modifying", "cgw-2"),
        described("available", "cgw-2"),
        ec2("ModifyVpnTunnelOptions", ""),
    ]);
    let have = want::<VpnConnection>(
        r#"{"customer_gateway_id": "cgw-1", "type": "ipsec.1", "tunnel2_preshared_key": "key-2"}"#,
    );
    let want = want(
        r#"{"customer_gateway_id": "cgw-2", "type": "ipsec.1", "tunnel2_preshared_key": "new.key"}"#,
    );

    let update = || VpnConnection::update(&aws, "vpn-1", &have, &want);
    assert_eq!(update().await.unwrap_err().kind, FaultKind::Busy);
    assert_eq!(update().await.unwrap_err().message, "its state is modifying");
    update().await.unwrap();

    let sent = aws.transcript();
    assert_eq!(sent.matches("ModifyVpnConnection\n").count(), 1);
    assert!(sent.ends_with(
        "ModifyVpnTunnelOptions\n    TunnelOptions.PreSharedKey=new.key\n    VpnConnectionId=vpn-1\n    \
         VpnTunnelOutsideIpAddress=52.0.0.2\n"
    ));
}

#[test]
fn other_gateways_have_other_addresses() {
    let object = |gateway: &str| {
        Map::from([
            ("customer_gateway_id".into(), Value::from(gateway)),
            ("tunnel1_address".into(), Value::from("52.0.0.1")),
        ])
    };
    let aws = Script::agreeable();
    let (prior, mut planned) = (object("cgw-1"), object("cgw-2"));

    VpnConnection::adjust(&aws, Some(&prior), &mut planned);
    assert!(!planned["tunnel1_address"].is_known());

    let mut same = object("cgw-1");
    VpnConnection::adjust(&aws, Some(&prior), &mut same);
    assert!(same["tunnel1_address"].is_known());
}

#[tokio::test]
async fn keys_move_to_another_place_tunnel_by_tunnel() {
    let account = query("GetCallerIdentity", "<Account>1</Account>");
    let modified = ec2("ModifyVpnTunnelOptions", "");
    let aws = Script::new([described("available", "cgw-1"), account, modified]);
    let object = |storage: &str| {
        let storage = format!(r#""preshared_key_storage": "{storage}""#);
        format!(r#"{{"customer_gateway_id": "cgw-1", "type": "ipsec.1", {storage}}}"#)
    };
    let (have, want) = (want(&object("Standard")), want(&object("SecretsManager")));

    let fault = VpnConnection::update(&aws, "vpn-1", &have, &want).await.unwrap_err();

    assert_eq!(fault.kind, FaultKind::Busy);
    assert!(aws.transcript().contains("PreSharedKeyStorage=SecretsManager\n"));
}
