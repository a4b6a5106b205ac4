resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpn_gateway" "main" {
}

#> import: ${vpn_gateway_id}/${vpc_id}
resource "aws_vpn_gateway_attachment" "it" {
  vpn_gateway_id = aws_vpn_gateway.main.id
  vpc_id         = aws_vpc.main[0].id #> replace: vpc_id = aws_vpc.main[1].id
}
