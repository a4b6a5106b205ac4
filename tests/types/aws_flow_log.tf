resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_s3_bucket" "main" {
  count  = 2
  bucket = "flow-log-case-${count.index}"
}

resource "aws_flow_log" "it" {
  vpc_id                   = aws_vpc.main.id           #> replace(vpc_id, subnet_id): subnet_id = aws_subnet.main.id
  log_destination          = aws_s3_bucket.main[0].arn #> replace: log_destination = aws_s3_bucket.main[1].arn
  log_destination_type     = "s3"
  log_format               = "$${srcaddr} $${dstaddr}" #> replace: log_format = "$${srcaddr} $${action}"
  max_aggregation_interval = 60                        #> replace: max_aggregation_interval = 600
  traffic_type             = "REJECT"                  #> replace: traffic_type = "ALL"

  destination_options {
    file_format                = "parquet" #> replace: file_format = "plain-text"
    hive_compatible_partitions = true      #> replace: hive_compatible_partitions = false
    per_hour_partition         = true      #> replace: per_hour_partition = false
  }

  tags = {
    Name = "flow-case" #> update: Name = "flow-case-new"
  }
}
