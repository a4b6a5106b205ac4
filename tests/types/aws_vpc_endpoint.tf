resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "endpoint-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_endpoint" "it" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.sqs" #> replace: service_name = "com.amazonaws.us-east-1.sns"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true                             #> skip: moto keeps it
  security_group_ids  = [aws_security_group.main[0].id]  #> update: security_group_ids = [aws_security_group.main[1].id]
  subnet_ids          = [aws_subnet.main[0].id]          #> update: subnet_ids = aws_subnet.main[*].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*" }] #> update: Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:SendMessage", Resource = "*" }]
  })

  tags = {
    Name = "endpoint-case" #> update: Name = "endpoint-case-new"
  }
}
