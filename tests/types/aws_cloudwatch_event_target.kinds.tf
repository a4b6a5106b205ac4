#> import: ${rule}/${target_id}
#> import-ignores: force_destroy

resource "aws_cloudwatch_event_rule" "main" {
  name                = "target-kinds-case"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "it" {
  rule       = aws_cloudwatch_event_rule.main.name
  target_id  = "kinds"
  arn        = "arn:aws:batch:us-east-1:123456789012:job-queue/main"
  input_path = "$.detail" #> update: input_path = "$.source"

  appsync_target {
    graphql_operation = "mutation a" #> update: graphql_operation = "mutation b"
  }

  batch_target {
    job_definition = "a" #> update: job_definition = "b"
    job_name       = "a" #> update: job_name = "b"
    array_size     = 2   #> update: array_size = 3
    job_attempts   = 2   #> update: job_attempts = 3 #> update:
  }

  http_target {
    header_parameters       = { a = "b" } #> update: header_parameters = { a = "c" }
    path_parameter_values   = ["a"]       #> update: path_parameter_values = ["b"]
    query_string_parameters = { a = "b" } #> update:
  }

  kinesis_target {
    partition_key_path = "$.a" #> update: partition_key_path = "$.b"
  }

  redshift_target {
    database            = "a"    #> update: database = "b"
    db_user             = "a"    #> update: db_user = "b"
    secrets_manager_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a" #> update:
    sql                 = "select 1" #> update: sql = "select 2"
    statement_name      = "a"    #> update:
    with_event          = true   #> update:
  }

  run_command_targets {
    key    = "tag:Name"
    values = ["a"] #> update: values = ["a", "b"]
  }

  sagemaker_pipeline_target {
    pipeline_parameter_list {
      name  = "a"
      value = "b" #> update: value = "c"
    }
  }
}
