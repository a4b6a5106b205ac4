resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_alb" "main" {
  name     = "alb-listener-case"
  internal = true
  subnets  = aws_subnet.main[*].id
}

resource "aws_alb_listener" "it" {
  load_balancer_arn = aws_alb.main.arn
  port              = 80 #> update: port = 81
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "no"  #> update: message_body = "not here"
      status_code  = "404" #> update: status_code = "410"
    }
  }
}
