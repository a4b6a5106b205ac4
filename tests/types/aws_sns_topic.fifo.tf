resource "aws_sns_topic" "it" {
  name_prefix                 = "topic-case-" #> replace: name_prefix = "topic-case-new-"
  fifo_topic                  = true
  content_based_deduplication = true           #> update: content_based_deduplication = false
  fifo_throughput_scope       = "MessageGroup" #> update: fifo_throughput_scope = "Topic"

  archive_policy = jsonencode({
    MessageRetentionPeriod = 30 #> update: MessageRetentionPeriod = 60
  })
}
