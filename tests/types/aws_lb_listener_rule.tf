resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_lb" "main" {
  name       = "listener-rule-case"
  subnets    = aws_subnet.main[*].id
  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "main" {
  count    = 2
  name     = "listener-rule-case-${count.index}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "main" {
  count             = 2
  load_balancer_arn = aws_lb.main.arn
  port              = 80 + count.index

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

locals {
  action = "redirect" #> update(action): action = "fixed-response" #> update(action): action = "forward"
}

resource "aws_lb_listener_rule" "it" {
  listener_arn = aws_lb_listener.main[0].arn #> replace: listener_arn = aws_lb_listener.main[1].arn
  priority     = 10                          #> update: priority = 20

  action {
    type             = local.action
    target_group_arn = local.action == "forward" ? aws_lb_target_group.main[0].arn : null #> update: target_group_arn = local.action == "forward" ? aws_lb_target_group.main[1].arn : null

    dynamic "redirect" {
      for_each = local.action == "redirect" ? ["301"] : []

      content {
        host        = "www.example.com"
        path        = "/#{path}"
        status_code = "HTTP_${redirect.value}"
      }
    }

    dynamic "fixed_response" {
      for_each = local.action == "fixed-response" ? ["away"] : []

      content {
        content_type = "text/plain"
        message_body = fixed_response.value
        status_code  = "503"
      }
    }
  }

  condition {
    host_header {
      values = ["a.example.com"] #> update: values = ["b.example.com", "a.example.com"]
    }
  }

  condition {
    http_header {
      http_header_name = "X-Beta" #> update: http_header_name = "X-Test"
      values           = ["1"]    #> update: values = ["1", "2"]
    }
  }

  condition {
    http_request_method {
      values = ["GET"] #> update: values = ["GET", "HEAD"]
    }
  }

  condition {
    path_pattern {
      values = ["/api/*"] #> update: values = ["/v1/*"]
    }
  }

  condition {
    query_string {
      key   = "v"
      value = "1" #> update: value = "2"
    }

    query_string {
      value = "beta"
    }
  }

  condition {
    source_ip {
      values = ["10.0.0.0/8"] #> update: values = ["192.168.0.0/16"]
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
