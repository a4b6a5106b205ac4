resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index]}"
}

resource "aws_security_group" "main" {
  count  = 2
  name   = "lb-case-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_s3_bucket" "logs" {
  bucket = "lb-case-logs"
}

resource "aws_lb" "it" {
  name                                        = "lb-case" #> replace: name = "lb-case-new"
  load_balancer_type                          = "application"
  internal                                    = false                              #> replace: internal = true
  ip_address_type                             = "ipv4"                             #> skip: these subnets have no IPv6
  security_groups                             = [aws_security_group.main[0].id]    #> update: security_groups = aws_security_group.main[*].id
  subnets                                     = slice(aws_subnet.main[*].id, 0, 2) #> update(subnets, subnet_mapping): subnets = aws_subnet.main[*].id
  client_keep_alive                           = 600                                #> update: client_keep_alive = 900
  desync_mitigation_mode                      = "strictest"                        #> update: desync_mitigation_mode = "monitor"
  drop_invalid_header_fields                  = true                               #> update: drop_invalid_header_fields = false
  enable_deletion_protection                  = false                              #> update: enable_deletion_protection = true #> update: enable_deletion_protection = false
  enable_cross_zone_load_balancing            = true
  enable_http2                                = false      #> update: enable_http2 = true
  enable_tls_version_and_cipher_suite_headers = true       #> update: enable_tls_version_and_cipher_suite_headers = false
  enable_waf_fail_open                        = true       #> update: enable_waf_fail_open = false
  enable_xff_client_port                      = true       #> update: enable_xff_client_port = false
  enable_zonal_shift                          = true       #> update: enable_zonal_shift = false
  idle_timeout                                = 90         #> update: idle_timeout = 120
  preserve_host_header                        = true       #> update: preserve_host_header = false
  xff_header_processing_mode                  = "preserve" #> update: xff_header_processing_mode = "remove"

  access_logs {
    bucket  = aws_s3_bucket.logs.bucket
    prefix  = "access" #> update: prefix = "other"
    enabled = true     #> update: enabled = false
  }

  connection_logs {
    bucket  = aws_s3_bucket.logs.bucket
    prefix  = "connection" #> update: prefix = "other"
    enabled = true         #> update: enabled = false
  }

  minimum_load_balancer_capacity {
    capacity_units = 100 #> update: capacity_units = 200
  }

  tags = {
    team = "edge" #> update: team = "core"
  }

  depends_on = [aws_internet_gateway.main]
}
