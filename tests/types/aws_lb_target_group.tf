resource "aws_vpc" "one" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc" "two" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_lb_target_group" "it" {
  name                              = "target-group-case" #> replace: name = "target-group-case-new"
  port                              = 80                  #> replace: port = 8080
  protocol                          = "HTTP"              #> replace: protocol = "HTTPS"
  protocol_version                  = "HTTP1"             #> replace: protocol_version = "HTTP2"
  target_type                       = "ip"                #> replace: target_type = "instance"
  ip_address_type                   = "ipv4"
  vpc_id                            = aws_vpc.one.id #> replace: vpc_id = aws_vpc.two.id
  deregistration_delay              = 60             #> update: deregistration_delay = "90"
  slow_start                        = 30             #> update: slow_start = 60 #> update: slow_start = 0
  load_balancing_algorithm_type     = "round_robin"  #> update: load_balancing_algorithm_type = "least_outstanding_requests" #> update: load_balancing_algorithm_type = "weighted_random"
  load_balancing_anomaly_mitigation = "off"          #> update: load_balancing_anomaly_mitigation = "on"
  load_balancing_cross_zone_enabled = "true"         #> update: load_balancing_cross_zone_enabled = "use_load_balancer_configuration"

  health_check {
    enabled             = true
    healthy_threshold   = 2         #> update: healthy_threshold = 3
    unhealthy_threshold = 2         #> update: unhealthy_threshold = 3
    interval            = 15        #> update: interval = 20
    matcher             = "200-299" #> update: matcher = "200"
    path                = "/health" #> update: path = "/"
    port                = "8080"    #> update: port = "traffic-port"
    protocol            = "HTTP"    #> update: protocol = "HTTPS"
    timeout             = 5         #> update: timeout = 6
  }

  stickiness {
    enabled         = true #> update: enabled = false
    type            = "app_cookie"
    cookie_duration = 3600      #> update: cookie_duration = 7200
    cookie_name     = "session" #> update: cookie_name = "visit"
  }

  target_group_health {
    dns_failover {
      minimum_healthy_targets_count      = "1"   #> update: minimum_healthy_targets_count = "2"
      minimum_healthy_targets_percentage = "off" #> update: minimum_healthy_targets_percentage = "50"
    }

    unhealthy_state_routing {
      minimum_healthy_targets_count      = 1     #> update: minimum_healthy_targets_count = 2
      minimum_healthy_targets_percentage = "off" #> update: minimum_healthy_targets_percentage = "50"
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
