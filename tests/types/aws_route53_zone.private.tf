resource "aws_vpc" "main" {
  count      = 2
  cidr_block = "10.${count.index}.0.0/16"
}

resource "aws_route53_zone" "it" {
  name = "private.case.example"

  vpc {
    vpc_id = aws_vpc.main[0].id #> update: vpc_id = aws_vpc.main[1].id
  }
}
#> import-ignores: force_destroy
