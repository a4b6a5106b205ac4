resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

#> no-disappear: it is there as long as its VPC is
resource "aws_default_security_group" "it" {
  vpc_id = aws_vpc.main.id

  ingress {
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true #> update: cidr_blocks = ["10.0.0.0/8"]
  }

  egress {
    protocol    = "tcp"
    from_port   = 443 #> update: from_port = 80
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = {
    Name = "default-group-case" #> update: Name = "default-group-case-new"
  }
}
