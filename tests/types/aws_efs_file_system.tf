resource "aws_efs_file_system" "it" {
  creation_token                  = "case-efs" #> replace: creation_token = "case-efs-new"
  encrypted                       = true       #> replace: encrypted = false
  performance_mode                = "generalPurpose"
  throughput_mode                 = "provisioned"
  provisioned_throughput_in_mibps = 10 #> update: provisioned_throughput_in_mibps = 20

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS" #> update: transition_to_ia = "AFTER_60_DAYS"
  }

  lifecycle_policy {
    transition_to_archive = "AFTER_90_DAYS"
  }

  lifecycle_policy {
    transition_to_primary_storage_class = "AFTER_1_ACCESS"
  }

  protection {
    replication_overwrite = "ENABLED" #> update: replication_overwrite = "DISABLED"
  }

  tags = {
    Name = "case" #> update: Name = "cases"
  }
}
