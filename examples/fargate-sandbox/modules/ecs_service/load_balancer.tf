resource "aws_security_group" "alb" {
  name        = "${var.service_name}-alb"
  description = "The load balancer of ${var.service_name}"
  vpc_id      = module.vpc.id

  dynamic "ingress" {
    for_each = length(var.lb_ingress_cidrs) > 0 ? [var.lb_port] : []

    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = var.lb_ingress_cidrs
    }
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "service" {
  name        = "${var.service_name}-service"
  description = "The tasks of ${var.service_name}"
  vpc_id      = module.vpc.id

  ingress {
    protocol        = "tcp"
    from_port       = var.app_port
    to_port         = var.app_port
    security_groups = [aws_security_group.alb.id]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_s3_bucket_policy" "s3_access_log_policy" {
  bucket = module.access_logs_bucket.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LoadBalancerWritesLogs"
      Effect    = "Allow"
      Principal = { AWS = data.aws_elb_service_account.elb_account.arn }
      Action    = "s3:PutObject"
      Resource  = "${module.access_logs_bucket.arn}/*"
    }]
  })
}

resource "aws_alb" "main" {
  name            = var.service_name
  internal        = true
  subnets         = data.aws_subnets.public.ids
  security_groups = concat([aws_security_group.alb.id], module.common_sgs.ids)

  access_logs {
    bucket  = module.access_logs_bucket.id
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.s3_access_log_policy]
}

resource "aws_alb_target_group" "ecs_tg" {
  name        = var.service_name
  port        = var.app_port
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = module.vpc.id

  health_check {
    protocol = var.healthcheck_protocol
    path     = var.healthcheck_path
    matcher  = var.healthcheck_matcher
  }
}

resource "aws_alb_listener" "http" {
  load_balancer_arn = aws_alb.main.arn
  port              = var.lb_port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.ecs_tg.arn
  }
}

resource "aws_route53_record" "site_record" {
  zone_id = var.zone_id
  name    = "site.${var.zone_name}"
  type    = "A"

  alias {
    name                   = aws_alb.main.dns_name
    zone_id                = aws_alb.main.zone_id
    evaluate_target_health = true
  }
}
