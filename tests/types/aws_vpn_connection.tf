resource "aws_customer_gateway" "main" {
  count      = 2
  bgp_asn    = "65000"
  ip_address = "203.0.113.${count.index}"
  type       = "ipsec.1"
}

resource "aws_vpn_gateway" "main" {
}

resource "aws_vpn_connection" "it" {
  customer_gateway_id      = aws_customer_gateway.main[0].id #> update(customer_gateway_id, tunnel1_address, tunnel1_bgp_asn, tunnel1_bgp_holdtime, tunnel1_cgw_inside_address, tunnel1_vgw_inside_address, tunnel2_address, tunnel2_bgp_asn, tunnel2_bgp_holdtime, tunnel2_cgw_inside_address, tunnel2_vgw_inside_address): customer_gateway_id = aws_customer_gateway.main[1].id
  vpn_gateway_id           = aws_vpn_gateway.main.id
  type                     = "ipsec.1"
  static_routes_only       = true         #> replace: static_routes_only = false
  local_ipv4_network_cidr  = "10.0.0.0/8" #> update: local_ipv4_network_cidr = "192.168.0.0/16"
  remote_ipv4_network_cidr = "10.0.0.0/8" #> update: remote_ipv4_network_cidr = "192.168.0.0/16"

  tunnel1_dpd_timeout_action              = "restart"                 #> update: tunnel1_dpd_timeout_action = "none"
  tunnel1_dpd_timeout_seconds             = 45                        #> update: tunnel1_dpd_timeout_seconds = 60
  tunnel1_enable_tunnel_lifecycle_control = true                      #> update: tunnel1_enable_tunnel_lifecycle_control = false
  tunnel1_ike_versions                    = ["ikev2"]                 #> update:
  tunnel1_inside_cidr                     = "169.254.10.0/30"         #> replace: tunnel1_inside_cidr = "169.254.10.4/30"
  tunnel1_phase1_dh_group_numbers         = [14, 15]                  #> update: tunnel1_phase1_dh_group_numbers = [16]
  tunnel1_phase1_encryption_algorithms    = ["AES256"]                #> update: tunnel1_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase1_integrity_algorithms     = ["SHA2-256"]              #> update: tunnel1_phase1_integrity_algorithms = ["SHA2-512"]
  tunnel1_phase1_lifetime_seconds         = 14400                     #> update:
  tunnel1_phase2_dh_group_numbers         = [14, 15]                  #> update: tunnel1_phase2_dh_group_numbers = [16]
  tunnel1_phase2_encryption_algorithms    = ["AES256"]                #> update: tunnel1_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase2_integrity_algorithms     = ["SHA2-256"]              #> update: tunnel1_phase2_integrity_algorithms = ["SHA2-512"]
  tunnel1_phase2_lifetime_seconds         = 1800                      #> update: tunnel1_phase2_lifetime_seconds = 2400
  tunnel1_preshared_key                   = "a.key_of_the_case"       #> update: tunnel1_preshared_key = "another.key"
  tunnel1_rekey_fuzz_percentage           = 50                        #> update: tunnel1_rekey_fuzz_percentage = 60
  tunnel1_rekey_margin_time_seconds       = 270                       #> update: tunnel1_rekey_margin_time_seconds = 300
  tunnel1_replay_window_size              = 512                       #> update: tunnel1_replay_window_size = 256
  tunnel1_startup_action                  = "start"                   #> update: tunnel1_startup_action = "add"

  tunnel2_dpd_timeout_seconds = 30 #> update: tunnel2_dpd_timeout_seconds = 60

  tunnel2_log_options {
    cloudwatch_log_options {
      log_enabled       = true
      log_group_arn     = "arn:aws:logs:us-east-1:123456789012:log-group:vpn" #> update: log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:vpn-new"
      log_output_format = "json" #> update: log_output_format = "text"
    }
  }

  tags = {
    Name = "vpn-case" #> update: Name = "vpn-case-new"
  }
}
