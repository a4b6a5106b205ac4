#> no-import: AWS's provider has none

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_lb_target_group" "main" {
  count       = 2
  name        = "attachment-case-${count.index}"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_target_group_attachment" "it" {
  target_group_arn  = aws_lb_target_group.main[0].arn #> replace: target_group_arn = aws_lb_target_group.main[1].arn
  target_id         = "10.1.0.10"                     #> replace: target_id = "10.1.0.11"
  port              = 8080                            #> replace: port = 8081 #> replace:
  availability_zone = "all"                           #> skip: moto does not tell it
}
