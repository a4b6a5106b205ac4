resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpn_gateway" "it" {
  amazon_side_asn   = "64513"            #> replace: amazon_side_asn = "64514"
  availability_zone = "us-east-1a"       #> replace: availability_zone = "us-east-1b"
  vpc_id            = aws_vpc.main[0].id #> update: vpc_id = aws_vpc.main[1].id

  tags = {
    Name = "vgw-case" #> update: Name = "vgw-case-new"
  }
}
