resource "aws_kms_key" "main" {
  description = "queue case"
}

resource "aws_sqs_queue" "it" {
  name_prefix                       = "queue-case-" #> replace: name_prefix = "queue-case-new-"
  fifo_queue                        = true
  content_based_deduplication       = true                #> update: content_based_deduplication = false
  deduplication_scope               = "messageGroup"      #> update: deduplication_scope = "queue"
  fifo_throughput_limit             = "perMessageGroupId" #> update: fifo_throughput_limit = "perQueue"
  kms_master_key_id                 = aws_kms_key.main.arn #> update: kms_master_key_id = "alias/aws/sqs"
  kms_data_key_reuse_period_seconds = 600                 #> update: kms_data_key_reuse_period_seconds = 900
}
